"""Where results and progress go: stdout or a file, and stderr when a person is looking."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from reviewer.errors import AnalysisError, InputError

_Item = TypeVar("_Item")
_REMEDY = "make room, or name another file with -o"


class Colour(StrEnum):
    """When to colour the text report."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


def in_colour(choice: Colour, output: Path | None) -> bool:
    """Whether to colour what goes to `output` (None: stdout)."""
    if choice is not Colour.AUTO:
        return choice is Colour.ALWAYS
    if output is not None or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return sys.stdout.isatty()


class Sink:
    """Takes the result, in UTF-8 whatever the locale says."""

    def __init__(self, path: Path | None) -> None:
        self._name = str(path or "")
        self._file = path.open("wb") if path else None

    def write(self, text: str) -> None:
        """Adds text to the result at once, so that a reader of a pipe need not wait.

        Raises:
            AnalysisError: there is no room for it.
        """
        stream = self._file or sys.stdout.buffer
        with _told(self._name):
            stream.write(text.encode("utf-8", "backslashreplace"))
            stream.flush()

    def close(self) -> None:
        """Closes the file, if it is one.

        Raises:
            AnalysisError: there is no room for what it still held back.
        """
        if self._file:
            with _told(self._name):
                self._file.close()


@contextmanager
def _told(name: str) -> Iterator[None]:
    """Turns what a full or failing disk raises into an error that a person can act on."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise AnalysisError(
            f"the result cannot be written: {error.strerror}", path=name, remedy=_REMEDY
        ) from error


@contextmanager
def opened(path: Path | None) -> Iterator[Sink]:
    """The sink for `--output` (None: stdout).

    Raises:
        InputError: the file cannot be written.
    """
    try:
        sink = Sink(path)
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror}", path=str(path)) from error
    try:
        yield sink
    finally:
        sink.close()


def counted(items: Iterable[_Item], total: int, what: str, *, quiet: bool) -> Iterator[_Item]:
    """The items, with a running count on stderr where that is a terminal."""
    visible = not quiet and total > 1 and sys.stderr.isatty()
    for number, item in enumerate(items, 1):
        if visible:
            sys.stderr.write(f"\r\x1b[K{what} {number}/{total}")
            sys.stderr.flush()
        yield item
    if visible:
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()
