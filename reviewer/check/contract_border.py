"""A function of assembly with everything that C and its own file say of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from msgspec import Struct

from reviewer.check.contract_c import (
    Argument,
    Bit,
    Passed,
    Prototype,
    bits,
    calls,
    present,
    prototypes,
)
from reviewer.check.contract_way import SEEN, Ways, ways
from reviewer.check.prefilter import within
from reviewer.event.match import Matcher
from reviewer.finding import Step
from reviewer.patch.types import Context, SourceFile
from reviewer.rule.contract_types import ContractRule
from reviewer.source.conditions import Condition, conjoin
from reviewer.source.format import render
from reviewer.source.gas import comments
from reviewer.source.gas_lines import Comment
from reviewer.source.presence import parse
from reviewer.source.read import read
from reviewer.source.register_flow import Machine
from reviewer.source.registers import ARGUMENTS
from reviewer.source.types import Function, Op
from reviewer.source.unit import Definition, Unit

_C = "!defined(__ASSEMBLER__) && !defined(__ASSEMBLY__)"


class Border(Struct, frozen=True, eq=False):
    """One function: its definition, who declares and calls it, and the ways through it.

    `walked` is each of its operations with its block and what is known before it, where the rule
    asks for no more than that. `phrases` is what a reader is told that an event is.
    """

    unit: Unit
    definition: Definition
    prototypes: tuple[Prototype, ...]
    calls: tuple[Passed, ...]
    bits: Mapping[str, tuple[Bit, ...]]
    comments: tuple[Comment, ...]
    ways: Ways
    walked: tuple[tuple[int, Op, Machine], ...] = ()
    phrases: Mapping[str, str] = {}

    @property
    def function(self) -> Function:
        """Its graph."""
        return self.ways.functions[self.definition.name]

    @property
    def arguments(self) -> tuple[Argument, ...]:
        """What the prototype says is passed in registers."""
        return self.prototypes[0].arguments[: len(ARGUMENTS)] if self.prototypes else ()

    def argument(self, register: str) -> Argument | None:
        """The argument that a register holds at the entry."""
        number = ARGUMENTS.index(register) if register in ARGUMENTS else len(ARGUMENTS)
        return self.arguments[number] if number < len(self.arguments) else None

    def sent(self, register: str) -> frozenset[str]:
        """The bits that callers put into the argument in that register."""
        number = ARGUMENTS.index(register) if register in ARGUMENTS else len(ARGUMENTS)
        return frozenset(
            bit for call in self.calls for bits in call.bits[number : number + 1] for bit in bits
        )

    def flags(self) -> Mapping[str, str]:
        """Every bit that some caller sets, and the register it is passed in."""
        return {bit: register for register in ARGUMENTS for bit in sorted(self.sent(register))}

    def flow(self, bits: Iterable[str], register: str = "") -> tuple[Step, ...]:
        """The C lines that bring the bit, or else the argument, to the call."""
        wanted = tuple(bits)
        number = ARGUMENTS.index(register) if register in ARGUMENTS else len(ARGUMENTS)
        for call in self.calls:
            known = dict(call.flow)
            found = next((known[bit] for bit in wanted if bit in known), None)
            if found is None and number < len(call.arguments):
                found = known.get(render(call.arguments[number]))
            if found is not None:
                return found
        return tuple(
            Step(call.location, call.function, call.op.text, "calls") for call in self.calls[:1]
        )

    def declared(self) -> Step | None:
        """Where the function is declared, None where it is not."""
        for each in self.prototypes[:1]:
            return Step(each.location, self.definition.name, each.text, "declares the arguments")
        return None

    def spoken(self, event: str) -> str:
        """What a reader is told that an event of the name is."""
        return self.phrases.get(event, event)

    def text(self, line: int) -> str:
        """A line of the assembly file, white space folded."""
        lines = self.unit.file.text.split(b"\n")
        found = lines[line - 1] if 0 < line <= len(lines) else b""
        return " ".join(found.decode("utf-8", "replace").split())


def borders(
    rule: ContractRule,
    files: Iterable[SourceFile],
    matcher: Matcher,
    voids: Mapping[str, tuple[str, ...]],
) -> Iterator[Border]:
    """Each of the rule's functions that one of the files defines in assembly.

    `voids` says which events undo which others.
    """
    wanted = [
        each
        for each in files
        if within(rule.body.files, each.path) and each.context is not Context.HUNK
    ]
    assembly = [each for each in wanted if each.path.endswith(".S")]
    code = [each for each in wanted if not each.path.endswith(".S")]
    for file in sorted(assembly, key=lambda each: each.path):
        for name in rule.body.entries:
            if name.encode() in file.text:
                yield from _borders(rule, file, code, name, matcher, voids)


def _borders(
    rule: ContractRule,
    file: SourceFile,
    code: list[SourceFile],
    name: str,
    matcher: Matcher,
    voids: Mapping[str, tuple[str, ...]],
) -> Iterator[Border]:
    condition = parse(rule.condition)
    unit = read_unit(file.path, file.text)
    for definition in unit.named(name):
        if "inner" in definition.attributes:
            continue
        declared: list[Prototype] = []
        called: list[Passed] = []
        defined: dict[str, list[Bit]] = {}
        for each in sorted(code, key=lambda item: item.path):
            if name.encode() not in each.text:
                continue
            text = _present(each.text, conjoin((condition, parse(_C))))
            declared += prototypes(each.path, text, name)
            for bit in bits(each.path, text):
                defined.setdefault(bit.name, []).append(bit)
            if each.path.endswith(".c"):
                called += calls(read_unit(each.path, each.text), name)
        yield Border(
            unit,
            definition,
            tuple(sorted(declared, key=lambda each: each.location)),
            tuple(called),
            {name: tuple(found) for name, found in defined.items()},
            comments(file),
            _ways(
                unit,
                name,
                matcher,
                condition,
                _before(called, matcher, voids),
                tuple(voids.items()),
            ),
            phrases={**matcher.phrases, **SEEN},
        )
        return


@lru_cache(maxsize=64)
def _ways(
    unit: Unit,
    name: str,
    matcher: Matcher,
    condition: Condition,
    passed: tuple[str, ...],
    voids: tuple[tuple[str, tuple[str, ...]], ...],
) -> Ways:
    """The ways through a function, remembered: a series seldom changes the assembly."""
    return ways(unit, name, matcher, condition, passed, dict(voids))


def _before(
    called: Iterable[Passed], matcher: Matcher, voids: Mapping[str, tuple[str, ...]]
) -> tuple[str, ...]:
    """What has happened in the callers when the function is entered."""
    found: dict[str, None] = {}
    for call in called:
        for op in call.before:
            for event, _ in matcher.c.matches(op.expr):
                for name in voids.get(event.name, ()):
                    found.pop(name, None)
                found[event.name] = None
    return tuple(found)


@lru_cache(maxsize=64)
def read_unit(path: str, text: bytes) -> Unit:
    """The file as code, remembered."""
    return read(SourceFile(path, text))


@lru_cache(maxsize=64)
def _present(text: bytes, condition: Condition) -> bytes:
    return present(text, condition)
