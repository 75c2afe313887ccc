from data.settings import PROJECT
from service import architecture_doc


def test_the_page_is_up_to_date() -> None:
    page = (PROJECT / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert page == architecture_doc.text(), "run: make docs"


def test_every_arrow_runs_downwards() -> None:
    rank = list(architecture_doc.ROOMS)
    assert [(room, other) for room, other in architecture_doc.imports() if rank.index(room) > rank.index(other)] == []


def test_every_folder_of_code_is_a_room() -> None:
    known = {room.partition(".")[0] for room in architecture_doc.ROOMS}
    tops = {path.name for path in PROJECT.iterdir() if path.is_dir() and any(path.glob("*.py"))}
    assert tops - {"tests", "bench"} <= known
