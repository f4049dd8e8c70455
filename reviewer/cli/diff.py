"""`reviewer diff`: what became of the findings of a series in its next version."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from reviewer.cli.check import reviewed
from reviewer.cli.outcome import Code, judge
from reviewer.cli.settings import Settings
from reviewer.cli.streams import Sink
from reviewer.errors import InputError
from reviewer.finding import Finding, Status
from reviewer.patch.intake import read
from reviewer.patch.types import Series
from reviewer.report.safe import printable, quoted
from reviewer.review.diff_comments import Answer, Fate, answers
from reviewer.review.types import Report


def compare_versions(old: Path, new: Path, settings: Settings) -> Code:
    """Prints the findings that are new, still there and gone; FINDINGS when one is new.

    They are the same finding when their fingerprints are, which hold no line number. Of comments
    in the thread of the old version it prints what became of their lines.

    Raises:
        InputError: a file does not hold exactly one series.
    """
    first, second = _series(old), _series(new)
    before, after = reviewed(first, settings), reviewed(second, settings)
    mine, theirs = _introduced(before), _introduced(after)
    groups = {
        "new": [each for each in theirs if each.fingerprint not in _names(mine)],
        "still there": [each for each in theirs if each.fingerprint in _names(mine)],
        "gone": [each for each in mine if each.fingerprint not in _names(theirs)],
    }
    sink = Sink(None)
    for word, findings in groups.items():
        for finding in findings:
            sink.write(f"{word}: {_line(finding)}\n")
    for line in _unread(before, after):
        sink.write(f"{line}\n")
    found = answers(first, second)
    for answer in found:
        sink.write(f"{_answer(answer)}\n")
    sink.write(", ".join(f"{len(each)} {word}" for word, each in groups.items()) + "\n")
    if found:
        counts = Counter(answer.fate for answer in found)
        said = ", ".join(f"{counts[fate]} on what is {fate}" for fate in Fate if counts[fate])
        sink.write(f"comments: {said}\n")
    return judge(groups["new"], settings.fail_on)


def _series(path: Path) -> Series:
    found = read((path,)).series
    if len(found) != 1:
        raise InputError(f"it holds {len(found)} series, not one version", path=str(path))
    return found[0]


def _introduced(report: Report) -> tuple[Finding, ...]:
    return report.with_status(Status.INTRODUCED, Status.MOVED)


def _names(findings: tuple[Finding, ...]) -> frozenset[str]:
    return frozenset(finding.fingerprint for finding in findings)


def _line(finding: Finding) -> str:
    where = f"{printable(finding.location.path)}:{finding.location.line}"
    said = f"{finding.severity}: {quoted(finding.message)} [{finding.rule}]"
    return f"{where}: {said} (patch {finding.patch})"


def _answer(answer: Answer) -> str:
    """A comment in one line: where it stood, what became of that line, its first words."""
    remark = answer.remark
    place = remark.location
    where = f"{printable(place.path)}:{place.line}" if place else "changelog"
    if answer.fate is Fate.GENERAL and place is None:
        where = "the patch"
    line = f" `{quoted(remark.after)}`" if remark.after.strip() else ""
    words = next((line for line in remark.text.split("\n") if line.strip()), "")
    return f"comment, {answer.fate}: patch {answer.patch} {where}{line}: {quoted(words)}"


def _unread(before: Report, after: Report) -> Iterator[str]:
    """A gone finding may be one that was not looked at again."""
    for word, report in (("old", before), ("new", after)):
        if report.skips:
            yield f"not analysed: {len(report.skips)} places in the {word} version"
