"""Which files are worth parsing: those with words of a rule in them.

Kept apart from the checks so that a series without such a file loads no parser.
"""

from __future__ import annotations

from dataclasses import dataclass

from reviewer.check.prefilter import Need, in_scope, need
from reviewer.rule.automaton import of_window
from reviewer.rule.types import Rule, RuleSet


@dataclass(frozen=True, slots=True)
class RuleBook:
    """A rule set with what a text must hold before each of its rules can break in it."""

    rules: RuleSet
    needs: tuple[tuple[Rule, Need], ...]

    def relevant(self, path: str, text: bytes) -> bool:
        """Whether a rule can have anything to say about a file of that path and text."""
        return any(in_scope(rule, path) and wanted.met(text) for rule, wanted in self.needs)


def open_book(rules: RuleSet) -> RuleBook:
    """The rules with their needs."""
    return RuleBook(
        rules,
        tuple((rule, need(of_window(rule.body), rules.vocabulary)) for rule in rules.rules),
    )
