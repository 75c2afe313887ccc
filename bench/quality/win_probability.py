"""Win probabilities and times to close against other estimators, published figures and planted drivers.

Salvirt (Bohanec), 448 deals of a software company, a table without time: cross-validated three times ten-fold with the
product's estimators, a logistic regression and a random forest on the same one-hot columns. The product's own demo:
what was told on earlier days of the negotiations open then, by a model fitted and weighed before them, against what
came; a logistic regression on a deal's attributes as columns of their own (stage, rep, customer's segment, channel,
source, category; with age and amount) and the incidence by stage and age (Aalen-Johansen) are fitted to the same past.
Planted odds are of what was known in the end: their own area is what drivers alone can reach. Intervals are 95 %
bootstrap intervals over folds and over negotiations.

Logs of deals that nobody tuned to (`deal_logs`), large and small, and the demo cut into small companies: what was told
on several days of the deals open then, as the product tells it, against what became of them, beside the shares by stage
and age in the same past. In some worlds only stages tell, or nothing: what is claimed there is counted. Some companies
load amounts, discounts and days that were entered when the outcome was known: what is told must not become worse.
"""

import datetime as dt
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from scipy.special import expit
from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, roc_auc_score
from sklearn.model_selection import RepeatedStratifiedKFold

from analytics import ensemble, win_probability
from analytics.tables import Ask
from analytics.track_record import calibration_error
from analytics.win_probability.landmarks import AGES, FEATURES, Landmarks, landmarks, past
from analytics.win_probability.log import ENTITIES, OPEN, Log, day_number, log_of
from analytics.win_probability.model import ENDS, MIDDLES, Known, known_on
from analytics.win_probability.record import Replay, cuts, replay
from bench import serve, warehouse
from bench.quality import deal_logs, goals
from bench.quality.datasets import SAMPLES
from data.demo.deals import WIN_DRIVERS
from data.demo.truths import TRUTH
from queries import load

TASK = "win_probability"
LINES = 1_000_000
# Deals of a large and of a small log, logs of each kind, and the days on which they are asked.
LARGE, SMALL = 2_500, 600
SEEDS, SEEDS_SMALL, ASKED_ON = range(100, 103), range(100, 105), (800, 1000)
# Decided negotiations of a small company cut from the demo, and how many days before its end it is asked.
CUT, CUT_BEFORE = 400, (60, 120)
TRAPS = {
    "amounts of won deals only": (deal_logs.amount_when_won, "amount"),
    "discounts of won deals only": (deal_logs.discount_when_won, "discount"),
    "planned days of the decision": (deal_logs.planned_when_decided, "planned_day"),
}
FOLDS, REPEATS = 10, 3
RIGHT = "if all were right"
# Landmarks below which a cell of stage and age says nothing of its own.
LEAST = 20
OTHERS = {
    "logistic regression": LogisticRegression(max_iter=1000),
    "random forest": RandomForestClassifier(500, random_state=0),
}
# Drivers, the feature that shows each, and two values of it: the first is worse where the planted sign is negative.
DRIVERS = {
    "first_response_days": ("response_days", 6.0, 1.0),
    "discount_depth": ("discount_depth", 0.32, 0.18),
    "single_threaded": ("people", 1.0, 2.0),
    "loops": ("backs", 2.0, 0.0),
}


def run() -> list[dict[str, Any]]:
    """Prints and returns the goals."""
    return [*_salvirt(), *on_demo(), *logs()]


