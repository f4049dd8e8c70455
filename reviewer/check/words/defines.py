"""What the lines of a patch define, declare and call."""

from __future__ import annotations

from reviewer.patch.late import late
from reviewer.patch.types import FileChange, FileDiff, LineKind, Patch

DEFINES = late(
    r"(?!return\b|else\b|typedef\b|case\b)(?:[A-Za-z_]\w*[ \t*]+)+\*?([a-z_]\w{4,})\([^;]*$"
)
#: A macro that uses its own name wraps what is there already.
MACRO = late(r"#\s*define\s+(\w{5,})\b(?!.*\b\1\b)")
DECLARES = late(r"[A-Za-z_][\w \t*]*[ *]\w+\(.*\);")
STATIC = late(r"\s*static\b")
_CALLS = late(r"(?<![\w.>])([a-z_]\w{4,})\(")
_STRING = late(r'"[^"]*"')
_WORD = late(r"\w+")


def defined(text: str) -> str:
    """The function or macro that a line begins to define, `""` for none."""
    match = DEFINES.match(text) or MACRO.match(text)
    return match[1] if match else ""


def calls(text: str) -> list[str]:
    """The names that are called on a line of code; those in strings are none."""
    return _CALLS.findall(_STRING.sub('""', text)) if "(" in text else []


def definitions(patch: Patch) -> tuple[frozenset[str], frozenset[str]]:
    """Names that the patch defines, and every word of the lines that it finds."""
    new: set[str] = set()
    old: set[str] = set()
    for diff in patch.files:
        if diff.change in (FileChange.RENAME, FileChange.COPY):
            continue
        new |= new_in(diff)
        for hunk in diff.hunks:
            old.update(_WORD.findall(hunk.section))
            for line in hunk.lines:
                if line.kind is not LineKind.ADDED:
                    old.update(_WORD.findall(line.text))
    return frozenset(new), frozenset(old)


def new_in(diff: FileDiff) -> set[str]:
    """Names that the added lines of a file define."""
    return {
        name for line in diff.lines if line.kind is LineKind.ADDED and (name := defined(line.text))
    }


def functions(patch: Patch) -> frozenset[str]:
    """Functions that the patch defines in C files, for every file to see."""
    return frozenset(
        match[1]
        for diff in patch.files
        if diff.path.endswith(".c")
        for line in diff.lines
        if line.kind is LineKind.ADDED
        and (match := DEFINES.match(line.text))
        and not STATIC.match(line.text)
    )


def declared(patch: Patch) -> frozenset[str]:
    """Functions that added lines at file scope declare."""
    return frozenset(
        name
        for diff in patch.files
        for line in diff.lines
        if line.kind is LineKind.ADDED and DECLARES.match(line.text)
        for name in calls(line.text)[:1]
    )
