"""The alarm that ends a unit of work, and work that it must not end in the middle."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from types import FrameType
from typing import ParamSpec, TypeVar

from reviewer.errors import OutOfTime

_Words = ParamSpec("_Words")
_Answer = TypeVar("_Answer")


class _Alarm:
    """How often it went off; whether it is put off, how many times over, and rang meanwhile."""

    count = 0
    held = 0
    rang = False


def ring(_signal: int, _frame: FrameType | None) -> None:
    """Raises OutOfTime, at once or when what must not be disturbed is done."""
    _Alarm.count += 1
    if _Alarm.held:
        _Alarm.rang = True
    else:
        raise OutOfTime


def rung() -> int:
    """How often it went off in this process: what it ended may not end another time."""
    return _Alarm.count


def rang(times: int) -> None:
    """Counts what went off in another process that worked for this one."""
    _Alarm.count += times


def undisturbed(question: Callable[_Words, _Answer]) -> Callable[_Words, _Answer]:
    """The function, at the end of which an alarm goes off that rang in it."""

    @wraps(question)
    def ask(*words: _Words.args, **named: _Words.kwargs) -> _Answer:
        _Alarm.held += 1
        try:
            return question(*words, **named)
        finally:
            _Alarm.held -= 1
            if _Alarm.rang and not _Alarm.held:
                _Alarm.rang = False
                raise OutOfTime

    return ask
