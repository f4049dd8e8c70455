"""A protocol: one flag described once, and the rules that follow from the description.

The words of a protocol are event names: what dirties, what flushes, who hands over, who reports.
Each check of CHECKS turns some of them into the body of a rule. The flag's own accesses become
events: `<protocol>.set`, `.clear` (a write of anything but true), `.read`, `.count`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePosixPath

from msgspec import Struct

from reviewer.finding import Severity
from reviewer.rule.pattern import parse_c
from reviewer.rule.protocol_types import Flag, Invariant, Promise
from reviewer.rule.table import Table
from reviewer.rule.types import (
    Body,
    Coverage,
    EventType,
    Example,
    ExampleKind,
    Order,
    Pairing,
    Rule,
    RuleKind,
    Scope,
    Window,
)

#: How the accesses of a per-CPU flag are spelled, most specific name first.
ACCESSES: Mapping[str, tuple[str, ...]] = {
    "set": ("*_cpu_write({flag}, true)", "*_cpu_write({flag}, 1)", "per_cpu({flag}, _) = true"),
    "clear": ("*_cpu_write({flag}, _)", "*_cpu_xchg({flag}, _)", "per_cpu({flag}, _) = _"),
    "read": ("*_cpu_read*({flag})", "*_cpu_xchg({flag}, _)", "*_cpu_ptr(&{flag})"),
    "count": ("*_cpu_inc*({flag})", "*_cpu_dec*({flag})", "*_cpu_add*({flag}, _)"),
}
#: Words that a protocol may do without: nothing dirties by a name, nobody asserts.
OPTIONAL = frozenset({"dirty", "assert", "name", "spared"})
#: What the accesses are, in the vocabulary and to a reader.
_DOCS = {
    "set": ("The flag is set", "set of {flag}"),
    "clear": ("The flag is cleared, or written with a value nobody can see here",
              "clear of {flag}"),
    "read": ("The flag is read", "read of {flag}"),
    "count": ("The flag is counted up or down", "count in {flag}"),
}  # fmt: skip


class Protocol(Struct, frozen=True):
    """What a protocol file comes to: events of its flag, and rules."""

    events: tuple[EventType, ...]
    rules: tuple[Rule, ...]
    promises: tuple[Promise, ...] = ()


class Words(Struct, frozen=True):
    """The event names that a protocol speaks in; the flag's own are `set`, `clear`, ..."""

    table: Table
    prefix: str

    def __call__(self, *keys: str) -> tuple[str, ...]:
        """The names under the keys; a key that is missing is a problem."""
        return tuple(name for key in keys for name in self._names(key))

    def _names(self, key: str) -> tuple[str, ...]:
        if key in ACCESSES:
            return (f"{self.prefix}.{key}",)
        return self.table.texts(key, required=key not in OPTIONAL)


class Check(Struct, frozen=True):
    """A check that a protocol can ask for."""

    title: str
    message: str
    kind: RuleKind
    body: Callable[[Words, Table], Body]


