"""What of a contract can be judged where only the hunks of its files are known.

The begin of a function is seldom in a hunk, but its register comment may be: what it says of a
register is taken for true at the begin of every part of the function that is known. A declaration
may begin in the line that heads a hunk.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from reviewer.check.contract_c import Argument, prototypes
from reviewer.check.contract_hit import Hit, hit
from reviewer.check.contract_way import tested
from reviewer.check.contract_words import Said, folded, said_in
from reviewer.check.prefilter import contained
from reviewer.patch.types import Context, SourceFile
from reviewer.rule.contract_types import ContractRule
from reviewer.source.gas import comments, read
from reviewer.source.register_flow import walk
from reviewer.source.types import Kind
from reviewer.source.unit import Unit

_OPEN = re.compile(r"\w+\([^()]*\Z")


def too_wide_in_hunks(rule: ContractRule, files: Iterable[SourceFile]) -> Iterator[Hit]:
    """Tests of more bits of an argument than are passed, the argument named by a comment."""
    wanted = [each for each in files if contained(rule.body.scope, each.path)]
    arguments = _declared(rule, wanted)
    for each in wanted:
        if each.context is Context.HUNK and each.path.endswith(".S") and arguments:
            yield from _too_wide(each, arguments)


def _declared(rule: ContractRule, files: Iterable[SourceFile]) -> dict[str, tuple[int, Argument]]:
    """The arguments of the rule's functions by name, with their number."""
    found: dict[str, tuple[int, Argument]] = {}
    for file in sorted(files, key=lambda item: item.path):
        text = _known(file) if file.known else file.text
        names = () if file.path.endswith(".S") else rule.body.entries
        for declared in (each for name in names for each in prototypes(file.path, text, name)):
            for number, argument in enumerate(declared.arguments, 1):
                if argument.name:
                    found.setdefault(folded(argument.name), (number, argument))
    return found


def _known(file: SourceFile) -> bytes:
    """The known parts of a file, each after the line that heads its hunk."""
    lines = file.text.split(b"\n")
    parts: list[bytes] = []
    for number, (first, last) in enumerate(file.known):
        heading = file.sections[number] if number < len(file.sections) else ""
        if _OPEN.fullmatch(heading.strip()):
            parts.append(b"int " + heading.strip().encode())
        parts += lines[first - 1 : last]
    return b"\n".join(parts)


def _too_wide(file: SourceFile, arguments: dict[str, tuple[int, Argument]]) -> Iterator[Hit]:
    unit = read(file)
    lines: dict[str, dict[str, Said]] = {}
    for comment in comments(file):
        known = lines.setdefault(_around(comment.line, unit), {})
        known.update((each.register, each) for each in said_in(comment))
    for definition in unit.definitions:
        for _, op, machine in walk(unit.lower(definition)):
            if _around(op.line, unit) != definition.name:
                continue
            test = tested(op, definition.name, machine)
            value = test.value if test else None
            if test is None or value is None or value.source.kind is not Kind.REGISTER:
                continue
            comment_line = lines.get(definition.name, {}).get(value.source.name)
            named = arguments.get(comment_line.name) if comment_line else None
            if named is None or min(test.width, value.width) <= max(named[1].width, 8):
                continue
            number, argument = named
            detail = f"{test.width} bits of {argument.name}, of which {argument.width} are passed"
            yield hit(
                file.path, op.line, definition.name, f"argument {number}", op.text, detail,
            )  # fmt: skip


def _around(line: int, unit: Unit) -> str:
    """The function that a line is in: the one begun last, for no hunk shows where one ends."""
    begun = [each for each in unit.definitions if each.line <= line]
    return max(begun, key=lambda each: each.line).name if begun else ""
