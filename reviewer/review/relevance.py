"""Which files are worth parsing: those with words of a rule in them.

Kept apart from the checks so that a series without such a file loads no parser.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from reviewer.check.prefilter import Need, in_scope, need
from reviewer.rule.compile import automaton_of
from reviewer.rule.files import shipped_folder
from reviewer.rule.types import Rule, RuleSet

if TYPE_CHECKING:
    from reviewer.patch.rebuild import Rebuilt


class RuleBook(Struct, frozen=True):
    """A rule set with what a text must hold before each of its rules can break in it."""

    rules: RuleSet
    needs: tuple[tuple[Rule, Need], ...]

    def relevant(self, path: str, text: bytes) -> bool:
        """Whether a rule can have anything to say about a file of that path and text."""
        return any(in_scope(rule, path) and wanted.met(text) for rule, wanted in self.needs)

    def concerns(self, rebuilt: Rebuilt) -> bool:
        """Whether any file of a series is relevant, before a patch or after it."""
        return any(
            self.relevant(side.path, side.text)
            for reviews in rebuilt.patches
            for each in reviews
            for side in (each.before, each.after)
            if side
        )


def open_book(rules: RuleSet) -> RuleBook:
    """The rules with their needs."""
    return RuleBook(
        rules,
        tuple((rule, need(automaton_of(rule.body), rules.vocabulary)) for rule in rules.rules),
    )


def simulated(rebuilt: Rebuilt) -> bool:
    """Whether a scenario may name a file of the series; false alarms, no misses."""
    texts = [path.read_text("utf-8") for path in (shipped_folder() / "scenarios").glob("*.toml")]
    return any(
        path in text
        for reviews in rebuilt.patches
        for each in reviews
        for path in (each.diff.old_path, each.diff.new_path)
        if path
        for text in texts
    )
