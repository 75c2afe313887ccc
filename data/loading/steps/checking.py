"""The second step of a load: which rows can be loaded, and why the others cannot."""

from datetime import datetime

from data import contract
from data.loading import diary, erased, merge, quarantine, statements, validate
from data.loading.modes import Period
from data.loading.steps import Loading


def check(loading: Loading, period: Period | None, observed: datetime | None) -> None:
    """Checks every cell, then every row against the others and what was loaded before.

    `period` is what the load replaces, where that is said; `observed` is when rows were seen whose changes the diary
    keeps. Raises BadInput where no reporting currency can be told.
    """
    loading.progress("Checking", 0.7)
    engine, draft = loading.engine, loading.draft
    with engine.transaction():
        deletes = [shape for shape in loading.shapes() if shape not in contract.TABLES]
        validate.prepare(engine, [*contract.TABLES, *deletes])
        merge.begin(engine, draft.previous)
    for mapped, how in loading.mapped:
        loading.report.notes += erased.blank_rows(engine, mapped, draft.erased)
        validate.cells(engine, mapped, how, loading.today)
    loading.removing, notes = merge.keep(engine, list(loading.sources.items()), period)
    loading.report.notes += notes
    draft.reporting_currency = validate.reporting_currency(
        engine, loading.work.mapping.reporting_currency, draft.reporting_currency
    )
    for table in loading.tables():
        if loading.is_counted and (open_rows := quarantine.kept_rows(loading.home, loading.head, table)):
            again = statements.repeats_again(table.name, table.key, open_rows)
            engine.run(statements.reject(table.name, again))
        validate.whole(engine, table, draft.reporting_currency)
        loading.report.notes += validate.doubtful(engine, table)
    loading.report.notes += validate.disagreeing(engine)
    given = {mapped.table.name for mapped, _ in loading.mapped}
    told = {load.table for load in draft.ledger if load.source != diary.SOURCE} | given
    if observed:
        loading.observed = diary.write(engine, given, told, observed)
    loading.removing |= diary.forget(engine, loading.removing, told)