def _salvirt() -> list[dict[str, Any]]:
    (file,) = (SAMPLES / "salvirt_b2b").glob("*.csv")
    deals = pd.read_csv(file, sep=";")
    is_won = (deals["Status"] == "Won").to_numpy()
    features = pd.get_dummies(deals.drop(columns="Status")).to_numpy(float)
    areas, briers = (pd.DataFrame(columns=["ours", *OTHERS], dtype=float) for _ in range(2))
    told = np.zeros(len(deals))
    folds = RepeatedStratifiedKFold(n_splits=FOLDS, n_repeats=REPEATS, random_state=0).split(features, is_won)
    for number, (train, test) in enumerate(folds):
        predicted = {"ours": expit(ensemble.fit(features[train], is_won[train]).log_odds(features[test]).mean(axis=1))}
        told[test] += predicted["ours"] / REPEATS
        for name, other in OTHERS.items():
            predicted[name] = clone(other).fit(features[train], is_won[train]).predict_proba(features[test])[:, 1]
        areas.loc[number] = {name: roc_auc_score(is_won[test], row) for name, row in predicted.items()}
        briers.loc[number] = {name: brier_score_loss(is_won[test], row) for name, row in predicted.items()}
    data = f"Salvirt, {len(deals)} deals, {REPEATS} x {FOLDS}-fold"
    random = np.random.default_rng(0)
    draws = [random.integers(len(areas), size=len(areas)) for _ in range(1000)]
    error = calibration_error(told, is_won)
    found = [goals.goal(TASK, data, "calibration error", error, _least_error(told), 0.03, RIGHT, at_least=False)]
    for measure, by_fold, wanted in (("AUC", areas, 0.86), ("Brier", briers, 0.155)):
        ours = by_fold["ours"].to_numpy()
        interval = _bounds([ours[d].mean() for d in draws])
        for other in OTHERS:
            theirs = float(by_fold[other].mean())
            found.append(
                goals.goal(
                    TASK, data, measure, float(ours.mean()), theirs, wanted, other, interval, at_least=measure == "AUC"
                )
            )
    return found


def on_demo() -> list[dict[str, Any]]:
    """Goals on the product's own demo, as a whole and cut into small companies."""
    home = serve.home(LINES)
    warehouse.use(home)
    truth = json.loads((home / TRUTH).read_text(encoding="utf-8"))
    with warehouse.connect() as db:

        def ask(name: str, **params: Any) -> Any:
            return db.sql(load(f"warehouse.statistics.{name}").sql, params=params).to_arrow_table()

        data, as_of = f"demo of {LINES:,} lines", pd.Timestamp(truth["as_of"]).date()
        return [*demo(ask, truth, data), *small_companies(ask, as_of, data)]


def demo(ask: Ask, truth: dict[str, Any], data: str) -> list[dict[str, Any]]:
    """Goals on one demo, told as the product would have on several days of its last fifth of decisions."""
    as_of = pd.Timestamp(truth["as_of"]).date()
    log, today = log_of(ask, as_of), day_number(as_of)
    found = replay(log, today)
    predicted, is_won, who = found.if_decided, found.is_won, found.marks.negotiation
    known = known_on(log, cuts(log)[1])
    earlier = past(log, known.day)
    one_hot = _one_hot(log, earlier, found.marks, known)
    planted = _planted(log, truth, found.marks)
    data = f"{data}, {len(np.unique(who)):,} negotiations at {found.origins} days"
    area, theirs, best = (roc_auc_score(is_won, p) for p in (predicted, one_hot, planted))
    print(f"  AUC ours {area:.4f}, one-hot {theirs:.4f}, planted odds {best:.4f}", flush=True)
    base = float(is_won.mean() * (1 - is_won.mean()))
    skill = 1 - brier_score_loss(is_won, predicted) / base
    draws = _draws(who)
    better = [roc_auc_score(is_won[d], predicted[d]) - roc_auc_score(is_won[d], one_hot[d]) for d in draws]
    skills = [1 - brier_score_loss(is_won[d], predicted[d]) / base for d in draws]
    errors = [calibration_error(predicted[d], is_won[d]) for d in draws]
    ahead = np.array([np.interp(found.model.levels, row, ENDS) for row in _decided(found.won, found.lost)])
    inside = (ahead[:, 0] <= found.ended_in) & (found.ended_in <= np.ceil(ahead[:, 2]))
    _, by_stage = by_stage_and_age(log, earlier, found.marks, known)
    apart, usual = (np.abs(days - found.ended_in) for days in (ahead[:, 1], by_stage))
    ratios = [apart[d].mean() / usual[d].mean() for d in draws]
    right = _recovered(found)
    against = f"one-hot logistic, AUC {theirs:.3f}; planted odds themselves {best:.3f}"
    return [
        goals.goal(TASK, data, f"AUC {area:.3f}, difference", area - theirs, 0, 0.05, against, _bounds(better)),
        goals.goal(TASK, data, "AUC over that of planted odds", area - best, 0, -0.01, f"AUC {best:.3f}"),
        goals.goal(TASK, data, "Brier skill over the share won", skill, 0, 0.10, "", _bounds(skills)),
        goals.goal(
            TASK, data, "calibration error", calibration_error(predicted, is_won), _least_error(predicted), 0.03,
            RIGHT, _bounds(errors), at_least=False,
        ),
        *(
            goals.goal(
                TASK, data, f"decided within the 80 % interval, at {side}", float(inside.mean()), None, bound, "",
                _bounds([inside[d].mean() for d in draws]), at_least=side == "least",
            )
            for side, bound in (("least", 0.76), ("most", 0.84))
        ),
        goals.goal(
            TASK, data, f"error of the day of decision ({apart.mean():.2f} days) over another's, ratio",
            float(apart.mean() / usual.mean()), 1.0, 1.0, "incidence by stage and age", _bounds(ratios), at_least=False,
        ),
        goals.goal(TASK, data, "planted drivers with their sign", right, None, 1.0),
    ]  # fmt: skip


