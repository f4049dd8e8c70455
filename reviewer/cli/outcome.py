"""How a run ends: its exit code, and every failure as one line on stderr.

A crash must never look like a finding, so no exception leaves a command.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from enum import IntEnum, StrEnum

from reviewer.errors import ReviewerError
from reviewer.finding import Finding, Severity
from reviewer.report.safe import printable


class Code(IntEnum):
    """Exit codes."""

    CLEAN = 0
    FINDINGS = 1
    INPUT = 2
    ANALYSIS = 3
    INTERRUPTED = 130
    PIPE = 141


#: Codes from the least to the most that a caller must know of a run over several series.
_WEIGHT = (Code.CLEAN, Code.INPUT, Code.ANALYSIS, Code.FINDINGS, Code.PIPE, Code.INTERRUPTED)


class FailOn(StrEnum):
    """The least severity that makes a run end with `Code.FINDINGS`."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"
    NEVER = "never"


def judge(findings: Iterable[Finding], fail_on: FailOn) -> Code:
    """FINDINGS when one of the findings is at or above `fail_on`."""
    if fail_on is FailOn.NEVER:
        return Code.CLEAN
    least = Severity(fail_on.value).rank
    return Code.FINDINGS if any(each.severity.rank <= least for each in findings) else Code.CLEAN


def worst(one: Code, other: Code) -> Code:
    """The code to end with after two results: findings outweigh what could not be analysed."""
    return max(one, other, key=_WEIGHT.index)


def guarded(action: Callable[[], Code], *, verbose: bool = False, what: str = "") -> Code:
    """The code of `action`; of an exception it raises, with a message on stderr.

    `what` names the work in the message. `verbose` shows the traceback of a bug.
    """
    try:
        return action()
    except ReviewerError as error:
        complain(str(error), what)
        return Code(error.exit_code)
    except KeyboardInterrupt:
        complain("interrupted", what)
        return Code.INTERRUPTED
    except BrokenPipeError:
        _discard_stdout()
        return Code.PIPE
    except Exception as error:  # noqa: BLE001 - the last line of defence
        complain(f"{described(error)}: this is a bug in reviewer{_hint(verbose)}", what)
        if verbose:
            _print_traceback()
        return Code.ANALYSIS


def described(error: Exception) -> str:
    """An unexpected exception in one line."""
    text = str(error).split("\n", 1)[0]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def complain(message: str, what: str = "") -> None:
    """Prints a message on stderr, each of its lines made fit to print."""
    about = f"{printable(what)}: " if what else ""
    for line in message.split("\n"):
        sys.stderr.write(f"reviewer: {about}{printable(line)}\n")


def _hint(verbose: bool) -> str:
    return "" if verbose else "; run with -v for the traceback"


def _print_traceback() -> None:
    import traceback

    for line in traceback.format_exc().splitlines():
        complain(line)


def _discard_stdout() -> None:
    """Keeps Python from flushing into the closed pipe when it exits."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
