"""Having what waits in the outbox sent at once, whoever looks, and whether or not the scheduler runs."""

import subprocess
import sys

from data.settings import PROJECT


def begin() -> None:
    """Sends what waits, in a process of its own; what came of it stands in the outbox."""
    subprocess.Popen(
        [sys.executable, "-m", "service", "send"],
        cwd=PROJECT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