@dataclass(frozen=True)
class Told:
    """What was told on some days of deals open then, and what became of those decided since.

    `table`, `days`, `table_days`: probabilities, and days from that told to that of the decision, by stage and age and
    by ours; `where` numbers the days of the logs. `records`: the product's own record on each.
    """

    predicted: np.ndarray
    table: np.ndarray
    is_won: np.ndarray
    days: np.ndarray
    table_days: np.ndarray
    where: np.ndarray
    records: list[dict[str, Any]]

    def within(self, predicted: np.ndarray) -> float:
        """Area under the ROC curve among deals of one log and day, on average by deal."""
        areas, many = [], []
        for here in (self.where == place for place in np.unique(self.where)):
            if 0 < self.is_won[here].sum() < here.sum():
                areas.append(roc_auc_score(self.is_won[here], predicted[here]))
                many.append(here.sum())
        return float(np.average(areas, weights=many)) if areas else 0.5

    def drawn(self, measure: Callable[["Told"], float]) -> tuple[float, float]:
        """The bootstrap interval of a measure, over deals."""
        random, many = np.random.default_rng(0), len(self.is_won)
        parts = ("predicted", "table", "is_won", "days", "table_days", "where")
        draws = []
        for _ in range(200):
            rows = random.integers(many, size=many)
            draws.append(measure(replace(self, **{name: getattr(self, name)[rows] for name in parts})))
        return _bounds(draws)


def told_of(asked: Iterable[tuple[Ask, dt.date, pd.DataFrame]]) -> Told:
    """What is told on each of some days; `asked` has the outcome and closed_on of deals, by id, as they came."""
    rows, records = [], []
    for where, (ask, as_of, outcomes) in enumerate(asked):
        found = win_probability.outlook(ask, as_of)
        records.append(found.record.to_pylist()[0])
        table = found.table.to_pandas().set_index("negotiation_id")
        table = table.join(outcomes[outcomes["outcome"].notna()], how="inner").dropna(subset=["win_probability"])
        log, today = log_of(ask, as_of), day_number(as_of)
        negotiation = pd.Index(log.ids.to_pylist()).get_indexer(table.index)
        now, known = landmarks(log, negotiation, np.full(len(table), today)), known_on(log, today)
        won, median = by_stage_and_age(log, past(log, today), now, known)
        ahead = (pd.to_datetime(table["closed_on"]) - pd.Timestamp(as_of)).dt.days.clip(upper=ENDS[-1]).to_numpy(float)
        closes = (pd.to_datetime(table["expected_close_on"]) - pd.Timestamp(as_of)).dt.days.to_numpy(float)
        is_won = (table["outcome"] == "won").to_numpy()
        told = table["win_probability"].to_numpy(float)
        rows.append((told, won, is_won, np.abs(closes - ahead), np.abs(median - ahead), np.full(len(told), where)))
    predicted, by_table, came, days, table_days, place = map(np.concatenate, zip(*rows, strict=True))
    return Told(predicted, by_table, came, days, table_days, place, records)


