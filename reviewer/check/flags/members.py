"""Members of structures, as far as a flat structure's text shows them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from msgspec import Struct

from reviewer.patch.types import SourceFile
from reviewer.source.code_text import code_only

_STRUCT = re.compile(rb"\b(struct\s+\w+)\s*\{([^{}]*)\}")
_MEMBER = re.compile(rb"^[ \t]*((?:\w+[ \t]+)+)(\w+)[ \t]*(?:\[[^\]\n]*\])?;", re.MULTILINE)


class Member(Struct, frozen=True):
    """A member of the structure `owner` (`struct NAME`), and the line that declares it."""

    path: str
    owner: str
    name: str
    type: str
    line: int

    @property
    def key(self) -> tuple[str, str]:
        """What makes it the same one in another file, or at another line."""
        return self.owner, self.name


def members(file: SourceFile, owners: Collection[str]) -> Iterator[Member]:
    """The members of the structures that the file defines in full; not of those inside others."""
    if not any(owner.encode() in file.text for owner in owners):
        return
    text = code_only(file.text)
    for found in _STRUCT.finditer(text):
        owner = " ".join(found[1].decode().split())
        for part in _MEMBER.finditer(found[2]) if owner in owners else ():
            line = text.count(b"\n", 0, found.start(2) + part.start(2)) + 1
            kind = " ".join(part[1].decode("utf-8", "replace").split())
            yield Member(file.path, owner, part[2].decode(), kind, line)
