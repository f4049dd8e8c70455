from __future__ import annotations

from collections.abc import Callable, Iterator

from reviewer.check.words.broken import defined_later, header_without_include, removed_while_used
from reviewer.check.words.names import Nobody
from reviewer.check.words.types import Hit, Question
from tests.check.words.mails import hits, mail, series

DEFINITION = "int mini_settle(int a)\n"
REMOVED = f" \n-{DEFINITION}-{{\n-}}\n"
ADDED = f" \n+{DEFINITION}+{{\n+}}\n"
UNUSED = " \tint a;\n-\tmini_settle(a);\n"
DECLARED = " \n+int mini_settle(int a);\n"
USED = " \tint a;\n+\tmini_settle(a);\n"


def found(check: Callable[[Question], Iterator[Hit]], *changes: str) -> list[tuple[int, str, str]]:
    patches = series(*(mail("Go.", change) for change in changes))
    return [
        (patch.patch.number, hit.subject, hit.detail)
        for patch in patches
        for hit in check(Question(patch, (), Nobody()))
    ]


def test_removed_before_its_last_use() -> None:
    said = "kernel/mini.c as patch 2 finds it"
    assert found(removed_while_used, REMOVED, UNUSED) == [(1, "mini_settle", said)]
    assert found(removed_while_used, UNUSED, REMOVED) == []
    assert found(removed_while_used, REMOVED + UNUSED, USED) == []


def test_defined_again_before_the_use_goes() -> None:
    assert found(removed_while_used, REMOVED, ADDED, UNUSED) == []
    assert found(removed_while_used, REMOVED + ADDED, UNUSED) == []


def test_another_architecture_has_its_own() -> None:
    own = mail("Go.", REMOVED).replace("kernel/mini.c", "arch/mini/mini.c")
    patches = series(own, mail("Go.", UNUSED))
    assert list(removed_while_used(Question(patches[0], (), Nobody()))) == []


def test_declared_and_called_before_it_is_defined() -> None:
    assert found(defined_later, DECLARED + USED, ADDED) == [(1, "mini_settle()", "patch 2")]
    assert found(defined_later, DECLARED, USED, ADDED) == [(2, "mini_settle()", "patch 3")]
    assert found(defined_later, DECLARED, ADDED, USED) == []
    assert found(defined_later, DECLARED + ADDED, USED) == []


def test_a_header_without_a_tree_is_not_followed() -> None:
    text = mail("Go.", USED).replace("mini.c", "mini.h")
    assert hits(header_without_include, text, "mini_settle->linux/settle.h") == []