def logs() -> list[dict[str, Any]]:
    """Goals on logs of deals, large and small, and on what companies load too late."""
    found = []
    for world in deal_logs.WORLDS:
        for size, deals, seeds in (("large", LARGE, SEEDS), ("small", SMALL, SEEDS_SMALL)):
            told = told_of(_asked(world, deals, seeds))
            data = f"{world}, {len(told.records)} {size} logs of {deals:,} deals, {len(told.is_won):,} told"
            found += _of_a_log(world, data, told, is_small=size == "small")
    usual = told_of(_asked("weak drivers", LARGE, SEEDS[:1]))
    for name, (habit, fact) in TRAPS.items():
        told = told_of(_asked("weak drivers", LARGE, SEEDS[:1], habit))
        seen = np.mean([fact in {left["what"] for left in json.loads(row["left_out"])} for row in told.records])
        change = told.within(told.predicted) - usual.within(usual.predicted)
        found += [
            goals.goal(TASK, name, "logs in which it is left out", float(seen), None, 1.0),
            goals.goal(TASK, name, "AUC over that without the trap", change, 0, -0.02),
        ]
    told = told_of(_asked("weak drivers", LARGE, SEEDS, deal_logs.one_date))
    area = told.within(told.predicted)
    interval = told.drawn(lambda t: t.within(t.predicted))
    return [*found, goals.goal(TASK, "deals with one date", "AUC", area, 0.5, 0.55, "nothing told", interval)]


def _of_a_log(world: str, data: str, told: Told, *, is_small: bool) -> list[dict[str, Any]]:
    base = float(told.is_won.mean() * (1 - told.is_won.mean()))
    error = calibration_error(told.predicted, told.is_won)
    claims = {
        name: float(np.mean([bool(row[name]) for row in told.records])) for name in ("adds_to_table", "has_signal")
    }
    found = [
        goals.goal(
            TASK, data, "Brier skill over the share won", 1 - brier_score_loss(told.is_won, told.predicted) / base, 0,
            -0.02 if world == "nothing tells" else 0.0,
        ),
        goals.goal(
            TASK, data, "calibration error", error, _least_error(told.predicted), 0.03,
            f"{RIGHT}; stage and age {calibration_error(told.table, told.is_won):.3f}",
            told.drawn(lambda t: calibration_error(t.predicted, t.is_won)), at_least=False,
        ),
        goals.goal(
            TASK, data, f"error of the day of decision ({told.days.mean():.1f} days) over another's, ratio",
            float(told.days.mean() / told.table_days.mean()), 1.0, 1.0, "stage and age",
            told.drawn(lambda t: t.days.mean() / t.table_days.mean()), at_least=False,
        ),
    ]  # fmt: skip
    if world == "nothing tells":
        return [*found, goals.goal(TASK, data, "logs with a signal", claims["has_signal"], None, 0.1, at_least=False)]
    if world == "stages alone":
        claim = goals.goal(
            TASK, data, "logs in which something adds to the table", claims["adds_to_table"], None, 0.15, at_least=False
        )
        return [*found, claim]
    gain = told.within(told.predicted) - told.within(told.table)
    return [
        *found,
        goals.goal(
            TASK, data, f"AUC {told.within(told.predicted):.3f}, difference", gain, 0, 0.0 if is_small else 0.02,
            "stage and age", told.drawn(lambda t: t.within(t.predicted) - t.within(t.table)),
        ),
    ]  # fmt: skip


