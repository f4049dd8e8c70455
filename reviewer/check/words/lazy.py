"""Checks whose modules are loaded where a patch has something for them.

Compiling the patterns of them all costs as much as a short check.
"""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.check.words.claims import nothing_changes
from reviewer.check.words.types import Hit, Question
from reviewer.patch.tree import NoTree

#: Removed lines below which a patch holds no rename worth a patch of its own.
FEW_LINES = 5
_NOTHING: tuple[Hit, ...] = ()
#: What may follow "no" where something is said to be over.
_OVER = ("more", "other", "further", "call", "function", "direct", "indirect")


def unchanged(question: Question) -> Iterator[Hit]:
    """A claim that nothing changes, and an event that comes or goes."""
    if not nothing_changes(question.patch):
        return iter(_NOTHING)
    from reviewer.check.words import behaviour

    return behaviour.unchanged(question)


def only_renames(question: Question) -> Iterator[Hit]:
    """A claim to rename only, and what else changes."""
    if "renam" not in question.patch.said:
        return iter(_NOTHING)
    from reviewer.check.words import purity

    return purity.only_renames(question)


def only_moves(question: Question) -> Iterator[Hit]:
    """A claim to move only, and a line that changes on the way."""
    if "mov" not in question.patch.said and "relocat" not in question.patch.said:
        return iter(_NOTHING)
    from reviewer.check.words import purity

    return purity.only_moves(question)


def still_needed(question: Question) -> Iterator[Hit]:
    """A name that nothing is said to need, and a use of it."""
    said = question.patch.said
    if not any(word in said for word in ("need", "used", "required", "necessary", "dead code")):
        return iter(_NOTHING)
    from reviewer.check.words import assumptions

    return assumptions.still_needed(question)


def no_more(question: Question) -> Iterator[Hit]:
    """An assumption that something no longer happens after a point."""
    said = question.patch.said
    if not any(f"no {word}" in said for word in _OVER):
        return iter(_NOTHING)
    from reviewer.check.words import assumptions

    return assumptions.no_more(question)


def cited_commits(question: Question) -> Iterator[Hit]:
    """A cited commit that history does not have, or has with another title."""
    said = question.patch.said
    if isinstance(question.tree, NoTree) or not ("commit" in said or "fixes:" in said):
        return iter(_NOTHING)
    from reviewer.check.words import history

    return history.cited_commits(question)


def unknown_config(question: Question) -> Iterator[Hit]:
    """A CONFIG_ symbol that no Kconfig has."""
    if not any("CONFIG_" in words for words in question.patch.all_words):
        return iter(_NOTHING)
    from reviewer.check.words import configs

    return configs.unknown_config(question)


def unknown_file(question: Question) -> Iterator[Hit]:
    """A path that the tree does not have."""
    no_tree = isinstance(question.tree, NoTree)
    if no_tree or not any("/" in words for words in question.patch.all_words):
        return iter(_NOTHING)
    from reviewer.check.words import paths

    return paths.unknown_file(question)


def removed_while_used(question: Question) -> Iterator[Hit]:
    """A definition that a patch removes, and that a later one still finds used."""
    if len(question.patch.series.patches) < 2:
        return iter(_NOTHING)
    from reviewer.check.words import broken

    return broken.removed_while_used(question)


def defined_later(question: Question) -> Iterator[Hit]:
    """A call of what is declared, and defined by a later patch."""
    if len(question.patch.series.patches) < 2:
        return iter(_NOTHING)
    from reviewer.check.words import broken

    return broken.defined_later(question)


def used_before_added(question: Question) -> Iterator[Hit]:
    """A call of what only a later patch adds."""
    if len(question.patch.series.patches) < 2:
        return iter(_NOTHING)
    from reviewer.check.words import shape

    return shape.used_before_added(question)


def header_without_include(question: Question) -> Iterator[Hit]:
    """A header that uses what it does not include."""
    if not any(diff.path.endswith(".h") and diff.added for diff in question.patch.code):
        return iter(_NOTHING)
    from reviewer.check.words import broken

    return broken.header_without_include(question)


def two_changes(question: Question) -> Iterator[Hit]:
    """A rename and a change in one patch."""
    if question.patch.patch.removed < FEW_LINES:
        return iter(_NOTHING)
    from reviewer.check.words import mixed

    return mixed.two_changes(question)


def stray_white_space(question: Question) -> Iterator[Hit]:
    """A hunk of white space among hunks of code."""
    if sum(len(diff.hunks) for diff in question.patch.code) < 2:
        return iter(_NOTHING)
    from reviewer.check.words import mixed

    return mixed.stray_white_space(question)
