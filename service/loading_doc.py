"""Writes docs/loading.md from the contract and the presets (make docs)."""

from pathlib import Path

from data import contract
from data.errors import BadInput, BuildInProgress, DiskProblem, NothingCameIn, QueryStopped
from data.loading import desk, mappings, sources, statements
from data.loading.mappings import plain_yaml
from data.loading.sources import delimited, kinds, workbook

_UNITS = {
    "text": "text",
    "integer": "whole number",
    "quantity": "units, 3 decimals",
    "price": "amount for one unit, 6 decimals",
    "money": "amount, 2 decimals",
    "fx_rate": "rate, 8 decimals",
    "date": "date",
    "timestamp": "date and time",
}

_HOW = f"""# Loading your data

1. `python -m data template my_data` writes an empty CSV of every table; keep those you have data for.
2. Fill them, or put your own CSV, XLSX or Parquet files there and write a `mapping.yaml` (below).
3. `python -m data import my_data` loads them, prints rows in, loaded and quarantined, and publishes.
4. Mend what is in `var/quarantine/NNNN/*.csv`, then `python -m data import var/quarantine/NNNN`.
5. Later files are imported the same way: new keys are added, known keys are replaced whole (or see below).
   `python -m data import PATH --dry-run` says what a load would do, and changes nothing.

This page is generated from the contract and the presets (`python -m service.loading_doc`).

## On screen

An administrator does all of this on the page Data, under *Load files*: drop files, see how each is read and what each
column is taken for, correct that in the table, look at the first rows as they will be and at what would be refused and
why, load. Refused rows are mended cell by cell where they are shown, and a load is taken back with one click. What the
columns are taken for is proposed by their headings (`data/loading/proposal/names.yaml` knows those of common systems,
in English, German and Russian) and by what they hold; nothing is proposed that the values contradict. The mapping is
kept as `var/mappings/NAME.yaml`, may be used with `--mapping`, and is used again for files with the same headings. At
most {desk.MOST_FILES} files at once, each as large as `server.maxUploadSize` of `.streamlit/config.toml` allows; larger
ones are imported by the command line.

## What holds for every load

- **Rows in = rows loaded + rows quarantined**, for every table and file (+ rows superseded, which were quarantined
  until a later load answered for them). A row is quarantined with its file,
  line and all its reasons; it is never dropped, guessed or changed. Surrounding blanks are taken off, an empty
  cell is no value, blank lines are no rows, numbers are rounded to the decimals of their column.
- **The same files with the same mapping change nothing** where they were the last into their tables. A later file adds
  and corrects by key; a row replaces the whole row that had its key. The first import takes the place of the demo
  company.
- **A load says what it does to what is there**: rows added, changed, removed and unchanged by table, which earlier load
  the changed rows contradict, and which rows its file held before and now leaves out.
- **One key, one row.** Where a key occurs twice in one import, the first row in file order stays and each later
  one is quarantined, saying whether it repeats the first exactly or with other values.
- **References must lead somewhere**: to a row loaded before or in the same import. Lines of a quarantined order
  are quarantined with it, until it is mended.
- **An amount in another currency needs a rate** of its day or the {statements.RATE_AGE_DAYS} days before (of an order
  the order date, of a quote the day it was requested). There is no rate of 1 by default.
- **The reporting currency** is `reporting_currency` of the mapping, else that of earlier loads, else the one
  all orders and quotes share. It cannot be changed later.
- **Dates**: `2026-03-31`, `20260331`, `31/03/2026`, `31.03.2026`, `31-Mar-2026`, `31 марта 2026`, `March 31, 2026`
  (months in English, German, Russian), with or without a time, AM and PM included. A time zone other than UTC is
  quarantined, and so are two-digit years, days that do not exist, years outside {statements.FIRST_YEAR} to
  {statements.LAST_YEAR} and future dates of things that have happened. `0000-00-00` is no day; `9999-12-31` in a column
  that may be empty is an open end and kept as empty. Whether 03/04 is in March or April is decided for each file by the
  other dates of the column; where none decides it the import stops, names the file and asks for `date_order`.
- **Other dates** need a `date_format`, or a list of them, which come before all other ways: `"%d.%m.%y"` (two-digit
  years up to 68 are of this century), `"%d-%b-%y"` with the name of a month, `excel` for days counted from 1900. The
  signs are %d %m %y %Y %b %B %H %I %M %S %p %f.
- **Numbers**: `1234.5`, `1,234.5`, `1 234,5`, `1.234,5`, `1'234.5`, `100-`, `(100)`, `−100`, and amounts with the sign
  or code of a currency before or behind (`$100`, `100 ₽`, `EUR 100`); the sign is named in the report and not read, an
  amount is in the currency of its row. Whether a comma is decimal is decided for each file by its numbers; where none
  decides it (`1,234` alone) the import stops, names the file and asks for `decimal`. Numbers that a workbook or JSON
  holds as such leave no doubt and say nothing of its texts. All else (`5,-`, `3 pcs`, `50%`, a lone `-`) is
  quarantined.
- **Words for no value**: `nulls: [n/a, NULL, "-"]` in the mapping makes them empty; capitals do not matter.
- **Times of a zone** other than UTC are quarantined in every kind of file, whatever the server's own zone is.
- **Text files** may be UTF-8, UTF-16, or in one of the encodings of one byte that were usual before (Western, Central
  European, Baltic, Turkish, Cyrillic, Greek; of Windows, DOS and the Macintosh). These are told apart by the languages
  they are for; where no reading is 50 times likelier than every other, or it may be Chinese, Japanese or Korean, the
  import stops, shows how a word would read and asks for `encoding`. Each file is judged by itself.
- **Columns** are separated by comma, semicolon, tab or `|`, whichever gives the rows as many cells as the headings;
  where two do, the import asks for `delimiter`; another one must be set. What was found is printed. A
  line with too many or too few fields, with quotes that do not match, NUL characters or undecodable bytes is one
  quarantined row. A line of nothing but separators is no row, and separators behind the last value cost nothing; both
  are told. Ids stay text: `007` and `1E5` are kept as they are. Texts that look damaged (`MÃ¼ller`), shortened
  (`1.23E+11`) or like a word for no value (`NULL`) are kept and told. Quotes inside values are doubled (`""`);
  `escape` and `quote` set other ways.
- **Headings** stand on the first line that is not blank and no comment (`#`). A heading over two lines is one; two
  alike are numbered, and refused where one of them is taken. Where the first line looks like a title the import stops
  and says where the headings seem to be, to be confirmed by `header_row`.
- **Rows that look like none** (totals, headings again, notes below the table) are rows: they are loaded or quarantined
  as any other, and told with their lines. Leave them out by `where` or `skip_footer`.
- **Workbooks** (`.xlsx .xlsm .xlsb .xls .ods`): a sheet named as a table, or a file with one sheet that is shown;
  otherwise name the `sheet`. Hidden sheets are named and not read. What cells hold is read, not what they show:
  zeros that a format puts before a number, formulas without a result, errors such as `#REF!` (read as empty), numbers
  of more digits than a cell keeps, and dates beside texts that look like dates are told with their column, and so are
  hidden rows, which are read, and cells merged over several rows. Of zeros, formulas, errors, hidden rows and merged
  cells only `.xlsx` and `.xlsm` tell.
- **JSON lines**: an object on each line; an object within it gives columns such as `customer.id`, a list stays JSON.
- **Archives** (`.zip`) are folders of files: `export.zip/orders.csv`, or `orders.csv` where no file beside it has that
  name. Nothing is unpacked that leads out of an archive or becomes far more than it weighs.
- **Kinds of file**: `{" ".join(kinds.READ)}`.
  Capitals in
  endings do not matter, and `Order Lines.csv` is the table order_lines. Other kinds, subfolders, pipes, devices and
  links that lead nowhere are named in the report and not read; files by which an office program marks another one
  as open are ignored.
- **Limits**: {sources.MOST_COLUMNS:,} columns; {delimited.LONGEST_LINE:,} characters a line; a workbook is read
  within {workbook.MEMORY >> 30} GB of memory and {workbook.SECONDS} seconds, in a process of its own, and not opened
  where it would unpack to far more than it weighs. SQL of a mapping has `ORDERBEAT_BUILD_MEMORY` and, for each table,
  `ORDERBEAT_MAPPING_SECONDS` (900); beyond that the import stops.
- **Only the folder that is imported is read.** A path in a mapping, or a link, that leads out of it is refused,
  unless the command line allows that place: `python -m data import my_data --also /srv/shared`.
"""

