"""`reviewer baseline` and `reviewer suppressions`: the lists of findings that one lives with."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from reviewer.cli.outcome import Code
from reviewer.cli.scan import audited
from reviewer.cli.settings import Settings
from reviewer.cli.streams import Sink, opened
from reviewer.report.safe import printable, quoted
from reviewer.report.text import idle_line

_HEAD = "# Findings that were there, written by `reviewer baseline`: fingerprint, place, rule.\n"


def baseline(paths: Sequence[Path], settings: Settings, jobs: int, commit: str) -> Code:
    """Writes the findings of the files as a list for `--baseline`.

    Raises:
        InputError: a path is not there, or there is no C and no assembly at any of them.
    """
    audit = audited(paths, settings, jobs, commit)
    with opened(settings.output) as sink:
        sink.write(_HEAD)
        sink.write(f"# {printable(audit.report.base)}\n")
        for skip in audit.report.skips if settings.verbose else ():
            sink.write(f"# not analysed: {printable(skip.path) or '-'}: {quoted(skip.reason)}\n")
        for finding in audit.report.findings:
            place = f"{printable(finding.location.path)} {printable(finding.function)}()"
            sink.write(f"{finding.fingerprint}  {place} {finding.rule}\n")
    return Code.ANALYSIS if audit.incomplete else Code.CLEAN


def suppressions(paths: Sequence[Path], settings: Settings, jobs: int) -> Code:
    """Prints each suppression that the files put to use, and those that they do not.

    Raises:
        InputError: a path is not there, or there is no C and no assembly at any of them.
    """
    audit = audited(paths, settings, jobs)
    sink = Sink(None)
    for each in audit.report.suppressed:
        finding = each.finding
        place = f"{printable(finding.location.path)}:{finding.location.line}"
        said = f"{place}: {finding.rule} [{finding.fingerprint}]: {quoted(each.reason)}"
        sink.write(f"used, {each.where}: {said}\n")
    for idle in audit.report.idle:
        sink.write(f"{idle_line(idle)}\n")
    sink.write(f"{len(audit.report.suppressed)} used, {len(audit.report.idle)} unused\n")
    return Code.ANALYSIS if audit.incomplete else Code.CLEAN
