"""Somebody in a tab of a served process, without a browser: pages, all that opens on them, and the files they make."""

import io
import re
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pypdf
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection

from tests.service.web.served import PATIENCE_SECONDS, Answer, Served


@dataclass(frozen=True)
class Sent:
    """What came at once, from where: all frames of one run of a page, a file, an answer."""

    place: str
    content: bytes


class Viewer:
    """A tab with a session's cookie; `sent` is all that ever came, byte by byte."""

    def __init__(self, server: Served, token: str, tab: ClientConnection) -> None:
        self.server, self.token, self.tab_id, self.sent = server, token, "", list[Sent]()
        self._tab, self._made = tab, set[str]()

    def ask(self, path: str, method: str = "GET", body: bytes | None = None, **headers: str) -> Answer:
        """A request beside the socket."""
        more: dict[str, Any] = dict(headers)
        answer = self.server.ask(path, method, self.token, body, **more)
        said = "\n".join(f"{name}: {value}" for name, value in answer.headers).encode()
        self.sent += [Sent(f"headers of {method} {path}", said), Sent(f"{method} {path}", answer.body)]
        return answer

    def upload(self, name: str, content: bytes, tab_id: str = "") -> Answer:
        """Sends a file as a page does, from the tab itself or in the name of another."""
        cookie = self.ask("/_stcore/health").one("set-cookie").partition(";")[0]
        body = (
            f'--x\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode()
            + content
            + b"\r\n--x--\r\n"
        )
        return self.ask(
            f"/_stcore/upload_file/{tab_id or self.tab_id}/f", "PUT", body,
            Cookie=f"{self.server.cookie}={self.token}; {cookie}", X_Xsrftoken=cookie.partition("=")[2],
            Content_Type="multipart/form-data; boundary=x",
        )  # fmt: skip

    def run(self, page: str, query: str = "", opened: tuple[str, ...] = ()) -> list[ForwardMsg]:
        """A page, with these popovers open."""
        message = BackMsg()
        message.rerun_script.page_name, message.rerun_script.query_string = page, query
        for each in opened:
            message.rerun_script.widget_states.widgets.add(id=each, bool_value=True)
        self._tab.send(message.SerializeToString())
        return self._until("script_finished", f"{page}?{query}" + f" with {len(opened)} open" * bool(opened))

    def open_all(self, page: str, query: str = "") -> list[ForwardMsg]:
        """A page, all that opens on it, and every file it offers; what is made of whole pages is made once."""
        told = self.run(page, query)
        if popovers := tuple(dict.fromkeys(popovers_of(told))):
            told = self.run(page, query, popovers)
        for key, promised in dict.fromkeys(keys_of_promises(told)):
            if key not in self._made:
                self.take(promised)
            if "-pack-" in key or "-workbook-" in key:
                self._made.add(key)
        return told

    def take(self, promised: str) -> Answer | None:
        """A promised file, made and fetched; None where it is not made for them."""
        self.ask_for(promised)
        response = self._until("backend_operation_response", "a file")[-1].backend_operation_response
        return self.ask(response.deferred_file.url) if response.deferred_file.url else None

    def ask_for(self, promised: str, tab_id: str = "") -> None:
        """Says that a promised file is to be made, for the tab itself or for the one that is named."""
        message = BackMsg()
        message.backend_operation_request.request_id = promised
        message.backend_operation_request.session_id = tab_id or self.tab_id
        message.backend_operation_request.deferred_file.file_id = promised
        self._tab.send(message.SerializeToString())

    def rest(self) -> None:
        """Takes in what still comes, until nothing does for a second."""
        frames = list[bytes]()
        with suppress(TimeoutError):
            while True:
                frames.append(self._tab.recv(1, decode=False))
        self.sent.append(Sent("the rest", b"\n".join(frames)))

    def _until(self, kind: str, place: str) -> list[ForwardMsg]:
        told, frames = list[ForwardMsg](), list[bytes]()
        while not told or told[-1].WhichOneof("type") != kind:
            frame = self._tab.recv(PATIENCE_SECONDS, decode=False)
            frames.append(frame)
            told.append(ForwardMsg.FromString(frame))
            self.tab_id = told[-1].new_session.initialize.session_id or self.tab_id
        self.sent.append(Sent(place, b"\n".join(frames)))
        return told


def popovers_of(told: list[ForwardMsg]) -> Iterator[str]:
    """The ids of the popovers that were drawn."""
    for message in told:
        if message.WhichOneof("type") == "delta" and message.delta.add_block.popover.id:
            yield message.delta.add_block.popover.id


def promises_of(told: list[ForwardMsg]) -> Iterator[str]:
    """The placeholders of the files that were offered."""
    return (promised for _, promised in keys_of_promises(told))


def keys_of_promises(told: list[ForwardMsg]) -> Iterator[tuple[str, str]]:
    """The same, each behind what its button is called, whatever that button holds."""
    for message in told:
        if message.WhichOneof("type") == "delta" and message.delta.new_element.download_button.deferred_file_id:
            button = message.delta.new_element.download_button
            yield re.sub(r"^.*?-(?=pack-|workbook-)", "-", button.id), button.deferred_file_id


def choices_of(told: list[ForwardMsg], key: str) -> list[str]:
    """What the switch of that key offers, in words."""
    for message in told:
        if message.WhichOneof("type") == "delta" and message.delta.new_element.button_group.id.endswith(f"-{key}"):
            return [option.content for option in message.delta.new_element.button_group.options]
    return []


def unpacked(content: bytes) -> bytes:
    """What can be read in a file: the parts of a workbook, the words of a print, else its bytes."""
    if content.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            return b"\n".join(book.read(name) for name in book.namelist())
    if content.startswith(b"%PDF-"):
        pages = pypdf.PdfReader(io.BytesIO(content)).pages
        return " ".join(" ".join(page.extract_text().split()) for page in pages).encode()
    return content
