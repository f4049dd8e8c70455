from __future__ import annotations

import pytest

from reviewer.source.conditions import Atom, render
from reviewer.source.index.definition import declared, functions, macros
from reviewer.source.index.facts import directives

TEXT = b"""#ifdef CONFIG_X
extern int f(int a);
#else
static inline int f(int a) { return 0; }
#endif

/* g() is
 * described here, f() too
 */
static __always_inline
struct thing *g(struct thing *t,
		int (*call)(int)) __must_check
{
	if (t) {
		h(t);
	}
	return f(1) ? t : g(t, call);
}

int table[] = { f(1) };
#define M(a, ...) \\
	f(a)
"""


def test_a_definition_is_cut_out_with_its_attributes() -> None:
    (found,) = functions(TEXT, "g", "x.h")
    assert found.line == 10
    assert found.text.startswith(b"static __always_inline\n")
    assert found.text.endswith(b"g(t, call);\n}")
    assert found.attributes >= {"static", "__always_inline", "__must_check"}


def test_a_stub_stands_under_its_condition() -> None:
    (found,) = functions(TEXT, "f", "x.h")
    assert render(found.presence) == "!CONFIG_X"
    assert found.text == b"static inline int f(int a) { return 0; }"


@pytest.mark.parametrize(("name", "line"), [("f", 2), ("g", 11), ("h", 0), ("call", 0)])
def test_declared(name: str, line: int) -> None:
    assert declared(TEXT, name) == line


def test_macros_have_their_parameters() -> None:
    (found,) = macros(TEXT, directives(TEXT), "M")
    assert (found.parameters, found.body, found.line) == (("a", "..."), "f(a)", 21)


def test_a_macro_stands_under_its_condition() -> None:
    text = b"#ifdef CONFIG_A\n#define F(x) 1\n#endif\n"
    (found,) = macros(text, directives(text), "F")
    assert found.presence == Atom("CONFIG_A")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (b"int f(void);\n", 1),
        (b"int f\t(void);\n", 1),
        (b"int if_f(void);\nint f(void);\n", 2),
        (b"int f_if(void);\n", 0),
        (b"f", 0),
        (b"x->f(1);\nx.f(2);\n", 0),
        (b"int f_f(void), f(void);\n", 1),
    ],
)
def test_only_the_whole_name_is_declared(text: bytes, line: int) -> None:
    assert declared(text, "f") == line
