"""What is wrong, as data: rules, the vocabulary they speak, and their executed examples."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from reviewer.finding import Severity
from reviewer.rule.pattern import Pattern


class Plain(StrEnum):
    """Names every event has without any vocabulary: what its operation plainly is."""

    CALL = "call"
    DIRECT = "call.direct"  # of a function by its name
    INDIRECT = "call.indirect"  # through a pointer
    INLINE = "call.inline"  # of an inline function or a macro of this file: perhaps no call
    LOAD = "load"
    STORE = "store"
    LOCAL = "store.local"  # to a local variable: perhaps to a register only
    ASM = "asm"
    INSTRUCTION = "instruction"
    RETURN = "return"


def covers(entry: str, event: str) -> bool:
    """Whether a rule's entry speaks of the event: `percpu` covers `percpu.read`."""
    return event == entry or event.startswith(entry + ".")


class RuleKind(StrEnum):
    """Which body a rule has."""

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
    """Globs of tree-relative paths a rule looks at; `exclude` wins.

    `condition` is a conjunction of options (`CONFIG_A && !CONFIG_B`) outside which the rule has
    nothing to say, `""` for none.
    """

    paths: tuple[str, ...] = ("**",)
    exclude: tuple[str, ...] = ()
    condition: str = ""


class ExampleKind(StrEnum):
    """What a rule has to say about an example."""

    BAD = "bad"
    GOOD = "good"
    MISS = "miss"


@dataclass(frozen=True, slots=True)
class Example:
    """Code that a rule must report (bad), must not (good), or is known to miss (miss).

    Findings of severity `info` are remarks: they count neither as reported nor against a good.
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
    `action` is what the simulator does for it, `""` for nothing. Control does not come back from
    a `noreturn` event.
    """

    name: str
    doc: str
    c: tuple[Pattern, ...] = ()
    asm: tuple[Pattern, ...] = ()
    action: str = ""
    references: tuple[str, ...] = ()
    noreturn: bool = False


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
