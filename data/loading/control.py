"""Finance's file: control totals by month, segment or customer, or a list of invoices with amounts.

Its headings are recognised in English, German and Russian, or named. Numbers and days are read as in loading: what is
not decided is asked, what cannot be read is named with its line, and then nothing is compared.
"""

import datetime as dt
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from babel.dates import get_month_names

from data import contract
from data.contract import Column
from data.errors import BadInput
from data.loading import files, sources, typed, written
from data.loading.engine import OpenEngine
from data.loading.mappings import plain_name
from data.loading.sources import Options, Staged
from data.loading.typed import Row
from data.settings import Settings

TABLE = contract.Table(
    "control",
    "one row per total or invoice",
    ("invoice",),
    (
        Column("invoice", "text", "number of the invoice or credit note"),
        Column("customer", "text", "account's id or name"),
        Column("segment", "text", "segment"),
        Column("month", "text", "month of the total"),
        Column("day", "date", "day of the invoice"),
        Column("currency", "text", "ISO 4217 code of the amount"),
        Column("amount", "money", "net amount, returns below zero", required=True),
    ),
)
# Headings as finance writes them, the likeliest first: a net amount comes before a gross one.
HEADINGS: Mapping[str, tuple[str, ...]] = {
    "invoice": (
        "invoice", "invoice_no", "invoice_number", "invoice_id", "invoiceno", "order_id", "order", "order_no",
        "order_number", "document", "document_no", "document_number", "voucher", "number", "no",
        "rechnung", "rechnungsnummer", "rechnungsnr", "rechnungs_nr", "rechnung_nr", "beleg", "belegnummer", "belegnr",
        "auftrag", "auftragsnummer", "nummer",
        "счёт", "счет", "номер_счёта", "номер_счета", "счёт_фактура", "счет_фактура", "накладная", "номер_накладной",
        "документ", "номер_документа", "заказ", "номер_заказа", "номер",
    ),
    "customer": (
        "customer_id", "customer", "customer_no", "customer_number", "account", "account_id", "client", "customer_name",
        "debtor", "kunde", "kundennummer", "kunden_nr", "kundennr", "debitor", "debitorennummer", "kundenname",
        "клиент", "код_клиента", "контрагент", "покупатель", "заказчик",
    ),
    "segment": ("segment", "customer_group", "group", "kundengruppe", "сегмент", "группа", "группа_клиентов"),
    "month": ("month", "period", "posting_period", "monat", "periode", "buchungsmonat", "месяц", "период"),
    "day": (
        "invoice_date", "date", "day", "posting_date", "ordered_on", "order_date", "document_date", "booked_on",
        "rechnungsdatum", "datum", "belegdatum", "buchungsdatum", "tag", "auftragsdatum",
        "дата", "дата_счёта", "дата_счета", "дата_документа", "дата_накладной", "день", "дата_заказа",
    ),
    "currency": ("currency", "currency_code", "curr", "währung", "waehrung", "валюта"),
    "amount": (
        "net_amount", "amount_net", "net_revenue", "net_sales", "net", "net_value", "revenue", "turnover", "sales",
        "amount", "total_net", "value", "total", "gross_amount", "gross", "sum",
        "nettobetrag", "netto", "nettoumsatz", "betrag_netto", "umsatz", "erlös", "erlöse", "betrag", "summe", "wert",
        "bruttobetrag", "brutto",
        "сумма_без_ндс", "без_ндс", "выручка", "сумма", "оборот", "продажи", "итого", "сумма_с_ндс",
    ),
}  # fmt: skip
SEGMENTS = {
    "dealer": ("dealer", "dealers", "distributor", "distributors", "händler", "fachhandel", "дилер", "дилеры"),
    "b2b": (
        "b2b", "professional", "professional_buyers", "business", "gewerbe", "gewerbekunden", "geschäftskunden",
        "профессиональные_покупатели", "юрлица", "опт",
    ),
    "b2c": (
        "b2c", "consumer", "consumers", "private", "retail", "privat", "privatkunden", "endkunden", "розница",
        "потребители", "частные_лица", "физлица",
    ),
}  # fmt: skip
_TOTALS = {
    "total", "totals", "grand_total", "sum", "subtotal", "all", "gesamt", "gesamtsumme", "summe", "zwischensumme",
    "итого", "всего", "итог", "сумма",
}  # fmt: skip
_NO_WORDS = {code.casefold() for code in written.CURRENCIES} | {"руб", "тыс", "in", "в", "of", "der", "den"}
_SHOWN = 5  # of the rows that cannot be read
_LANGUAGES = ("en", "de", "ru")
_KINDS = ("month", "segment", "customer")


