"""Logs of deals as companies keep them, from a world in which deals are worked on and not from any model of ours.

A deal moves through stages, each for a time of its own, back as well as forward; it is lost at the end of a stay or won
at the end of the last. What drives it is mostly not on record: of the log odds a part comes from who works on it, whose
it is and how soon it was answered, the larger part from nothing that is written down. Some deals fall silent and are
closed as lost when somebody tidies up, or never. Between stages people write, call and meet: these events name no
stage, and even of the moves some do not.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from analytics.tables import Ask
from queries import load

FIRST_DAY = np.datetime64("2023-01-02")
DAYS = 1095
STAGES = ("enquiry", "needs", "solution", "offer", "terms")
_NEVER = 10_000
_OF_OFFER = STAGES.index("offer")
Frames = dict[str, pd.DataFrame]


@dataclass(frozen=True)
class World:
    """How deals go in a company.

    `drivers`: how far what is on record moves the log odds; `hidden`: the spread of what is not. `is_staged`: whether
    stages tell how far a deal is. `is_talked_of`: whether more is said and written where it goes well. `median_days`:
    of a stay in a stage.
    """

    drivers: float = 1.0
    hidden: float = 0.8
    is_staged: bool = True
    is_talked_of: bool = True
    median_days: float = 9.0


WORLDS = {
    "weak drivers": World(),
    "slow, weak drivers": World(median_days=26.0),
    "stages alone": World(drivers=0.0, is_talked_of=False),
    "nothing tells": World(drivers=0.0, is_staged=False, is_talked_of=False),
}


def log(world: World, deals: int, seed: int) -> Frames:
    """The models that the statistics read: quote_versions, negotiations, negotiation_steps; every decision is in it."""
    random = np.random.default_rng(seed)
    reps = max(3, deals // 150)
    skill, pace = random.normal(0, 0.45, reps), random.lognormal(0, 0.25, reps)
    customers = max(20, deals // 5)
    liking = random.normal(0, 0.5, customers)
    loss, gain = _stage_odds(random, world)
    stay = world.median_days * random.lognormal(0, 0.35, len(STAGES))
    opened = np.sort((DAYS * random.beta(1.25, 1, deals)).astype(int))
    tables: dict[str, list[dict[str, Any]]] = {"quote_versions": [], "negotiations": [], "negotiation_steps": []}
    for number, day in enumerate(opened.tolist()):
        about: dict[str, Any] = {
            "rep": int(random.integers(reps)),
            "customer": int(customers * random.beta(0.6, 1.8)),
            "answer": float(random.gamma(1.2, 1.8)),
            "discount": float(np.round(random.beta(1.5, 6), 3)),
            "source": int(random.integers(6)),
        }
        known = skill[about["rep"]] + liking[about["customer"]] - 0.16 * about["answer"] + 4.0 * about["discount"]
        known += (-0.5, -0.2, 0.0, 0.1, 0.3, 0.4)[about["source"]]
        odds = world.drivers * (known - 0.4) + random.normal(0, world.hidden)
        _deal(random, world, number, day, about, odds, pace[about["rep"]] * stay, (loss, gain), tables)
    return {name: pd.DataFrame(rows) for name, rows in tables.items()}


def _stage_odds(random: np.random.Generator, world: World) -> tuple[np.ndarray, float]:
    """Log odds to be lost at the end of a stay in each stage, and to be won at the end of the last."""
    if world.is_staged:
        return np.array([-1.6, -1.5, -1.5, -1.1, -np.inf]) + random.normal(0, 0.15, len(STAGES)), 0.3
    return np.full(len(STAGES), -np.inf), -0.4


def _deal(
    random: np.random.Generator, world: World, number: int, day: int, about: dict[str, Any], odds: float,
    stay: np.ndarray, ends: tuple[np.ndarray, float], tables: dict[str, list[dict[str, Any]]],
) -> None:  # fmt: skip
    """One deal from request to decision."""
    name, (loss, gain) = f"D{number:06}", ends
    steps: list[tuple[float, str | None, str, str]] = [(day, STAGES[0], "customer", "digital")]
    answered, stage, outcome = day + about["answer"], 0, None
    moment, is_silent = float(day), random.random() < 0.08
    offers: list[float] = []
    while outcome is None:
        length = stay[stage] * random.lognormal(0, 0.8)
        _talk(random, steps, max(moment, answered), moment + length, odds if world.is_talked_of else 0.0)
        moment = max(moment + length, answered)
        if is_silent and random.random() < 0.3:
            outcome, moment = _tidied(random, moment)
        elif stage < len(STAGES) - 1 and random.random() < _chance(loss[stage] - odds):
            outcome = "lost"
        elif stage == len(STAGES) - 1:
            outcome = "won" if random.random() < _chance(gain + 1.4 * odds) else "lost"
        else:
            back = stage > 0 and random.random() < 0.14
            stage += -1 if back else 1
            # Of some moves nobody writes down where they led.
            steps.append((moment, STAGES[stage] if random.random() < 0.85 else None, "rep", "email"))
            if stage == _OF_OFFER:
                offers.append(moment + random.gamma(1.0, 2.0))
    closed = int(moment)
    is_decided = closed < _NEVER
    ids = {"negotiation_id": name, "customer_id": f"C{about['customer']}", "rep_id": f"R{about['rep']}"}
    decision = {"outcome": outcome if is_decided else None, "closed_on": _date(closed) if is_decided else None}
    source = f"S{about['source']}" if random.random() < 0.7 else None
    group = ("trade", "industry", "public")[about["customer"] % 3]
    tables["negotiations"].append(
        {**ids, **decision, "segment": group, "source": source, "counts_in_closing_time": True}
    )
    planned = day + 5 * np.median(stay) * random.lognormal(0, 0.4)
    size = float(np.round(random.lognormal(8, 0.9), 2))
    for version in range(max(1, len(offers))):
        issued = offers[version] if version < len(offers) and offers[version] < moment else None
        asked = day if version == 0 else offers[version] - 1
        tables["quote_versions"].append(
            {
                **ids,
                "quote_id": f"{name}-{version}",
                "channel": ("inside", "outside")[number % 2],
                "category": ("pumps", "valves", "drives", "seals")[number % 4],
                "requested_on": _date(min(asked, closed)),
                "issued_on": None if issued is None else _date(issued),
                "amount": size * 0.97**version,
                "discount_depth": min(about["discount"] + 0.02 * version, 0.6),
                "valid_until": None if issued is None else _date(issued + 30),
                "expected_close_on": _date(planned + 14 * version),
            }
        )
    for place, (at, named, actor, channel) in enumerate(sorted(steps, key=lambda step: step[0])):
        if at < moment:
            tables["negotiation_steps"].append(
                {
                    "negotiation_id": name,
                    "step": place + 1,
                    "occurred_on": _date(at),
                    "stage": named,
                    "buying_job": None,
                    "actor": actor,
                    "channel": channel,
                    "contact_id": f"K{random.integers(3)}",
                    "role": None,
                }
            )


def _talk(
    random: np.random.Generator,
    steps: list[tuple[float, str | None, str, str]],
    since: float,
    until: float,
    odds: float,
) -> None:
    """What is written and said during a stay: more where the deal goes well; it names no stage."""
    if until <= since:
        return
    many = random.poisson(0.09 * (until - since) * float(np.exp(0.25 * odds)))
    for at in random.uniform(since, until, min(many, 12)):
        actor = "rep" if random.random() < 0.6 else "customer"
        steps.append((float(at), None, actor, str(random.choice(["email", "phone", "personal"]))))


def _tidied(random: np.random.Generator, moment: float) -> tuple[str, float]:
    """A silent deal is closed as lost at the end of a quarter, or never."""
    if random.random() < 0.25:
        return "lost", float(_NEVER)
    return "lost", float((moment // 91 + 1 + random.integers(0, 2)) * 91)


def _chance(odds: float) -> float:
    return float(1 / (1 + np.exp(-odds)))


def _date(day: float) -> np.datetime64:
    return FIRST_DAY + np.timedelta64(int(day), "D")


def loaded_on(frames: Frames, day: np.datetime64) -> Frames:
    """What a company had loaded of a log on a day."""
    deals, versions, steps = (frames[name] for name in ("negotiations", "quote_versions", "negotiation_steps"))
    versions = versions[versions["requested_on"] <= day]
    later = ~(deals["closed_on"] <= day)
    deals = deals.assign(outcome=deals["outcome"].mask(later), closed_on=deals["closed_on"].mask(later))
    return {
        "quote_versions": versions,
        "negotiations": deals[deals["negotiation_id"].isin(versions["negotiation_id"])],
        "negotiation_steps": steps[steps["occurred_on"] <= day],
    }


# What companies load otherwise, or too late: each takes what was loaded and gives it back.
def one_date(frames: Frames) -> Frames:
    """The day of the request is the day of the decision, there are no events, and no day of issue is known."""
    versions = frames["quote_versions"].drop_duplicates("negotiation_id")
    closed = versions["negotiation_id"].map(frames["negotiations"].set_index("negotiation_id")["closed_on"])
    nothing = pd.Series(pd.NaT, versions.index, dtype=versions["requested_on"].dtype)
    given = {"requested_on": closed.where(closed.notna(), versions["requested_on"])}
    given |= dict.fromkeys(("issued_on", "valid_until", "expected_close_on"), nothing)
    return frames | {
        "quote_versions": versions.assign(**given),
        "negotiation_steps": frames["negotiation_steps"].iloc[:0],
    }


def amount_when_won(frames: Frames) -> Frames:
    """Amounts are entered when a deal is won: a trap, for of no open deal one is known."""
    return _of_versions(frames, "amount", lambda amount, outcome: amount.where(outcome == "won"))


def discount_when_won(frames: Frames) -> Frames:
    """Discounts are entered when a deal is won, and are nought before: another trap."""
    return _of_versions(frames, "discount_depth", lambda depth, outcome: depth.where(outcome == "won", 0.0))


def planned_when_decided(frames: Frames) -> Frames:
    """The planned day is set to the day of the decision."""
    closed = frames["negotiations"].set_index("negotiation_id")["closed_on"]
    versions = frames["quote_versions"]
    after = versions["negotiation_id"].map(closed)
    planned = after.where(after.notna(), versions["expected_close_on"])
    return frames | {"quote_versions": versions.assign(expected_close_on=planned)}


def _of_versions(frames: Frames, column: str, known: Callable[[pd.Series, pd.Series], pd.Series]) -> Frames:
    outcome = frames["negotiations"].set_index("negotiation_id")["outcome"]
    versions = frames["quote_versions"]
    values = known(versions[column], versions["negotiation_id"].map(outcome))
    return frames | {"quote_versions": versions.assign(**{column: values})}


def cut(frames: Frames, deals: np.ndarray) -> Frames:
    """The log of these deals alone."""
    return {name: rows[rows["negotiation_id"].isin(deals)] for name, rows in frames.items()}


@contextmanager
def asking(frames: Frames) -> Iterator[Ask]:
    """What answers for a log as the warehouse would."""
    with duckdb.connect(config={"threads": "1"}) as db:
        for name, rows in frames.items():
            db.register("given_rows", rows)
            db.execute(f"create table {name} as select * from given_rows")

        def ask(name: str, **params: Any) -> Any:
            return db.sql(load(f"warehouse.statistics.{name}").sql, params=params).to_arrow_table()

        yield ask
