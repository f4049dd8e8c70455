"""The folder in which `b4 review` looks for the comments of a reviewer that is a program.

A note and the whole diff, quoted, for each patch with findings; b4 shows each comment at its line
and the maintainer adopts or drops it, so nothing reaches a list unseen.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from reviewer.finding import Finding
from reviewer.patch.types import Patch
from reviewer.report.prose import explanation, statement
from reviewer.report.quotation import grouped, place, whole
from reviewer.report.style import PLAIN, shown
from reviewer.review.types import Report

#: b4 needs an address; nobody can have this one, so no comment is taken for a person's.
IDENTITY = "reviewer <reviewer@localhost>"


def files(report: Report, left_alone: Collection[int] = ()) -> dict[str, str]:
    """Names and texts of the files; none when there is nothing to say.

    `left_alone` are the numbers of patches that the maintainer has put aside.
    """
    patches = report.series.patches if report.series else ()
    found: dict[str, str] = {}
    for patch in patches:
        own = tuple(each for each in shown(report, PLAIN) if each.patch == patch.number)
        if own and patch.number not in left_alone:
            found[f"{patch.number:04}.txt"] = "\n".join(_review(patch, own, report)) + "\n"
    return {"identity.txt": f"{IDENTITY}\n", **found} if found else {}


def _review(patch: Patch, findings: tuple[Finding, ...], report: Report) -> Iterator[str]:
    def words(group: tuple[Finding, ...]) -> list[str]:
        return explanation(group, report.series)

    placed = place(patch, findings)
    groups = grouped(findings)
    yield statement(groups[0][0]) if len(groups) == 1 else f"{len(groups)} issues introduced."
    yield ""
    for finding, *_ in groups:
        yield f"- [{finding.severity}] {statement(finding)}"
    yield ""
    for group in grouped(placed.elsewhere):
        yield from (*words(group), "")
    yield from whole(patch, placed, words)