@dataclass(frozen=True)
class Control:
    """What finance's file says: rows of `TABLE` with `line`, months as their first day.

    `is_invoices` where it lists invoices. `found` says how the file was read, `notes` what was left out of it.
    """

    name: str
    rows: tuple[Mapping[str, Any], ...]
    is_invoices: bool
    found: str
    columns: Mapping[str, str]
    notes: tuple[str, ...] = field(default=())


def read(
    file: Path,
    settings: Settings,
    open_engine: OpenEngine,
    named: Mapping[str, str] | None = None,
    options: Options | None = None,
) -> Control:
    """Reads finance's file; `named` says which heading gives a column of `TABLE` where it is not recognised.

    Raises BadInput where there is no amount, nothing to compare it by, or a row that cannot be read.
    """
    name = file.name
    with files.explained(name), tempfile.TemporaryDirectory(prefix="orderbeat-") as folder:
        if not files.exists(file):
            raise BadInput(f"There is no {file}.", "No file of that name exists.", "Check the path.")
        files.require_regular(file, name)
        staged = sources.stage(file, name, options or Options(), Path(folder) / "control.parquet")
        columns = _columns(staged, named or {})
        months = {} if "amount" in columns else _month_headings(staged)
        _require(staged, columns, months)
        rows: list[Mapping[str, Any]] = []
        notes: list[str] = []
        how = ""
        for number, (heading, month) in enumerate(months.items() or [(columns["amount"], None)]):
            with open_engine(settings, Path(folder) / f"work{number}.duckdb") as engine:
                read_rows, how = typed.rows(engine, TABLE, staged, {**columns, "amount": heading})
            kept = [row for row in read_rows if not (month and row.values["amount"] is None)]
            rows += _checked(name, kept, month, notes)
    used = {*columns.values(), *months}
    if unused := [heading for heading in staged.columns if heading not in used]:
        notes.append(f"Columns not used: {', '.join(unused)}.")
    found = ", ".join(filter(None, (staged.found, how)))
    return Control(name, tuple(_with_months(name, rows)), "invoice" in columns, found, columns, tuple(notes))


def _columns(staged: Staged, named: Mapping[str, str]) -> dict[str, str]:
    """Which heading gives which column: as named, else the likeliest. Raises BadInput for a name there is not."""
    exact = {heading.casefold(): heading for heading in staged.columns}
    found = {}
    for column, heading in named.items():
        if column not in TABLE.column_names or heading.strip().casefold() not in exact:
            raise BadInput(
                f"{column}={heading} cannot be used.",
                f"Columns are {', '.join(TABLE.column_names)}; headings of {staged.name} are "
                f"{', '.join(staged.columns)}.",
                "Write a column, = and a heading, such as --column amount=Net.",
            )
        found[column] = exact[heading.strip().casefold()]
    words = {_words(heading): heading for heading in staged.columns}
    for column, headings in HEADINGS.items():
        free = (words[_words(each)] for each in headings if words.get(_words(each), "") not in {"", *found.values()})
        if column not in found and (likeliest := next(free, "")):
            found[column] = likeliest
    for said, heading in words.items():  # what is left may say more than is known, such as "Net amount of goods"
        about = {column for column, headings in HEADINGS.items() if any(said >= _words(each) for each in headings)}
        if heading not in found.values() and len(about) == 1:
            found.setdefault(about.pop(), heading)
    return found


def _words(heading: str) -> frozenset[str]:
    """The words of a heading in any order, without currencies and what is no word."""
    return frozenset(re.findall(r"[^\W_]+", heading.casefold())) - _NO_WORDS


def _month_headings(staged: Staged) -> dict[str, dt.date]:
    """Headings that are months, where totals stand side by side."""
    months = {heading: month for heading in staged.columns if (month := month_of(heading))}
    return months if len(months) > 1 else {}


