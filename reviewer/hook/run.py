"""What happens when git calls: the series at stake are reviewed, and only an error stops git.

Everything that goes wrong in here is told and lets git go on: a tool in trouble is no finding.
Nothing is imported at the top that a commit without code does not need.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from reviewer.errors import InputError, ReviewerError
from reviewer.hook.config import TIME_BUDGET, Setting, settings, values
from reviewer.hook.events import WAYS_OUT, Event

if TYPE_CHECKING:
    from reviewer.patch.tree import Tree
    from reviewer.patch.types import Series
    from reviewer.review.choices import Choices
    from reviewer.review.types import Report
    from reviewer.rule.types import RuleSet

_GO_ON, _STOP, _INTERRUPTED = 0, 1, 130
_ALWAYS, _NEVER = "always", "never"


def run(words: Sequence[str]) -> int:
    """Runs the hook that the first word names, with git's arguments; the code for git.

    1 when an error was introduced, 130 when the person at the keyboard wants out, else 0.
    """
    try:
        event = Event(words[0]) if words else None
        if event is None:
            raise InputError("no event named", remedy="reviewer hook run EVENT")
        at_stake = _SOURCES[event](words[1:])
        if not at_stake:
            return _GO_ON
        configured = _Configured(settings(os.environ, _top()))
        reports = [_review(series, event, configured) for series in at_stake]
        return _answer(event, reports, configured)
    except KeyboardInterrupt:
        return _INTERRUPTED
    except ValueError:
        _say(f"no hook {words[0]!r}: nothing was checked")
    except ReviewerError as error:
        _say(f"{error}: nothing was checked")
    except Exception as error:  # noqa: BLE001 - a bug of ours must not stop a commit
        _say(f"{type(error).__name__}: {error}: this is a bug in reviewer, nothing was checked")
    return _GO_ON


def _answer(event: Event, reports: Sequence[Report], configured: _Configured) -> int:
    """Prints what was found and says whether git may go on."""
    from reviewer.finding import Severity, Status
    from reviewer.report.style import Style
    from reviewer.report.text import render

    errors = 0
    for report in reports:
        new = report.with_status(Status.INTRODUCED, Status.MOVED)
        errors += sum(finding.severity is Severity.ERROR for finding in new)
        style = Style(colour=_in_colour(configured), brief=True, several=len(reports) > 1)
        sys.stderr.write(render(report, style))
    if not errors or configured.one("fail_on") == _NEVER:
        return _GO_ON
    count = "1 error" if errors == 1 else f"{errors} errors"
    _say(f"{count} in what git is about to take; `{WAYS_OUT[event]}` goes on all the same")
    return _STOP


class _Configured(Struct, frozen=True):
    """What the person whose hook it is has configured, read when code is to be reviewed."""

    found: tuple[Setting, ...] = ()

    def one(self, field: str) -> str:
        """The value of a field, `""` where it is not set."""
        return next(iter(self.all(field)), "")

    def all(self, field: str) -> tuple[str, ...]:
        """The values of a field."""
        return values(self.found, field)

    def choices(self) -> Choices:
        """What they chose of the review itself.

        Raises:
            InputError: a list cannot be read, or the time budget is no number.
        """
        from reviewer.review.choices import Choices
        from reviewer.review.suppress import read_list

        suppressions, baseline = self.one("suppression_list"), self.one("baseline_list")
        seconds = self.one("time_budget") or str(TIME_BUDGET)
        try:
            budget = float(seconds)
        except ValueError:
            raise InputError(f"reviewer.timeBudget: {seconds!r} is not a number") from None
        return Choices(
            suppressions=read_list(Path(suppressions)) if suppressions else (),
            baseline=read_list(Path(baseline)) if baseline else None,
            time_budget=budget,
        )


def _review(series: Series, event: Event, configured: _Configured) -> Report:
    """The review; of a commit's message only what it claims, the code was judged before it."""
    from reviewer.review.scope import touches_code, without_code

    if not touches_code(series):
        return without_code(series)
    from reviewer.patch.tree import open_tree
    from reviewer.rule.load import load_rules
    from reviewer.source.index.cache import default_path
    from reviewer.source.index.store import Store

    tree = open_tree(_top())
    rules = load_rules(tuple(map(Path, configured.all("rule_paths"))))
    if event is Event.COMMIT_MSG:
        return _worded(series, tree, rules)
    from reviewer.review.whole import whole_review

    return whole_review(series, tree, rules, lambda: Store(default_path()), configured.choices())


