"""Starting the pages on a server: `python -m service serve`."""

import os
import sys
from urllib.parse import urlsplit

from data.settings import PROJECT, Settings
from service.wall import OWN_NAMES
from service.web import sitting

LOOPBACK = "127.0.0.1"


def serve(settings: Settings, address: str, port: int) -> None:
    """Becomes the server of the pages; does not return. Raises BadInput for settings that are not safe."""
    if problem := sitting.unsafe(settings):
        raise problem
    os.chdir(PROJECT)
    os.execv(sys.executable, [sys.executable, "-m", "streamlit", *arguments(settings, address, port)])  # noqa: S606 (ours)


def arguments(settings: Settings, address: str, port: int) -> list[str]:
    """What Streamlit is told, so that it answers the same names as the gate in front of it."""
    host = urlsplit(settings.url).hostname
    names = [name for name in (host, *OWN_NAMES) if name]
    told = [("address", address), ("port", str(port)), *(("allowedHosts", name) for name in names)]
    return ["run", str(PROJECT / "app.py"), *(part for name, value in told for part in (f"--server.{name}", value))]
