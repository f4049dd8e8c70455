"""TOML with line numbers: tables whose values are checked as they are taken.

tomli knows no positions, so the lines of keys are found again in the text. Not found again:
keys of inline tables and dotted keys, which rule files do not use.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property

import tomli
from msgspec import Struct, field

from reviewer.errors import RuleError

_HEADER = re.compile(r"\s*\[\[?\s*([\w.-]+)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"\s*([\w-]+)\s*=\s*(.*)")
_POSITION = re.compile(r"\(at line (\d+), column \d+\)")


class Positions(Struct, frozen=True):
    """Where the keys of a TOML text stand: (table, index of the table, key) to line."""

    lines: tuple[str, ...]
    keys: Mapping[tuple[str, int, str], int]

    def line(self, table: str, index: int, key: str = "") -> int:
        """The key's line, its table's where it has none, 1 where the table has none either."""
        places = [(table, index, key), (table, index, "")]
        if not table:
            places.insert(1, (key, 0, ""))
        return next((self.keys[place] for place in places if place in self.keys), 1)

    def entry(self, line: int, value: str) -> int:
        """The first line from `line` on that holds the quoted value, else `line`."""
        quoted = (f'"{_escaped(value)}"', f"'{value}'")
        for number, text in enumerate(self.lines[line - 1 :], line):
            if any(form in text for form in quoted):
                return number
        return line


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')


def positions(text: str) -> Positions:
    """Where every key of the text stands."""
    keys: dict[tuple[str, int, str], int] = {("", 0, ""): 1}
    count: dict[str, int] = {}
    table, index, closing = "", 0, ""
    lines = tuple(text.split("\n"))
    for number, line in enumerate(lines, 1):
        if closing:
            closing = "" if closing in line else closing
        elif header := _HEADER.match(line):
            table = header.group(1)
            index = count.get(table, -1) + 1
            count[table] = index
            keys[table, index, ""] = number
        elif key := _KEY.match(line):
            keys.setdefault((table, index, key.group(1)), number)
            opening = key.group(2)[:3]
            if opening in ('"""', "'''") and opening not in key.group(2)[3:]:
                closing = opening
    return Positions(lines, keys)


class Source(Struct, frozen=True, dict=True):
    """One file being loaded; `problems` gathers what is wrong with it."""

    path: str
    text: str
    problems: list[RuleError] = field(default_factory=list)

    @cached_property
    def positions(self) -> Positions:
        """Where its keys stand; asked for only when there is a problem."""
        return positions(self.text)

    def report(self, message: str, line: int, remedy: str = "") -> None:
        """Note a problem and go on."""
        self.problems.append(RuleError(message, path=self.path, line=line, remedy=remedy))


class Table(Struct, frozen=True):
    """One table of a file; taking a value of the wrong type is a problem and gives a default."""

    source: Source
    name: str
    index: int
    values: Mapping[str, object]

    def report(self, message: str, key: str = "", value: str = "", remedy: str = "") -> None:
        """Note a problem at the key, or at the value among its entries."""
        line = self.source.positions.line(self.name, self.index, key)
        if value:
            line = self.source.positions.entry(line, value)
        self.source.report(message, line, remedy)

    def allow(self, *keys: str) -> None:
        """Every other key is a problem."""
        for key in sorted(set(self.values) - set(keys)):
            self.report(f"unknown key `{key}`", key, remedy=f"one of {', '.join(keys)}")

    def text(self, key: str, *, required: bool = False) -> str:
        """A string, `""` where there is none."""
        value = self.values.get(key)
        if value is None and not required:
            return ""
        if isinstance(value, str) and value.strip():
            return value.strip("\n")
        self.report(
            f"`{key}` must be a text that says something"
            if key in self.values
            else f"`{key}` is missing",
            key,
        )
        return ""

    def texts(self, key: str, *, required: bool = False) -> tuple[str, ...]:
        """A list of strings, empty where there is none; a list written empty is a problem."""
        value = self.values.get(key)
        if value is None:
            if required:
                self.report(f"`{key}` is missing", key)
            return ()
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.report(f"`{key}` must be a list of texts", key)
            return ()
        if not value:
            self.report(f"`{key}` is an empty list", key, remedy="leave the key out")
        for item in sorted({item for item in value if value.count(item) > 1}):
            self.report(f"`{item}` stands twice in `{key}`", key, item)
        return tuple(value)

    def flag(self, key: str) -> bool:
        """A boolean, False where there is none."""
        value = self.values.get(key, False)
        if not isinstance(value, bool):
            self.report(f"`{key}` must be true or false", key)
            return False
        return value

    def table(self, key: str) -> Table | None:
        """The table of that name, None where there is none."""
        value = self.values.get(key)
        if value is None:
            return None
        if not isinstance(value, dict):
            self.report(f"`{key}` must be a table", key)
            return None
        return Table(self.source, key, 0, value)

    def tables(self, key: str) -> Iterator[Table]:
        """The tables of that array of tables."""
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            self.report(f"`{key}` must be an array of tables", key, remedy=f"[[{key}]]")
            return
        for index, item in enumerate(value):
            yield Table(self.source, key, index, item)


def read_table(text: str, path: str) -> Table:
    """The top table of a TOML text; a syntax error becomes the only problem of an empty table."""
    source = Source(path, text)
    try:
        values: Mapping[str, object] = tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        found = _POSITION.search(str(error))
        line = int(found.group(1)) if found else len(source.positions.lines)
        source.report(_POSITION.sub("", str(error)).strip(), line)
        values = {}
    return Table(source, "", 0, values)
