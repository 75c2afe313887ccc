"""Applies a mapping: the staged files of one source become tables of contract columns, one for each way of writing."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from data import contract
from data.errors import BadInput, OrderbeatError
from data.loading import differing, expressions, mappings, sources, statements, tax, validate
from data.loading.engine import Engine
from data.loading.expressions import Call
from data.loading.mappings import Source
from data.loading.report import Report
from data.loading.sources import Staged
from data.loading.statements import Shape
from data.loading.validate import Cells, Format, Mapped, Wanted

_NO_FORMAT = {0: Format(None, ".")}
_READS = {"number": ("price", " is not a number"), "day": ("date", " is not a date")}  # kind of cells, what is said
_TRACES = ("source_file", "source_line", "reason")
_COUNTED = " Lines can be counted: `line_no: row_number() over (partition by order_id order by source._line)`."
Trace = Callable[[contract.Table, list[str], str], str]


@dataclass
class Applying:
    """One source at work.

    `rows` are the rows of each file, whose columns are spelled alike in all of them; `first` is the number of the first
    of them within the load; `trace` turns rows of a mended quarantine into those that count.
    """

    engine: Engine
    source: Source
    staged: Sequence[Staged]
    rows: Sequence[str]
    first: int
    report: Report
    trace: Trace | None = None
    table: contract.Table = field(init=False)
    columns: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.table = self.source.shape
        names = expressions.same_names([each.columns for each in self.staged])
        self.columns = tuple(dict.fromkeys(name for several in names for name in several))

    def tables(self, number: int) -> list[tuple[Mapped, Format]]:
        """The mapped rows, with how they are written; `number` is that of the first table, which others follow.

        Raises BadInput where a file lacks a column, SQL cannot be used, a join multiplies rows that are not meant to
        be, or it cannot be told how a file writes dates or numbers.
        """
        sql = self._resolved()
        for staged, one in zip(self.staged, self.rows, strict=True):
            self._try_out(staged, sql, one)
        every = statements.union(self.rows)
        if self.trace:
            every = self.trace(self.table, list(sql.columns or {}), every)
        read = _Reading(self, sql, every)
        hows = read.formats() if read.reads else None
        read.mark(hows or _NO_FORMAT)
        plain = read.expanded(hows or _NO_FORMAT)[0]
        self._refuse_fan_out(plain, read.rows)
        name = statements.own(f"mapped {number}")
        made = self._make(name, read, hows or _NO_FORMAT)
        self._refuse_several(plain, name)
        self._account(plain, read.rows, name)
        self.report.notes += differing.notes(self.engine, self.source, plain, read.rows)
        if hows is None:
            hows = self.decide(statements.all_of(name), validate.text_cells(self.table, made.native))
        return self._split(replace(made, number=number), hows)

    def decide(self, rows: str, cells: Sequence[Cells]) -> dict[int, Format]:
        """The format of each file, by its number, which is told in the report."""
        files = dict(enumerate(self.staged, self.first))
        wanted = Wanted(self.source.date_order, self.source.decimal, self.source.date_format)
        hows, notes = validate.formats(self.engine, rows, cells, files, wanted)
        for how, numbers in _alike(hows).items():
            if str(how):
                self.report.notes.append(
                    f"{self.table.name} from {', '.join(files[each].name for each in numbers)}: {how}"
                )
        self.report.notes += notes
        return hows

    def _resolved(self) -> Source:
        """The source with each name spelled as in its files, and with columns where it gives none."""
        given = [self._columns(staged) for staged in self.staged]
        every = {name: value for several in reversed(given) for name, value in several.items()}
        return self._net(expressions.resolved(replace(self.source, columns=every), self.columns))

    def _net(self, sql: Source) -> Source:
        """The source with prices and amounts less the tax it names, which is told in the report."""
        if not sql.tax_rate:
            return sql
        net = tax.net(self.table, sql.columns or {}, expressions.value(sql.tax_rate, self.columns))
        if not net:
            raise BadInput(
                f"`tax_rate` of {self.table.name} from {sql.file} changes nothing.",
                "The source gives no price and no amount that is stated without tax.",
                "Set it for the source that gives them.",
            )
        self.report.notes.append(
            f"{self.table.name} from {sql.file}: {', '.join(net)} with tax in the file, taken without it by `tax_rate: "
            f"{sql.tax_rate}`."
        )
        return replace(sql, columns={**(sql.columns or {}), **net}, tax_rate="")

    def _columns(self, staged: Staged) -> dict[str, str]:
        """What gives each contract column. Raises BadInput where a file lacks one that must be there."""
        if self.source.columns is not None:
            return dict(self.source.columns)
        headed = {mappings.plain_name(column): column for column in staged.columns}
        if missing := self.table.missing(headed):
            hint = (_COUNTED if missing == ["line_no"] else "") + staged.hint
            raise BadInput(
                f"{staged.name} has no column {', '.join(missing)}.",
                f"Every row of {self.table.name} needs it; the columns found are {', '.join(staged.columns)}.",
                f"Rename the heading, or say in a mapping which column gives it.{hint}",
            )
        if doubled := [column for column in staged.doubled if mappings.plain_name(column) in self.table.column_names]:
            raise BadInput(
                f"{staged.name} has several columns called {doubled[0]!r}.",
                f"{self.table.name} takes a column of that name; here they go by {', '.join(staged.columns)}.",
                "Rename one of them in the heading row, or say in a mapping which is meant.",
            )
        unused = [own for name, own in headed.items() if name not in (*self.table.column_names, *_TRACES)]
        if unused:
            self.report.notes.append(f"{staged.name}: columns not used: {', '.join(unused)}")
        return {name: statements.quoted(headed[name]) for name in self.table.column_names if name in headed}

    def _try_out(self, staged: Staged, sql: Source, rows: str) -> None:
        """Finds the expression that does not fit a file, so that the message can name it."""
        tried = _expanded(sql, lambda call: "cast(null as varchar)" if call.helper == "text" else _PLACES[call.helper])
        columns = tried.columns or {}
        whole = self._fault(statements.mapped(rows, columns, _shape(tried)))
        if whole is None:
            return
        for column, expression in columns.items():
            error = self._fault(statements.mapped(rows, {column: expression}, Shape(join=tried.join)))
            if error is not None:
                given = (self.source.columns or {}).get(column, expression)
                raise BadInput(
                    f"{self.table.name}.{column} cannot be taken from {staged.name}.",
                    f"{given!r} is neither one of its columns ({', '.join(staged.columns)}) nor SQL over them: "
                    f"{_first_line(error)}",
                    f"{self._advice(given, error, staged)}{staged.hint}",
                ) from error
        parts = ("join", "where", "one_per", "order")
        wrong = [part for part in parts[1:] if self._fault(self._only(tried, rows, part)) is not None]
        wrong = ["join"] if tried.join and self._fault(self._only(tried, rows, "join")) is not None else wrong
        what = " or ".join(f"`{part}`" for part in wrong or parts)
        written = " ".join(getattr(self.source, part) for part in wrong or parts)
        raise _bad_sql(self.source, what, whole, self._advice(written, whole, staged)) from whole

    def _only(self, sql: Source, rows: str, part: str) -> str:
        """A source's rows with one setting besides its join."""
        shape = replace(Shape(join=sql.join), **{part: getattr(sql, part)})
        if part == "order":
            shape = replace(shape, one_per=sql.one_per or "1")
        return statements.mapped(rows, {self.table.key[0]: "1"}, shape)

    def is_faulty(self, statement: str) -> bool:
        """Whether the engine cannot make anything of a statement."""
        return self._fault(statement) is not None

    def _fault(self, statement: str) -> Exception | None:
        try:
            self.engine.rows(statements.describe(statement))
        except OrderbeatError:
            raise
        except Exception as error:  # noqa: BLE001 (whatever the SQL of a mapping can raise)
            return error
        return None

    def _advice(self, given: str, error: Exception, staged: Staged) -> str:
        """What to do about SQL that does not fit a file."""
        others = [each.name for each in self.staged if expressions.find(given, each.columns)]
        if others:
            return f"{others[0]} has that column; give {staged.name} a source of its own, with its own `columns`."
        return expressions.advice(given, str(error), staged.columns)

    def _refuse_fan_out(self, sql: Source, rows: str) -> None:
        """Raises BadInput where a join gives several rows for one row of the file and nobody said it should."""
        if not sql.join or sql.one_per or self.source.join_many:
            return
        on = expressions.mentioned(self.source.join, self.columns)[:3]
        remedy = "Join something that has one row for each"
        self._refuse_multiplied("The join", rows, Shape(join=sql.join, where=sql.where), on, remedy)

    def _refuse_several(self, sql: Source, name: str) -> None:
        """Raises BadInput where SQL of columns gives several values for one row and nobody said it should."""
        several = [column for column, given in (sql.columns or {}).items() if expressions.gives_several(given)]
        if not several or self.source.join_many:
            return
        self._refuse_multiplied(", ".join(several), statements.all_of(name), Shape(), [], "Take one value of each list")

    def _refuse_multiplied(self, what: str, rows: str, shape: Shape, on: Sequence[str], remedy: str) -> None:
        """Raises BadInput where a line of the files comes in several of these rows, with its values of `on`."""
        found = self._answer(statements.multiplied(rows, shape, on))
        if not found:
            return
        rows_hit, file, line, times, *values = found[0]
        key = ", ".join(f"{name} {value!r}" for name, value in zip(on, values, strict=True))
        raise BadInput(
            f"{what} of {self.table.name} multiplies rows of {self.source.file}.",
            f"{rows_hit:,} of its rows become several: {file} line {line}{f', with {key},' if key else ''} becomes "
            f"{times:,} rows.",
            f"{remedy}, or set `join_many: yes` where it is meant.",
        )

    def _answer(self, statement: str) -> list[tuple[object, ...]]:
        try:
            return self.engine.rows(statement)
        except OrderbeatError:
            raise
        except Exception as error:  # whatever the SQL of a mapping can raise while it runs
            raise self._failed(error) from error

    def _failed(self, error: Exception) -> BadInput:
        """What is wrong where the SQL of a mapping fails. Raises BadInput where it is a torn Parquet instead."""
        for staged in self.staged:
            sources.require_whole(staged)
        return _bad_sql(self.source, "its SQL", error, expressions.advice(self.source.sql, str(error), self.columns))

    def _make(self, name: str, read: "_Reading", hows: Mapping[int, Format]) -> Mapped:
        """Makes the table of mapped rows; where its SQL fails in some rows, those rows say so."""
        made, statement = self._statement(name, read, hows, careful=False)
        try:
            self.engine.run(statement)
        except OrderbeatError:
            raise
        except Exception as error:  # noqa: BLE001 (whatever the SQL of a mapping can raise while it runs)
            made, statement = self._statement(name, read, hows, careful=True)
            try:
                self.engine.run(statement)
            except OrderbeatError:
                raise
            except Exception:  # noqa: BLE001 (the first one is told)
                raise self._failed(error) from error
        return made

    def _statement(
        self, name: str, read: "_Reading", hows: Mapping[int, Format], *, careful: bool
    ) -> tuple[Mapped, str]:
        sql, problems, refused = read.expanded(hows)
        if careful:
            sql, problems, refused = self._careful(sql, problems, refused, read)
        columns = sql.columns or {}
        for column, why in self._unexplained(columns, read.sql.columns or {}).items():
            problems[column] = statements.either([problems.get(column, ""), why])
        select = statements.mapped(read.rows, columns, replace(_shape(sql), refused=refused), problems)
        types = {str(row[0]): str(row[1]) for row in self._answer(statements.describe(select))}
        native = {each: statements.is_native(self.table.column(each).kind, types[each]) for each in columns}
        staged_text = not any(staged.native for staged in self.staged)
        plain = {each: staged_text and statements.is_plain(given) for each, given in columns.items()}
        cleaned = statements.cleaned(
            select, {each: (types[each], native[each], plain[each]) for each in columns}, problems, self.source.nulls
        )
        made = Mapped(self.table, 0, name, native, frozenset(problems))
        return made, statements.table(name, cleaned)

    def _careful(
        self, sql: Source, problems: Mapping[str, str], refused: str, read: "_Reading"
    ) -> tuple[Source, dict[str, str], str]:
        """SQL that gives null where it fails in a row, and says so."""
        columns, why = dict(sql.columns or {}), dict(problems)
        for column, given in columns.items():
            tried, failed = statements.attempt(given)
            if statements.is_plain(given) or self._fault(statements.mapped(read.rows, {column: tried}, _shape(sql))):
                continue
            told = self._told(f"{column} cannot be computed", read.sql.columns or {}, column)
            columns[column] = tried
            why[column] = statements.either([f"case when {failed} then {told} end", why.get(column, "")])
        where = sql.where
        if where:
            where, failed = statements.attempt(where)
            told = self._told("`where` cannot be computed", {"where": read.sql.where}, "where")
            refused = statements.either([f"case when {failed} then {told} end", refused])
        return replace(sql, columns=columns, where=where), why, refused

    def _told(self, what: str, given: Mapping[str, str], column: str) -> str:
        """SQL for a reason that shows the cells an expression speaks of."""
        names = expressions.mentioned(given.get(column, ""), self.columns)
        return statements.from_cells(what, [(each, statements.column(each)) for each in names])

    def _unexplained(self, columns: Mapping[str, str], written: Mapping[str, str]) -> dict[str, str]:
        """For columns that every row needs: SQL that shows the cells of rows in which their SQL has no value."""
        needed = [[each.name] for each in self.table.columns if each.required]
        needed += [[name for name in group if name in columns] for group in self.table.either]
        found = {}
        for column in (group[0] for group in needed if len(group) == 1 and group[0] in columns):
            sql = columns[column]
            speaks = expressions.mentioned(written[column], self.columns)
            if speaks and not statements.is_plain(sql) and " over" not in sql.casefold():
                told = self._told(f"{column} is missing: its SQL has no value", written, column)
                found[column] = f"case when ({sql}) is null then {told} end"
        return found

    def _account(self, sql: Source, rows: str, name: str) -> None:
        """Notes what `where`, `join` and `one_per` did to the number of rows: nothing is left out in silence."""
        source = self.source
        if not (source.where or source.join or source.one_per):
            return
        [(read,)] = self.engine.rows(statements.count(statements.mapped(rows, {}, Shape())))
        [(given,)] = self.engine.rows(statements.count(statements.readable(name)))
        kept = given
        if source.one_per:
            joined = Shape(join=sql.join, where=sql.where)
            [(kept,)] = self.engine.rows(statements.count(statements.mapped(rows, {}, joined)))
        steps = [f"{read:,} rows"]
        if kept != read and source.where:
            steps.append(f"{kept:,} after `where {source.where}`")
        elif kept != read:
            steps.append(f"{kept:,} after `{source.join}`")
        if source.one_per:
            steps.append(f"{given:,} with one per `{source.one_per}`")
        if len(steps) > 1:
            self.report.notes.append(f"{source.table} from {source.file}: {', '.join(steps)}")

    def _split(self, made: Mapped, hows: Mapping[int, Format]) -> list[tuple[Mapped, Format]]:
        """A table of its own for each way of writing."""
        groups = _alike(hows)
        if len(groups) == 1:
            return [(made, next(iter(groups)))]
        found = []
        for nth, (how, numbers) in enumerate(groups.items()):
            name = statements.own(f"mapped {made.number + nth} alike")
            self.engine.run(statements.table(name, statements.of_files(made.rows, numbers)))
            found.append((replace(made, number=made.number + nth, rows=name), how))
        return found


