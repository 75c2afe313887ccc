"""Sentences about sources that refresh themselves: how fresh they are, what failed, when they run next."""

import datetime as dt
from collections.abc import Sequence

from data.loading.runs import Run, Standing
from presentation.format import literal
from presentation.words import N_, plural, text

OUTCOMES = {
    "running": N_("running"),
    "done": N_("done"),
    "failed": N_("failed"),
    "stopped": N_("stopped"),
    "interrupted": N_("interrupted"),
}
_STATES = {
    "": N_("up to date"),
    "broken": N_("cannot be read"),
    "failed": N_("failed"),
    "stale": N_("out of date"),
}
_BY = {"hand": N_("command line"), "page": N_("this page"), "schedule": N_("its times")}
_STEPS = {"": N_("Beginning"), "loading": N_("Loading"), "building": N_("Building and publishing")}


def headline(standings: Sequence[Standing]) -> str:
    """Whether all sources are up to date."""
    wrong = sum(1 for each in standings if each.flaw)
    if wrong:
        return plural("{count} source needs attention", "{count} sources need attention", wrong)
    if any(each.last_done is None for each in standings):
        return text("Not every source has been refreshed yet")
    return plural("{count} source is up to date", "All {count} sources are up to date", len(standings))


def banner(standing: Standing) -> str:
    """What everybody should know of a source that is not as it should be; why is for administrators."""
    name = literal(standing.name)
    if standing.flaw == "broken":
        return text("The source {name} cannot be read, so it is not refreshed.", name=name)
    if standing.last_done is None:
        return text("The source {name} could not be refreshed yet.", name=name)
    since = moment(standing.last_done)
    if standing.flaw == "failed":
        return text("The last refresh of {name} failed; its data are those of {moment}.", name=name, moment=since)
    return text("{name} has not been refreshed since {moment}.", name=name, moment=since)


def state(standing: Standing) -> str:
    """How a source stands, in two words."""
    if standing.runs and standing.runs[0].outcome == "running":
        return text(OUTCOMES["running"])
    if not standing.flaw and standing.last_done is None:
        return text("not refreshed yet")
    return text(_STATES[standing.flaw])


def times(standing: Standing) -> str:
    """When a source is refreshed by itself."""
    source = standing.connection
    if source is None:
        return ""
    if source.every:
        minutes = int(source.every.total_seconds() // 60)
        return plural("every {count} minute", "every {count} minutes", minutes)
    return ", ".join(f"{time:%H:%M}" for time in source.at) or text("by hand alone")


def outcome(run: Run) -> str:
    """How a run came out."""
    if run.outcome == "done" and not run.changed:
        return text("nothing new")
    return text(OUTCOMES[run.outcome])


def by(run: Run) -> str:
    """What started a run."""
    return text(_BY[run.by])


def step(name: str) -> str:
    """What a run is at."""
    return text(_STEPS.get(name, _STEPS["loading"]))


def moment(at: dt.datetime | None) -> str:
    """A moment, in UTC; empty where there is none."""
    return f"{at.astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC" if at else ""