_MODES = """## What becomes of what was loaded before

`load` of a source says how its rows meet those loaded before. A rehearsal (`--dry-run`) tells what that does.

| `load` | rows of the file | what was there |
|---|---|---|
| `add` (the default) | add, and correct by key | stays; what the file held before and leaves out now is counted |
| `replace` | are the whole table | goes, where the file does not hold it |
| `replace_period` | are all there is on the days from their first to their last | goes, where it is of these days |
| `delete` | hold keys | goes, where it has one of these keys; lines go with their order or quote |

A row belongs to the first day that every row of its table has, a line to that of its order or quote; `customers`,
`products` and others belong to none. The command line overrules the mapping: `--replace TABLE` is `load: replace` for a
table, `--replace-period 2026-05-01..2026-05-31` is `load: replace_period` for all tables with days, with the days named
instead of found; rows of other days then add and correct.

- Rows that others refer to cannot go alone: the load is refused, with counts, unless those go in the same load. Nor can
  rates that amounts need.
- A table is not replaced by nothing: where none of the new rows can be loaded, the load is refused.
- Where the new version of a row is quarantined, the row stays as it was, and that is said.
- What one load both deletes and brings is there afterwards.
- The last three loads can be gone back to: `python -m data status` lists them with what each takes back,
  `python -m data build --inputs NNNN` does it and publishes.
"""