@dataclass
class _Reading:
    """The helpers a source calls, and what becomes of them once it is known how its files write."""

    applying: Applying
    sql: Source
    rows: str
    calls: list[Call] = field(init=False)
    types: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        found = {(call.helper, call.argument): call for part in self.sql.parts for call in expressions.calls(part)}
        self.calls = list(found.values())
        if self.calls:
            self._refuse_others_beside_join()
            self._describe()

    def mark(self, hows: Mapping[int, Format]) -> None:
        """Marks the rows of which the join needs a number or a day that cannot be read: they join nothing."""
        if why := self._problems("`join` with ", [self.sql.join], hows):
            self.rows = statements.marked(self.rows, why)

    @property
    def reads(self) -> list[Call]:
        """The calls that read a number or a day from text."""
        return [call for call in self.calls if call.helper in _READS and not self._is_native(call)]

    def formats(self) -> dict[int, Format]:
        """The format of each file, by what the helpers read and by the columns that are read without one."""
        cells, chosen = [], {}
        for number, call in enumerate(self.reads):
            text = self._text(call)
            chosen[f" cell {number}"] = f"rtrim({text}, '% ')" if call.helper == "number" else text
            cells.append(Cells(f" cell {number}", self.label(call), _READS[call.helper][0]))
        for column, given in (self.sql.columns or {}).items():
            kind = self.applying.table.column(column).kind
            if statements.is_plain(given) and kind in (*statements.NUMBERS, *statements.DATES):
                chosen[column] = statements.as_text(given, "VARCHAR", nulls=self.applying.source.nulls)
                cells.append(Cells(column, f"{self.applying.table.name}.{column}", kind))
        if any(staged.native for staged in self.applying.staged):
            cells = [each for each in cells if each.name.startswith(" ")]
        return self.applying.decide(statements.mapped(self.rows, chosen, Shape(join=self._join())), cells)

    def expanded(self, hows: Mapping[int, Format]) -> tuple[Source, dict[str, str], str]:
        """The source in SQL alone, and SQL for what is wrong with columns, and with rows as a whole."""
        sql = _expanded(self.sql, lambda call: self._value(call, hows))
        given = self.sql.columns or {}
        problems = {column: self._problems(f"{column} from ", [given[column]], hows) for column in given}
        problems = {column: why for column, why in problems.items() if why}
        return sql, problems, self._problems("", [self.sql.where, self.sql.one_per], hows)

    def label(self, call: Call) -> str:
        """What a helper reads, as messages name it."""
        column = expressions.find(call.argument.strip().removeprefix("source."), self.applying.columns)
        return column or call.argument.strip()

    def _join(self) -> str:
        return "" if list(expressions.calls(self.sql.join)) else self.sql.join

    def _refuse_others_beside_join(self) -> None:
        """Raises BadInput for a helper that reads what is joined, where the join itself calls one.

        How a file writes must be known before it is joined.
        """
        if self._join() == self.sql.join:
            return
        for call in self.calls:
            select = statements.mapped(self.rows, {self.applying.table.key[0]: _plain_text(call.argument)}, Shape())
            if self.applying.is_faulty(select):
                source = self.applying.source
                raise BadInput(
                    f"{call.helper}({call.argument.strip()}) of {source.table} cannot be read.",
                    f"Its `join` calls a helper, so that helpers can only read columns of {source.file}.",
                    "Cast what is joined: try_cast(x as decimal(18, 4)), try_cast(x as date).",
                )

    def _describe(self) -> None:
        arguments = {f" {number}": f"({_plain_text(call.argument)})" for number, call in enumerate(self.calls)}
        select = statements.mapped(self.rows, arguments, Shape(join=self._join()))
        found = {str(row[0]): str(row[1]) for row in self.applying.engine.rows(statements.describe(select))}
        self.types = {call.argument: found[f" {number}"] for number, call in enumerate(self.calls)}

    def _is_native(self, call: Call) -> bool:
        """Whether what a number or day is read from is one already, as in Parquet."""
        return statements.is_native(_READS[call.helper][0], self.types[call.argument])

    def _text(self, call: Call) -> str:
        argument = f"({_plain_text(call.argument)})"
        return statements.as_text(argument, self.types.get(call.argument, ""), nulls=self.applying.source.nulls)

    def _value(self, call: Call, hows: Mapping[int, Format]) -> str:
        if call.helper == "text":
            return self._text(call)
        if self._is_native(call):
            return statements.helper_native(call.helper, f"({_plain_text(call.argument)})")
        groups = _alike(hows)
        values = [statements.helper(call.helper, self._text(call), how) for how in groups]
        return statements.by_file(list(zip(groups.values(), values, strict=True)))

    def _problems(self, prefix: str, parts: Iterable[str], hows: Mapping[int, Format]) -> str:
        """SQL that says what helpers could not read, null where they could, empty where none is called."""
        calls = [call for part in parts for call in expressions.calls(part) if call.helper in _READS]
        calls = list({(call.helper, call.argument): call for call in calls if not self._is_native(call)}.values())
        tests = []
        for call in calls:
            text, (_, what) = self._text(call), _READS[call.helper]
            told = f"{statements.shown(prefix + self.label(call), text)} || {statements.literal(what)}"
            tests.append(
                f"case when {statements.is_unread(call.helper, text, self._value(call, hows))} then {told} end"
            )
        return f"nullif(concat_ws('; ', {', '.join(tests)}), '')" if tests else ""


