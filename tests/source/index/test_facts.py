from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reviewer.source.index.facts import Included, facts, nest_at
from reviewer.source.presence import parse


def test_includes_carry_the_nest_around_them() -> None:
    text = b"""#include <a.h>
#ifdef CONFIG_X
#include "b.h"
#elif defined(CONFIG_Y) /* why */ && \\
      CONFIG_Z
#include <c.h>
#else
#include_next <d.h>
#endif
"""
    assert facts(text).includes == (
        Included("a.h", True, ""),
        Included("b.h", False, "(defined(CONFIG_X))"),
        Included(
            "c.h",
            True,
            "(defined(CONFIG_Y) && CONFIG_Z) && !(defined(CONFIG_X))",
        ),
        Included(
            "d.h",
            True,
            "!(defined(CONFIG_X)) && !(defined(CONFIG_Y) && CONFIG_Z)",
            next=True,
        ),
    )


def test_names_of_macros_and_of_headings() -> None:
    found = facts(b"#define A(x) b(x)\n# define C\nstatic inline int f(void)\n{\n\tg();\n}\n")
    assert found.macros == {"A", "C"}
    assert found.functions == {"f"}


def test_the_nest_at_an_offset() -> None:
    text = b"#if A\n#ifndef B\nx\n#endif\ny\n#endif\nz\n"
    assert parse(nest_at(text, text.index(b"x"))) == parse("A && !defined(B)")
    assert parse(nest_at(text, text.index(b"y"))) == parse("A")
    assert nest_at(text, text.index(b"z")) == ""


@given(
    st.lists(st.sampled_from([b"#if A", b"#else", b"#elif B", b"#endif", b"#include <a>", b"x("]))
)
def test_any_nest_reads(lines: list[bytes]) -> None:
    found = facts(b"\n".join(lines))
    assert len(found.includes) == lines.count(b"#include <a>")