_MAPPING = f"""## Mapping files

A `mapping.yaml` (or `mapping.yml`) in the folder is used by itself, and the report says so; any other one with
`--mapping FILE`. Without a mapping, files
are named as tables and their columns as below (capitals, spaces and hyphens do not matter).

```yaml
reporting_currency: EUR
date_order: dmy            # dmy, mdy or ymd; date_format, nulls, decimal too, and how files are read
files:                     # names for files that SQL speaks of; others go by their name without ending
  people: hr/*.csv
  areas: {{from: flat.xlsx, sheet: Areas, header_row: 3}}
tables:
  customers: Kunden.xlsx   # columns named as the contract's
  orders:                  # one source or a list of them
    - from: sales_*.csv    # a file or a pattern; in SQL its columns are those of `source`
      load: replace_period # add, replace, replace_period or delete: see above
      one_per: invoice_no  # the first row, by `order` and then file order, of each value
      order: invoice_date
      where: status <> 'draft'        # rows left out are counted in the report
      join: left join people on people.id = source.seller_id
      columns:                        # contract column: a column of the file, or SQL over its columns
        order_id: invoice_no
        ordered_on: Invoice Date
        rep_id: people.rep
        currency: "'EUR'"
```

How a file is read can be set at the top, for a source, and for a name in `files`:

| setting | meaning |
|---|---|
| `encoding`, `delimiter` | as Python names encodings; one character |
| `header_row` | line of the file, or row of the sheet, with the headings; 0: none, columns are column_1, column_2 ... |
| `skip_footer` | rows at the end that are left out |
| `comment` | lines that begin with it are no rows |
| `quote`, `escape` | what encloses a value (`none`: nothing does); what stands before a quote within one |
| `sheet` | of a workbook: a name, a pattern such as `Sales *`, or a list of them; all are read |

Every value is taken as it is written: `No`, `1.10` and `2026-01-31` are texts, and may name columns. A name given
twice is refused with its line, and so is a mapping of more than {plain_yaml.LARGEST:,} characters,
{plain_yaml.MOST_VALUES:,} values or {plain_yaml.DEEPEST} levels. Within {{ }} a comma ends a value: put SQL that
holds one in quotes.

**Names.** One rule holds in `columns`, `one_per`, `order`, `where` and `join`: a name that stands alone, or in double
quotes within SQL, is that of the column it is spelled like. Capitals, the kind and number of blanks, and invisible
characters do not matter. Texts stand in single quotes.

**Numbers and days in SQL.** `number(x)`, `day(x)` and `text(x)` read a cell as its file writes it:
`number(Price) * 0.9`, `day(Due) + 30`, `1 - number(Discount)` (25% is 0.25 there). A cell that they cannot read
quarantines its row, and the reason names the column and the cell; so does SQL that fails in a row, such as a `cast`.
An empty cell is null.

**Joins.** A join that makes several rows of one is refused, with an example, unless `join_many: yes` says it is meant;
so is `unnest` in a column. A helper within a join reads columns of the file in `from`, and a cell that it cannot read
quarantines its row.

Columns of CSV and Excel files are text in SQL, those of Parquet files have their types. Every row also has
`source._file` and `source._line`, unless the file has columns of these names. With `one_per` or a `join`, rows in are
the rows that result, and the report says how many were read. Where rows of one `one_per` differ in a column of the
file, the report says in which, for how many, and names one. SQL cannot reach files other than those being loaded.

Prices and amounts of what is sold are without tax. Where a file has them with tax, `tax_rate: 19%` beside `from` (or
0.19, a column, or SQL) takes them without it, and the report says so. A line counts with its `amount`, else with
quantity x unit price; where both are given and over a cent apart, the report says how many, by how much and where.
"""

