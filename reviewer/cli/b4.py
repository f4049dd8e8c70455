"""Reviews for b4: a check that ends in its terms, and comments where `b4 review` looks for them.

As a check command everything is said on stdout and the code is 0: b4 takes a line on stderr, and a
code without words, for a failure of the patch.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from contextlib import redirect_stderr
from io import StringIO
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from reviewer.cli.outcome import Code
from reviewer.cli.settings import Settings
from reviewer.cli.streams import Sink
from reviewer.errors import InputError

_MARKER = "--- b4-review-tracking ---"
_COMMIT = re.compile(r"[0-9a-f]{7,64}(?:~1)?")


def speaking_b4(action: Callable[[], Code], form: str) -> Code:
    """Runs `action`; what it says on stderr becomes a warning in b4's terms."""
    from reviewer.report.b4 import render_trouble, trouble

    complaints = StringIO()
    with redirect_stderr(complaints):
        code = action()
    said = complaints.getvalue().strip().splitlines()
    if said:
        message = said[0].removeprefix("reviewer: ")
        sys.stdout.write(
            render_trouble(message) if form == "b4-review" else f"{trouble(message)}\n"
        )
        sys.stdout.flush()
    return code if code in (Code.INTERRUPTED, Code.PIPE) else Code.CLEAN


def review_branch(branch: str, settings: Settings) -> Code:
    """Reviews the series on a branch of `b4 review` and leaves the comments where b4 finds them.

    Raises:
        InputError: the branch is none of b4's.
    """
    from reviewer.cli.check import reviewed
    from reviewer.hook.place import git
    from reviewer.patch.git import read_range
    from reviewer.report.b4_directory import files

    repository = settings.repository
    tip = _tip(repository, branch)
    message = git(repository, "log", "-1", "--no-show-signature", "--format=%B", tip)
    tracking = _tracking(message, branch)
    series = read_range(repository, f"{tracking.base}..{tip}~1")
    report = reviewed(series, replace(settings, tree_path=repository))
    common = git(repository, "rev-parse", "--git-common-dir").strip()
    folder = repository / common / "b4-review" / tip
    written = files(report, tracking.skipped)
    for name, text in written.items():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    count = max(len(written) - 1, 0)
    said = f"{count} of {len(series.patches)} patches have comments"
    Sink(None).write(f"{said}{f' in {folder}' if count else ''}\n")
    return Code.CLEAN


def _tip(repository: Path, branch: str) -> str:
    """The commit at the end of the branch."""
    from reviewer.hook.place import git

    try:
        name = f"{branch}^{{commit}}"
        return git(repository, "rev-parse", "--verify", "--end-of-options", name).strip()
    except InputError as error:
        raise InputError(
            f"no branch {branch!r}", path=str(repository), remedy="`git branch` lists them"
        ) from error


class _Tracking(Struct, frozen=True):
    """Where the series begins, and the patches that the maintainer has put aside."""

    base: str
    skipped: frozenset[int]


def _tracking(message: str, branch: str) -> _Tracking:
    """What b4 keeps in the message of the branch's last commit, as JSON behind a marker."""
    _, marker, text = message.partition(_MARKER)
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    try:
        found = json.loads("\n".join(lines)) if marker else {}
        first = found["series"].get("first-patch-commit")
        base = f"{first}~1" if first else found["series"]["base-commit"]
        skipped = [
            number
            for number, patch in enumerate(found.get("patches", ()), 1)
            if any(each.get("patch-state") == "skip" for each in patch.get("reviews", {}).values())
        ]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"{branch} is no branch of b4 review", remedy="`b4 review tui` checks one out"
        ) from error
    if not _COMMIT.fullmatch(str(base)):
        raise InputError(f"{branch} says no commit where its series begins")
    return _Tracking(str(base), frozenset(skipped))
