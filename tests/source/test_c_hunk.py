from __future__ import annotations

import pytest

from reviewer.patch.types import Context, SourceFile
from reviewer.source.c import read
from reviewer.source.types import Operation
from reviewer.source.unit import Unit


def hunk(start: int, text: str, section: str = "") -> Unit:
    return hunks((start, text, section))


def hunks(*parts: tuple[int, str, str]) -> Unit:
    lines: list[str] = []
    known = []
    for start, text, _ in parts:
        body = text.split("\n")
        lines += [""] * (start - 1 - len(lines)) + body
        known.append((start, start + len(body) - 1))
    return read(
        SourceFile(
            "a.c",
            "\n".join(lines).encode(),
            Context.HUNK,
            known=tuple(known),
            sections=tuple(section for _, _, section in parts),
        )
    )


def calls(unit: Unit) -> list[tuple[str, str, int]]:
    """Function, callee and line of every call, by line."""
    found = [
        (definition.name, op.expr.args[0].name, op.line)
        for definition in unit.definitions
        for block in unit.lower(definition).cfg.blocks
        for op in block.ops
        if op.operation is Operation.CALL
    ]
    return sorted(found, key=lambda call: call[2])


@pytest.mark.parametrize("start", [1, 2, 40])
def test_a_fragment_stands_under_its_heading_at_its_lines(start: int) -> None:
    unit = hunk(start, "\ta();\n\tif (x) {\n\t\tb();", "static void f(int x)")
    assert calls(unit) == [("f", "a", start), ("f", "b", start + 2)]
    assert unit.skips == ()


def test_the_function_may_end_and_the_next_begin() -> None:
    unit = hunk(10, "\ta();\n}\n\nint g(void)\n{\n\tb();\n}", "int f(void)")
    assert calls(unit) == [("f", "a", 10), ("g", "b", 15)]


def test_the_section_is_not_taken_where_the_fragment_is_at_file_scope() -> None:
    unit = hunk(10, "int g(void)\n{\n\tb();\n}", "int f(void)")
    assert calls(unit) == [("g", "b", 12)]


def test_blocks_opened_before_the_fragment_are_opened() -> None:
    unit = hunk(10, "\t\t\ta();\n\t\t}\n\t} else {\n\t\tb();\n\t}\n\tc();", "int f(void)")
    assert calls(unit) == [("f", "a", 10), ("f", "b", 13), ("f", "c", 15)]
    assert unit.skips == ()


def test_a_heading_cut_by_the_hunk_line_is_closed() -> None:
    unit = hunk(10, "\ta();", "static int f(struct foo *a, struct bar *b,")
    assert calls(unit) == [("f", "a", 10)]
    assert unit.skips == ()


def test_a_heading_that_the_fragment_continues() -> None:
    unit = hunk(10, "\t     int b)\n{\n\ta();", "static int f(int a,")
    assert calls(unit) == [("f", "a", 12)]
    assert unit.skips == ()


def test_a_statement_cut_at_the_end_is_completed() -> None:
    unit = hunk(10, "\ta();\n\tif (x &&\n\t    b(c,", "int f(void)")
    assert ("f", "b", 12) in calls(unit)
    assert unit.skips == ()


def test_the_rest_of_a_comment_or_macro_before_the_fragment_is_no_code() -> None:
    unit = hunk(10, "\t * don't (\n\t */\n\ta();", "int f(void)")
    assert calls(unit) == [("f", "a", 12)]
    unit = hunk(10, "\t(x) \\\n\t} while (0)\n\nint f(void)\n{\n\ta();\n}", "#define X(x)")
    assert calls(unit) == [("f", "a", 15)]
    assert [(skip.line, skip.end_line) for skip in unit.skips] == [(10, 11)]


def test_a_table_is_completed_as_data() -> None:
    unit = hunk(10, "\t.a = b,\n\t.c = d,\n};", "static const struct ops ops = {")
    assert unit.skips == ()
    assert [item.name for item in unit.variables] == ["ops"]
    assert hunk(10, "\tint a;\n\tint b;", "struct foo {").skips == ()


def test_fragments_do_not_disturb_each_other() -> None:
    unit = hunks((5, "\ta();\n\tx ] ] y;\n#ifdef A", "int f(void)"), (20, "\tb();", "int f(void)"))
    assert ("f", "b", 20) in calls(unit)
    assert [(skip.line, skip.end_line) for skip in unit.skips] == [(6, 6)]


def test_a_fragment_without_section_is_read_as_it_stands() -> None:
    assert calls(hunk(1, "int f(void)\n{\n\ta();\n}")) == [("f", "a", 3)]
    assert hunk(10, "\t} else {").skips != ()


def test_the_text_of_a_definition_is_its_own_in_every_fragment() -> None:
    unit = hunks((400, "\ta();", "int f(void)"), (900, "\tb();\n}", "int g(void)"))
    texts = {each.name: unit.text_of(each) for each in unit.definitions}
    assert {name: text.split() for name, text in texts.items()} == {
        "f": [b"int", b"f(void)", b"{", b"a();", b"}"],
        "g": [b"int", b"g(void)", b"{", b"b();", b"}"],
    }
