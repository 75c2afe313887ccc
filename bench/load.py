"""Many people at once: raw WebSocket clients that click filters as browsers do, with time to think in between."""

import asyncio
import itertools
import random
import statistics
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Delta_pb2 import Delta
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from bench import figures, serve, workload

PEOPLE = (1, 5, 20, 50)
SECONDS = 30
THINK_SECONDS = (1.0, 3.0)
P95_MS = 100
# A filter runs the body of the page alone.
_WELL_FINISHED = (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY)
_PROTOCOL = websockets.Subprotocol("streamlit")


def run(lines: int) -> None:
    """Measures each number of people on a server of their own."""
    home = serve.home(lines)
    choices = {page: workload.filters(page) for page in workload.PAGES}
    found = {}
    for people in PEOPLE:
        with serve.streamlit(home) as server:
            found[str(people)] = asyncio.run(_crowd(server, choices, people))
        print(people, "people:", found[str(people)], flush=True)
    slowest = found[str(PEOPLE[-1])]["milliseconds"]["p95"]
    goals = [
        figures.goal(f"{PEOPLE[-1]} people: click to finished on the server, p95", slowest, P95_MS, "ms"),
        figures.goal("errors under load", sum(f["errors"] for f in found.values()), 0, "errors"),
    ]
    figures.save("load", found, goals, lines=lines, seconds=SECONDS, think_seconds=THINK_SECONDS)


@dataclass
class Person:
    """One open page: its socket, the ids its widgets were given, and what is chosen in them."""

    url: str
    page: str
    socket: websockets.ClientConnection
    ids: dict[str, str] = field(default_factory=dict)
    picked: dict[str, str] = field(default_factory=dict)
    kilobytes: list[float] = field(default_factory=list)
    errors: int = 0

    async def rerun(self) -> float:
        """Asks for a run with what is chosen; milliseconds until the server says it has finished."""
        message = BackMsg()
        ask = message.rerun_script
        ask.page_name = self.page
        ask.query_string = urlencode(self.picked)
        ask.context_info.url = f"{self.url}/{self.page}"
        ask.context_info.locale = "en-US"
        ask.context_info.timezone = "UTC"
        for name, word in self.picked.items():
            state = ask.widget_states.widgets.add(id=self.ids[name])
            if name in ("period", "compare"):
                state.string_array_value.data.append(word)
            else:
                state.string_value = word
        started = time.perf_counter()
        await self.socket.send(message.SerializeToString())
        await self._finished()
        return (time.perf_counter() - started) * 1000

    async def _finished(self) -> None:
        received = 0
        while True:
            data = await asyncio.wait_for(self.socket.recv(), 60)
            assert isinstance(data, bytes)
            received += len(data)
            message = ForwardMsg.FromString(data)
            kind = message.WhichOneof("type")
            if kind == "delta":
                self._read(message.delta)
            elif kind == "script_finished" and message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                self.errors += message.script_finished not in _WELL_FINISHED
                self.kilobytes.append(received / 1000)
                return

    def _read(self, delta: Delta) -> None:
        if delta.WhichOneof("type") != "new_element":
            self.errors += delta.add_block.id.endswith("failure")
            return
        element = delta.new_element
        kind = element.WhichOneof("type")
        self.errors += kind == "exception"
        identifier = getattr(getattr(element, kind or "", None), "id", "")
        if identifier.startswith("$$ID-"):
            self.ids[identifier.split("-", 2)[2]] = identifier


async def _crowd(server: serve.Server, choices: dict[str, dict[str, list[Any]]], people: int) -> dict[str, Any]:
    # One person has looked at every page before, so that imports and first openings of files are over.
    for page in workload.PAGES:
        await _sit(server, page, choices[page], random.Random(0), clicks=1)
    megabytes, cpu, started = server.megabytes(), server.cpu_seconds(), time.monotonic()
    until = started + SECONDS
    pages = itertools.islice(itertools.cycle(workload.PAGES), people)
    sittings = [_sit(server, page, choices[page], random.Random(i), until=until) for i, page in enumerate(pages, 1)]
    growth = asyncio.create_task(_largest(server, until))
    sat = await asyncio.gather(*sittings)
    clicks = [milliseconds for taken, _, _ in sat for milliseconds in taken]
    reruns = len(clicks) + people
    return {
        "milliseconds": figures.spread(clicks),
        "kilobytes": round(statistics.fmean(kb for _, sizes, _ in sat for kb in sizes), 1),
        "server_cpu_ms": round((server.cpu_seconds() - cpu) * 1000 / reruns, 1),
        "cores_busy": round((server.cpu_seconds() - cpu) / (time.monotonic() - started), 2),
        "megabytes_before": round(megabytes),
        "megabytes_a_person": round((await growth - megabytes) / people, 2),
        "errors": sum(errors for _, _, errors in sat),
    }


async def _sit(
    server: serve.Server,
    page: str,
    choices: dict[str, list[Any]],
    rng: random.Random,
    until: float = 0,
    clicks: int = 0,
) -> tuple[list[float], list[float], int]:
    """One person's time at a page: opens it, then thinks and clicks."""
    if until:
        await asyncio.sleep(rng.uniform(0, THINK_SECONDS[1]))
    address = server.url.replace("http", "ws", 1) + "/_stcore/stream"
    taken: list[float] = []
    async with websockets.connect(address, subprotocols=[_PROTOCOL], max_size=None) as socket:
        person = Person(server.url, page, socket)
        await person.rerun()
        while len(taken) < clicks or (until and time.monotonic() < until):
            if until:
                await asyncio.sleep(rng.uniform(*THINK_SECONDS))
            name = rng.choice(list(choices))
            other = [word for word in choices[name] if word and word != person.picked.get(name, choices[name][0])]
            person.picked[name] = rng.choice(other)
            taken.append(await person.rerun())
        return taken, person.kilobytes, person.errors


async def _largest(server: serve.Server, until: float) -> float:
    """The most memory the server held until then."""
    largest = server.megabytes()
    while time.monotonic() < until:
        await asyncio.sleep(1)
        largest = max(largest, server.megabytes())
    return largest
