"""What was understood of the files, to be corrected, and what a load of them would do."""

import hashlib
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path, PurePath
from typing import Any

import pyarrow as pa
import streamlit as st

from data.errors import BadInput, OrderbeatError
from data.loading import desk, detection, kept, modes, proposal
from data.loading.proposal import Matched
from data.loading.written import CURRENCIES
from data.people.permissions import require
from data.settings import current
from pages.ui import cards, grid
from pages.ui.data_admin import at_work, load_more, rows
from pages.ui.source import person
from presentation import format
from presentation.sentences import inputs as input_words
from presentation.sentences import loading as sentences
from presentation.sentences import refusals
from presentation.words import text

MODES = (modes.ADD, modes.REPLACE_PERIOD, modes.REPLACE)
READ_AS = {
    "encoding": (
        "utf-8", "cp1252", "cp1251", "cp1250", "cp1254", "cp1253", "cp1257", "cp866", "cp850", "cp437", "koi8_r",
        "mac_roman", "gb18030", "cp932", "euc_kr", "big5",
    ),
    "delimiter": (",", ";", "\t", "|"),
}  # fmt: skip
_COLUMNS_SHOWN = 14


def show(place: Path, looked: dict[str, Any]) -> None:
    """Files and doubts on the left, columns on the right; below, the first rows as they will be."""
    looked = looked | (desk.read(place, "chosen") or {})  # as it was corrected before the last step
    seen = [detection.from_json(each) for each in looked["seen"]]
    by_place = {(one["file"], one["sheet"]): Matched(**one) for one in looked["matched"]}
    usable = [(each, by_place[each.file, each.sheet]) for each in seen if not each.fault and each.columns]
    matched = [one for _, one in usable]
    cards.headline(sentences.understood(seen, matched))
    if looked["kept"]:
        cards.note(text("Read as kept under the name {name}.", name=format.literal(looked["kept"])))
    for what in desk.read(place, "refused") or []:
        cards.failure(OrderbeatError(*what))
    for each in seen:
        if each.fault:
            cards.failure(OrderbeatError(*each.fault))
            _read_again(place, each)
    _files(seen, matched)
    left, right = st.columns(2, gap="medium")
    with right:
        edited = _columns(usable)
    with left:
        settled = _doubts(seen, looked["settled"])
        currency = _currency(usable, edited, looked)
        mode = _mode(looked)
        yaml = proposal.write([each for each, _ in usable], edited, currency, settled, mode)
        mapping = kept.Kept(looked["kept"], edited, settled, currency, mode)
        for (each, _), one in zip(usable, edited, strict=True):
            if not any(one.targets.values()):
                cards.note(sentences.not_taken(each, *proposal.nearest(each)))
        preview = _what_next(place, yaml, mapping)
        if preview:
            _preview(place, preview, yaml, mapping)
    if preview:
        rows.first(preview["first"], preview["refused"])


def _files(seen: list[detection.Seen], matched: list[Matched]) -> None:
    """What was found of each file."""
    about = {(one.file, one.sheet): one.about for one in matched}
    shown = [
        {
            text("File"): f"{each.file} [{each.sheet}]" if each.sheet else each.file,
            text("Taken for"): input_words.table(about.get((each.file, each.sheet), "")),
            text("Rows"): format.value(each.rows, "count"),
            text("Read as"): each.how,
            text("Dates"): sentences.dates(each),
            text("Numbers"): sentences.numbers(each),
        }
        for each in seen
        if not each.fault
    ]
    rows.plain(shown, "files-seen", text("What was found"))
    for each in seen:
        for doubt in each.doubts:
            cards.note(sentences.doubt(each, doubt))
    rows.sentences([note for each in seen for note in each.notes])


