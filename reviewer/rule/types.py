"""What is wrong, as data: rules, the vocabulary they speak, and their executed examples."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

from reviewer.finding import Severity

if TYPE_CHECKING:
    from reviewer.rule.contract_types import ContractRule
    from reviewer.rule.ending_types import EndingRule
    from reviewer.rule.pattern import Pattern
    from reviewer.rule.protocol_types import Flag, Promise
    from reviewer.rule.words_types import WordsRule


class Plain(StrEnum):
    """Names every event has without any vocabulary: what its operation plainly is."""

    CALL = "call"
    DIRECT = "call.direct"  # of a function by its name
    INDIRECT = "call.indirect"  # through a pointer
    INLINE = "call.inline"  # of an inline function or a macro of this file: perhaps no call
    INSERTED = "call.inserted"  # by the compiler: sanitizers, coverage
    CANARY = "percpu.canary"  # of the stack protector, read by the compiler's own code
    LOAD = "load"
    STORE = "store"
    LOCAL = "store.local"  # to a local variable: perhaps to a register only
    ASM = "asm"
    INSTRUCTION = "instruction"
    JUMP = "jump"  # out of a function of assembly into another one: no call instruction
    RETURN = "return"


#: What a reader is told that an event of no other name is.
PHRASES: Mapping[str, str] = {
    Plain.CALL: "call",
    Plain.DIRECT: "call of a function",
    Plain.INDIRECT: "call through a pointer",
    Plain.INLINE: "call that need not be inlined",
    Plain.INSERTED: "call that the compiler inserts",
    Plain.CANARY: "read of the stack's canary",
    Plain.LOAD: "read of memory",
    Plain.STORE: "write of memory",
    Plain.LOCAL: "write of a local variable",
    Plain.ASM: "inline assembly",
    Plain.INSTRUCTION: "instruction",
    Plain.RETURN: "return",
}


def covers(entry: str, event: str) -> bool:
    """Whether a rule's entry speaks of the event: `percpu` covers `percpu.read`."""
    return event == entry or event.startswith(entry + ".")


def speaks_of(entries: Iterable[str], names: Iterable[str]) -> bool:
    """Whether one of a rule's entries covers one of the names, those of an event."""
    return any(covers(entry, name) for entry in entries for name in names)


class RuleKind(StrEnum):
    """Which body a rule has."""

    WINDOW = "window"
    ORDER = "order"
    PAIRING = "pairing"
    TYPESTATE = "typestate"
    COVERAGE = "coverage"
    CONTEXT = "context"


class Window(Struct, frozen=True):
    """Between an opening and a closing event some events must not happen.

    Entries are event names; `percpu` also means `percpu.read`. `permits` narrows `forbids`.
    With `until`, a forbidden event counts only if an `until` event can follow it before the
    window closes. Events of `beneath` are looked for beneath calls, however deep and in whatever
    file: the proof of a forbidden call goes on to the first of them. One that is forbidden is so
    beneath a call that is an event of `into` as well.
    """

    opens: tuple[str, ...]
    forbids: tuple[str, ...]
    permits: tuple[str, ...] = ()
    closes: tuple[str, ...] = ()
    until: tuple[str, ...] = ()
    beneath: tuple[str, ...] = ()
    into: tuple[str, ...] = ()


class Order(Struct, frozen=True):
    """Before an event another one must have happened, and nothing since that voids it.

    Without `require` an event of `before` is wrong wherever it happens. `permits` narrows
    `before`. With `until`, the event counts only if an `until` event follows. `starts` are events
    that name functions to start in (`@callback`); without them control starts in every function
    that is not merely a static one called from this file. `same` is the name of a binding: one
    automaton for each value bound. `mentions` are events that are a bare name: it must stand in
    nothing but events of `before` and `permits`. What is required has happened where a function
    starts whose roots hold one of the words of `held`, or that begins by demanding it of callers
    in other files, by an event of `promised`; so it has on a branch on which a test of `shown`
    holds.
    """

    require: tuple[str, ...]
    before: tuple[str, ...]
    voided_by: tuple[str, ...] = ()
    permits: tuple[str, ...] = ()
    until: tuple[str, ...] = ()
    starts: tuple[str, ...] = ()
    same: str = ""
    mentions: tuple[str, ...] = ()
    held: tuple[str, ...] = ()
    promised: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()


