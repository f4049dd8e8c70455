from __future__ import annotations

import pytest

from reviewer.patch.types import SourceFile
from reviewer.source.c import MAX_SKIPS, read
from reviewer.source.conditions import render
from reviewer.source.types import Flow, Function, Operation
from reviewer.source.unit import Definition, Unit


def unit(text: str, path: str = "a.c") -> Unit:
    return read(SourceFile(path, text.encode()))


def only(text: str) -> Definition:
    (definition,) = unit(text).definitions
    return definition


def presences(function: Function) -> list[str]:
    return [render(edge.presence) for edge in function.cfg.edges if edge.flow is Flow.PRESENCE]


def called(text: str) -> dict[str, set[str]]:
    """Of each definition with its condition: the callees in its graph."""
    found = unit(text)
    assert found.skips == ()
    return {
        f"{definition.name} {render(definition.presence)}".strip(): {
            op.expr.args[0].name
            for block in found.lower(definition).cfg.blocks
            for op in block.ops
            if op.operation is Operation.CALL
        }
        for definition in found.definitions
    }


def test_a_definition_has_its_lines_and_attributes_as_written() -> None:
    text = 'int x;\n\nstatic noinstr void __section(".x")\nf(int __user *p) __releases(l)\n{\n}\n'
    definition = only(text)
    assert (definition.name, definition.line, definition.end_line) == ("f", 3, 6)
    assert definition.attributes == {"static", "noinstr", '__section(".x")', "__releases(l)"}
    assert text[definition.start_byte :].startswith("static")


def test_attributes_in_front_of_the_type_count() -> None:
    assert only("EXPORT(x)\n__init static int f(void)\n{\n}\n").attributes == {"static", "__init"}


def test_a_defining_macro_is_an_attribute_and_names_the_function() -> None:
    definition = only("DEFINE_IDTENTRY_RAW(exc_nmi)\n{\n}\n")
    assert definition.name == "exc_nmi"
    assert definition.attributes == {"DEFINE_IDTENTRY_RAW"}


def test_a_name_made_by_a_macro_is_the_call_as_written() -> None:
    assert only("static int FNAME(walk)(int a)\n{\n}\n").name == "FNAME(walk)"


def test_arms_of_whole_functions_are_definitions_under_their_conditions() -> None:
    text = "#ifdef CONFIG_A\nint f(void)\n{\na();\n}\n#else\nint f(void)\n{\nb();\n}\n#endif\n"
    assert called(text) == {"f CONFIG_A": {"a"}, "f !CONFIG_A": {"b"}}


def test_an_include_guard_is_no_presence() -> None:
    text = "#ifndef A_H\n#define A_H\nint f(void)\n{\n}\n#endif\n"
    assert render(only(text).presence) == ""


def test_dead_arms_are_dropped() -> None:
    text = "#if 0\nint f(void)\n{\n}\nit's prose\n#endif\nint g(void)\n{\n#if 0\nbad(\n#endif\n}\n"
    assert called(text) == {"g": set()}


def test_two_headings_of_one_body_are_two_definitions() -> None:
    text = "#ifdef CONFIG_A\nint f(int a)\n#else\nint f(long a)\n#endif\n{\nb();\n}\n"
    assert called(text) == {"f CONFIG_A": {"b"}, "f !CONFIG_A": {"b"}}


def test_an_arm_that_splits_a_heading_leaves_one_definition() -> None:
    text = "static\n#ifdef CONFIG_A\ninline\n#endif\nint f(void)\n{\nb();\n}\n"
    assert called(text) == {"f": {"b"}}


SPLITS = {
    "expression": "if (a()\n#ifdef CONFIG_A\n&& b()\n#endif\n)\nc();",
    "else": "if (a()) {\nb();\n#ifdef CONFIG_A\n} else {\nc();\n#endif\n}",
    "dangling else": "if (a())\nb();\n#ifdef CONFIG_A\nelse\nc();\n#endif",
    "if without body": "#ifdef CONFIG_A\nif (a())\n#endif\nb();\nc();",
    "argument": "a(b(),\n#ifdef CONFIG_A\nc()\n#else\n0\n#endif\n);",
    "initialiser": "int x[] = { a(),\n#ifdef CONFIG_A\nb(),\n#endif\nc() };",
    "label": "a();\n#ifdef CONFIG_A\nout:\n#endif\nb();\nc();",
}


