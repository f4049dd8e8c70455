"""Roots out of TOML: how functions are handed to those who call them, and in which context.

A spelling of a call is `name(args)`: words with `*` for any letters, `_` for any argument, `@` for
the function, `@.member` for an object in whose member it is, `...` for any rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec import Struct

from reviewer.rule.types import Root

if TYPE_CHECKING:
    from reviewer.rule.table import Table

#: What can be in force where a function starts.
WORDS = ("preemption", "migration", "softirq", "interrupts")
FUNCTION = "@"
REST = "..."
_CALL = re.compile(r"([A-Za-z_][\w*]*)\(([^()]*)\)")
_MEMBER = re.compile(r"\w+\.[\w*]+")


class Spelling(Struct, frozen=True):
    """A call by the glob of its name and one pattern for each argument."""

    name: str
    arguments: tuple[str, ...]


def spelling(text: str) -> Spelling | None:
    """The call that is spelled, None where it is none or hands over no function."""
    match = _CALL.fullmatch(text)
    if match is None:
        return None
    found = Spelling(match[1], tuple(item.strip() for item in match[2].split(",")))
    return found if any(item.startswith(FUNCTION) for item in found.arguments) else None


def read_roots(top: Table) -> Iterator[Root]:
    """The roots of a file; problems are reported at their tables."""
    for table in top.tables("root"):
        table.allow(
            "name", "phrase", "doc", "holds", "lacks", "calls", "members", "macros", "references"
        )
        root = Root(
            name=table.text("name", required=True),
            phrase=table.text("phrase", required=True),
            doc=table.text("doc", required=True),
            holds=table.texts("holds"),
            lacks=table.texts("lacks"),
            calls=table.texts("calls"),
            members=table.texts("members"),
            macros=table.texts("macros"),
            references=table.texts("references", required=True),
        )
        for key, words in (("holds", root.holds), ("lacks", root.lacks)):
            for word in words:
                if word not in WORDS:
                    table.report(f"unknown `{word}`", key, word, f"some of {', '.join(WORDS)}")
        for text in root.calls:
            if spelling(text) is None:
                table.report(f"`{text}` is no call that hands over `@`", "calls", text)
        for text in root.members:
            if not _MEMBER.fullmatch(text):
                table.report(f"`{text}` is no `type.member`", "members", text)
        if not (root.calls or root.members or root.macros):
            table.report(f"root `{root.name}` has no spelling", "name")
        yield root