CHECKS: Mapping[str, Check] = {
    "set-before-dirty": Check(
        "The flag is set before anything dirties the caches, on the same CPU",
        "`{text}` may dirty the caches before the flag is set on this CPU",
        RuleKind.ORDER,
        lambda words, _: Order(
            words("set", "count"), words("dirty"), words("clear", "migrate"), shown=words("read")
        ),
    ),
    "marked-entry": Check(
        "What dirties is entered through the setter only",
        "`{text}` gives {function} a way to dirty the caches past the setter",
        RuleKind.ORDER,
        lambda words, _: Order((), words("entry"), permits=words("marked"), mentions=words("name")),
    ),
    "pinned": Check(
        "The CPU cannot change between the set and the operation",
        "`{text}` with preemption on: the CPU that is marked need not be the one that is dirty",
        RuleKind.ORDER,
        lambda words, _: Order(
            words("pin"), words("set", "assert"), words("migrate"), promised=words("assert")
        ),
    ),
    "clear-after-flush": Check(
        "The flag is cleared after a flush with nothing dirtying in between",
        "`{text}` clears the flag with no flush before it, or with dirt since",
        RuleKind.ORDER,
        lambda words, _: Order(words("flush"), words("clear"), words("dirty", "set")),
    ),
    "sticky": Check(
        "Only those who flush may clear the flag",
        "`{text}` clears a flag that others have set for good",
        RuleKind.ORDER,
        lambda words, _: Order((), words("clear")),
    ),
    "read-with-interrupts-off": Check(
        "The flag is read for the hand-over after interrupts are off",
        "`{text}` is read for the hand-over while an interrupt can still set it",
        RuleKind.ORDER,
        lambda words, _: Order(
            words("irqs_off"),
            words("read"),
            words("irqs_on"),
            until=words("handover"),
            held=("interrupts",),
        ),
    ),
    "nothing-dirty-after-read": Check(
        "Nothing dirties the caches between the read of the flag and the hand-over",
        "{subject} may dirty the caches after `{opened}` and before the hand-over",
        RuleKind.WINDOW,
        lambda words, _: Window(words("read"), words("dirty", "set"), until=words("handover")),
    ),
    "report-last": Check(
        "Completion is reported after the flush",
        "`{text}` comes after `{opened}` has told others that this CPU is done",
        RuleKind.WINDOW,
        lambda words, _: Window(words("report"), words("flush")),
    ),
    "inlined": Check(
        "The setter is inlined all the way, so that what dirties is called directly",
        "`{text}` in {function}, which may be out of line: what dirties is then called through a "
        "pointer, and it is no target of such calls",
        RuleKind.ORDER,
        lambda words, _: Order((), words("pointer")),
    ),
    "rest-after-flush": Check(
        "A CPU that does not come back rests after its flush",
        "`{text}` comes before the flush of this CPU's caches",
        RuleKind.ORDER,
        lambda words, _: Order(words("flush", "read", "spared"), words("rest")),
    ),
    "mask-emptied": Check(
        "Who has filled the mask of CPUs that report empties it",
        "`{text}`: there is a way out on which nobody empties the mask, so lines of it that others "
        "have dirtied stay in their caches",
        RuleKind.PAIRING,
        lambda words, _: Pairing(words("fill"), words("empty"), always=True),
    ),
    "mask-emptied-last": Check(
        "The mask of CPUs that report is emptied when all have",
        "`{text}` comes after `{opened}`, which was to be the last to touch the mask",
        RuleKind.WINDOW,
        lambda words, _: Window(words("empty"), words("fill", "ask")),
    ),
    "mask-of-online": Check(
        "Only CPUs that are online are waited for",
        "`{text}`: a CPU that is offline never reports",
        RuleKind.ORDER,
        lambda words, _: Order((), words("misfill")),
    ),
    "nmi-to-the-rest": Check(
        "Only CPUs that have not reported get an NMI",
        "`{text}` may go to a CPU that rests already, which then dirties its caches again",
        RuleKind.ORDER,
        lambda words, _: Order(words("each"), words("nmi")),
    ),
    "entered-by-name": Check(
        "What dirties is entered through its assembly entries only",
        "`{text}` dirties the caches past the setter",
        RuleKind.ORDER,
        lambda words, _: Order((), words("instruction")),
    ),
    "no-counter": Check(
        "The flag is a bit: setting it twice and clearing it once leaves it clear",
        "`{text}` counts: who runs twice leaves another value than who runs once",
        RuleKind.ORDER,
        lambda words, _: Order((), words("count")),
    ),
    "guarded": Check(
        "It happens exactly where the protocol says",
        "`{text}` {opened}",
        RuleKind.COVERAGE,
        lambda words, table: Coverage(
            _own(words, table.texts("of", required=True)),
            _own(words, table.texts("by", required=True)),
            _own(words, table.texts("needs")),
            _own(words, table.texts("where")),
            _own(words, table.texts("unless")),
        ),
    ),
}


def _own(words: Words, names: tuple[str, ...]) -> tuple[str, ...]:
    """Event names, with the flag's own under their short names."""
    return tuple(f"{words.prefix}.{name}" if name in ACCESSES else name for name in names)


