"""What travels between a tab and the server, as far as the gate has to understand it."""

import base64
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import streamlit
from google.protobuf.message import DecodeError
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

_INDEX = Path(streamlit.__file__).parent / "static" / "index.html"
_INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_LARGEST = 64 * 1024  # bytes; only rows are larger, and rows promise no file


def inline_scripts() -> list[str]:
    """The hash of each script that stands in Streamlit's own page, as a content security policy names it."""
    found = _INLINE.findall(_INDEX.read_text(encoding="utf-8"))
    return [f"sha256-{base64.b64encode(hashlib.sha256(each.encode()).digest()).decode()}" for each in found]


def leading_to(address: str) -> bytes:
    """What leads a tab to another page of this server."""
    message = ForwardMsg()
    message.auth_redirect.url = address
    return bytes(message.SerializeToString())


def given(frame: bytes) -> Iterator[str]:
    """What this frame gives its tab: its own id, placeholders of promised files, paths of files that were made."""
    if len(frame) > _LARGEST:
        return
    try:
        message = ForwardMsg.FromString(frame)
    except DecodeError:
        return
    kind = message.WhichOneof("type")
    if kind == "new_session":
        yield message.new_session.initialize.session_id
    elif kind == "backend_operation_response":
        yield message.backend_operation_response.deferred_file.url
    elif kind == "delta" and message.delta.new_element.HasField("download_button"):
        yield message.delta.new_element.download_button.deferred_file_id
        yield message.delta.new_element.download_button.url


def asked_file(frame: bytes) -> str | None:
    """The placeholder of the promised file that a frame asks for, "" for anything else that no page of ours offers.

    None where a frame asks for neither.
    """
    try:
        message = BackMsg.FromString(frame)
    except DecodeError:
        return None
    operation = message.backend_operation_request
    if message.WhichOneof("type") != "backend_operation_request":
        return None
    return str(operation.deferred_file.file_id) if operation.HasField("deferred_file") else ""


def is_by_hand(frame: bytes) -> bool:
    """Whether somebody did something, rather than the page by itself: it looks every few seconds how a load goes on."""
    try:
        message = BackMsg.FromString(frame)
    except DecodeError:
        return False
    kind = message.WhichOneof("type")
    return kind != "app_heartbeat" and not (kind == "rerun_script" and message.rerun_script.is_auto_rerun)
