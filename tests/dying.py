"""Publishing in real processes of their own, some of which are killed on the way."""

import multiprocessing
import os
import signal
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

from data import publish, settings
from data.errors import BuildInProgress
from data.warehouse import build
from tests import companies

# A clean process forks the others: threads of this one would not survive a fork.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload([__name__, "tests.forked"])

COMPANY = companies.random_company(0)  # without reps: two files, the quickest build there is


def load_inputs(home: Path) -> None:
    companies.load(home, COMPANY)


def build_snapshot(home: Path) -> None:
    os.environ["ORDERBEAT_HOME"] = str(home)
    os.environ["ORDERBEAT_BUILD_THREADS"] = "1"
    build.build(settings.current())


Action = Callable[[Path], None]


def started(action: Action, home: Path, target: Callable[..., Any], *more: object) -> BaseProcess:
    process = PROCESSES.Process(target=target, args=(action, home, *more))
    process.start()
    return process


def dies_at(action: Action, home: Path, last: str) -> None:
    def reached(point: str) -> None:
        if point == last:
            os.kill(os.getpid(), signal.SIGKILL)

    publish.reached = reached
    action(home)


def announces_itself(action: Action, home: Path, underway: Event) -> None:
    underway.set()
    action(home)


def waits_at(action: Action, home: Path, last: str, arrived: Event, go_on: Event) -> None:
    def reached(point: str) -> None:
        if point == last:
            arrived.set()
            go_on.wait(30)

    publish.reached = reached
    action(home)


def exits_with_4_if_refused(action: Action, home: Path) -> None:
    try:
        action(home)
    except BuildInProgress:
        os._exit(4)
