"""Functions in which a window of some rule opens."""

from __future__ import annotations

from collections import defaultdict
from functools import partial

from reviewer.check.bodies import Bodies
from reviewer.check.inside import inside
from reviewer.check.prefilter import in_scope, need
from reviewer.check.reachability import Search
from reviewer.event.types import Event
from reviewer.rule.compile import automaton_of, moving
from reviewer.rule.types import RuleSet, Window, covers
from reviewer.source.presence import parse


def windows(bodies: Bodies, rules: RuleSet) -> dict[str, tuple[str, ...]]:
    """The functions of a file that open a window, each with the rules that it is a window of."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for rule in rules.rules:
        if not isinstance(rule.body, Window) or not in_scope(rule, bodies.unit.path):
            continue
        automaton = automaton_of(rule.body)
        openers = bodies.reaching(
            need(automaton, rules.vocabulary).moves, partial(_moves, moving(automaton))
        )
        search = Search(bodies, automaton, openers, parse(rule.scope.condition))
        for name in sorted(openers):
            if any(
                body.is_function and inside(bodies, body, search) is not None
                for body in bodies.by_name[name]
            ):
                found[name].append(rule.id)
    return {name: tuple(ids) for name, ids in sorted(found.items())}


def _moves(entries: tuple[str, ...], event: Event) -> bool:
    return any(covers(entry, name) for entry in entries for name in event.names)