def _asked(
    world: str, deals: int, seeds: Iterable[int], habit: Callable[[deal_logs.Frames], deal_logs.Frames] | None = None
) -> Iterator[tuple[Ask, dt.date, pd.DataFrame]]:
    for seed in seeds:
        frames = deal_logs.log(deal_logs.WORLDS[world], deals, seed)
        came = frames["negotiations"].set_index("negotiation_id")[["outcome", "closed_on"]]
        for number in ASKED_ON:
            day = deal_logs.FIRST_DAY + np.timedelta64(number, "D")
            loaded = deal_logs.loaded_on(frames, day)
            with deal_logs.asking(habit(loaded) if habit else loaded) as ask:
                yield ask, day.astype(dt.date), came


def small_companies(ask: Ask, as_of: dt.date, data: str) -> list[dict[str, Any]]:
    """Goals on small companies cut from a demo by customer, each asked before its end."""
    told = told_of(_cut(ask, as_of))
    data = f"{data}, cut into companies of about {CUT} decided, {len(told.records)} asked, {len(told.is_won):,} told"
    return _of_a_log("", data, told, is_small=True)


def _cut(ask: Ask, as_of: dt.date) -> Iterator[tuple[Ask, dt.date, pd.DataFrame]]:
    versions = ask("win_versions", as_of=as_of).to_pandas()
    deals = versions.drop_duplicates("negotiation_id").set_index("negotiation_id")
    code = pd.util.hash_array(deals["customer_id"].to_numpy(object)) % max(1, int(deals["outcome"].notna().sum() / CUT))
    for part in np.unique(code):
        ids = pa.array(deals.index[code == part])

        def of_part(name: str, ids: pa.Array = ids, **params: Any) -> pa.Table:
            rows = ask(name, **params)
            return rows.filter(pc.is_in(rows["negotiation_id"], ids))

        for before in CUT_BEFORE:
            yield of_part, as_of - dt.timedelta(days=before), deals[["outcome", "closed_on"]]


def _decided(won: np.ndarray, lost: np.ndarray) -> np.ndarray:
    total = won + lost
    return total / total[:, -1:]


def _one_hot(log: Log, past: Landmarks, now: Landmarks, known: Known) -> np.ndarray:
    """A logistic regression on what a deal is: its attributes and stage as columns of their own, age and amount."""

    def columns(marks: Landmarks) -> np.ndarray:
        codes = [log.entities[name][marks.negotiation] for name in ENTITIES if name != "customer_id"]
        sizes = [len(log.names[name]) for name in ENTITIES if name != "customer_id"]
        codes.append(_stage(log, marks))
        sizes.append(len(log.stages))
        hot = [np.eye(size + 1)[code] for code, size in zip(codes, sizes, strict=True)]  # unknown is the last
        age, amount = (marks.features[:, FEATURES.index(name)] for name in ("age", "amount"))
        return np.column_stack([*hot, np.log1p(age), np.log1p(np.nan_to_num(amount)), np.isnan(amount)])

    rows = past[known.ended[past.negotiation] < OPEN]
    fitted = LogisticRegression(max_iter=2000).fit(columns(rows), known.is_won[rows.negotiation])
    return fitted.predict_proba(columns(now))[:, 1]


def _stage(log: Log, marks: Landmarks) -> np.ndarray:
    seen = log.steps.until(marks.negotiation, marks.day)
    return np.nan_to_num(log.steps.at(log.columns["stage"], marks.negotiation, seen), nan=-1).astype(int)


def _planted(log: Log, truth: dict[str, Any], marks: Landmarks) -> np.ndarray:
    """The planted log odds of these negotiations, from what was known of them in the end."""
    final = landmarks(log, marks.negotiation, log.ended[marks.negotiation])
    named = {name: np.nan_to_num(final.features[:, FEATURES.index(name)]) for name in FEATURES}
    skill = {rep["rep_id"]: rep["skill"] for rep in truth["reps"]}
    of_rep = np.array([skill.get(name, 0.0) for name in log.names["rep_id"]] + [0.0])
    segment = np.array([*log.names["segment"], ""])[log.entities["segment"][marks.negotiation]]
    return (
        of_rep[log.entities["rep_id"][marks.negotiation]]
        + WIN_DRIVERS["first_response_days"] * named["response_days"]
        + WIN_DRIVERS["discount_depth"] * named["discount_depth"]
        + WIN_DRIVERS["single_threaded"] * (named["people"] <= 1)
        + WIN_DRIVERS["loops"] * named["backs"]
        + np.select([segment == "dealer", segment == "b2c"], [WIN_DRIVERS["dealer"], WIN_DRIVERS["b2c"]], 0.0)
    )


