"""Mails as they are handed over: text and HTML side by side, and headers that say what they are."""

import datetime as dt
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from data.people.store.outgoing import Letter
from data.settings import Settings

REPEATED = "X-Orderbeat-Maybe-Repeated"


def mail(
    where: Settings, letter: Letter, to: str, *, plain: str, html: str = "", stop: str = "", subject: str = ""
) -> EmailMessage:
    """The mail of a letter. A repeated one has the Message-ID of the first; `stop` is where one click ends mails."""
    made = EmailMessage(policy=SMTP.clone(max_line_length=78))
    sender = parseaddr(where.mail_from)[1]
    made["From"] = where.mail_from
    made["To"] = to
    made["Subject"] = " ".join((subject or letter.subject).split())
    made["Date"] = format_datetime(letter.made_at.astimezone(dt.UTC))
    made["Message-ID"] = f"<{letter.id}@{sender.rpartition('@')[2]}>"
    made["Auto-Submitted"] = "auto-generated"
    made["X-Auto-Response-Suppress"] = "All"
    if letter.is_repeated:
        made[REPEATED] = "yes"
    if stop:
        made["List-Unsubscribe"] = f"<{stop}>"
        made["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    made.set_content(plain)
    if html:
        made.add_alternative(html, subtype="html")
    if letter.language:  # last, since what is set as content takes the headers about it along
        made["Content-Language"] = letter.language
    return made
