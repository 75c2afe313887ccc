"""A page run without a browser, and every word on it."""

from collections.abc import Iterator

from google.protobuf.message import Message
from streamlit.testing.v1 import AppTest

from data.settings import PROJECT


def shown(view: str, page: str, **query: str) -> list[str]:
    """Every word, figure and cell on the page, those inside charts and choices included."""
    return said(opened(view, page, **query))


def opened(view: str, page: str, **query: str) -> AppTest:
    """The page as somebody sees it, without the frame around it, whose switch of views names everybody."""
    app = AppTest.from_file(str(PROJECT / "app.py"), default_timeout=60)
    app.query_params.update({"view_as": view})
    app.run()
    app.query_params.update({"view_as": view, **query})
    app.switch_page(f"pages/{page}.py").run()
    assert not app.exception
    return app


def said(app: AppTest) -> list[str]:
    """Every word, figure and cell of an opened page."""
    found: list[str] = []
    for element in [*app.main, *app.sidebar]:
        found += strings(element.proto) if element.proto is not None else []
        if element.type == "dataframe":
            found += [str(cell) for row in element.value.itertuples() for cell in row]
    return [words.replace("\\", "") for words in found]


def strings(message: Message) -> Iterator[str]:
    """Every string and the readable part of every byte field of a protocol message."""
    for _, value in message.ListFields():
        for one in value if hasattr(value, "append") else [value]:
            if isinstance(one, Message):
                yield from strings(one)
            elif isinstance(one, bytes):
                yield one.decode("latin-1")
            elif isinstance(one, str):
                yield one
