"""Functions that a call through a pointer may reach."""

from __future__ import annotations

from pathlib import Path

import pytest

from reviewer.patch.tree import Directory
from reviewer.patch.types import SourceFile
from reviewer.source.index.index import Index
from reviewer.source.index.store import Store
from reviewer.source.read import read
from reviewer.source.resolve.pointers import MAX_TARGETS, targets
from reviewer.source.resolve.sight import Sight
from reviewer.source.types import Expr, Operation

PATH = "arch/x86/kernel/x.c"
HEADER = "void one(int a);\nvoid two(int a);\nstruct ops { void (*run)(int); };\n"


def found(
    folder: Path, body: str, around: str = "", other: str = "", heading: str = ""
) -> set[str]:
    """Names of the targets of the last call through a pointer, or by a macro, in a function."""
    (folder / "include/linux").mkdir(parents=True)
    (folder / "arch/x86/kernel").mkdir(parents=True)
    (folder / "include/linux/x.h").write_text(HEADER)
    (folder / "arch/x86/kernel/y.c").write_text(f"#include <linux/x.h>\n{other}\n")
    heading = heading or "void f(int a, struct ops *p)"
    code = f"#include <linux/x.h>\n{around}\n{heading}\n{{\n\t{body};\n}}\n"
    unit = read(SourceFile(PATH, code.encode()))
    index = Index(Directory(folder), Store()).with_files({PATH: code.encode()})
    function = unit.lower(unit.named("f")[0])
    calls = [op for block in function.cfg.blocks for op in block.ops]
    (call,) = [op for op in calls if op.operation is Operation.CALL][-1:]
    callee: Expr = call.expr.args[0] if call.indirect else call.expr
    return {target.name for target in targets(Sight(index, unit), function, callee)}


TABLE = "struct ops {0} = {{\n\t.run = {1},\n}};\n"


@pytest.mark.parametrize(
    ("body", "around", "other", "expected"),
    [
        ("void (*l)(int) = one; l(a)", "", "", {"one"}),
        ("void (*l)(int); l = a ? one : &two; (*l)(a)", "", "", {"one", "two"}),
        ("void (*l)(int) = p->run; l(a)", "", TABLE.format("t", "two"), {"two"}),
        ("p->run(a)", TABLE.format("t", "one"), TABLE.format("s", "two"), {"one"}),
        ("p->run(a)", "", TABLE.format("t", "one") + TABLE.format("s", "two"), {"one", "two"}),
        (
            "p->run(a)",
            "",
            "struct others o = {\n\t.run = one,\n};\n" + TABLE.format("s", "two"),
            {"two"},
        ),
        ("t.run(a)", "", TABLE.format("t", "one") + TABLE.format("s", "two"), {"one"}),
        ("t.run(a)", "", "void g(void)\n{\n\tt.run = two;\n}\n", {"two"}),
        ("list[a](a)", "static void (*list[])(int) = { one, [3] = two };", "", {"one", "two"}),
        ("(*hook)(a)", "static void (*hook)(int) = one;", "", {"one"}),
        ("static_call(h)", "DEFINE_STATIC_CALL(h, one);", "", {"one"}),
        ("static_call(h)", "", "DEFINE_STATIC_CALL_NULL(h, one);", {"one"}),
        ("static_call(h)", "", "void g(void)\n{\n\tstatic_call_update(h, &two);\n}\n", {"two"}),
        ("alternative_call(one, two, 7)", "", "", {"one", "two"}),
        ("PVOP_VCALL0(cpu.run)", "", "struct pv v = {\n\t.cpu.run = one,\n};\n", {"one"}),
        (
            "PVOP_VCALL0(cpu.run)",
            "",
            "struct e e = {\n\t.run = two,\n};\n"
            "struct pv v = {\n\t.cpu = {\n\t\t.run = one,\n\t},\n};\n",
            {"one"},
        ),
        (
            "PVOP_VCALL0(irq.run)",
            "",
            "struct e e = {\n\t.irq_no = 1,\n\t.run = two,\n};\n"
            "struct pv v = {\n\t.irq.run = one,\n};\n",
            {"one"},
        ),
        ("p->run(a)", "", "", set()),
        ("t.run(a)", "", "int g(void)\n{\n\treturn t.run == one;\n}\n", set()),
    ],
)
def test_targets(body: str, around: str, other: str, expected: set[str], tmp_path: Path) -> None:
    assert found(tmp_path, body, around, other) == expected


@pytest.mark.parametrize(
    ("heading", "other", "expected"),
    [
        ("void f(int a, void (*c)(int))", "void g(void)\n{\n\tf(1, two);\n}\n", {"two"}),
        ("static void f(int a, void (*c)(int))", "void g(void)\n{\n\tf(1, two);\n}\n", set()),
    ],
)
def test_parameters_are_what_callers_hand_over(
    heading: str, other: str, expected: set[str], tmp_path: Path
) -> None:
    assert found(tmp_path, "c(a)", "", other, heading) == expected


def test_too_many_targets_say_nothing(tmp_path: Path) -> None:
    many = [f"void f{number}(int a)\n{{\n}}\n" for number in range(MAX_TARGETS + 1)]
    tables = [TABLE.format(f"t{number}", f"f{number}") for number in range(len(many))]
    assert found(tmp_path, "p->run(a)", "", "".join(many + tables)) == set()