# In the order of the page. Each is a folder that can be imported: a small file and the mapping for it.
RECIPES = (
    "flat_file",
    "fill_down",
    "order_charges",
    "spread_discount",
    "customers_by_name",
    "taxed_prices",
    "months_as_columns",
)
RECIPES_FOLDER = Path(__file__).parent / "recipes"

_SOURCES = """## Sources that refresh themselves

A source is a file `sources/NAME.yaml` below the home. `python -m service refresh NAME` loads what is new in it, builds
and publishes; without a name every source has its turn. `python -m service run` does so at their times
(docs/operating.md). The page Data shows how they stand, and refreshes one at a click.

```yaml
kind: folder                # or a database, below
folder: /srv/exports        # where the files arrive
mapping: erp                # a preset, a file of `mappings` below the home, or a path; else the one beside the files
at: ["02:00", "13:00"]      # by this computer's clock; or `every: 30 minutes`; without either, by hand alone
stale_after: 36 hours       # from when on every page says that the data are old; 36 hours where it is not said
diary: yes                  # keep what the source overwrites
```

- **Of a folder, files are read that are new or changed**; with them those with refused rows, which may have waited for
  what arrived. Files that are gone take nothing with them. Write a file under another name first (`.part`) and rename
  it when it is complete.
- **What fails is tried again** after 1, 5 and 25 minutes, then at its next time. What was published stays.
- **Killed anywhere, the next refresh goes on.** What was loaded and not published is published then.
- **A diary** keeps as history what the source writes over, from the difference of two refreshes: `quotes.stage` becomes
  `quote_events`, a new `customers.owner_rep_id` becomes `account_owners`, and a new `catalog_items.price` begins a
  period of its own on the day it was seen. What came and went between two refreshes is not known, and the page of loops
  says since when it is observed. A decision is dated by the source. Nothing is added where a source tells its own
  history: to quotes with events of a log, to accounts where `account_owners` were loaded, to products for which a
  load brings several periods. In the report and the ledger these rows are those of `observed`.
"""

