"""The preprocessor of Kconfig without its shell: nothing of a tree is ever run.

`$(shell,command)` becomes a symbol of its own, equal commands the same one, so that a value that
hangs on the compiler stays open. Of the environment only what the architecture decides is known;
everything else is empty.
"""

from __future__ import annotations

import re

from msgspec import Struct, field

#: Expansions inside each other, and characters of one expansion, before it is given up.
MAX_DEPTH = 40
MAX_LENGTH = 20_000
#: Expansions in one tree.
MAX_EXPANSIONS = 200_000

_ASSIGNMENT = re.compile(r"([A-Za-z_][\w-]*)\s*(:=|\+=|=)\s*(.*)")
_ECHO = re.compile(r"&&\s*echo\s+\"?([^\"\s|;]*)")


class Macros(Struct):
    """Variables and functions as far as the files read so far define them."""

    environment: dict[str, str]
    shell: dict[str, str] = field(default_factory=dict)
    _values: dict[str, str] = field(default_factory=dict)
    _commands: dict[str, str] = field(default_factory=dict)
    _count: int = 0

    def assign(self, line: str) -> bool:
        """Takes in a line that is an assignment; False for any other line."""
        match = _ASSIGNMENT.fullmatch(line)
        if match is None:
            return False
        name, operator, value = match[1], match[2], match[3]
        if operator == ":=":
            value = self.expand(value)
        elif operator == "+=":
            value = f"{self._values.get(name, '')} {value}".strip()
        self._values[name] = value[:MAX_LENGTH]
        return True

    def expand(self, text: str) -> str:
        """The text with every `$(...)` in it replaced."""
        return self._expand(text, (), 0) if "$(" in text else text

    def _expand(self, text: str, arguments: tuple[str, ...], depth: int) -> str:
        self._count += 1
        if depth > MAX_DEPTH or len(text) > MAX_LENGTH or self._count > MAX_EXPANSIONS:
            return self._command(text[:MAX_LENGTH])
        found: list[str] = []
        position, length = 0, 0
        while (start := text.find("$(", position)) >= 0:
            end = _closing(text, start + 2)
            value = self._call(text[start + 2 : end], arguments, depth + 1)
            found += (text[position:start], value)
            length += len(value)
            if length > MAX_LENGTH:
                return self._command(text)
            position = end + 1
        return "".join((*found, text[position:]))

    def _call(self, inside: str, arguments: tuple[str, ...], depth: int) -> str:
        if inside.isdigit():
            number = int(inside[:4])
            return arguments[number - 1] if 0 < number <= len(arguments) else ""
        parts = [self._expand(part, arguments, depth) for part in _arguments(inside)]
        name = parts[0]
        if name == "shell":
            return self._command(",".join(parts[1:]))
        if name in self._values:
            return self._expand(self._values[name], tuple(parts[1:]), depth)
        return self.environment.get(name, "")

    def _command(self, command: str) -> str:
        name = self._commands.get(command)
        if name is None:
            name = self._commands[command] = f"__shell_{len(self._commands)}"
            echo = _ECHO.search(command)
            self.shell[name] = echo[1] if echo else ""
        return name


def _closing(text: str, start: int) -> int:
    """Where the parenthesis opened before `start` is closed, the end of the text if nowhere."""
    depth = 0
    for match in re.compile(r"[()]").finditer(text, start):
        if match[0] == "(":
            depth += 1
        elif depth:
            depth -= 1
        else:
            return match.start()
    return len(text)


def _arguments(text: str) -> list[str]:
    """The parts of a call at the commas outside parentheses."""
    parts: list[str] = []
    start, depth = 0, 0
    for match in re.compile(r"[(),]").finditer(text):
        if match[0] != ",":
            depth += 1 if match[0] == "(" else -1
        elif depth <= 0:
            parts.append(text[start : match.start()])
            start = match.end()
    return [*parts, text[start:]]
