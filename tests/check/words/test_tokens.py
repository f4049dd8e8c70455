from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reviewer.check.words.tokens import blocks, differs, renames
from tests.check.words.mails import mail, patch

NAMES = st.sampled_from(["alpha", "beta", "gamma", "delta"])
STATEMENTS = st.lists(st.tuples(NAMES, NAMES), min_size=1, max_size=6)


def change(old: list[str], new: list[str]) -> str:
    return "".join([*(f"-\t{line}\n" for line in old), *(f"+\t{line}\n" for line in new)])


@given(STATEMENTS)
def test_a_consistent_rename_is_nothing_else(statements: list[tuple[str, str]]) -> None:
    old = [f"{one}({two});" for one, two in statements]
    new = [line.replace("alpha", "omega") for line in old]
    changes = blocks(patch(mail("Go.", change(old, new))).patch, (".c",))
    names = renames(changes)
    assert names == ({"alpha": "omega"} if any("alpha" in line for line in old) else {})
    assert not any(differs(block, names) for block in changes)


@given(STATEMENTS, st.integers(0, 5))
def test_one_other_number_is_something_else(statements: list[tuple[str, str]], at: int) -> None:
    old = [f"{one}({two}, 1);" for one, two in statements]
    new = [line.replace("alpha", "omega") for line in old]
    new[at % len(new)] = new[at % len(new)].replace("1", "2")
    changes = blocks(patch(mail("Go.", change(old, new))).patch, (".c",))
    assert any(differs(block, renames(changes)) for block in changes)


def test_wrapping_and_comments_do_not_count() -> None:
    text = mail("Go.", change(["go(a, b); /* of old */"], ["go(a,", "   b);", "/* of new */"]))
    (block,) = blocks(patch(text).patch, (".c",))
    assert not differs(block, {})
