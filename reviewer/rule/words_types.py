"""Rules on the words of a patch, as data."""

from __future__ import annotations

from msgspec import Struct

from reviewer.finding import Severity
from reviewer.rule.types import ExampleKind, Rank


class Words(Struct, frozen=True):
    """What a rule on words lets run: a check by its name in CHECKS, with the words it speaks of.

    A `pedantic` rule runs only when it is asked for. Of `alarms` on real mail that were judged one
    by one, `right` were right; both are 0 where no real mail raised one.
    """

    check: str
    words: tuple[str, ...] = ()
    pedantic: bool = False
    right: int = 0
    alarms: int = 0


class MailExample(Struct, frozen=True):
    """Whole mails that a rule must report (bad), must not (good), or is known to miss (miss).

    `guilty` are the lines of `code`, from 1, that the rule must speak of.
    """

    kind: ExampleKind
    title: str
    code: str
    guilty: tuple[int, ...]


class WordsRule(Struct, frozen=True):
    """One rule file on the words of a patch; `message` has `{subject}`, `{text}`, `{detail}`."""

    id: str
    title: str
    severity: Severity
    message: str
    body: Words
    rationale: str
    limits: tuple[str, ...]
    references: tuple[str, ...]
    examples: tuple[MailExample, ...] = ()
    ranks: tuple[Rank, ...] = ()
    source: str = ""
