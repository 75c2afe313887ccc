"""Publishing what was loaded, for every command that loads."""

from data.settings import Settings
from data.warehouse import access, build


def publish(where: Settings) -> str:
    """Builds where what was loaded is not published yet, be it of this command or of one that failed or was killed.

    Gives what was done, in lines; nothing where nothing was to do.
    """
    path = build.newest(where)
    said = ""
    if path and not access.is_served(path):
        said = f"Snapshot {path.name} was made by an earlier release; it is built anew.\n"
    elif not build.is_behind(where):
        return ""
    return f"{said}{build.build(where).as_text()}\n"