_DATABASES = """## Databases

A file `sources/NAME.yaml` below the home describes a database; `python -m service refresh NAME` reads it. PostgreSQL
and MySQL (MariaDB too) are read; the file begins with where the database is, and says for each table what gives it:

```yaml
kind: postgresql           # or mysql
host: erp.example.org      # also port; the folder of a socket begins with /
database: erp
user: reader               # best one that may read and nothing else
tls: verify                # verify, encrypt or no; verify unless the database is on this computer; `ca` names a file
time_zone: Europe/Berlin   # in which moments with a zone are days; UTC where it is not said (MySQL: +02:00)
reporting_currency: EUR
tables:
  orders:                  # one table of ours; a list where several give it
    table: sale_order      # or `sql: select ...`, in which the database may join, group and leave out rows
    key: id                # the columns that tell its rows apart
    changed_at: write_date # a column or SQL that says when a row last changed; or its number, for a log
    overlap: 15 minutes    # how much is read again each time, for those who commit late
    compare_keys: yes      # no: rows that went, or that changed without a word, are not noticed
    columns:               # as in a mapping
      order_id: id
      ordered_on: date_order
      customer_id: partner_id
      currency: "'EUR'"
```

- **The password** is in the variable `ORDERBEAT_SOURCE_NAME_PASSWORD`, or in `sources/NAME.password`, a file that
  only this account may read (mode 0600). One in the description is refused; none is ever part of a message or a log.
- **Nothing is written**: the session is read-only and sees all tables as of one moment (tables of MySQL's engine
  MyISAM excepted, which know no moment).
- **Every value comes as the text the server writes for it**, so nothing is rounded on the way and nothing breaks it:
  NaN, infinity, 2026-00-00, money, intervals and negative times are quarantined where the column is a number or a
  day. In SQL of `columns` all columns are texts, as those of CSV files; numbers have a decimal point and days begin
  with the year. Bytes are shown as hexadecimal digits.
- **A refresh costs what changed.** With `changed_at`, rows are read that changed since the last refresh and in the
  `overlap` before it. Then the keys and times of all rows are compared with those read before: rows that went are
  taken out, and rows that are new or changed unnoticed, because they were committed late or dated back, are read by
  their key. Without `changed_at` all rows are read and compared.
- **Afterwards the tables are as a load of the whole database would have made them.** A row that changed so that it
  can no longer be loaded is quarantined and does not stay as it was; rows that could not be loaded are tried again
  when anything changed. Lines of an order that changed are loaded again with it; lines that came from elsewhere go
  with it. Where rows hang on each other in other ways, all that was read is loaded anew.
- **What was read is kept** in `databases/NAME/`, and only once a load has taken it. A refresh that is stopped or
  killed at any point is made good by the next one. Deleting that folder costs one full read.
- **After going back** to what was loaded earlier, the next refresh loads all rows anew.

### `preset: tryton`

In place of `tables`, for Tryton 8 on PostgreSQL with the modules sale, sale_opportunity, sale_price_list and
sale_history, of one company: customers, products, reps, price lists as catalogs, opportunities as leads, sales as
quotes with the history of their states, and as orders once they are confirmed. The file is
`data/loading/sources/database/presets/tryton.yaml`; its comments say what was decided and why.
"""

_MEND = """## Mending the quarantine

`var/quarantine/NNNN/` holds a CSV for each table with the raw text of its rows, `source_file`, `source_line` and
`reason`, and a `mapping.yaml` that knows how to read them again. Edit the cells, leave the last three columns
alone, save as UTF-8 CSV and import the folder. Rows that load move from quarantined to loaded; the others, also
those you deleted from the file, stay quarantined in a new folder. A row you add without `source_file` is a new
row. Rows quarantined only for a missing order or customer load without an edit once that is loaded: import the
folder again. A row mended in its own file is closed by importing that file: a later load answers for the rows whose key
it brings, and for those on the same line of the same file where all other cells agree. A row kept out because its key
is taken stays out until its key is changed.
"""


