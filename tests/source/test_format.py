from __future__ import annotations

import pytest

from reviewer.source.format import format, render
from reviewer.source.gas_operands import statement
from tests.source.lowering import expr, lower_text


def test_a_function_as_text() -> None:
    function = lower_text(
        "int f(int a, struct s *p)\n{\n\tif (a)\n\t\tp->go(a);\n#ifdef CONFIG_X\n\tg();\n#endif\n"
        "\treturn 0;\n}\n"
    )
    assert format(function) == (
        "f(a, p) 1-9\n"
        "0 entry 1\n"
        "    true a -> 3\n"
        "    false a -> 2\n"
        "1 exit 9\n"
        "2 if.done 4\n"
        "    presence CONFIG_X -> 5\n"
        "    presence !CONFIG_X -> 4\n"
        "3 if.then 4\n"
        "    4 load     p->go\n"
        "    4 call     p->go(a) (indirect)\n"
        "    -> 2\n"
        "4 preproc.done 8\n"
        "    8 return   return 0;\n"
        "    -> 1\n"
        "5 preproc.arm 6\n"
        "    6 call     g()\n"
        "    -> 4\n"
    )


@pytest.mark.parametrize(
    "text",
    [
        "a",
        '"s"',
        "a(b, 1)",
        "a.b->c[d]",
        "*a",
        "a++",
        "(a + b)",
        "(a = b)",
        "(a ? b : c)",
        "(int)a",
        "sizeof(a)",
        "({ a })",
        "(a, b)",
    ],
)
def test_expressions_render_as_c(text: str) -> None:
    source = text.replace(" })", "; })")
    assert render(expr(source)) == text


@pytest.mark.parametrize(
    "text", ["8(%rsp)", "%gs:counter", "table(,%rax,8)", "(%rdi)", "flag(%rip)", "8(%rdi,%rcx,4)"]
)
def test_memory_reads_as_it_is_written(text: str) -> None:
    assert render(statement(f"incl {text}").args[0]) == text
