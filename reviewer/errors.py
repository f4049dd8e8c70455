"""Errors a person can act on: what is wrong, where, and what to do about it."""

from __future__ import annotations


class ReviewerError(Exception):
    """Base of every error that reaches the user; `str()` gives `where: message (remedy)`.

    `exit_code` is what the command line returns when the error ends the run: 2 where the user's
    input is at fault, 3 where the program could not analyse.
    """

    exit_code = 3

    def __init__(self, message: str, *, path: str = "", line: int = 0, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.path = path
        self.line = line
        self.remedy = remedy

    def __str__(self) -> str:
        where = f"{self.path}:{self.line}: " if self.line else f"{self.path}: " if self.path else ""
        remedy = f" ({self.remedy})" if self.remedy else ""
        return f"{where}{self.message}{remedy}"


class InputError(ReviewerError):
    """The input named by the user cannot be used: no such file, not a mail, no patch in it."""

    exit_code = 2


class PatchError(InputError):
    """One patch or one file of it cannot be read; callers turn it into a Skip and go on."""


class RuleError(InputError):
    """One problem of one rule file."""


class RuleErrors(InputError):
    """Every problem of every rule file, gathered before it is raised once."""

    def __init__(self, problems: tuple[RuleError, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class AnalysisError(ReviewerError):
    """The program could not analyse what it was given: an internal limit, not the user's fault."""


class OutOfTime(Exception):
    """The time that one unit of work may take is over; it is no error, a Skip says so."""
