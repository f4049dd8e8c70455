"""Some rules of a set, as somebody names them."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches

from msgspec.structs import replace

from reviewer.errors import InputError
from reviewer.rule.types import RuleSet


def chosen(rules: RuleSet, ids: Collection[str], others: Collection[str] = ()) -> RuleSet:
    """The rules of these ids under the whole vocabulary; `others` are ids of what is no rule.

    Raises:
        InputError: nothing has one of the ids.
    """
    known = {
        *(each.id for each in rules.rules),
        *(each.id for each in rules.words),
        *(each.id for each in rules.contracts),
        *(each.id for each in rules.endings),
        *others,
    }
    for unknown in sorted(set(ids) - known):
        near = get_close_matches(unknown, sorted(known), 1)
        remedy = f"did you mean {near[0]}?" if near else "`reviewer rules` lists them"
        raise InputError(f"--only: no rule {unknown!r}", remedy=remedy)
    return replace(
        rules,
        rules=tuple(each for each in rules.rules if each.id in ids),
        words=tuple(each for each in rules.words if each.id in ids),
        contracts=tuple(each for each in rules.contracts if each.id in ids),
        endings=tuple(each for each in rules.endings if each.id in ids),
        promises=(),
    )
