from __future__ import annotations

from reviewer.patch.types import SourceFile
from reviewer.source.c import read
from reviewer.source.conditions import render
from reviewer.source.format import render as render_expr
from reviewer.source.types import Variable, VariableKind
from reviewer.source.unit import Unit


def unit(text: str) -> Unit:
    return read(SourceFile("a.h", text.encode()))


def only(text: str) -> Variable:
    (variable,) = unit(text).variables
    return variable


def test_macros_have_parameters_and_a_joined_body() -> None:
    macros = unit(
        "#define A\n#define B(x, y...) \\\n\tdo { /* c */ (x); } \\\n\twhile (0)\n"
        "#ifdef CONFIG_C\n# define D() 1\n#endif\n#if 0\n#define E\n#endif\n"
    ).macros
    assert [(m.name, m.parameters, m.body, m.line, render(m.presence)) for m in macros] == [
        ("A", None, "", 1, ""),
        ("B", ("x", "y..."), "do { (x); } while (0)", 2, ""),
        ("D", (), "1", 6, "CONFIG_C"),
    ]


def test_includes_tell_system_from_local() -> None:
    includes = unit('#include <linux/a.h>\n#ifdef CONFIG_A\n#include "b.h"\n#endif\n').includes
    assert [(i.path, i.system, i.line, render(i.presence)) for i in includes] == [
        ("linux/a.h", True, 1, ""),
        ("b.h", False, 3, "CONFIG_A"),
    ]


def test_a_variable_has_type_storage_and_initialiser() -> None:
    variable = only("static const struct ops ops __ro_after_init = {\n\t.stop = stop_all,\n};\n")
    assert (variable.name, variable.type, variable.line) == ("ops", "struct ops", 1)
    assert variable.attributes == {"static", "__ro_after_init"}
    assert variable.definition
    assert variable.initializer is not None
    assert "stop_all" in render_expr(variable.initializer)


def test_declarators_of_one_declaration_are_variables_each() -> None:
    found = unit("unsigned long a, *b = 0;\nextern int (*c)(void);\nint d(void);\n").variables
    assert [(v.name, v.type, v.definition) for v in found] == [
        ("a", "unsigned long", True),
        ("b", "unsigned long *", True),
        ("c", "int *", False),
    ]


def test_per_cpu_variables_of_both_kinds() -> None:
    found = unit(
        "DEFINE_PER_CPU(struct foo *, a);\nstatic DEFINE_PER_CPU_ALIGNED(int, b) = 1;\n"
        "DECLARE_PER_CPU(u64 [4], c);\n#ifdef CONFIG_A\nDEFINE_PER_CPU(int, d);\n#endif\n"
    ).variables
    assert {v.kind for v in found} == {VariableKind.PER_CPU}
    assert [(v.name, v.type, v.line, v.definition, render(v.presence)) for v in found] == [
        ("a", "struct foo *", 1, True, ""),
        ("b", "int", 2, True, ""),
        ("c", "u64 [4]", 3, False, ""),
        ("d", "int", 5, True, "CONFIG_A"),
    ]
    assert found[1].attributes == {"static", "DEFINE_PER_CPU_ALIGNED"}
    assert found[1].initializer is not None


def test_a_variable_that_a_macro_declares() -> None:
    variable = only("static DEFINE_MUTEX(lock);\nEXPORT_SYMBOL(lock);\n")
    assert (variable.name, variable.type) == ("lock", "DEFINE_MUTEX")
    assert variable.kind is VariableKind.GLOBAL


def test_members_and_locals_are_no_variables() -> None:
    assert unit("struct a {\n\tint b;\n};\nint f(void)\n{\n\tint c;\n}\n").variables == ()
