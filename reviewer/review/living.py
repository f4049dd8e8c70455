"""Which protocols there are: a rule about a flag that no file has would ask for the impossible."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec.structs import replace

from reviewer.patch.rebuild import Rebuilt
from reviewer.rule.protocol_types import Flag
from reviewer.rule.types import RuleSet


def living(
    rules: RuleSet,
    read: Callable[[str], bytes | None],
    texts: Iterable[bytes] = (),
    *,
    unknown: bool = False,
) -> RuleSet:
    """The rules without those whose flag neither a text nor the file that declares it names.

    `read` gives a file of the tree, None where there is none; `unknown` says what to take for
    true of a flag when the tree has none of the files that declare it.
    """
    flags = dict.fromkeys(rule.flag for rule in rules.rules if rule.flag)
    if not flags:
        return rules
    kept = tuple(texts)
    alive = {flag for flag in flags if _lives(flag, read, kept, unknown)}
    return replace(
        rules,
        rules=tuple(rule for rule in rules.rules if rule.flag is None or rule.flag in alive),
        promises=tuple(promise for promise in rules.promises if promise.flag in alive),
    )


def _lives(
    flag: Flag, read: Callable[[str], bytes | None], texts: tuple[bytes, ...], unknown: bool
) -> bool:
    name = flag.variable.encode()
    declaring = [text for path in flag.declared_in if (text := read(path)) is not None]
    if any(name in text for text in (*declaring, *texts)):
        return True
    return unknown and not declaring


def texts(rebuilt: Rebuilt) -> Iterable[bytes]:
    """Both sides of every file of a series."""
    for reviews in rebuilt.patches:
        for each in reviews:
            yield from (side.text for side in (each.before, each.after) if side)