def text() -> str:
    """The whole page."""
    parts = [_HOW, _MODES, _MAPPING, "## Presets\n", *map(_preset, mappings.presets())]
    parts += ["## Recipes\n", "Each is a file and the mapping for it; all of them are loaded in the tests.\n"]
    parts += [*map(_recipe, RECIPES), _SOURCES, _DATABASES, _MEND, _exit_codes(), "## Tables\n"]
    return "\n".join([*parts, *map(_table, contract.TABLES)])


def _preset(name: str) -> str:
    mapping = mappings.read(name, mappings.presets()[name].parent)
    if mapping is None:
        raise LookupError(f"The preset {name} went away while docs/loading.md was written.")
    tables = ", ".join(dict.fromkeys(source.table for source in mapping.sources))
    lines = [f"### `--mapping {name}`", "", mapping.about.strip(), "", f"Gives {tables}."]
    return "\n".join(
        [*lines, f"The file is `data/loading/mappings/{name}.yaml`; its comments say what was decided and why.", ""]
    )


def _recipe(name: str) -> str:
    folder = RECIPES_FOLDER / name
    lines = (folder / mappings.OWN_MAPPING).read_text(encoding="utf-8").splitlines()
    title, *about = [line.removeprefix("# ") for line in lines if line.startswith("# ")]
    parts = [f"### {title}", "", *about, ""]
    for file in sorted(folder.glob("*.csv")):
        parts += [f"`{file.name}`:", "", "```text", file.read_text(encoding="utf-8").rstrip("\n"), "```", ""]
    return "\n".join([*parts, "```yaml", *(line for line in lines if not line.startswith("# ")), "```", ""])


def _exit_codes() -> str:
    rows = [
        (0, "loaded, or nothing to change; rows may have been quarantined: the report says so"),
        (BadInput.exit_code, "a file, a folder or a mapping cannot be used as it is; nothing was changed"),
        (BuildInProgress.exit_code, "another import or build is running"),
        (DiskProblem.exit_code, "the disk is full or cannot be written; nothing was changed"),
        (QueryStopped.exit_code, "SQL of the mapping took longer than it may; nothing was changed"),
        (
            NothingCameIn.exit_code,
            "every row of a table that all pages need is quarantined; what was published before stays",
        ),
        (1, "something unforeseen: one line with an id, under which `errors.log` in the home folder has the details"),
    ]
    return "\n".join(["## Exit codes", "", *(f"- {code}: {meaning}" for code, meaning in rows), ""])


def _table(table: contract.Table) -> str:
    lines = [
        f"### {table.name}",
        "",
        f"{table.grain[0].upper()}{table.grain[1:]}. Key: {', '.join(table.key)}."
        + (" Needed by every page." if table.required else f" Feeds {', '.join(table.feeds)}." if table.feeds else ""),
        "",
        "| column | kind | needed | meaning |",
        "|---|---|---|---|",
    ]
    return "\n".join([*lines, *(_column(column, _needed(table, column)) for column in table.columns), ""])


def _needed(table: contract.Table, column: contract.Column) -> str:
    others = [name for group in table.either if column.name in group for name in group if name != column.name]
    return "yes" if column.required else f"this or {' or '.join(others)}" if others else ""


def _column(column: contract.Column, needed: str) -> str:
    limits = []
    if column.one_of:
        limits.append("one of " + ", ".join(f"`{value}`" for value in column.one_of))
    if column.references:
        limits.append(f"a row of {column.references}")
    if column.past_only:
        limits.append("not in the future")
    if column.minimum is not None:
        limits.append(f"at least {column.minimum:g}")
    if column.maximum is not None:
        limits.append(f"at most {column.maximum:g}")
    meaning = "; ".join([column.meaning, *limits])
    return f"| {column.name} | {_UNITS[column.kind]} | {needed} | {meaning} |"


if __name__ == "__main__":
    print(text(), end="")
