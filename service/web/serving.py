"""Starting the pages on a server: `python -m service serve`."""

import os
import sys
from urllib.parse import urlsplit

from data.settings import PROJECT, Settings
from service.web import safety
from service.web.wall import OWN_NAMES

LOOPBACK = "127.0.0.1"
# websockets leaves a handshake that says more than its own limits without any answer; the gate's are below these.
_HANDSHAKES = {"WEBSOCKETS_MAX_LINE_LENGTH": str(64 * 1024), "WEBSOCKETS_MAX_NUM_HEADERS": "10000"}


def serve(settings: Settings, address: str, port: int) -> None:
    """Becomes the server of the pages; does not return. Raises BadInput for settings that are not safe."""
    if problem := safety.unsafe(settings):
        raise problem
    os.chdir(PROJECT)
    os.environ.update(_HANDSHAKES)
    os.execv(sys.executable, [sys.executable, "-m", "streamlit", *arguments(settings, address, port)])  # noqa: S606 (ours)


def arguments(settings: Settings, address: str, port: int) -> list[str]:
    """What Streamlit is told, so that it answers the same names as the gate in front of it."""
    host = urlsplit(settings.url).hostname
    names = [name for name in (host, *OWN_NAMES) if name]
    told = [("address", address), ("port", str(port)), *(("allowedHosts", name) for name in names)]
    return ["run", str(PROJECT / "app.py"), *(part for name, value in told for part in (f"--server.{name}", value))]
