from __future__ import annotations

from collections.abc import Mapping

import pytest

from reviewer.event.extract import NO_CALLEES, Callee, Inlining, extract
from reviewer.event.match import compile_vocabulary
from reviewer.event.types import Event
from reviewer.patch.types import SourceFile
from reviewer.rule.pattern import parse_c, parse_instruction
from reviewer.rule.types import EventType, Vocabulary
from reviewer.source.read import read

MATCHER = compile_vocabulary(
    Vocabulary(
        (
            EventType("percpu.read", "", c=(parse_c("this_read(@subject)"), parse_c("current"))),
            EventType(
                "percpu", "", c=(parse_c("this_*(...)"),), asm=(parse_instruction("* %gs:_"),)
            ),
            EventType("gs.reset", "", asm=(parse_instruction("mov* _, %gs"),)),
            EventType("flag.set", "", c=(parse_c("_->online = 0"),)),
            EventType("fatal", "", c=(parse_c("fatal()"),), noreturn=True),
        )
    )
)


def events(body: str, callees: Mapping[str, Callee] = NO_CALLEES) -> list[Event]:
    """The events of `f`, block by block."""
    unit = read(SourceFile("f.c", f"void f(struct p *p, void (*hook)(void)) {{ {body} }}".encode()))
    graph = extract(unit.lower(unit.definitions[0]), MATCHER, callees)
    return [event for block in graph.blocks for event in block]


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ("g();", [("call.direct", "call")]),
        ("hook();", [("call.indirect", "call")]),
        ("this_read(x);", [("load",), ("percpu.read", "percpu", "call.direct", "call")]),
        ("this_add(x, 1);", [("load",), ("percpu", "call.direct", "call")]),
        ("fatal();", [("fatal", "call.direct", "call")]),
        ("int a; a = 1;", [("store.local", "store")]),
        ("p->online = 0;", [("flag.set", "store")]),
        ("p->online = 1;", [("store",)]),
        ("int a[2]; a[0] = 1;", [("store",)]),
        ("return;", [("return",)]),
        ('asm("mov %0, %%gs; incl %%gs:x" : : "r" (0));',
         [("gs.reset", "instruction"), ("percpu", "store", "instruction"), ("asm",)]),
        ('asm("movl $1, %0" : "=m" (p->online));', [("store", "instruction"), ("asm",)]),
    ],
)  # fmt: skip
def test_operations_have_the_vocabularys_names_and_a_plain_one(
    body: str, names: list[tuple[str, ...]]
) -> None:
    assert [event.names for event in events(body)] == names


def test_a_read_can_be_an_event() -> None:
    assert ("percpu.read", "load") in [event.names for event in events("g(current);")]


def test_the_subject_is_what_the_pattern_says_else_what_is_called_or_written() -> None:
    subjects = [event.subject for event in events("this_read(x); p->ops->go(1); p->online = 0;")]
    assert "x" in subjects
    assert "p->ops->go" in subjects
    assert "p->online" in subjects


def test_no_control_comes_back_from_a_noreturn_event() -> None:
    (event,) = events("fatal();")
    assert event.terminal


@pytest.mark.parametrize(
    ("inlining", "names"),
    [
        (Inlining.ALWAYS, ()),
        (Inlining.PERHAPS, ("call.inline", "call")),
        (Inlining.NEVER, ("call.direct", "call")),
    ],
)
def test_a_body_of_the_file_is_as_much_of_a_call_as_it_is_out_of_line(
    inlining: Inlining, names: tuple[str, ...]
) -> None:
    (event,) = events("g();", {"g": Callee(inlining)})
    assert event.names == names
    assert event.callee == "g"


def in_assembly(body: str, section: str = "") -> list[tuple[str, ...]]:
    text = f"{section}\nSYM_FUNC_START(f)\n{body}\nSYM_FUNC_END(f)\nSYM_FUNC_START(next)\nret\n"
    unit = read(SourceFile("f.S", f"{text}SYM_FUNC_END(next)\n".encode()))
    graph = extract(unit.lower(unit.named("f")[0]), MATCHER)
    return [event.names for block in graph.blocks for event in block]


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ("call g\nret", [("call.direct", "call"), ("return",)]),
        ("call *%rax\nret", [("call.indirect", "call"), ("return",)]),
        ("CALL_NOSPEC rax\nret", [("call.indirect", "call"), ("return",)]),
        ("call fatal\nret", [("fatal", "call.direct", "call"), ("return",)]),
        ("jmp g", [("jump",)]),
        ("jmp *%rax", [("jump",)]),
        ("nop", [("instruction",), ("jump",)]),
        ("jz g\nret", [("return",), ("jump",)]),
        ("movl %eax, %gs\nret", [("gs.reset", "instruction"), ("return",)]),
        ("movl %eax, (%rdi)\nret", [("store", "instruction"), ("return",)]),
        ("pushq %rax\nret", [("store", "instruction"), ("return",)]),
        ("incl %gs:x\nret", [("percpu", "store", "instruction"), ("return",)]),
    ],
)
def test_instructions_have_names_too(body: str, names: list[tuple[str, ...]]) -> None:
    assert in_assembly(body) == names


def test_an_event_can_be_one_of_a_section_only() -> None:
    spelled = (parse_instruction("wrmsr GS_BASE, 0, 0"),)
    vocabulary = Vocabulary(
        (
            EventType("gs.initial", "", asm=spelled, within=(".init.text",)),
            EventType("gs.reset", "", asm=spelled, yields_to="gs.initial"),
        )
    )
    body = "movl $GS_BASE, %ecx\nxorl %eax, %eax\ncltd\nwrmsr"
    for section, name in (("__INIT", "gs.initial"), (".text", "gs.reset")):
        text = f"{section}\nSYM_FUNC_START(f)\n{body}\nret\nSYM_FUNC_END(f)\n"
        unit = read(SourceFile("f.S", text.encode()))
        graph = extract(unit.lower(unit.definitions[0]), compile_vocabulary(vocabulary))
        assert [event.names[0] for block in graph.blocks for event in block if event.known] == [
            name
        ]
