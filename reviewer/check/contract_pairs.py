"""Functions of assembly that C declares: each of them with its declarations.

A pair is a function that a file begins with an annotation macro for functions, and its declarations
in C. A function that inline assembly calls is none: its caller keeps a convention of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from msgspec.structs import replace

from reviewer.check.contract_border import Border, read_unit
from reviewer.check.contract_c import Prototype, present, prototypes
from reviewer.check.contract_way import Ways
from reviewer.check.prefilter import contained
from reviewer.patch.types import Context, SourceFile
from reviewer.rule.contract_types import ContractRule
from reviewer.source.conditions import FALSE, Condition, assume, conjoin
from reviewer.source.gas import comments
from reviewer.source.gas_lines import Comment
from reviewer.source.presence import parse
from reviewer.source.register_flow import walk
from reviewer.source.types import Function
from reviewer.source.unit import Definition

_C = "!defined(__ASSEMBLER__) && !defined(__ASSEMBLY__)"
_WORD = re.compile(rb"[A-Za-z_]\w*")
_SPOKEN = re.compile(rb"\b([A-Za-z_]\w*)[ \t\n]*\(")
#: Where inline assembly takes a function: by name in its text, as an operand, as an alternative.
_TAKEN = re.compile(rb'(?:\bcall[lq]?\s+|"i"\s*\(|\balternative_call\w*\(\s*)(\w+)')
_FUNCTION = re.compile(r"SYM_(?:TYPED_)?FUNC_START\w*|ENTRY")

#: Files of C by the names that they speak of.
Speakers = Mapping[bytes, list[SourceFile]]


def pairs(rule: ContractRule, files: Iterable[SourceFile]) -> Iterator[Border]:
    """Each function of the assembly files that a C file beside them, or a header, declares."""
    wanted = [
        each
        for each in sorted(files, key=lambda item: item.path)
        if contained(rule.body.scope, each.path) and each.context is not Context.HUNK
    ]
    speakers: dict[bytes, list[SourceFile]] = {}
    for each in wanted:
        if not each.path.endswith(".S"):
            for name in spoken(each.text):
                speakers.setdefault(name, []).append(each)
    condition = parse(rule.condition)
    for each in wanted:
        if each.path.endswith(".S"):
            yield from _pairs_in(each, speakers, condition)


def _pairs_in(file: SourceFile, speakers: Speakers, condition: Condition) -> Iterator[Border]:
    if speakers.keys().isdisjoint(_WORD.findall(file.text)):
        return
    unit = read_unit(file.path, file.text)
    beside: tuple[Comment, ...] | None = None
    for definition in unit.definitions:
        if not is_called_from_c(definition) or assume(definition.presence, condition) == FALSE:
            continue
        declared = _declarations(file, definition.name, speakers, condition)
        if declared and not any(_is_variadic(each) for each in declared):
            function = _under(condition, unit.lower(definition))
            beside = comments(file) if beside is None else beside
            found = Ways((), (), {}, {definition.name: function}, complete=True)
            yield Border(unit, definition, declared, (), {}, beside, found, tuple(walk(function)))


def is_called_from_c(definition: Definition) -> bool:
    """Whether the definition is a function by the calling convention, visible to other files."""
    return "inner" not in definition.attributes and any(
        _FUNCTION.fullmatch(name) and "LOCAL" not in name for name in definition.attributes
    )


def _declarations(
    file: SourceFile, name: str, speakers: Speakers, condition: Condition
) -> tuple[Prototype, ...]:
    """What is declared of the function, nothing where inline assembly calls it."""
    word = name.encode()
    near = [each for each in speakers.get(word, ()) if may_declare(each.path, file.path)]
    if any(word in _taken(each.text) for each in near):
        return ()
    return tuple(
        found
        for each in near
        for found in prototypes(
            each.path, _present(each.text, conjoin((condition, parse(_C)))), name
        )
    )


def may_declare(path: str, assembly: str) -> bool:
    """Whether a file of C may declare what the assembly file defines: beside it, or a header."""
    return "/include/" in path or path.rpartition("/")[0] == assembly.rpartition("/")[0]


def _is_variadic(declared: Prototype) -> bool:
    """Whether the declaration leaves open what is passed."""
    return declared.text.endswith("...)")


@lru_cache(maxsize=1 << 12)
def spoken(text: bytes) -> frozenset[bytes]:
    """The names in a text of C that a parenthesis follows."""
    return frozenset(_SPOKEN.findall(text))


@lru_cache(maxsize=1 << 12)
def _taken(text: bytes) -> frozenset[bytes]:
    return frozenset(_TAKEN.findall(text))


@lru_cache(maxsize=64)
def _present(text: bytes, condition: Condition) -> bytes:
    return present(text, condition)


def _under(condition: Condition, function: Function) -> Function:
    """The function without the ways that the condition rules out."""
    graph = function.cfg
    edges = tuple(each for each in graph.edges if assume(each.presence, condition) != FALSE)
    return replace(function, cfg=replace(graph, edges=edges))
