"""Numbers and days as people write them, as SQL over a text. What cannot be read for certain is null, never a guess."""

import re
from collections.abc import Sequence

from babel.numbers import list_currencies

CURRENCIES = tuple(sorted(list_currencies()))
EXCEL = "excel"  # the date format of days counted from 1900, as a workbook stores them

_GAPS = " \u00a0\u202f\u2009'\u2019"  # what separates thousands besides the sign that is not the decimal one
GAPS_SQL = _GAPS.replace("'", "''")
_MINUS = "\u2212\u2013"  # what is written for a minus besides "-"
_WORDS_FOR_MONEY = ("руб[.]?", "р[.]", "zł", "Kč", "kr[.]?", "Fr[.]?", "лв[.]?")
_CODE = "[A-Z]{3}"
# One text to search, for a list to look up would become a join, which is made for every row whether it is asked or not.
_CODES = f"'|{'|'.join(('', *CURRENCIES))}|'"
_MONEY = rf"(?:[A-Z]{{0,2}}\p{{Sc}}|{_CODE}|{'|'.join(_WORDS_FOR_MONEY)})"
_DIGITS = f"([0-9](?:[0-9.,{GAPS_SQL}]*[0-9])?|[.,][0-9]+)"
_BLANK = "[ \u00a0\u202f]?"

_TIME = "[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:[.][0-9]+)?)?(?: ?[AaPp][.]?[Mm][.]?)?"
_UTC = "(?: ?(?:Z|UTC|GMT|[+-]00(?::?00)?))?"
_CLOCK = f"(?:,? *([ T]{_TIME}){_UTC})?"
_YEAR_FIRST = f"([0-9]{{4}})[-/.]([0-9]{{1,2}})[-/.]([0-9]{{1,2}}){_CLOCK}"
_COMPACT = "([0-9]{4})([0-9]{2})([0-9]{2})"
YEAR_LAST = f"([0-9]{{1,2}})[-/.]([0-9]{{1,2}})[-/.]([0-9]{{4}}){_CLOCK}"
# Ways to write a day that are rare and leave no doubt, and the same day as SQL casts it.
_RARE = (
    (f"{_COMPACT}[T ]([0-9]{{2}}):?([0-9]{{2}}){_UTC}", r"\1-\2-\3 \4:\5"),
    (f"{_COMPACT}[T ]?([0-9]{{2}}):?([0-9]{{2}}):?([0-9]{{2}})(?:[.][0-9]+)?{_UTC}", r"\1-\2-\3 \4:\5:\6"),
    (
        r"([0-9]{4})-([0-9]{2})-([0-9]{2})-([0-9]{2})[.]([0-9]{2})[.]([0-9]{2})(?:[.][0-9]+)?",
        r"\1-\2-\3 \4:\5:\6",
    ),
    (r"([0-9]{4})年([0-9]{1,2})月([0-9]{1,2})日", r"\1-\2-\3"),
)
# Months in English, German and Russian; the first word of each is what date formats know.
_MONTHS = (
    "jan january januar jänner янв январь января",
    "feb february februar фев февр февраль февраля",
    "mar march mär mrz märz мар март марта",
    "apr april апр апрель апреля",
    "may mai май мая",
    "jun june juni июн июнь июня",
    "jul july juli июл июль июля",
    "aug august авг август августа",
    "sep sept september сен сент сентябрь сентября",
    "oct october okt oktober окт октябрь октября",
    "nov november ноя нояб ноябрь ноября",
    "dec december dez dezember дек декабрь декабря",
)
_MONTH_OF = {word: month for month, words in enumerate(_MONTHS, 1) for word in words.split()}
_MONTH = "(" + "|".join(sorted(_MONTH_OF, key=len, reverse=True)) + ")[.]?"
_DAY_AND_NAME = f"([0-9]{{1,2}})(?:[.]|st|nd|rd|th)?[ -]*{_MONTH}[ ,-]*([0-9]{{4}})(?: ?г[.]?)?{_CLOCK}"
_NAME_AND_DAY = f"{_MONTH} *([0-9]{{1,2}})(?:st|nd|rd|th)?,? *([0-9]{{4}}){_CLOCK}"
_NO_DAY = "0{4}[-/.]?0{2}[-/.]?0{2}([ T]0{1,2}:00.*)?|0{2}[-/.]0{2}[-/.]0{4}([ T]0{1,2}:00.*)?"
_SIGNS = "dmyYbBHIMSpf%"  # of date formats
_TWELVE_HOURS = ("%Y-%m-%d %I:%M:%S %p", "%Y-%m-%d %I:%M %p")


