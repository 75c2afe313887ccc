"""The password of a source: from the environment, or from a file that nobody else can read."""

import os
import stat
from pathlib import Path

from data.errors import BadInput
from data.loading import files
from data.loading.sources.database.description import variable


def password(home: Path, name: str) -> str:
    """The password of the source; '' where none is set, for servers that let a user in without one.

    Raises BadInput where its file is open to others. It is never part of a message.
    """
    if given := os.environ.get(variable(name)):
        return given
    path = home / "sources" / f"{name}.password"
    with files.explained(f"The password of {name}"):
        if not files.exists(path):
            return ""
        files.require_regular(path, f"The password of {name}")
        if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise BadInput(f"{path} is not read.", "Other accounts of this computer may read it.", f"chmod 600 {path}")
        return path.read_text(encoding="utf-8").strip("\r\n")


def without(secret: str, message: str) -> str:
    """What a server or its driver said, in one line, with the password taken out should it be in it."""
    line = next(iter(message.strip().splitlines()), "")[:400]
    return line.replace(secret, "***") if secret else line
