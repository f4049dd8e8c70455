"""Every use of a variable in a file."""

from __future__ import annotations

import pytest

from reviewer.check.flags.uses import ESCAPE, uses
from reviewer.event.match import compile_vocabulary
from reviewer.patch.types import SourceFile
from reviewer.rule.load import load_rules
from reviewer.rule.types import Vocabulary

RULE = next(rule for rule in load_rules().endings if rule.id == "new-flag-never-read")
MATCHER = compile_vocabulary(Vocabulary(RULE.events))


def kinds(code: str, path: str = "kernel/mini.c") -> list[str]:
    return [use.kind for use in uses(SourceFile(path, code.encode()), "dirty", MATCHER).uses]


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("this_cpu_write(dirty, true);", ["flag.set"]),
        ("this_cpu_write(dirty, false);", ["flag.clear"]),
        ("this_cpu_write(dirty, cpu);", ["flag.change"]),
        ("per_cpu(dirty, cpu) = 1;", ["flag.set"]),
        ("per_cpu(dirty, cpu)++;", [ESCAPE]),
        ("per_cpu(dirty, cpu) += 2;", [ESCAPE]),
        ("WRITE_ONCE(per_cpu(dirty, cpu), 1);", ["flag.place", ESCAPE]),
        ("if (per_cpu(dirty, cpu) > 1) note(0);", ["flag.place"]),
        ("note(&dirty);", [ESCAPE]),
        ("*this_cpu_ptr(&dirty) = 1;", [ESCAPE]),
        ("if (this_cpu_read(dirty)) note(0);", ["flag.read"]),
        ("if (dirty) note(0);", [ESCAPE]),
        ("note(sizeof(dirty));", [ESCAPE]),
        ("int dirty = 3; note(dirty);", []),
        ("/* dirty */ note(0);", []),
        ("other_dirty(cpu);", []),
    ],
)
def test_a_statement(statement: str, expected: list[str]) -> None:
    assert list(dict.fromkeys(kinds(f"void f(int cpu)\n{{\n\t{statement}\n}}\n"))) == expected


def test_macros_count_where_they_are_written() -> None:
    assert kinds("#define mark() this_cpu_write(dirty, true)\n") == ["flag.set"]
    assert kinds("#define mark dirty\n") == [ESCAPE]
    assert kinds("#define step(cpu) per_cpu(dirty, first(cpu))\n") == [ESCAPE]


def test_outside_functions_everything_may_happen() -> None:
    assert kinds("static bool *table[] = { &dirty };\n") == [ESCAPE]
    assert kinds("\tmovl PER_CPU_VAR(dirty), %eax\n", "kernel/mini.S") == [ESCAPE]
    assert kinds("EXPORT_PER_CPU_SYMBOL(dirty);\n") == []
    assert kinds('/* dirty */\nchar *name = "dirty";\n') == []


def test_declarations_are_no_uses() -> None:
    code = "DECLARE_PER_CPU(bool, dirty);\nDEFINE_PER_CPU(bool, dirty);\n"
    found = uses(SourceFile("kernel/mini.c", code.encode()), "dirty", MATCHER)
    assert [each.definition for each in found.declarations] == [False, True]
    assert found.uses == ()


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("if (this_cpu_read(dirty))\n\t\treturn;\n\tnote(0);", True),
        ("if (this_cpu_read(dirty)) {\n\t\tnote(1);\n\t\treturn;\n\t}\n\tnote(0);", False),
        ("if (!this_cpu_read(dirty))\n\t\treturn;\n\tnote(0);", False),
        ("while (1)\n\t\tif (this_cpu_read(dirty))\n\t\t\tcontinue;", False),
    ],
)
def test_a_test_that_skips_the_rest(body: str, expected: bool) -> None:
    code = f"void f(void)\n{{\n\t{body}\n}}\n"
    found = uses(SourceFile("kernel/mini.c", code.encode()), "dirty", MATCHER)
    assert any(use.skips for use in found.uses) is expected