def number(text: str, sql_type: str, decimal: str, *, money: bool) -> str:
    """Text as a number, or null.

    Thousands may be set apart, in threes, by the sign that is not the decimal one, a gap or an apostrophe. A minus may
    stand behind, or brackets around; with `money`, a currency's sign or code before or behind.
    """
    more = _plain(bare(text, money=money), sql_type, decimal)
    # Within a case, so that no part of it is computed for the many texts that need none of it.
    return f"coalesce({_plain(text, sql_type, decimal)}, case when not ({is_bare(text)}) then {more} end)"


def share(text: str, sql_type: str, decimal: str) -> str:
    """Text that ends in a percent sign as the share it is (25% is 0.25), or null."""
    digits = _plain(f"rtrim(left({text}, length({text}) - 1))", sql_type, decimal)
    return f"case when right({text}, 1) = '%' then cast({digits} as {sql_type}) / 100 end"


def _plain(text: str, sql_type: str, decimal: str) -> str:
    other = "," if decimal == "." else "."
    point = "[.]" if decimal == "." else ","
    pointed = text if decimal == "." else f"replace({text}, ',', '.')"
    plain = f"not contains({text}, '{other}') and not contains({text}, '_')"
    gaps = f"[{other}{GAPS_SQL}]"
    grouped = f"[-+]?[0-9]{{1,3}}({gaps}[0-9]{{3}})+({point}[0-9]+)?"
    joined = f"regexp_replace({text}, '{gaps}', '', 'g')"
    joined = joined if decimal == "." else f"replace({joined}, ',', '.')"
    return (
        f"coalesce(case when {plain} then try_cast({pointed} as {sql_type}) end, "
        f"case when regexp_full_match({text}, '{grouped}') then try_cast({joined} as {sql_type}) end)"
    )


def bare(text: str, *, money: bool) -> str:
    """The sign and digits of a number that is written with more than that, or null."""
    one = f"translate({text}, '{_MINUS}', '--')"
    before, behind = (f"(?:{_MONEY}{_BLANK})?", f"(?:{_BLANK}{_MONEY})?") if money else ("", "")
    leading = f"{before}([-+]?){_BLANK}{before}{_DIGITS}{behind}"
    trailing = f"{before}{_DIGITS}{behind}{_BLANK}-{behind}"
    brackets = f"{before}[(]{_BLANK}{before}{_DIGITS}{behind}{_BLANK}[)]{behind}"
    code = f"regexp_extract({text}, '{_CODE}')"
    known = f"when not {_is_code(code)} then null " if money else ""
    return (
        f"case {known}when regexp_full_match({one}, '{leading}') then regexp_replace({one}, '^{leading}$', '\\1\\2') "
        f"when regexp_full_match({one}, '{trailing}') then regexp_replace({one}, '^{trailing}$', '-\\1') "
        f"when regexp_full_match({one}, '{brackets}') then regexp_replace({one}, '^{brackets}$', '-\\1') end"
    )


def _is_code(text: str) -> str:
    """Whether a text without bars is a currency's code, or empty."""
    return f"contains({_CODES}, '|' || {text} || '|')"


def is_bare(text: str) -> str:
    """Whether a text can be a number as it stands: it begins and ends as one. Cheap, for it is asked of every cell."""
    first, second = f"left({text}, 1)", f"substr({text}, 2, 1)"
    signed = f"{first} in ('-', '+', '.', ',') and {second} between '+' and '9'"
    return f"right({text}, 1) between '0' and '9' and ({first} between '0' and '9' or ({signed}))"


def money_sign(text: str) -> str:
    """The sign or code of a currency in a text, or null."""
    found = f"regexp_extract({text}, '{_MONEY}')"
    known = f"not regexp_full_match({found}, '{_CODE}') or {_is_code(found)}"
    return f"case when {known} then nullif({found}, '') end"


def moment(text: str, date_order: str | None, formats: Sequence[str] = ()) -> str:
    """Text as a timestamp, or null.

    `formats` (those of strptime, or EXCEL) come first; where the year stands last, day and month are as `date_order`
    says. Where no order was found, only days such as 05/05 are left, which need none.
    """
    iso = _iso(text, "ymd" if formats else date_order)
    halves = f"try_strptime(regexp_replace({iso}, ' ?([AaPp])[.]?[Mm][.]?$', ' \\1M'), {_list(_TWELVE_HOURS)})"
    usual = (
        f"case {_short(text, date_order, formats)} when lower(right(rtrim({text}, '.'), 1)) = 'm' then {halves} "
        f"else try_cast({iso} as timestamp) end"
    )
    first = [_counted(text)] if EXCEL in formats else []
    if given := [each.replace("%B", "%b") for each in formats if each != EXCEL]:
        first.append(f"try_strptime({_in_english(text) if '%b' in ''.join(given) else text}, {_list(given)})")
    return f"coalesce({', '.join([*first, usual])})" if first else usual