def by_stage_and_age(log: Log, past: Landmarks, now: Landmarks, known: Known) -> tuple[np.ndarray, np.ndarray]:
    """Probability of a win and median days to the decision by the hazards of each stage and age (Aalen-Johansen).

    Where a cell is thin, those of the stage, and where that is, those of the age.
    """
    stretches, bands = len(MIDDLES), len(AGES) + 1
    begin, end = (past.day[:, None] + part for part in (ENDS[:-1], ENDS[1:]))
    ended = known.ended[past.negotiation][:, None]
    row, stretch = np.nonzero((begin < ended) & (end <= known.day))
    is_closed = (ended <= end)[row, stretch]
    is_won = is_closed & known.is_won[past.negotiation[row]]

    def hazards(of_past: np.ndarray, of_now: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        many = int(max(of_past.max(initial=0), of_now.max(initial=0))) + 1
        key = of_past[row] * stretches + stretch
        seen, closed, won = (
            np.bincount(key, weights, many * stretches).reshape(many, stretches)[of_now]
            for weights in (None, is_closed, is_won)
        )
        return seen, closed / np.maximum(seen, 1), won / np.maximum(seen, 1)

    stages, ages = (
        [_stage(log, m) + 1 for m in (past, now)],
        [np.digitize(m.day - log.opened[m.negotiation], AGES) for m in (past, now)],
    )
    both = [stage * bands + age for stage, age in zip(stages, ages, strict=True)]
    (_, closing, winning), *finer = (hazards(*of) for of in (ages, stages, both))
    for seen, closed, won in finer:
        closing, winning = np.where(seen >= LEAST, closed, closing), np.where(seen >= LEAST, won, winning)
    still = np.cumprod(np.column_stack([np.ones(len(closing)), 1 - closing]), axis=1)
    share = (1 - still) / np.maximum(1 - still[:, -1:], 1e-9)
    median = np.array([np.interp(0.5, line, ENDS) for line in share])
    return (still[:, :-1] * winning).sum(axis=1) / np.maximum(1 - still[:, -1], 1e-9), median


def _recovered(found: Replay) -> float:
    """Share of planted drivers whose change moves what is told the way it was planted, all else as it is."""
    right = []
    for driver, (name, worse, better) in DRIVERS.items():
        place = FEATURES.index(name)
        marks = found.marks[np.flatnonzero(~np.isnan(found.marks.features[:, place]))[:1000]]
        predicted = []
        for value in (worse, better):
            changed = marks.features.copy()
            changed[:, place] = value
            predicted.append(found.model.incidence(replace(marks, features=changed))[0][:, -1].mean())
        print(f"  {driver}: {name} {worse:g} tells {predicted[0]:.3f}, {better:g} tells {predicted[1]:.3f}", flush=True)
        right.append(np.sign(predicted[0] - predicted[1]) == np.sign(WIN_DRIVERS[driver]))
    return float(np.mean(right))


def _least_error(predicted: np.ndarray) -> float:
    """The calibration error, on average, of so many probabilities that are all right."""
    random = np.random.default_rng(0)
    return float(np.mean([calibration_error(predicted, random.random(len(predicted)) < predicted) for _ in range(200)]))


def _draws(who: np.ndarray) -> list[np.ndarray]:
    """Bootstrap samples of negotiations, as rows."""
    random, (_, code) = np.random.default_rng(0), np.unique(who, return_inverse=True)
    rows = np.split(np.argsort(code, kind="stable"), np.cumsum(np.bincount(code))[:-1])
    return [np.concatenate([rows[i] for i in random.integers(len(rows), size=len(rows))]) for _ in range(200)]


def _bounds(draws: Any) -> tuple[float, float]:
    low, high = np.quantile(draws, [0.025, 0.975])
    return float(low), float(high)
