"""The sales force: a director, team leads, inside and outside reps."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from data.demo import words
from data.demo.calendar import history
from data.demo.tables import Floats, Ints, Mask, Writer, codes, pick

TEAMS = (
    ("DACH", ("Germany", "Switzerland")),
    ("West", ("France", "Netherlands", "Spain", "Italy")),
    ("North & UK", ("United Kingdom", "Sweden", "United States")),
    ("East", ("Poland", "Czechia")),
)
_TEAM_SHARES = np.array([0.31, 0.36, 0.19, 0.14])
ANY_SEGMENT = -1


@dataclass(frozen=True)
class Reps:
    """By index: 0 is the director, then a lead per team, then reps.

    `specialty` is the segment a rep serves or ANY_SEGMENT; `slowness` the days to a first answer
    relative to the others; `leakage` the share of lines sold under the approved price; `skill` is
    added to the log odds of winning.
    """

    names: list[str]
    team: Ints
    manager: Ints
    outside: Mask
    specialty: Ints
    slowness: Floats
    leakage: Floats
    skill: Floats
    ids: pa.Array

    @property
    def sellers(self) -> Ints:
        """Numbers of the reps that sell: neither the director nor those who lead a team."""
        return np.arange(1 + len(TEAMS), len(self.team))


def rep_count(lines: int) -> int:
    """How many reps a company of so many order lines has."""
    return int(np.clip(round(24 * (lines / 300_000) ** 0.26), 14, 60))


def make(rng: np.random.Generator, lines: int) -> Reps:
    """Draws the reps and the teams they sell in."""
    n = rep_count(lines)
    sellers = n - 1 - len(TEAMS)
    # Every team gets two sellers at least: one on the road and one in the office.
    wanted = np.cumsum(_TEAM_SHARES) * (sellers - 2 * len(TEAMS))
    per_team = 2 + np.diff(np.concatenate([[0], np.rint(wanted)])).astype(np.int64)
    team = np.concatenate([[-1], np.arange(len(TEAMS)), np.repeat(np.arange(len(TEAMS)), per_team)])
    place = np.concatenate([np.arange(count) for count in per_team])
    outside = np.concatenate([np.ones(1 + len(TEAMS), dtype=bool), place % 2 == 0])
    manager = np.concatenate([[-1], np.zeros(len(TEAMS), dtype=np.int64), team[1 + len(TEAMS) :] + 1])
    languages = [words.REGIONS[TEAMS[max(t, 0)][1][i % len(TEAMS[max(t, 0)][1])]][0] for i, t in enumerate(team)]
    return Reps(
        names=words.people(rng, languages),
        team=team,
        manager=manager,
        outside=outside,
        specialty=np.where(rng.random(n) < 0.6, rng.choice(3, n, p=[0.3, 0.5, 0.2]), ANY_SEGMENT),
        slowness=rng.uniform(0.6, 1.5, n),
        leakage=np.where(rng.random(n) < 0.15, 0.14, 0.03),
        skill=rng.normal(0, 0.15, n),
        ids=codes("R", np.arange(1, n + 1), 3),
    )


def own(reps: Reps, rng: np.random.Generator, region: list[str], segment: Ints, rank: Floats) -> Ints:
    """The rep who looks after each customer, -1 for house accounts: most of the long tail has nobody."""
    team_of_region = {name: number for number, (_, regions) in enumerate(TEAMS) for name in regions}
    team = np.array([team_of_region[name] for name in region])
    sellers = reps.sellers
    fit = rng.gumbel(size=(len(team), len(sellers)))
    fit[team[:, None] != reps.team[sellers][None, :]] = -np.inf
    fit += np.where(segment[:, None] == reps.specialty[sellers][None, :], 1.5, 0)
    # The road is for the larger accounts.
    fit += np.where((rank[:, None] > 0.8) == reps.outside[sellers][None, :], 3.0, 0)
    tended = rng.random(len(team)) < np.where(rank > 0.8, 0.99, np.where(rank > 0.5, 0.85, 0.35))
    return np.where(tended, sellers[np.argmax(fit, axis=1)], -1)


def hand_over(reps: Reps, rng: np.random.Generator, owner: Ints) -> tuple[Ints, Ints]:
    """The day each account came to its owner, and who had it before: of one in twenty a colleague of the team."""
    handed = np.where(
        (owner >= 0) & (rng.random(len(owner)) < 0.05), rng.integers(200, history.last_day, len(owner)), 0
    )
    former = owner.copy()
    for team in range(len(TEAMS)):
        people = reps.sellers[reps.team[reps.sellers] == team]
        own = np.flatnonzero((handed > 0) & (reps.team[owner] == team))
        place = np.searchsorted(people, owner[own])
        former[own] = people[(place + rng.integers(1, len(people), len(own))) % len(people)]
    return handed, former


def write_teams(reps: Reps, rng: np.random.Generator, writer: Writer) -> None:
    """Everybody's first team, and of two who changed it the second."""
    moved = rng.choice(reps.sellers, 2, replace=False)
    first = reps.team.copy()
    first[moved] = (first[moved] + 1) % len(TEAMS)
    rep = np.concatenate([np.arange(len(first)), moved])
    team = np.concatenate([first, reps.team[moved]])
    writer.add(
        {
            "rep_id": pick(reps.ids, rep),
            "joined_on": np.concatenate(
                [np.zeros(len(first), dtype=np.int64), rng.integers(history.last_day - 400, history.last_day - 40, 2)]
            ),
            "team": [_team_name(number) for number in team],
        }
    )


def write(reps: Reps, rng: np.random.Generator, owner: Ints, writer: Writer) -> None:
    """Capacities follow the books: some reps have too many accounts, some could take more; who drives visits fewer."""
    n = len(reps.team)
    book = np.bincount(owner[owner >= 0], minlength=n)
    capacity = np.maximum(10, np.round(book * rng.uniform(0.75, 1.4, n) / 5) * 5)
    plain = [words.plain(name) for name in reps.names]
    writer.add(
        {
            "rep_id": reps.ids,
            "name": reps.names,
            "email": [f"{name}{i:02d}@orderbeat.example" for i, name in enumerate(plain, 1)],
            "team": [_team_name(number) for number in reps.team],
            "manager_id": pick(reps.ids, reps.manager),
            "kind": ["outside" if road else "inside" for road in reps.outside],
            "capacity": np.where(np.arange(n) < 1 + len(TEAMS), np.nan, capacity),
            "accounts_a_day": np.where(reps.outside, 10, 15),
        }
    )


def _team_name(number: int) -> str:
    return "Management" if number < 0 else TEAMS[number][0]