def is_date_format(text: str) -> bool:
    """Whether a text can be a date format: EXCEL, or signs that give a whole day."""
    signs = re.findall("%-?(.)", text)
    whole = {"d", "m", "y"} <= {{"b": "m", "B": "m", "Y": "y"}.get(sign, sign) for sign in signs}
    return text == EXCEL or (whole and set(signs) <= set(_SIGNS))


def is_day_like(text: str) -> str:
    """Whether a text has the shape of a day, whether or not there is such a day."""
    shapes = "|".join(f"(?:{each})" for each in (_YEAR_FIRST, _COMPACT, YEAR_LAST, *(rare for rare, _ in _RARE)))
    return f"(regexp_full_match({text}, '{shapes}') or {_named(text, _DAY_AND_NAME)} or {_named(text, _NAME_AND_DAY)})"


def is_no_day(text: str) -> str:
    """Whether a text is what systems write where there is no day: nothing but zeros."""
    return f"regexp_full_match({text}, '{_NO_DAY}')"


def has_other_zone(text: str) -> str:
    """Whether a text ends in a time zone other than UTC."""
    return f"(regexp_full_match({text}, '.*[0-9] ?[+-][0-9]{{2}}:?[0-9]{{2}}') and contains({text}, ':'))"


def has_short_year(text: str) -> str:
    """Whether a text is a day with a year of two digits."""
    numbers = "[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{2}"
    named = f"[0-9]{{1,2}}[. -]*{_MONTH}[ ,-]*[0-9]{{2}}"
    return f"(regexp_full_match({text}, '(?i:{numbers}|{named})'))"


def _short(text: str, date_order: str | None, formats: Sequence[str]) -> str:
    """The usual days of ten signs, which need no search: cases of SQL."""
    cases = f"when regexp_full_match({text}, '[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}') then try_cast({text} as timestamp)"
    if date_order != "ymd" and not formats:
        first, second = (f"substr({text}, {place}, 2)" for place in ((1, 4) if date_order == "mdy" else (4, 1)))
        day = f"substr({text}, 7) || '-' || {first} || '-' || {second}"
        cases += f" when regexp_full_match({text}, '[0-9]{{2}}[-/.][0-9]{{2}}[-/.][0-9]{{4}}') "
        cases += f"then try_cast({day} as timestamp)"
    return cases


def _iso(text: str, date_order: str | None) -> str:
    """A day as SQL casts it to a timestamp, or null."""
    ways = [(_YEAR_FIRST, r"\1-\2-\3\4"), (_COMPACT, r"\1-\2-\3")]
    if date_order != "ymd":
        ways.append((YEAR_LAST, r"\3-\1-\2\4" if date_order == "mdy" else r"\3-\2-\1\4"))
    cases = [
        f"when regexp_full_match({text}, '{pattern}') then regexp_replace({text}, '^{pattern}$', '{day}')"
        for pattern, day in (*ways, *_RARE)
    ]
    for pattern, (year, month, day) in ((_DAY_AND_NAME, (3, 2, 1)), (_NAME_AND_DAY, (3, 1, 2))):
        found = [f"regexp_extract({text}, '(?i)^{pattern}$', {place})" for place in (year, month, day, 4)]
        number_of = f"({list(_MONTH_OF.values())})[list_position({_list(tuple(_MONTH_OF))}, lower({found[1]}))]"
        cases.append(
            f"when {_named(text, pattern)} then {found[0]} || '-' || {number_of} || '-' || {found[2]} || {found[3]}"
        )
    return f"case {' '.join(cases)} end"


def _named(text: str, pattern: str) -> str:
    return f"regexp_full_match({text}, '(?i){pattern}')"


def _in_english(text: str) -> str:
    """A text with the name of a month as date formats know it."""
    word = f"regexp_extract(lower({text}), '{_MONTH}', 1)"
    english = _list([_MONTHS[month - 1].split()[0] for month in _MONTH_OF.values()])
    known = f"({english})[list_position({_list(tuple(_MONTH_OF))}, {word})]"
    return f"coalesce(replace(regexp_replace(lower({text}), '({_MONTH})', '\\2'), {word}, {known}), {text})"


def _counted(text: str) -> str:
    """A count of days, as workbooks store them, as a timestamp, or null."""
    count = f"try_cast(replace({text}, ',', '.') as double)"
    when = f"timestamp '1899-12-30' + to_seconds(cast(round({count} * 86400) as bigint))"
    return f"case when regexp_full_match({text}, '[0-9]{{5}}([.,][0-9]+)?') then {when} end"


def _list(texts: Sequence[str]) -> str:
    return "[" + ", ".join("'" + text.replace("'", "''") + "'" for text in texts) + "]"
