"""The YAML of a mapping: texts, lists and settings with names, each with the line it stands on; nothing else.

A value is the text that was written. YAML itself would take No for false, 1.10 for 1.1 and 2026-01-31 for a day,
and of a name given twice it would keep the last.
"""

from collections.abc import Iterator
from typing import Any, Self

import yaml

from data.errors import BadInput

LARGEST = 1 << 20  # bytes
DEEPEST = 12  # settings within settings
MOST_VALUES = 50_000  # with every alias written out
_TEXT, _LIST, _NAMED = (f"tag:yaml.org,2002:{kind}" for kind in ("str", "seq", "map"))


class Text(str):
    """A text of a mapping; `line` is the line of the file it begins on, from 1."""

    __slots__ = ("line",)

    line: int

    def __new__(cls, text: str, line: int) -> Self:
        """The text and its line."""
        made = super().__new__(cls, text)
        made.line = line
        return made


class Named(dict[Text, Any]):
    """Settings by name; `line` is the line of the file they begin on."""

    line = 1


class Values(list[Any]):
    """A list of values; `line` is the line of the file it begins on."""

    line = 1


def read(text: str, name: str) -> Any:
    """The content of a mapping or of a source: Text, Values and Named; None where it is empty.

    `name` is what messages call it, such as "mapping erp.yaml".

    Raises BadInput for what is no YAML, is too large or too deep, gives a name twice or holds other types.
    """
    if len(text) > LARGEST:
        raise _refused(name, f"It has more than {LARGEST:,} characters.", "Split it, or take out what is not needed.")
    try:
        _bound(yaml.parse(text, Loader=yaml.BaseLoader), name)
        node = yaml.compose(text, Loader=yaml.BaseLoader)
    except yaml.YAMLError as error:
        raise BadInput(f"The {name} is not valid YAML.", _why(error, text), "Mend that line.") from error
    return _Reading(name).value(node, 0) if node else None


def _bound(events: Iterator[Any], name: str) -> None:
    """Raises BadInput for YAML that is too deep or too large, before anything is built from it."""
    depth = 0
    for number, event in enumerate(events):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST or number > 2 * MOST_VALUES:
            raise _too_much(name, event.start_mark.line + 1)


def _why(error: yaml.YAMLError, text: str) -> str:
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        return str(error).splitlines()[0]
    lines = text.splitlines()
    line = lines[mark.line] if mark.line < len(lines) else ""
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return f"Line {mark.line + 1} is indented by a tab; YAML takes blanks only."
    return f"Line {mark.line + 1}, column {mark.column + 1}: {getattr(error, 'problem', None) or 'it cannot be read'}."


def _refused(name: str, cause: str, remedy: str) -> BadInput:
    return BadInput(f"The {name} cannot be used.", cause, remedy)


def _too_much(name: str, line: int) -> BadInput:
    return _refused(
        name,
        f"Line {line}: it nests deeper than {DEEPEST} levels or has more than {MOST_VALUES:,} values.",
        "Write it plainly; docs/loading.md shows how.",
    )


def _is_empty(node: yaml.ScalarNode) -> bool:
    return not node.value and not node.style  # "" in quotes is an empty text that is meant


class _Reading:
    """Values from the nodes of a YAML document."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._values = 0

    def value(self, node: yaml.Node, depth: int) -> Any:
        line = node.start_mark.line + 1
        self._values += 1
        if depth > DEEPEST or self._values > MOST_VALUES:  # an alias may hold itself, or many others
            raise _too_much(self._name, line)
        if isinstance(node, yaml.ScalarNode) and node.tag == _TEXT:
            return Text(node.value, line)
        if isinstance(node, yaml.SequenceNode) and node.tag == _LIST:
            values = Values(self.value(each, depth + 1) for each in node.value)
            values.line = line
            return values
        if isinstance(node, yaml.MappingNode) and node.tag == _NAMED:
            return self._named(node, line, depth)
        raise _refused(self._name, f"Line {line} sets the type {node.tag!r}.", "Write the value without it.")

    def _named(self, node: yaml.MappingNode, line: int, depth: int) -> Named:
        found, taken_over = Named(), Named()
        found.line = line
        for key_node, value_node in node.value:
            key = self.value(key_node, depth + 1)
            if not isinstance(key, Text):
                raise _refused(self._name, f"Line {line}: a name is a list.", "Put SQL that holds [ or { in quotes.")
            if node.flow_style and isinstance(value_node, yaml.ScalarNode) and _is_empty(value_node):
                raise _refused(
                    self._name,
                    f"Line {key.line}: {str(key)!r} has no value; within {{ }} a comma ends a value.",
                    "Put SQL that holds a comma in double quotes, or each column on a line of its own.",
                )
            if key == "<<":
                for each in self._merged(value_node, key.line, depth):
                    taken_over = Named({**each, **taken_over})
            elif key in found:
                first = next(other for other in found if other == key)
                raise _refused(
                    self._name,
                    f"Line {key.line}: {str(key)!r} is given a second time; line {first.line} gives it already.",
                    "Keep one of them.",
                )
            else:
                found[key] = self.value(value_node, depth + 1)
        for key, value in taken_over.items():
            found.setdefault(key, value)
        return found

    def _merged(self, node: yaml.Node, line: int, depth: int) -> list[Named]:
        """What `<<` takes over: the settings of one alias or of a list of them."""
        value = self.value(node, depth + 1)
        several = value if isinstance(value, Values) else [value]
        if not all(isinstance(each, Named) for each in several):
            raise _refused(self._name, f"Line {line}: `<<` takes over settings only.", "Name an alias of settings.")
        return list(several)