def _read_again(place: Path, seen: detection.Seen) -> None:
    """How a file is to be read, where its reader asks; it is then looked at again."""
    asked = {setting: choices for setting, choices in READ_AS.items() if f"`{setting}`" in seen.fault[2]}
    for setting, choices in asked.items():
        chosen = st.selectbox(
            format.literal(sentences.asked(seen, setting)), choices, index=None, placeholder=text("Choose"),
            format_func=partial(sentences.setting, setting), key=f"read-{setting}-{seen.file}-{seen.sheet}", width=420,
        )  # fmt: skip
        if chosen:
            require(person(), "load")
            read_as = desk.read(place, "read_as") or {}
            read_as.setdefault(seen.file, {})[setting] = chosen
            desk.write(place, "read_as", read_as)
            desk.forget(place, "rehearse", "chosen")
            desk.start(place, "look")
            st.rerun()


def _doubts(seen: list[detection.Seen], before: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    """What the values do not prove is asked; {file: settings of the mapping}."""
    settled = {file: dict(how) for file, how in before.items()}
    for each in seen:
        for doubts, setting, codes in (
            (("date_order", "mixed_dates"), "date_order", ("dmy", "mdy")),
            (("decimal", "mixed_decimals"), "decimal", (".", ",")),
        ):
            if not {*doubts} & {*each.doubts}:
                continue
            given = settled.get(each.file, {}).get(setting)
            chosen = st.selectbox(
                format.literal(sentences.asked(each, setting)), codes, format_func=partial(sentences.setting, setting),
                index=codes.index(given) if given in codes else None, placeholder=text("Choose"),
                key=f"settle-{setting}-{each.file}-{each.sheet}",
            )  # fmt: skip
            if chosen:
                settled.setdefault(each.file, {})[setting] = chosen
    return settled


def _currency(usable: list[tuple[detection.Seen, Matched]], edited: list[Matched], looked: dict[str, Any]) -> str:
    """The currency of amounts whose file names none, or of reports where files name several; '' where it is known."""
    known: str = looked["reporting_currency"]
    named, unnamed = set[str](), False
    for (each, _), one in zip(usable, edited, strict=True):
        if one.about not in ("orders", "quotes"):
            continue
        headings = [heading for heading, target in one.targets.items() if target.endswith(".currency")]
        codes = [column.codes for column in each.columns if column.name in headings]
        named.update(code.upper() for some in codes for code in some)
        unnamed = unnamed or not headings
    if known or (not unnamed and len(named) == 1):
        return known
    if not unnamed and not named:
        return ""
    before = looked["currency"]
    chosen = st.selectbox(
        text("Currency of amounts"), CURRENCIES, index=CURRENCIES.index(before) if before in CURRENCIES else None,
        placeholder=text("Choose"), key="load-currency",
        help=text("Of files that name none, and of the reports. It cannot be changed later."),
    )  # fmt: skip
    return chosen or ""


def _mode(looked: dict[str, Any]) -> str:
    """How the rows meet those loaded before, where there are any."""
    before: str = looked["mode"]
    if not looked["reporting_currency"]:
        return before
    return st.selectbox(
        text("What was loaded before"), MODES, index=MODES.index(before), format_func=sentences.mode, key="load-mode"
    )


def _columns(usable: list[tuple[detection.Seen, Matched]]) -> list[Matched]:
    """The columns of all files with what they are taken for, to be corrected; gives what stands there now."""
    cards.title(text("What each column is"))
    words = {"": text("not loaded"), **{target: input_words.target(target) for target in proposal.targets()}}
    codes = {said: code for code, said in words.items()}
    listed = [(each, one, column) for each, one in usable for column in each.columns]
    shown = [
        {
            "file": PurePath(each.file).name + (f" [{each.sheet}]" if each.sheet else ""),
            "column": column.name,
            "target": words.get(one.targets.get(column.name, ""), words[""]),
            "examples": " · ".join(column.examples),
        }
        for each, one, column in listed
    ]
    several = len(usable) > 1
    heads = {
        "file": st.column_config.TextColumn(text("File"), width=120),
        "column": st.column_config.TextColumn(text("Column"), pinned=not several),
        "target": st.column_config.SelectboxColumn(text("Is"), options=[*codes], required=True, width=190),
        "examples": st.column_config.TextColumn(text("Examples")),
    }
    if not several:
        del heads["file"]
    key = f"columns-{hashlib.sha256(repr(shown).encode()).hexdigest()[:8]}"
    st.data_editor(
        pa.Table.from_pylist(shown, pa.schema([(name, pa.string()) for name in heads])),
        column_config=heads, disabled=["file", "column", "examples"], hide_index=True, key=key, placeholder="",
        height=(min(_COLUMNS_SHOWN, max(1, len(shown))) + 1) * grid.ROW_HEIGHT + 8, row_height=grid.ROW_HEIGHT,
    )  # fmt: skip
    changed = {int(row): codes[cells["target"]] for row, cells in st.session_state[key]["edited_rows"].items()}
    edited = {id(one): dict(one.targets) for _, one in usable}
    for row, target in changed.items():
        _, one, column = listed[row]
        given = edited[id(one)]
        given.update({heading: "" for heading, before in given.items() if target and before == target})
        given[column.name] = target
    return [replace(one, targets=edited[id(one)]) for _, one in usable]


def _what_next(place: Path, yaml: str, mapping: kept.Kept) -> dict[str, Any] | None:
    """Preview, then load: both of exactly the mapping that is shown. Gives what a preview of it found."""
    missing = [
        f"{file}: {input_words.target(target)}" for file, target in proposal.lacking(mapping.matched, mapping.currency)
    ]
    is_known = yaml == desk.read(place, "rehearsed")
    for each in missing:
        cards.note(text("Still to be said: {what}", what=format.literal(each)))
    with st.container(horizontal=True, key="load-steps"):
        if st.button(
            text("Preview"), key="load-preview", type="secondary" if is_known else "primary",
            disabled=bool(missing) or not any(one.about or any(one.targets.values()) for one in mapping.matched),
        ):  # fmt: skip
            _begin(place, "rehearse", yaml, mapping)
        with st.popover(text("The mapping as YAML"), key="mapping-yaml", type="tertiary", on_change="rerun") as opened:
            if opened.open:
                st.code(yaml, language="yaml")
        load_more.start_over(place)
    shown: dict[str, Any] | None = desk.read(place, "rehearse")
    return shown if is_known and shown and "failed" not in shown else None


def _begin(place: Path, step: str, yaml: str, mapping: kept.Kept) -> None:
    require(person(), "load")
    chosen = {"settled": mapping.settled, "currency": mapping.currency, "mode": mapping.mode}
    desk.write(place, "chosen", {"matched": [asdict(one) for one in mapping.matched], **chosen})
    (place / "mapping.yaml").write_text(yaml, encoding="utf-8")
    desk.write(place, "rehearsed", yaml)
    at_work.begin(place, step)


def _preview(place: Path, shown: dict[str, Any], yaml: str, mapping: kept.Kept) -> None:
    """What the load would do, and the button that does it."""
    cards.title(sentences.would_do(shown["loads"]))
    rows.loads(shown["loads"], shown.get("changes") or [])
    rows.reasons(shown["reasons"])
    rows.sentences(refusals.changes(shown["changes"]))
    with st.form("load-now", border=False):
        name = st.text_input(
            text("Keep the mapping under this name"), value=mapping.name or _suggested(mapping), key="mapping-name"
        )
        if st.form_submit_button(text("Load and publish"), type="primary", key="load-publish"):
            require(person(), "load")
            try:
                if name.strip():
                    kept.keep(current().home, replace(mapping, name=name.strip()), yaml)
            except BadInput as error:
                cards.failure(error)  # here, where the name is
            else:
                _begin(place, "load", yaml, mapping)
    rows.sentences(shown["notes"])


def _suggested(mapping: kept.Kept) -> str:
    first = Path(mapping.matched[0].file).name.split(".")[0] if mapping.matched else "mapping"
    plain = "".join(letter if letter.isalnum() or letter in " -_" else " " for letter in first).strip(" _-")[:50]
    return kept.free_name(current().home, plain or "mapping")