def _require(staged: Staged, columns: Mapping[str, str], months: Mapping[str, dt.date]) -> None:
    if "amount" not in columns and not months:
        missing = "no amount"
    elif not months and not {"invoice", "day", *_KINDS} & columns.keys():
        missing = "nothing to compare an amount by: an invoice, a month, a segment or a customer"
    else:
        return
    raise BadInput(
        f"{staged.name} has {missing}.",
        f"Its headings are {', '.join(staged.columns)}.",
        "Name the heading, such as --column amount=HEADING or --column invoice=HEADING.",
    )


def _checked(name: str, rows: list[Row], month: dt.date | None, notes: list[str]) -> list[dict[str, Any]]:
    """The rows that count. Rows of totals over others are left out, which is noted. Raises BadInput for bad ones."""
    kept, totals, bad = [], [], []
    for row in rows:
        said = [plain_name(str(row.values[key] or "")).strip(":. ") for key in ("invoice", *_KINDS)]
        if any(each in _TOTALS or each.split("_")[0] in ("total", "итого", "summe") for each in said):
            totals.append(row)
        elif row.reason:
            bad.append(row)
        else:
            kept.append({**row.values, "line": row.line, **({"month": month} if month else {})})
    if bad:
        listed = "; ".join(f"line {row.line}: {row.reason}" for row in bad[:_SHOWN])
        raise BadInput(
            f"{len(bad):,} rows of {name} cannot be read.", f"{listed}.", "Mend them: a total must be whole to compare."
        )
    if totals:
        lines = ", ".join(str(row.line) for row in totals[:_SHOWN])
        notes.append(f"{len(totals):,} rows of totals are left out, on line {lines}.")
    return kept


def _with_months(name: str, rows: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows with months as days and segments as codes. Raises BadInput for a month that is none."""
    texts = {str(row["month"]) for row in rows if row["month"] and not isinstance(row["month"], dt.date)}
    day_first = not all(re.fullmatch(r"0?1/\d+/\d{4}.*", each) is None for each in texts)
    known = {each: month_of(each, day_first=day_first) for each in texts}
    if wrong := [each for each, month in known.items() if month is None]:
        raise BadInput(
            f"{wrong[0]!r} of {name} is no month.",
            "A month is written like 2026-05, 05/2026 or May 2026.",
            "Mend it, or name another heading with --column month=HEADING.",
        )
    found = []
    for row in rows:
        month, day, segment = row["month"], row["day"], row["segment"]
        month = known.get(str(month), month) if month else day.replace(day=1) if day else None
        code = next((code for code, words in SEGMENTS.items() if plain_name(segment or "") in words), segment)
        found.append({**row, "month": month, "segment": code})
    return found


def month_of(text: str, *, day_first: bool = True) -> dt.date | None:
    """The first day of the month that a text names, such as 2026-05, 05/2026, May 26 or Май 2026; else None.

    Of a whole day, the month; of 01/05/2026, May if `day_first`.
    """
    plain = text.strip().casefold().rstrip(".")
    for pattern in (
        r"(?P<y>\d{4})[-/. ]?(?P<m>\d{2})(?:[-/. ]?\d{2}(?:[t ].*)?)?",
        r"(?P<y>\d{4})[-/. ](?P<m>\d{1,2})",
        r"(?P<m>\d{1,2})[-/. ](?P<y>\d{4})",
        r"\d{1,2}\.(?P<m>\d{1,2})\.(?P<y>\d{4})",
        r"\d{1,2}/(?P<m>\d{1,2})/(?P<y>\d{4})" if day_first else r"(?P<m>\d{1,2})/\d{1,2}/(?P<y>\d{4})",
    ):
        if (match := re.fullmatch(pattern, plain)) and 1 <= int(match["m"]) <= 12:
            return dt.date(int(match["y"]), int(match["m"]), 1)
    words = re.findall(r"[^\W\d_]+", plain)
    years = re.findall(r"\d+", plain)
    months = {_months().get(each) for each in words} - {None}
    if len(months) == 1 and len(years) == 1 and len(words) <= 2 and len(years[0]) in (2, 4):
        (number,) = months
        year = int(years[0]) + (2000 if len(years[0]) == 2 else 0)
        return dt.date(year, number or 1, 1) if 1900 <= year <= 2100 else None
    return None


@cache
def _months() -> dict[str, int]:
    """Names of months and their short forms, in small letters."""
    return {
        str(name).casefold().rstrip("."): number
        for language in _LANGUAGES
        for width in ("wide", "abbreviated")
        for form in ("format", "stand-alone")
        for number, name in get_month_names(width, form, locale=language).items()
    }