class Pairing(Struct, frozen=True):
    """What is acquired is released on every path, where the function releases it on some.

    `same` is the name of the binding that acquire and release share. With `always` the function
    that acquires it releases it, whether or not it does on any path.
    """

    acquire: tuple[str, ...]
    release: tuple[str, ...]
    same: str = ""
    always: bool = False


class Move(Struct, frozen=True):
    """In state `source` an event of `on` leads to state `to`, or is wrong (`WRONG`)."""

    source: str
    on: tuple[str, ...]
    to: str


WRONG = "wrong"


class Typestate(Struct, frozen=True):
    """States and what events do in them; the first state is the one control starts in."""

    states: tuple[str, ...]
    moves: tuple[Move, ...]
    same: str = ""


class Coverage(Struct, frozen=True):
    """An event happens exactly where the tests of `by` hold: no further test may narrow it.

    Every test on which the event hangs must be, or hold, an event of `by`, in the sense that it
    is true; every event of `needs` must be among them. With `where`, all this is
    asked of functions with an event of it only, and such a function must have an event of `of`;
    a function with an event of `unless` is left alone.
    """

    of: tuple[str, ...]
    by: tuple[str, ...]
    needs: tuple[str, ...] = ()
    where: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()


class Protection(Struct, frozen=True):
    """What `off` events begin and `on` events end; they nest, and are counted.

    It is in force where a root `holds` one of the words of `by`, and not where it `lacks` them all.
    """

    off: tuple[str, ...]
    on: tuple[str, ...]
    by: tuple[str, ...] = ()


class Context(Struct, frozen=True):
    """An event of `before` must not happen while none of the protections is in force.

    What is in force is known where one of the `roots` starts, and that nothing is after an event
    of `bare`, which happens only then. Where it is not known nothing is wrong: in other functions,
    after an event that is `unclear` and not `clear`, after a test of the context, and after an end
    of what a function did not begin. `permits` narrows `before`. With `abroad`, roots of other
    files count as well that come to a function of this one.
    """

    before: tuple[str, ...]
    protections: tuple[Protection, ...]
    roots: tuple[str, ...] = ()
    bare: tuple[str, ...] = ()
    unclear: tuple[str, ...] = ()
    permits: tuple[str, ...] = ()
    abroad: bool = False
    clear: tuple[str, ...] = ()


Body = Window | Order | Pairing | Typestate | Coverage | Context


def entries(body: Body) -> dict[str, tuple[str, ...]]:
    """The lists of event names in a body, by their key."""
    match body:
        case Window(opens, forbids, permits, closes, until, beneath, into):
            return {"opens": opens, "forbids": forbids, "permits": permits, "closes": closes,
                    "until": until, "beneath": beneath, "into": into}  # fmt: skip
        case Order(require, before, voided_by, permits, until, starts, _, mentions, _):
            return {"require": require, "before": before, "voided_by": voided_by,
                    "permits": permits, "until": until, "starts": starts,
                    "mentions": mentions}  # fmt: skip
        case Pairing(acquire, release):
            return {"acquire": acquire, "release": release}
        case Coverage(of, by, needs, where, unless):
            return {"of": of, "by": by, "needs": needs, "where": where, "unless": unless}
        case Context(before, protections, _, bare, unclear, permits, _, clear):
            held = {
                f"{key} {number}": events
                for number, each in enumerate(protections)
                for key, events in (("off", each.off), ("on", each.on))
            }
            return {"before": before, "bare": bare, "unclear": unclear, "permits": permits,
                    "clear": clear, **held}  # fmt: skip
        case Typestate(_, moves):
            return {f"{move.source} to {move.to}": move.on for move in moves}


class Rank(Struct, frozen=True):
    """For some findings: another severity, and the condition that makes them real.

    They are those about `event`, or with `option` those that are real only where it is set.
    """

    event: str
    severity: Severity
    condition: str
    reason: str
    option: str = ""


