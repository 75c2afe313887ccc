import re

import pytest

from data.settings import PROJECT

LOCK = (PROJECT / "requirements.lock").read_text(encoding="utf-8")
PIN = re.compile(r"^([\w.-]+)(?:\[[\w,]+\])?==([^\s;]+)", re.MULTILINE)


def pins(text: str) -> dict[str, str]:
    """Versions by name, written as package indexes compare them."""
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in PIN.findall(text)}


def test_the_lock_holds_every_pin_in_its_version() -> None:
    wanted = pins((PROJECT / "requirements.txt").read_text(encoding="utf-8"))
    assert len(wanted) > 15
    found = pins(LOCK)
    assert {name: found.get(name) for name in wanted} == wanted, "requirements.txt was changed: run make lock"


@pytest.mark.parametrize(
    "block", re.split(r"^(?=[\w.-]+(?:\[|==))", LOCK, flags=re.MULTILINE)[1:], ids=lambda b: b.split("=")[0]
)
def test_every_package_of_the_lock_is_held_to_its_files(block: str) -> None:
    assert PIN.match(block)
    assert "--hash=sha256:" in block
    assert "://" not in block
