"""Which files are worth parsing: those with words of a rule in them.

Kept apart from the checks so that a series without such a file loads no parser.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from msgspec import Struct

from reviewer.check.prefilter import (
    Need,
    Sieve,
    crosses,
    in_scope,
    need_in,
    sieves,
    within,
)
from reviewer.rule.files import shipped_folder
from reviewer.rule.types import RuleSet

if TYPE_CHECKING:
    from reviewer.patch.rebuild import Rebuilt


class RuleBook(Struct, frozen=True):
    """A rule set with what a text must hold before each of its rules can break in it."""

    rules: RuleSet
    sieves: tuple[Sieve, ...]

    def relevant(self, path: str, text: bytes, *, in_tree: bool = False) -> bool:
        """Whether a rule can have anything to say about a file of that path and text.

        With the tree around it that may be for what other files do.
        """
        return any(each.holds(path, text, in_tree=in_tree) for each in self.sieves)

    def crosses(self, path: str, text: bytes) -> bool:
        """Whether what a rule says of the file may hang on those who call it in others."""
        needs = ((rule, need_in(self.rules, rule)) for rule in self.rules.rules)
        return any(
            need.abroad and in_scope(rule, path) and need.met(text, in_tree=True)
            for rule, need in needs
        )

    def looking(self, paths: Iterable[str]) -> tuple[str, ...]:
        """The rules that look at any of the files, whatever is in it."""
        files = tuple(paths)
        scoped = {rule.scope: rule for rule in self.rules.rules}
        met = {
            scope for scope, rule in scoped.items() if any(in_scope(rule, path) for path in files)
        }
        return (
            *(rule.id for rule in self.rules.rules if rule.scope in met),
            *(
                rule.id
                for rule in self.rules.contracts
                if any(within(rule.body.files, path) for path in files)
            ),
        )

    def concerns(self, rebuilt: Rebuilt) -> bool:
        """Whether any file of a series is relevant, before a patch or after it.

        So is each that a rule looks at whose window a function of another file may open.
        """
        crossing = [rule for rule in self.rules.rules if crosses(rule)]
        return any(
            self.relevant(side.path, side.text)
            or any(in_scope(rule, side.path) for rule in crossing)
            for reviews in rebuilt.patches
            for each in reviews
            for side in (each.before, each.after)
            if side
        )


def open_book(rules: RuleSet) -> RuleBook:
    """The rules with their needs."""
    return RuleBook(
        rules,
        sieves(
            (
                *((rule.scope, need_in(rules, rule)) for rule in rules.rules),
                *(
                    (each.scope, Need((frozenset({each.flag.variable}),), None))
                    for each in rules.promises
                ),
            )
        ),
    )


def concerns_scenario(rebuilt: Rebuilt, only: Collection[str] | None = None) -> bool:
    """Whether one of the scenarios may name a file of the series; false alarms, no misses.

    `only` are the ids of those that count, None for all.
    """
    folder = shipped_folder() / "scenarios"
    if only is not None and not any((folder / f"{name}.toml").is_file() for name in only):
        return False
    texts = [path.read_text("utf-8") for path in folder.rglob("*.toml")]
    return any(
        path in text
        for reviews in rebuilt.patches
        for each in reviews
        for path in (each.diff.old_path, each.diff.new_path)
        if path
        for text in texts
    )
