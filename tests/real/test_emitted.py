from __future__ import annotations

from pathlib import Path

import pytest

from reviewer.check.bodies import Bodies
from reviewer.event.match import compile_vocabulary
from reviewer.patch.tree import Directory
from reviewer.patch.types import SourceFile
from reviewer.rule.load import load_rules
from reviewer.source.index.index import Index
from reviewer.source.index.store import Store
from reviewer.source.read import read
from reviewer.source.resolve.sight import Sight
from tests.real.emitted import Emission, Emits, emitted

MATCHER = compile_vocabulary(load_rules().vocabulary)
HEADER = """
#define TRAMPOLINE(name) __T__##name
#define patched(name) (&TRAMPOLINE(name))
#define DEFINE_ENTRY(func) static void __##func(int a); \\
void func(int a) \\
{ \\
	enter(a); \\
	__##func(a); \\
} \\
static noinline void __##func(int a)
#define STRINGIFIED(x...) #x
#define STRING_OF(x...) STRINGIFIED(x)
#define TEXT_OF(name) STRING_OF(TRAMPOLINE(name))
#define CALL_TEXT "call *%[op];"
static inline int helper(int a) { return deeper(a); }
int deeper(int a);
int __T__hook(int a);
"""


def found(folder: Path, body: str, *options: str) -> tuple[Emission, ...]:
    (folder / "include").mkdir()
    (folder / "include/x.h").write_text(HEADER)
    unit = read(SourceFile("x.c", f"#include <x.h>\nvoid f(int a)\n{{\n{body}\n}}\n".encode()))
    bodies = Bodies(unit, MATCHER, Sight(Index(Directory(folder), Store()), unit))
    return emitted(bodies, bodies.by_name["f"][0], frozenset(options))


def targets(items: tuple[Emission, ...]) -> list[tuple[Emits, str, bool]]:
    return [(item.kind, item.target, item.maybe) for item in items]


def test_an_inline_function_may_be_a_call_and_its_calls_are(tmp_path: Path) -> None:
    items = found(tmp_path, "helper(a);")
    assert targets(items) == [(Emits.CALL, "helper", True), (Emits.CALL, "deeper", False)]
    assert items[1].chain == ("f", "helper")


def test_options_decide_arms(tmp_path: Path) -> None:
    body = "#ifdef CONFIG_X\ndeeper(a);\n#endif\nif (IS_ENABLED(CONFIG_Y)) helper(a);"
    assert targets(found(tmp_path, body, "CONFIG_X")) == [(Emits.CALL, "deeper", False)]


def test_a_call_through_a_macro_of_an_address_is_direct(tmp_path: Path) -> None:
    assert targets(found(tmp_path, "patched(hook)(a);")) == [(Emits.CALL, "__T__hook", False)]


def test_a_call_in_a_macro_of_asm_text_is_indirect(tmp_path: Path) -> None:
    (item,) = found(tmp_path, 'asm volatile(CALL_TEXT : : [op] "m" (a));')
    assert item.kind is Emits.INDIRECT


@pytest.mark.parametrize(
    ("template", "operands", "expected"),
    [
        ('"call %c[old]"', '[old] "i" (deeper)', (Emits.CALL, "deeper")),
        ('"call %P[old]"', '[old] "i" (&deeper)', (Emits.CALL, "deeper")),
        ('"call *%[op]"', '[op] "m" (a)', (Emits.INDIRECT, "")),
        ('"call %c[old]"', '[old] "i" (a + 1)', (Emits.INDIRECT, "")),
        ('"call __put_%c[size]"', '[size] "i" (sizeof(a))', (Emits.CALL, "__put_*")),
        ('"call " TEXT_OF(hook)', "", (Emits.CALL, "__T__hook")),
        ('"call " TEXT_OF_NOTHING(hook)', "", (Emits.INDIRECT, "")),
    ],
)
def test_what_a_call_instruction_calls(
    template: str, operands: str, expected: tuple[Emits, str], tmp_path: Path
) -> None:
    (item,) = found(tmp_path, f"asm volatile({template} : : {operands});")
    assert (item.kind, item.target) == expected


def test_a_macro_that_defines_a_function_calls_what_it_says(tmp_path: Path) -> None:
    (tmp_path / "include").mkdir()
    (tmp_path / "include/x.h").write_text(HEADER)
    code = b"#include <x.h>\nDEFINE_ENTRY(handle)\n{\n\tdeeper(a);\n}\n"
    unit = read(SourceFile("x.c", code))
    bodies = Bodies(unit, MATCHER, Sight(Index(Directory(tmp_path), Store()), unit))
    items = emitted(bodies, bodies.by_name["handle"][0], frozenset())
    assert [(item.target, item.chain) for item in items] == [
        ("enter", ("handle",)),
        ("__handle", ("handle",)),
        ("deeper", ("handle", "__handle")),
    ]