_PLACES = {"number": "cast(null as decimal(24, 8))", "day": "cast(null as date)", "text": "cast(null as varchar)"}


def _plain_text(argument: str) -> str:
    """What a helper reads, in SQL alone: text() is the only helper there can be within another."""
    return expressions.rewritten(argument, lambda call: statements.as_text(f"({_plain_text(call.argument)})", ""))


def _expanded(sql: Source, write: Callable[[Call], str]) -> Source:
    """A source with what `write` gives for each call of a helper."""

    def checked(call: Call) -> str:
        expressions.require_unnested(call)
        return write(call)

    settings = ("join", "where", "one_per", "order")
    parts: dict[str, Any] = {part: expressions.rewritten(getattr(sql, part), checked) for part in settings}
    columns = {name: expressions.rewritten(given, checked) for name, given in (sql.columns or {}).items()}
    return replace(sql, columns=columns, **parts)


def _shape(sql: Source) -> Shape:
    return Shape(sql.join, sql.where, sql.one_per, sql.order)


def _alike(hows: Mapping[int, Format]) -> dict[Format, list[int]]:
    """The numbers of the files of each format."""
    groups: dict[Format, list[int]] = {}
    for number, how in hows.items():
        groups.setdefault(how, []).append(number)
    return groups


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]


def _bad_sql(source: Source, what: str, error: Exception, advice: str) -> BadInput:
    return BadInput(
        f"{source.table} cannot be taken from {source.file}.",
        f"There is a mistake in {what}: {_first_line(error)}",
        advice,
    )