def _worded(series: Series, tree: Tree, rules: RuleSet) -> Report:
    from reviewer.patch.rebuild import rebuild
    from reviewer.review.scope import is_code, without_code
    from reviewer.review.words import with_words

    rebuilt = rebuild(series, tree, wanted=is_code)
    return with_words(without_code(series), rebuilt.patches, rules, rebuilt.tree)


def _staged(_arguments: Sequence[str]) -> tuple[Series, ...]:
    """The index, as GIT_INDEX_FILE names it; none when it holds no change of code."""
    from reviewer.patch.git import read_staged
    from reviewer.review.scope import touches_code

    series = read_staged(_top())
    return (series,) if touches_code(series) else ()


def _message(arguments: Sequence[str]) -> tuple[Series, ...]:
    """The index with the message of the commit, for the rules that hold words to code."""
    return _with_message(_staged(()), Path(arguments[0]))


def _applied(_arguments: Sequence[str]) -> tuple[Series, ...]:
    """What `git am` applied to the index, with the message it will commit."""
    from reviewer.hook.place import git

    message = _top() / git(_top(), "rev-parse", "--git-path", "rebase-apply/final-commit").strip()
    series = _staged(())
    return _with_message(series, message) if message.is_file() else series


def _with_message(staged: tuple[Series, ...], path: Path) -> tuple[Series, ...]:
    from reviewer.patch.changelog import trailers

    if not staged:
        return ()
    text = path.read_bytes().decode("utf-8", "surrogateescape").partition(_SCISSORS)[0]
    lines = [line for line in text.split("\n") if not line.startswith("#")]
    subject, _, body = "\n".join(lines).strip().partition("\n\n")
    worded = replace(
        staged[0].patches[0],
        subject=" ".join(subject.split()),
        changelog=body.strip("\n"),
        trailers=trailers(body.split("\n")),
    )
    return (replace(staged[0], title=worded.subject, patches=(worded,)),)


def _pushed(arguments: Sequence[str]) -> tuple[Series, ...]:
    from reviewer.hook.push import pushed

    return tuple(pushed(_top(), arguments, os.environ, sys.stdin))


def _mailed(arguments: Sequence[str]) -> tuple[Series, ...]:
    from reviewer.hook.outbox import sent

    return sent(Path(arguments[0]), _top(), os.environ)


_SCISSORS = "# ------------------------ >8 ------------------------\n"
_SOURCES: dict[Event, Callable[[Sequence[str]], tuple[Series, ...]]] = {
    Event.PRE_COMMIT: _staged,
    Event.COMMIT_MSG: _message,
    Event.PRE_PUSH: _pushed,
    Event.PRE_APPLYPATCH: _applied,
    Event.SENDEMAIL_VALIDATE: _mailed,
}


def _top() -> Path:
    """The top of the work tree, where git starts its hooks, or the bare repository."""
    from reviewer.patch.tree import tree_around

    return tree_around(Path.cwd()) or Path.cwd()


def _in_colour(configured: _Configured) -> bool:
    choice = configured.one("colour")
    if choice in (_ALWAYS, _NEVER):
        return choice == _ALWAYS
    return sys.stderr.isatty() and not os.environ.get("NO_COLOR")


def _say(text: str) -> None:
    from reviewer.report.safe import printable

    sys.stderr.write(f"reviewer: {printable(text)}\n")
