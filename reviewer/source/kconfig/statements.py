"""The statements of one Kconfig file: its lines without help texts, comments and continuations."""

from __future__ import annotations

from collections.abc import Iterator


def statements(text: bytes) -> Iterator[str]:
    """The lines that mean something, white space at their ends taken off."""
    lines = text.decode("utf-8", "replace").split("\n")
    position = 0
    while position < len(lines):
        line = lines[position].strip()
        position += 1
        if not line or line[0] == "#":
            continue
        while line[-1:] == "\\" and position < len(lines):
            line = f"{line[:-1]} {lines[position].strip()}"
            position += 1
        if line in ("help", "---help---"):
            position = _after_help(lines, position)
        else:
            yield line


def _after_help(lines: list[str], position: int) -> int:
    """The first line after a help text, which ends where its indentation does."""
    while position < len(lines) and not lines[position].strip():
        position += 1
    if position == len(lines):
        return position
    indent = _indent(lines[position])
    if not indent:
        return position
    while position < len(lines):
        line = lines[position]
        if line.strip() and _indent(line) < indent:
            break
        position += 1
    return position


def _indent(line: str) -> int:
    expanded = line.expandtabs() if "\t" in line else line
    return len(expanded) - len(expanded.lstrip())
