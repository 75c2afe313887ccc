"""Mails handed to the company's mail server: with a certificate that is checked, a login, and an end to waiting."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from email.utils import parseaddr

from data.settings import Settings
from service.sending.problems import NotSent

SECONDS = 20.0  # for each answer of the server
_PERMANENT = 500


@contextmanager
def connected(where: Settings) -> Iterator[smtplib.SMTP]:
    """A connection to the mail server of the settings. Raises NotSent where there is none."""
    try:
        server = _connected(where)
    except (OSError, smtplib.SMTPException) as error:
        raise _explained(error) from error
    try:
        yield server
    finally:
        with suppress(OSError, smtplib.SMTPException):
            server.quit()


def _connected(where: Settings) -> smtplib.SMTP:
    context = ssl.create_default_context(cafile=where.smtp_ca or None)
    if where.smtp_security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(where.smtp_host, where.smtp_port, timeout=SECONDS, context=context)
    else:
        server = smtplib.SMTP(where.smtp_host, where.smtp_port, timeout=SECONDS)
    try:
        if where.smtp_security == "starttls":
            server.starttls(context=context)
        if where.smtp_user:
            server.login(where.smtp_user, where.smtp_password)
    except BaseException:
        server.close()
        raise
    return server


def deliver(server: smtplib.SMTP, mail: EmailMessage, to: str, where: Settings) -> None:
    """Hands over one mail for one address. Raises NotSent where the server does not take it."""
    try:
        server.send_message(mail, parseaddr(where.mail_from)[1], [to])
    except smtplib.SMTPNotSupportedError:  # an address in letters that the server does not take
        raise NotSent("recipient_refused", is_for_good=True) from None
    except (OSError, smtplib.SMTPException) as error:
        explained = _explained(error)
        explained.may_have_come = explained.why == "server_away"
        raise explained from error


def _explained(error: OSError | smtplib.SMTPException) -> NotSent:
    """What went wrong as a code, and whether it would again."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, answer = next(iter(error.recipients.values()))
        return NotSent("recipient_refused", _reply(code, answer), is_for_good=code >= _PERMANENT)
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return NotSent("login_refused", _reply(error.smtp_code, error.smtp_error), is_of_server=True)
    if isinstance(error, smtplib.SMTPSenderRefused):
        return NotSent("sender_refused", _reply(error.smtp_code, error.smtp_error), is_of_server=True)
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return NotSent("server_away", is_of_server=True)
    if isinstance(error, smtplib.SMTPConnectError | smtplib.SMTPHeloError):
        return NotSent("server_away", _reply(error.smtp_code, error.smtp_error), is_of_server=True)
    if isinstance(error, smtplib.SMTPResponseException):
        said = _reply(error.smtp_code, error.smtp_error)
        return NotSent("mail_refused", said, is_for_good=error.smtp_code >= _PERMANENT)
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return NotSent("no_tls", str(error), is_of_server=True)
    if isinstance(error, UnicodeError):
        return NotSent("recipient_refused", is_for_good=True)
    if isinstance(error, ssl.SSLCertVerificationError):
        return NotSent("certificate_wrong", error.verify_message, is_of_server=True)
    if isinstance(error, ssl.SSLError):
        return NotSent("tls_failed", error.reason or "", is_of_server=True)
    return NotSent("server_away", error.strerror or "" if isinstance(error, OSError) else str(error), is_of_server=True)


def _reply(code: int, said: bytes | str) -> str:
    words = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return f"{code} {' '.join(words.split())}"
