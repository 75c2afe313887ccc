"""A step of publishing a load: the rows that cannot be loaded become a quarantine, which can be mended and imported."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from data.loading import mappings, modes, quarantine, statements
from data.loading.steps import Loading
from data.loading.validate import Format

_Parts = dict[tuple[str, Format], list[str]]  # SQL for rows, by the shape and the way of writing they share


def quarantined(loading: Loading) -> str:
    """Puts the rows that were not loaded in their place; gives the number of the quarantine, '' where there are none.

    The report then knows its folder.
    """
    parts: _Parts = {}
    for shape in loading.shapes():
        for how in dict.fromkeys(how for mapped, how in loading.mapped if mapped.table == shape):
            rows = loading.not_loaded(shape, how)
            if _has_rows(loading, rows):
                parts.setdefault((shape.name, how), []).append(rows)
    for name, how, rows in _still_open(loading):
        parts.setdefault((name, how), []).append(rows)
    number = _put_aside(loading, parts, loading.head or None)
    loading.report.quarantine = quarantine.root(loading.home) / number if number else None
    return number


def continued(loading: Loading) -> dict[str, str]:
    """Writes anew what is left of quarantines some rows of which are closed; gives their new numbers, '' for none.

    One whose rows were removed keeps its number: the ledger goes on counting what is open of it.
    """
    numbers = {}
    for number, closed in loading.closed.items():
        parts: _Parts = {}
        for name, how, rows in closed.left:
            parts.setdefault((name, how), []).append(rows)
        was_removed = quarantine.removed(quarantine.root(loading.home) / number)
        numbers[number] = number if was_removed else _put_aside(loading, parts, number)
    return numbers


def _still_open(loading: Loading) -> Iterator[tuple[str, Format, str]]:
    """Rows of the quarantine being mended that its edited files no longer hold: they stay quarantined."""
    if not loading.is_counted:
        return
    formats = quarantine.formats(loading.home, loading.head)
    for name, paths in quarantine.kept(loading.home, loading.head).items():
        presented = [mapped for mapped, _ in loading.mapped if mapped.table.name == name]
        for path in paths:
            rows = statements.open_rows(str(path))
            if presented:
                rows = statements.not_in(rows, statements.origins(name))
            if _has_rows(loading, rows):
                yield name, formats.get(path.stem, Format(None, ".")), rows


def _put_aside(loading: Loading, parts: _Parts, continues: str | None) -> str:
    """Writes a quarantine of rows; gives its number, '' where there are no rows."""
    if not parts:
        return ""
    written: dict[str, list[tuple[str, Format]]] = {}
    with quarantine.next_one(loading.home, continues) as folder:
        for (name, how), selects in parts.items():
            stem = f"{name}-{len(written[name]) + 1}" if name in written else name
            written.setdefault(name, []).append((stem, how))
            kept = folder / quarantine.KEPT / f"{stem}.parquet"
            loading.engine.run(statements.copy_to_parquet(statements.union(selects), str(kept)))
            loading.engine.run(statements.copy_to_csv(statements.open_rows(str(kept)), str(folder / f"{stem}.csv")))
        _write_mapping(folder, written, loading.draft.reporting_currency)
    return folder.stem


def _write_mapping(folder: Path, written: dict[str, list[tuple[str, Format]]], currency: str) -> None:
    """Writes how the files of a quarantine are read again."""
    tables: dict[str, list[dict[str, Any]]] = {}
    for name, stems in written.items():
        table = modes.loaded_into(name)
        tables.setdefault(table, []).extend(
            {
                "from": f"{stem}.csv",
                "encoding": "utf-8",
                "delimiter": ",",
                "decimal": how.decimal,
                **({"date_order": how.date_order} if how.date_order else {}),
                **({"date_format": list(how.date_format)} if how.date_format else {}),
                **({"load": modes.DELETE} if name != table else {}),
            }
            for stem, how in stems
        )
    about = {
        "about": "Rows that could not be loaded. Mend the CSV files, then import this folder.",
        "mends": folder.stem,
        **({"reporting_currency": currency} if currency else {}),
        "tables": tables,
    }
    text = yaml.safe_dump(about, sort_keys=False, allow_unicode=True)
    (folder / mappings.OWN_MAPPING).write_text(text, encoding="utf-8")


def _has_rows(loading: Loading, rows: str) -> bool:
    return loading.engine.rows(statements.count(rows)) != [(0,)]