@pytest.mark.parametrize("statement", SPLITS.values(), ids=SPLITS.keys())
def test_arms_that_split_a_construct_are_all_code(statement: str) -> None:
    text = f"int f(void)\n{{\n{statement}\n}}\n"
    assert called(text) == {"f": {"a", "b", "c"}}
    found = unit(text)
    lowered = found.lower(found.definitions[0])
    assert presences(lowered) == ["CONFIG_A", "!CONFIG_A"]


def test_groups_in_other_functions_make_no_variants() -> None:
    split = "if (a()\n#ifdef CONFIG_A\n&& b()\n#endif\n)\nc();"
    found = unit(f"int f(void)\n{{\n{split}\n}}\nint g(void)\n{{\nd();\n}}\n")
    assert [presences(found.lower(item)) for item in found.definitions] == [
        ["CONFIG_A", "!CONFIG_A"],
        [],
    ]


def test_whole_statements_keep_their_arms_in_one_parse() -> None:
    text = "int f(void)\n{\na();\n#ifdef CONFIG_A\nb();\n#else\nc();\n#endif\n}\n"
    assert called(text) == {"f": {"a", "b", "c"}}


def test_a_split_inside_a_whole_arm_and_the_other_way_round() -> None:
    inner = "if (a()\n#ifdef CONFIG_B\n&& b()\n#endif\n)\nc();"
    outer = f"#ifdef CONFIG_A\n{inner}\n#endif\nd();"
    assert called(f"int f(void)\n{{\n{outer}\n}}\n") == {"f": {"a", "b", "c", "d"}}
    inner = "{\nb();\n#ifdef CONFIG_B\nc();\n#endif\n}"
    outer = f"if (a())\n#ifdef CONFIG_A\n{inner}\n#endif\nd();"
    assert called(f"int f(void)\n{{\n{outer}\n}}\n") == {"f": {"a", "b", "c", "d"}}


def test_many_groups_still_show_every_arm() -> None:
    splits = "".join(
        f"if (a()\n#ifdef CONFIG_{n}\n&& b{n}()\n#else\n&& c{n}()\n#endif\n)\nd();\n"
        for n in range(12)
    )
    (callees,) = called(f"int f(void)\n{{\n{splits}\n}}\n").values()
    assert callees == {"a", "d"} | {f"{kind}{n}" for kind in "bc" for n in range(12)}


def test_what_does_not_parse_is_a_skip_in_its_function() -> None:
    found = unit("int f(void)\n{\n\ta();\n\tuser_insn(x %[y]);\n\tb();\n}\nint g(void)\n{\n}\n")
    (skip,) = found.skips
    assert (skip.line, skip.end_line) == (4, 4)
    assert "f()" in skip.reason
    assert [item.name for item in found.definitions] == ["f", "g"]


def test_a_body_that_never_ends_is_a_skip() -> None:
    found = unit("int f(void)\n{\n\treturn ((((;\n")
    assert [(skip.line, skip.end_line) for skip in found.skips] == [(1, 3)]


def test_skips_are_bounded() -> None:
    found = unit("int f(void) { a(\0); }\n" * (MAX_SKIPS + 50))
    assert len(found.skips) == MAX_SKIPS + 1
    assert found.skips[-1].end_line >= MAX_SKIPS + 50


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\0" * 1000,
        b"x" * 300_000,
        b"int f(void)\n" + b"{" * 20_000,
        b"int f(void) { return " + b"(" * 20_000,
        b"#if A\n" * 3000,
        b"#if A\n" + b"#elif B\n" * 3000,
        b"void f(void) { g(" + b", return " * 5000 + b"); }",
        b'"\\' * 20_000,
        b"__a " * 20_000,
        b"void f(void)\n{\n" + b"for_each_x(\n" * 5000,
        b"f(\xff\xfe) { \x80 }",
    ],
    ids=range(12),
)
def test_hostile_texts_end(text: bytes) -> None:
    found = read(SourceFile("a.c", text))
    assert found.path == "a.c"
