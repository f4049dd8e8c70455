"""Small values for the tests of this package: sides of a file, with findings placed by hand."""

from __future__ import annotations

from difflib import SequenceMatcher

from reviewer.finding import Finding, Location, Severity, Step, Trace
from reviewer.patch.types import Context, SourceFile
from reviewer.review.lines import ruler
from reviewer.review.match import Side, Sides
from reviewer.source.conditions import TRUE
from reviewer.source.unit import Definition

PATH = "arch/mini/kexec.c"


def finding(
    line: int,
    subject: str = "helper",
    *,
    opened: int = 0,
    function: str = "jump",
    text: str = "",
    path: str = PATH,
    severity: Severity = Severity.ERROR,
    ordinal: int = 0,
) -> Finding:
    """A finding at `line` whose proof begins at line `opened` (without one: no trace)."""
    text = text or f"{subject}();"
    steps = (
        Step(Location(path, opened), function, "reset();", "opens the window"),
        Step(Location(path, line), function, text, "is forbidden"),
    )
    return Finding(
        rule="no-call",
        severity=severity,
        message=f"{subject}() is called after reset()",
        location=Location(path, line),
        function=function,
        subject=subject,
        text=text,
        trace=Trace(steps if opened else ()),
        ordinal=ordinal,
        fingerprint=f"{subject}-{ordinal}",
    )


def functions(lines: list[str]) -> tuple[Definition, ...]:
    """The functions of a text in which every one begins with `name()` and ends with `}`."""
    found = []
    for number, line in enumerate(lines, 1):
        if line.endswith("()"):
            end = lines.index("}", number) + 1
            found.append(Definition(line[:-2], frozenset(), TRUE, number, end, 0, 0))
    return tuple(found)


def side(lines: list[str], changed: frozenset[int], *findings: Finding, path: str = PATH) -> Side:
    text = "\n".join(lines).encode()
    file = SourceFile(path, text, Context.FULL, changed)
    return Side(file, ruler(file), findings, functions(lines))


def absent() -> Side:
    """The side of a file that does not exist there."""
    return Side(None, ruler(None))


def sides(
    old: str,
    new: str,
    before: tuple[Finding, ...] = (),
    after: tuple[Finding, ...] = (),
    *,
    old_path: str = PATH,
    new_path: str = PATH,
) -> Sides:
    """Both sides of a file; the lines that differ are found as a diff finds them."""
    old_lines, new_lines = old.strip("\n").split("\n"), new.strip("\n").split("\n")
    removed: set[int] = set()
    added: set[int] = set()
    matcher = SequenceMatcher(None, old_lines, new_lines, autojunk=False)
    for tag, old_start, old_end, new_start, new_end in matcher.get_opcodes():
        if tag != "equal":
            removed |= set(range(old_start + 1, old_end + 1))
            added |= set(range(new_start + 1, new_end + 1))
    return Sides(
        side(old_lines, frozenset(removed), *before, path=old_path),
        side(new_lines, frozenset(added), *after, path=new_path),
    )
