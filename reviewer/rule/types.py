"""What is wrong, as data: rules, the vocabulary they speak, and their executed examples."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from reviewer.finding import Severity
from reviewer.rule.pattern import Pattern


class RuleKind(StrEnum):
    WINDOW = "window"


@dataclass(frozen=True, slots=True)
class Window:
    """Between an opening and a closing event some events must not happen.

    Entries are event names; `percpu` also means `percpu.read`. `permits` narrows `forbids`.
    With `until`, a forbidden event counts only if an `until` event can follow it before the
    window closes.
    """

    opens: tuple[str, ...]
    forbids: tuple[str, ...]
    permits: tuple[str, ...] = ()
    closes: tuple[str, ...] = ()
    until: tuple[str, ...] = ()


Body = Window


@dataclass(frozen=True, slots=True)
class Rank:
    """For findings about this event: another severity, and the condition that makes them real."""

    event: str
    severity: Severity
    condition: str
    reason: str


@dataclass(frozen=True, slots=True)
class Scope:
    """Globs of tree-relative paths a rule looks at; `exclude` wins."""

    paths: tuple[str, ...] = ("**",)
    exclude: tuple[str, ...] = ()


class ExampleKind(StrEnum):
    BAD = "bad"
    GOOD = "good"
    MISS = "miss"


@dataclass(frozen=True, slots=True)
class Example:
    """Code that a rule must report (bad), must not (good), or is known to miss (miss).

    `guilty` are the lines of `code`, from 1, that carry the marker `/* bad */` (in a miss: the
    lines that would be guilty if the rule saw them). `path` is the path the code pretends to be.
    """

    kind: ExampleKind
    title: str
    code: str
    path: str
    guilty: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule file; `id` is its stem, `source` its path relative to the rules folder.

    `message` is a template over `{subject}`, `{text}`, `{opened}` (the text that opened the
    window) and `{function}`.
    """

    id: str
    kind: RuleKind
    title: str
    severity: Severity
    message: str
    scope: Scope
    body: Body
    rationale: str
    limits: tuple[str, ...]
    references: tuple[str, ...]
    ranks: tuple[Rank, ...] = ()
    examples: tuple[Example, ...] = ()
    source: str = ""


@dataclass(frozen=True, slots=True)
class EventType:
    """A word of the vocabulary and how it is spelled.

    `c` matches operations of C, `asm` instructions: of assembly files and of inline asm text.
    `action` is what the simulator does for it, `""` for nothing.
    """

    name: str
    doc: str
    c: tuple[Pattern, ...] = ()
    asm: tuple[Pattern, ...] = ()
    action: str = ""
    references: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Every event type, in file order: of two that match, the first is the more specific name."""

    events: tuple[EventType, ...]


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Rules sorted by id with the vocabulary they use; `digest` is 12 hex digits over all files."""

    rules: tuple[Rule, ...]
    vocabulary: Vocabulary
    digest: str
