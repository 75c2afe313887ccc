"""Messages posted to incoming webhooks of chat programs, signed where a channel has a secret.

The signature is HMAC-SHA256, keyed by the secret, over the timestamp, a dot and the body as sent; docs/operating.md
says how a receiver checks it.
"""

import hashlib
import hmac
import threading
from datetime import datetime, timedelta
from queue import Empty, SimpleQueue
from typing import Any

import requests

from data.people.store.channels import Channel
from data.people.store.outgoing import Letter
from service.sending.problems import NotSent

SECONDS = (5.0, 20.0)  # to connect, and for each piece of an answer
MOST_SECONDS = 60.0  # for all pieces together: whoever answers letter by letter must not hold up what goes to others
_LONGEST_WAIT = timedelta(hours=6)
_TOO_MANY, _GONE, _TIMED_OUT = 429, (404, 410), 408


def post(channel: Channel, letter: Letter, body: bytes, now: datetime) -> None:
    """Posts one message. Raises NotSent; where it is sent on elsewhere it does not follow."""
    came: SimpleQueue[Exception | None] = SimpleQueue()

    def attempt() -> None:
        try:
            _post(channel, letter, body, now)
        except Exception as error:  # noqa: BLE001 (it is raised below)
            came.put(error)
        else:
            came.put(None)

    threading.Thread(target=attempt, name="message", daemon=True).start()
    try:
        error = came.get(timeout=MOST_SECONDS)
    except Empty:
        raise NotSent("channel_away", may_have_come=True) from None
    if error:
        raise error


def _post(channel: Channel, letter: Letter, body: bytes, now: datetime) -> None:
    try:
        with requests.post(
            channel.url,
            data=body,
            headers=headers(channel, letter, body, now),
            timeout=SECONDS,
            allow_redirects=False,
            stream=True,  # what is answered is not read: only the status counts
        ) as answer:
            _require_taken(answer)
    except requests.exceptions.SSLError:
        raise NotSent("certificate_wrong") from None
    except requests.exceptions.ConnectTimeout:
        raise NotSent("channel_away") from None
    except (requests.exceptions.RequestException, ValueError) as error:  # what it says names the secret address
        is_lost = isinstance(error, requests.exceptions.ReadTimeout)
        raise NotSent("channel_away", may_have_come=is_lost) from None


def headers(channel: Channel, letter: Letter, body: bytes, now: datetime) -> dict[str, str]:
    """What goes along with a message: which one it is, and who vouches for it."""
    said: dict[str, Any] = {"Content-Type": "application/json", "X-Orderbeat-Id": letter.id}
    if letter.is_repeated:
        said["X-Orderbeat-Maybe-Repeated"] = "yes"
    if channel.secret:
        moment = str(int(now.timestamp()))
        said |= {"X-Orderbeat-Timestamp": moment, "X-Orderbeat-Signature": signature(channel.secret, moment, body)}
    return said


def signature(secret: str, moment: str, body: bytes) -> str:
    """The signature of a body at a moment, in seconds since 1970."""
    return "v1=" + hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()


def _require_taken(answer: requests.Response) -> None:
    code = answer.status_code
    if 200 <= code < 300:
        return
    if 300 <= code < 400:
        raise NotSent("channel_moved", str(code), is_for_good=True)
    if code == _TOO_MANY:
        raise NotSent("channel_busy", str(code), wait=_asked_wait(answer.headers.get("retry-after", "")))
    if code in _GONE:
        raise NotSent("channel_gone", str(code), is_for_good=True)
    if 400 <= code < 500 and code != _TIMED_OUT:
        raise NotSent("message_refused", str(code), is_for_good=True)
    raise NotSent("channel_away", str(code))


def _asked_wait(said: str) -> timedelta:
    seconds = int(said) if said.isascii() and said.isdigit() and len(said) < 8 else 0
    return min(timedelta(seconds=seconds), _LONGEST_WAIT)