class Scope(Struct, frozen=True):
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


class Example(Struct, frozen=True):
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


class Rule(Struct, frozen=True):
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
    flag: Flag | None = None


class EventType(Struct, frozen=True):
    """A word of the vocabulary and how it is spelled.

    `c` matches operations of C, `asm` instructions: of assembly files and of inline asm text.
    `phrase` is what a reader is told that it is, `""` for its name.
    `action` is what the simulator does for it, `""` for nothing. Control does not come back from
    a `noreturn` event. `through` are types of parameters a call through which is the event. A
    `derived` event comes out of a protocol. What is a `yields_to` event as well is that only. A
    `guess` stands in for a definition in another file: where the definition is seen, it decides.
    `carries` are types of parameters a call through which, or with which, is the event. One that
    is `aside` says something of a call that is looked into as if it were nothing known. With
    `within` it is the event only in functions with one of these attributes or sections, not in
    those with one of `without`.
    """

    name: str
    doc: str
    c: tuple[Pattern, ...] = ()
    asm: tuple[Pattern, ...] = ()
    action: str = ""
    references: tuple[str, ...] = ()
    noreturn: bool = False
    guess: bool = False
    through: tuple[str, ...] = ()
    derived: bool = False
    yields_to: str = ""
    phrase: str = ""
    within: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    carries: tuple[str, ...] = ()
    aside: bool = False

    def stands_in(self, attributes: frozenset[str]) -> bool:
        """Whether it can be in a function with these attributes."""
        return attributes.isdisjoint(self.without) and (
            not self.within or not attributes.isdisjoint(self.within)
        )


class Root(Struct, frozen=True):
    """A way in which functions are handed to those who call them, and what is then in force.

    `calls` are calls of functions and macros, file scope included: `@` stands for the function,
    `@.member` for an object in whose member it is, other arguments are globs, `...` is any rest.
    `members` are `type.member` of objects (globs), `macros` (globs) define the function. `holds`
    and `lacks` say what is surely in force in the function and what surely is not.
    """

    name: str
    phrase: str
    doc: str
    holds: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    macros: tuple[str, ...] = ()
    references: tuple[str, ...] = ()


class Vocabulary(Struct, frozen=True, cache_hash=True):
    """Every event type, in file order: of two that match, the first is the more specific name.

    `roots` are where control is known to start; a branch that calls one of the words of `asks`, or
    compares with it, asks what is in force, so that what follows hangs on who called.
    """

    events: tuple[EventType, ...]
    roots: tuple[Root, ...] = ()
    asks: tuple[str, ...] = ()


class Abroad(Struct, frozen=True):
    """What functions of a tree do to a rule's window.

    `opens` leave it open for their callers; those of the `scope` may close it, which is looked up
    where they are called. `ends` says how functions come back that do not as in the tree itself,
    and `cut` that calls between files were not followed to their end.
    """

    opens: frozenset[str] = frozenset()
    scope: Scope | None = None
    ends: frozenset[tuple[str, str]] = frozenset()
    cut: bool = False


class RuleSet(Struct, frozen=True):
    """Rules sorted by id with the vocabulary they use.

    `digest` is 12 hex digits over all files, `""` where not all of them were read.
    `words` are the rules on the words of a patch, which speak of no event; `contracts` those on
    what C and assembly agree on, `endings` those on whole series. `promises` are the protocols as a
    whole. `abroad` says by the rule's id what functions of the tree do to the rule's window.
    """

    rules: tuple[Rule, ...]
    vocabulary: Vocabulary
    digest: str
    words: tuple[WordsRule, ...] = ()
    contracts: tuple[ContractRule, ...] = ()
    endings: tuple[EndingRule, ...] = ()
    promises: tuple[Promise, ...] = ()
    abroad: tuple[tuple[str, Abroad], ...] = ()

    def abroad_of(self, rule: Rule) -> Abroad:
        """What functions do to the rule's window, beyond those that a file defines."""
        return dict(self.abroad).get(rule.id, Abroad())
