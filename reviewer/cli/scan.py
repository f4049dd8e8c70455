"""`reviewer scan`: files or whole trees as they stand."""

from __future__ import annotations

import gc
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from reviewer.cli.memory import remember
from reviewer.cli.outcome import Code, complain, judge, worst
from reviewer.cli.settings import Settings
from reviewer.cli.sieve import looks_at
from reviewer.cli.sources import GARBAGE, Source, sources_at, state_of
from reviewer.cli.streams import opened
from reviewer.errors import InputError
from reviewer.finding import Skip, Status
from reviewer.patch.tree import Directory
from reviewer.patch.watched import UNSETTLED_NS, Log
from reviewer.report.formats import FORMATS
from reviewer.review.baseline import against
from reviewer.review.relevance import open_book
from reviewer.review.remembered import remembered_scan
from reviewer.review.suppress import suppress, unused
from reviewer.review.types import Report
from reviewer.source.index.kept import Damaged

#: Formats that answer the mail of a patch.
_OF_SERIES = frozenset({"reply", "b4-review"})


class Audit(Struct, frozen=True):
    """The report of a scan, and whether the program failed on a file or no rule looked at any."""

    report: Report
    incomplete: bool


def scan(paths: Sequence[Path], settings: Settings, jobs: int) -> Code:
    """Scans the files and prints one report; the code to end with.

    Raises:
        InputError: a path is not there, or there is no C and no assembly at any of them, or the
            format is one for series.
    """
    if settings.format in _OF_SERIES:
        raise InputError(
            f"--format {settings.format} answers a patch: a scan has none",
            remedy="take text, or see `reviewer scan --help`",
        )
    with opened(settings.output) as sink:
        audit = audited(paths, settings, jobs)
        report = audit.report
        remember(report)
        sink.write(FORMATS[settings.format](report, settings.style()))
    new = report.with_status(Status.INTRODUCED) if report.compared else report.findings
    code = judge(new, settings.fail_on)
    return worst(code, Code.ANALYSIS) if audit.incomplete else code


def audited(paths: Sequence[Path], settings: Settings, jobs: int, commit: str = "") -> Audit:
    """What the rules say of the files, as they are on disk or in a commit of their repository.

    Raises:
        InputError: a path is not there, or there is no C and no assembly at any of them.
    """
    gc.set_threshold(GARBAGE)
    sources = sources_at(paths, settings, commit)
    crashes: list[Source] = []
    try:
        report = _remembered(sources, settings, jobs, crashes)
    except Damaged as error:
        complain(str(error))
        report = _remembered(sources, settings, jobs, crashes)
    if not report.rules:
        skip = Skip("", 0, "no rule looks at any of these files: `reviewer rules` lists the rules")
        report = replace(report, skips=(skip, *report.skips))
    return Audit(_told(report, settings), bool(crashes) or not report.rules)


def _remembered(
    sources: Sequence[Source], settings: Settings, jobs: int, crashes: list[Source]
) -> Report:
    """What the rules say: as it was said before where the files are of one unchanged directory."""
    log = Log()

    def anew() -> Report:
        from reviewer.cli.audit import Orders, audit

        seconds = settings.time_budget
        orders = Orders(sources, settings.rules, seconds, settings.cache, log, settings.quiet)
        report = audit(orders, jobs, crashes)
        log.whole &= not crashes
        return report

    (place, *others) = dict.fromkeys((source.root, source.commit) for source in sources)
    if others or place[1] or settings.cache is None:
        return anew()
    book = open_book(settings.rules)
    looked_at = [looks_at(source.path, book) for source in sources]
    state = partial(state_of, sources, looked_at, time.time_ns() - UNSETTLED_NS)
    asked = f"{settings.rules_digest} {settings.only!r} {settings.time_budget}"
    return remembered_scan(Directory(place[0]), asked, state, log, settings.kept, anew)


def _told(report: Report, settings: Settings) -> Report:
    """The report under the user's lists."""
    report = suppress(report, settings.suppressions)
    if settings.suppression_list:
        used = {each.finding.fingerprint for each in report.suppressed}
        idle = unused(settings.suppressions, used, settings.suppression_list.name)
        report = replace(report, idle=(*idle, *report.idle))
    return report if settings.baseline is None else against(report, settings.baseline)
