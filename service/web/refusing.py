"""What is refused, in the demonstration and where people sign in: a line of plain text, or the end of a socket."""

import re
from collections.abc import Callable

from data.people import uploads
from service.web.headers import Message, Receive, Send

# The pages read and ask over the socket; nothing but files is sent to them in any other way.
METHODS = ("GET", "HEAD")
LARGEST_UPLOAD = 51 * 1024 * 1024
POLICY_VIOLATION = 1008
_UPLOAD = re.compile(r"/_stcore/upload_file/([\w-]+)/[\w-]+")


def not_taken(scope: Message, is_own: Callable[[str], bool]) -> tuple[int, str] | None:
    """Why nothing is taken in: status and reason, None if it is. `is_own` tells whether a tab is of whoever asks.

    Only files are, from tabs whose person may load, and only so many.
    """
    upload = _UPLOAD.fullmatch(scope["path"])
    if not upload or scope["method"] not in ("PUT", "DELETE"):
        return 405, "Nothing is taken in here."
    takes = uploads.takes_back if scope["method"] == "DELETE" else uploads.takes
    if not is_own(upload[1]) or not takes(upload[1]):
        return 403, "No file is taken from this tab."
    length = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    return (413, "This file is too large.") if int(length if length.isdigit() else 0) > LARGEST_UPLOAD else None


async def refuse(
    scope: Message, receive: Receive, send: Send, status: int, why: str, retry_seconds: int | None = None
) -> None:
    """Answers with a line of plain text, or shuts a socket."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": POLICY_VIOLATION, "reason": why})
        return
    body = f"{why}\n".encode()
    said = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"cache-control", b"no-store"),
        (b"content-length", str(len(body)).encode()),
    ]
    if retry_seconds is not None:
        said.append((b"retry-after", str(retry_seconds).encode()))
    if status == 405:
        said.append((b"allow", ", ".join(METHODS).encode()))
    if scope["method"] not in METHODS:
        said.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": status, "headers": said})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
