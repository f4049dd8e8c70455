"""A per-CPU flag, or a mask of CPUs, that a series adds: what needs no knowledge of what it is for.

Everything is judged when all patches are in. A flag whose name the tree has elsewhere is not new.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import lru_cache

from msgspec import Struct

from reviewer.check.flags.members import Member, members
from reviewer.check.flags.types import Hit, Question
from reviewer.check.flags.uses import ESCAPE, READ, WRITE, Use, member_uses, uses
from reviewer.finding import Location
from reviewer.patch.types import SourceFile
from reviewer.rule.ending_types import Ending
from reviewer.rule.types import covers
from reviewer.source.conditions import TRUE, conjoin, satisfiable
from reviewer.source.read import read
from reviewer.source.types import Expr, Kind, Language, Variable, VariableKind

#: What declares and defines per-CPU variables differs in the section only.
_MAKER = re.compile(r"(DECLARE|DEFINE|EARLY)_(?:EARLY_)?PER_CPU")
_FALSE = frozenset({"0", "false"})


class Declared(Struct, frozen=True):
    """A declaration and the file that it stands in."""

    path: str
    variable: Variable

    @property
    def type(self) -> str:
        """The type, of an array that of an element."""
        return self.variable.type.partition("[")[0].strip()

    @property
    def said(self) -> tuple[str, str]:
        """What every declaration must say alike."""
        return self.type, self.section

    @property
    def section(self) -> str:
        """What the macro that declares it says besides that it is per-CPU."""
        made = next((each for each in self.variable.attributes if _MAKER.match(each)), "")
        return made.partition("PER_CPU")[2]


class New(Struct, frozen=True):
    """A variable that was not there before the series."""

    name: str
    declared: tuple[Declared, ...]
    uses: tuple[Use, ...]

    @property
    def definition(self) -> Declared | None:
        """Where it is defined, None where no file of the series does."""
        return next((each for each in self.declared if each.variable.definition), None)

    def has(self, body: Ending, *parts: str) -> bool:
        """Whether some use is an event of the parts, or one that nobody can tell."""
        return any(
            use.kind == ESCAPE or _is(use, body, part) for use in self.uses for part in parts
        )


def _is(use: Use, body: Ending, part: str) -> bool:
    """Whether the use is an event of the part."""
    plain = use.kind == (READ if part == "read" else WRITE)
    return plain or any(covers(entry, use.kind) for entry in body.named(part))


def never_used(question: Question) -> Iterator[Hit]:
    """A new flag that nobody reads or sets."""
    for new, at in _defined(question):
        if not new.has(question.rule.body, "read", "set"):
            yield _hit(new, at, "nobody reads or sets it")


def never_read(question: Question) -> Iterator[Hit]:
    """A new flag that is set for nobody."""
    body = question.rule.body
    for new, at in _defined(question):
        if new.has(body, "set") and not new.has(body, "read"):
            yield _hit(new, at, f"{_first(new, body, 'set')} sets it and nobody reads it")


def never_set(question: Question) -> Iterator[Hit]:
    """A new flag that is read and always says what it said first."""
    body = question.rule.body
    for new, at in _defined(question):
        if new.has(body, "read") and not new.has(body, "set") and not _given(at.variable):
            yield _hit(new, at, f"{_first(new, body, 'read')} reads it and nobody sets it")


def never_cleared(question: Question) -> Iterator[Hit]:
    """A new flag that, once set, makes a function skip its work for good."""
    body = question.rule.body
    for new, at in _defined(question):
        if at.variable.type != "bool" or new.has(body, "clear"):
            continue
        skipping = next((use for use in new.uses if use.skips), None)
        if skipping and new.has(body, "set"):
            detail = f"once it is set, {skipping.function}() returns at `{skipping.text}` for good"
            yield _hit(new, at, detail)


def always_true(question: Question) -> Iterator[Hit]:
    """A new flag that is true from the start and that nothing makes false."""
    body = question.rule.body
    for new, at in _defined(question):
        value = at.variable.initializer
        if value is None or new.has(body, "clear"):
            continue
        if value.kind is Kind.NUMBER and value.name == "true" and new.has(body, "read"):
            yield _hit(new, at, "it is true from the start and nothing makes it false")


def declared_otherwise(question: Question) -> Iterator[Hit]:
    """Declarations of one flag that the compiler does not compare, and that newly differ."""
    for new in (*news(question), *_redeclared(question)):
        first = new.definition or new.declared[0]
        for each in new.declared:
            if each is first or not _together(first, each) or each.said == first.said:
                continue
            here, there = (each, first) if each.path in question.after else (first, each)
            one, other = next(pair for pair in zip(there.said, here.said, strict=True)
                              if pair[0] != pair[1])  # fmt: skip
            place = f"{there.path}:{there.variable.line}"
            yield _hit(new, here, f"{_worded(other)} here and {_worded(one)} at {place}")


def _redeclared(question: Question) -> Iterator[New]:
    """The flags that were there before, some declaration of which the series has changed."""
    body = question.rule.body
    sides = [
        {
            (path, each.name): Declared(path, each)
            for path in sorted(files)
            for each in flags(files[path], body)
        }
        for files in (question.before, question.after)
    ]
    said = [{key: each.said for key, each in side.items()} for side in sides]
    known = {name for _, name in sides[0]}
    # A declaration that only stands elsewhere now says nothing new.
    old = {(name, each) for (_, name), each in said[0].items()}
    changed = {key[1] for key in sides[1] if (key[1], said[1][key]) not in old}
    for name in sorted(changed & known):
        mine = [each for (_, other), each in sides[1].items() if other == name]
        elsewhere = [
            Declared(file.path, each)
            for file in question.others(name)
            for each in flags(file, body)
            if each.name == name
        ]
        yield New(name, (*mine, *elsewhere), ())


def _worded(text: str) -> str:
    return f"`{text}`" if text else "plain"


def _together(one: Declared, other: Declared) -> bool:
    """Whether both are seen in one configuration, and are of one variable."""
    if not satisfiable(conjoin((one.variable.presence, other.variable.presence))):
        return False
    private = [each for each in (one, other) if "static" in each.variable.attributes]
    return not private or one.path == other.path


def _defined(question: Question) -> Iterator[tuple[New, Declared]]:
    """The new flags with their definitions, but those whose name is not theirs alone."""
    for new in news(question):
        at = new.definition
        if at is not None:
            yield new, at


def _given(variable: Variable) -> bool:
    """Whether it says something from the start."""
    value: Expr | None = variable.initializer
    return value is not None and not (value.kind is Kind.NUMBER and value.name in _FALSE)


def _first(new: New, body: Ending, part: str) -> str:
    """The place of the first use that is an event of the part."""
    use = next(use for use in new.uses if _is(use, body, part))
    return f"{use.function}() at {use.location.path}:{use.location.line}"


def _hit(new: New, at: Declared, detail: str) -> Hit:
    text = next(iter(sorted(at.variable.attributes - {"static"})), at.variable.type)
    shown = f"{text}({at.variable.type}, {new.name})" if "PER_CPU" in text else new.name
    return Hit(new.name, shown, Location(at.path, at.variable.line), detail)


def news(question: Question) -> tuple[New, ...]:
    """The flags that are there after the series and were not before, by name."""
    body = question.rule.body
    changed = [
        path
        for path in sorted({*question.before, *question.after})
        if marked(body, question.before.get(path)) != marked(body, question.after.get(path))
    ]
    old = frozenset(
        variable.name for path in changed for variable in flags(question.before.get(path), body)
    )
    found: dict[str, list[Declared]] = {}
    for path in changed:
        for variable in flags(question.after.get(path), body):
            if variable.name not in old:
                found.setdefault(variable.name, []).append(Declared(path, variable))
    news = (_new(question, name, found[name]) for name in sorted(found))
    parts = (_of_member(question, each) for each in _members(question))
    return (*(new for new in news if new is not None), *parts)


def _members(question: Question) -> Iterator[Member]:
    """The members that are new, of structures that each CPU has one of."""
    body = question.rule.body
    wanted = (*body.members, *body.masks)
    types = {
        variable.type
        for file in question.after.values()
        if b"_PER_CPU" in file.text
        for variable in _variables(file)
        if variable.kind is VariableKind.PER_CPU
    }
    old = {each.key for file in question.before.values() for each in members(file, types)}
    for path in sorted(question.after) if types else ():
        for each in members(question.after[path], types):
            if each.key not in old and any(fnmatchcase(each.type, one) for one in wanted):
                yield each


def _of_member(question: Question, member: Member) -> New:
    """The member as a flag of its own; nobody but the series can know one that is new."""
    variable = Variable(member.name, member.type, VariableKind.PER_CPU, member.line, True,
                        frozenset(), TRUE)  # fmt: skip
    found = [
        use
        for path in sorted(question.after)
        for use in member_uses(
            question.after[path],
            member.name,
            member.line if path == member.path else 0,
            question.matcher,
        )
    ]
    return New(member.name, (Declared(member.path, variable),), tuple(found))


def _new(question: Question, name: str, declared: list[Declared]) -> New | None:
    """The flag with its uses, None where an untouched file of the tree has it already."""
    touched = [question.after[path] for path in sorted(question.after)]
    seen = [uses(file, name, question.matcher) for file in touched]
    own = all("static" in each.variable.attributes for each in declared)
    for file in () if own else question.others(name):
        elsewhere = uses(file, name, question.matcher)
        if not any("static" in each.attributes for each in elsewhere.declarations):
            return None
    return New(name, tuple(declared), tuple(use for file in seen for use in file.uses))


def marked(body: Ending, file: SourceFile | None) -> tuple[bytes, ...]:
    """The lines of the file that may declare such a variable."""
    marks = tuple(each.encode() for each in body.marks)
    if file is None or not any(mark in file.text for mark in marks):
        return ()
    lines = file.text.split(b"\n")
    return tuple(line.strip() for line in lines if any(mark in line for mark in marks))


def flags(file: SourceFile | None, body: Ending) -> Iterator[Variable]:
    """The variables of the file that the rule is about."""
    if file is not None and marked(body, file):
        for variable in _variables(file):
            wanted = body.types if variable.kind is VariableKind.PER_CPU else body.masks
            if any(fnmatchcase(Declared(file.path, variable).type, each) for each in wanted):
                yield variable


@lru_cache(maxsize=256)
def _variables(file: SourceFile) -> tuple[Variable, ...]:
    """The file's variables."""
    unit = read(file)
    return unit.variables if unit.language is Language.C else ()
