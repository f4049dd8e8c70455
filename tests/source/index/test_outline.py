from __future__ import annotations

import pytest

from reviewer.source.index.outline import Balance, around, holding, using, words_at

TEXT = b"""#include <linux/x.h>

static const struct ops ops = {
\t.run = first,
};

static int first(int a,
\t\t int b)
{
\treturn second(a);
}

/* second() is first's. */
int second(int a)
{
\ttake(a);
\tthird();
\tgive(a);
\treturn 0;
}

SYSCALL_DEFINE1(fourth, int, a)
{
\treturn first_of_all(a) + first(a, a);
}
"""


def test_users_however_indirect() -> None:
    found = using(TEXT, ("third",))
    assert {name: (each.is_static, each.macro) for name, each in found.items()} == {
        "second": (False, ""), "first": (True, ""), "fourth": (False, "SYSCALL_DEFINE1"),
    }  # fmt: skip


def test_who_holds_something_there_is_no_user() -> None:
    balance = Balance((b"take(",), (b"give(",))
    assert not using(TEXT, ("third",), balance)
    assert set(using(TEXT, ("second",), balance)) == {"first", "fourth"}


@pytest.mark.parametrize("word", ["run", "first_of", "missing"])
def test_what_no_function_uses(word: str) -> None:
    assert not using(TEXT, (word,))


def test_holding_asks_for_all_literals_of_the_text() -> None:
    assert set(holding(TEXT, [(b"third", b"take")])) == {"second"}
    assert not holding(TEXT, [(b"third", b"missing")])


def test_outside_of_functions_is_none() -> None:
    assert around(TEXT, TEXT.index(b".run")) is None
    assert around(TEXT, TEXT.index(b"is first")) is None


def test_words_of_a_changed_line_are_those_of_its_function() -> None:
    line = TEXT[: TEXT.index(b"take")].count(b"\n") + 1
    assert words_at(TEXT, (line,)) >= {"take", "third", "give"}
    assert "first" not in words_at(TEXT, (line,))
    assert words_at(TEXT, (4,)) == {"run", "first"}
    assert words_at(TEXT, (999,)) == frozenset()