def read_protocol(
    top: Table, relative: str, scope: Scope, example: Callable[[Table, ExampleKind], Example]
) -> Protocol:
    """The protocol that a file holds; problems are reported at its tables."""
    top.allow(
        "kind", "title", "rationale", "limits", "references", "flag", "scope", "words", "check",
        "invariant", *ExampleKind,
    )  # fmt: skip
    stem = PurePosixPath(relative).stem
    top.text("title", required=True)
    flag, words = top.table("flag"), top.table("words")
    if flag is None or words is None:
        top.report("a protocol has a [flag] and [words]")
        return Protocol((), ())
    flag.allow("variable", "declared_in")
    variable = flag.text("variable", required=True)
    subject = Flag(variable, flag.texts("declared_in", required=True))
    examples = _examples(top, example)
    rules = tuple(
        _rule(top, table, relative, Words(words, stem), scope, subject, examples)
        for table in top.tables("check")
        if _known(table)
    )
    names = {rule.id.removeprefix(f"{stem}-") for rule in rules}
    for name in sorted(examples.keys() - names):
        top.report(f"examples of `{name}`, which is no check here")
    invariants = tuple(_invariant(each, stem) for each in top.tables("invariant"))
    promise = Promise(stem, top.text("title"), subject, scope, invariants)
    return Protocol(tuple(_events(stem, variable)), rules, (promise,))


def _invariant(table: Table, stem: str) -> Invariant:
    """An invariant; `rules` are checks of the file by their short names, or whole rule ids."""
    table.allow("name", "title", "checks", "rules", "left")
    rules = (*(f"{stem}-{each}" for each in table.texts("checks")), *table.texts("rules"))
    left = table.text("left")
    if bool(rules) == bool(left):
        table.report("an invariant has `checks` or `rules`, or says why it is `left`", "name")
    return Invariant(
        table.text("name", required=True), table.text("title", required=True), rules, left
    )


def _known(table: Table) -> bool:
    name = table.text("name", required=True)
    if name and name not in CHECKS:
        table.report(f"unknown check `{name}`", "name", remedy=f"one of {', '.join(CHECKS)}")
    return name in CHECKS


def _rule(
    top: Table,
    table: Table,
    relative: str,
    words: Words,
    scope: Scope,
    flag: Flag,
    examples: Mapping[str, tuple[Example, ...]],
) -> Rule:
    table.allow(
        "name", "as", "invariants", "paths", "exclude", "of", "by", "needs", "where", "unless"
    )  # fmt: skip
    check = CHECKS[table.text("name")]
    name = table.text("as") or table.text("name")
    body = check.body(words, table)
    return Rule(
        id=f"{words.prefix}-{name}",
        kind=RuleKind.WINDOW if isinstance(body, Window) else check.kind,
        title=check.title,
        severity=Severity.ERROR,
        message=check.message,
        scope=Scope(
            table.texts("paths") or scope.paths,
            table.texts("exclude") or scope.exclude,
            scope.condition,
        ),
        body=body,
        rationale=top.text("rationale", required=True),
        limits=top.texts("limits", required=True),
        references=(*table.texts("invariants"), *top.texts("references", required=True)),
        examples=examples.get(name, ()),
        source=relative,
        flag=flag,
    )


def _examples(
    top: Table, example: Callable[[Table, ExampleKind], Example]
) -> dict[str, tuple[Example, ...]]:
    """The examples by the check, or by each of the checks, they are of."""
    found: dict[str, tuple[Example, ...]] = {}
    for kind in ExampleKind:
        for table in top.tables(kind):
            several = isinstance(table.values.get("check"), list)
            checks = table.texts("check") if several else (table.text("check", required=True),)
            rest = {key: value for key, value in table.values.items() if key != "check"}
            one = example(Table(table.source, table.name, table.index, rest), kind)
            for check in checks:
                found[check] = (*found.get(check, ()), one)
    return found


def _events(prefix: str, variable: str) -> Iterator[EventType]:
    if variable.isidentifier():
        for name, spellings in ACCESSES.items():
            yield EventType(
                name=f"{prefix}.{name}",
                doc=_DOCS[name][0],
                phrase=_DOCS[name][1].format(flag=variable),
                c=tuple(parse_c(each.format(flag=variable)) for each in spellings),
                action="flag",
                derived=True,
                yields_to=f"{prefix}.set" if name == "clear" else "",
            )
