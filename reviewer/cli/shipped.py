"""The shipped rules, out of the cache where this version of the program has left them there."""

from __future__ import annotations

from hashlib import blake2b

from reviewer.cli.outcome import complain
from reviewer.review.remembered import program
from reviewer.rule.packed import packed, unpacked
from reviewer.rule.types import RuleSet
from reviewer.source.index.kept import Damaged, Kept


def shipped_rules(kept: Kept) -> RuleSet:
    """The shipped rules; those that had to be parsed are kept for the next run.

    Raises:
        RuleErrors: with every problem of every rule file.
    """
    key = blake2b(program().encode("utf-8", "surrogateescape"), digest_size=16).digest()
    value = _value(kept, key)
    found = unpacked(value) if value else None
    if found is None:
        from reviewer.rule.load import load_rules

        found = load_rules()
        kept.put(key, packed(found))
    return found


def _value(kept: Kept, key: bytes) -> bytes | None:
    try:
        return kept.get(key)
    except Damaged as error:
        complain(str(error))
        return None
