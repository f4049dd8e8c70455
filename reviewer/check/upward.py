"""What roots of other files lead to in one file: from callers to their callers, file by file.

Only a function goes further up that asks for more than nothing: one that breaks the rule when it is
entered with nothing in force. So most ways end after one file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reviewer.check.callers import MAX_LEVELS, Callers, Sought, Way
from reviewer.check.judged import Run, meaning
from reviewer.check.roots import handed_over, starts
from reviewer.finding import Finding
from reviewer.rule.compile import bare, moving
from reviewer.rule.types import Abroad, Context

#: Files that are followed as code on the ways to one file.
MAX_PARSED = 12


class Upward:
    """The ways from other files to what one rule looks for in a file; `cut` says not all."""

    def __init__(self, run: Run, callers: Callers, wanted: Sought) -> None:
        self.cut = False
        self._run = run
        self._callers = callers
        self._wanted = wanted
        self._called: set[str] = set()
        self._runs: dict[str, Run] = {run.bodies.unit.path: run}

    def findings(self) -> Iterator[Finding]:
        """What the file has that a root of another file leads to, each once."""
        found: set[tuple[object, str]] = set()
        own = self._run.bodies.unit.path
        for each in self._found():
            key = (each.location, each.subject)
            if each.location.path == own and key not in found:
                found.add(key)
                yield each

    def _found(self) -> Iterator[Finding]:
        own = self._run.bodies.unit.path
        text = self._run.bodies.unit.file.text
        named = self._run.openers & self._callers.asking(own, text, self._wanted)
        led = frozenset(
            name for name in named if self._callers.leads(((name, own),), self._wanted, MAX_LEVELS)
        )
        pending = [(name, own) for name in self._asking(self._run, led)]
        for left in range(MAX_LEVELS - 1, -1, -1):
            self._called.update(name for name, _ in pending)
            further: dict[tuple[str, str], None] = {}
            for path, spoken in self._speaking(pending).items():
                ways = [
                    way
                    for name, home in spoken
                    for way in self._callers.begun(path, name, home, self._wanted)
                ]
                users = {
                    user
                    for name, _ in spoken
                    for user in self._callers.others(path, name, self._wanted)
                }
                higher = self._callers.leads(
                    ((name, path) for name in sorted(users)), self._wanted, left
                )
                if not ways and not higher:
                    continue
                if len(self._runs) > MAX_PARSED:
                    self.cut = True
                    return
                run = self._in_file(path)
                yield from self._along(run, ways)
                if higher:
                    asking = self._asking(run, run.openers & users)
                    further.update(((name, path), None) for name in asking)
            pending = [each for each in further if each[0] not in self._called]

    def _speaking(self, names: Iterable[tuple[str, str]]) -> dict[str, list[tuple[str, str]]]:
        """The files that speak of functions, with those functions."""
        found: dict[str, list[tuple[str, str]]] = {}
        for name, home in names:
            for path in self._callers.files(name, home):
                found.setdefault(path, []).append((name, home))
        return found

    def _asking(self, run: Run, names: frozenset[str]) -> list[str]:
        """Those of the functions that others can call and that ask for more than nothing."""
        if not isinstance(run.rule.body, Context):
            return []
        state = bare(run.rule.body)
        return [
            name
            for name in sorted(names)
            for body in run.bodies.by_name.get(name, ())
            if body.is_function and not body.is_static and run.search.violations(body, state)
        ]

    def _in_file(self, path: str) -> Run:
        """The rule in another file, which calls what is called on the ways."""
        home, base = self._run.bodies.file(path), self._run
        called = frozenset(self._called)
        words = (*base.search.literals, *(frozenset({name}) for name in sorted(called)))
        openers = home.reaching(words, meaning(moving(base.automaton), called))
        run = Run(home, base.rule, base.automaton, openers, Abroad(called), None, words)
        self._runs[path] = run
        return run

    def _along(self, run: Run, ways: Iterable[Way]) -> Iterator[Finding]:
        """What the ways lead to that begin in a file, or that it hands over to others."""
        here = run.bodies
        for way in sorted(set(ways)):
            if way.home != here.unit.path:
                if way.function not in here.by_name:
                    other, names = self._runs[way.home], frozenset({way.function})
                    begin = handed_over(other.bodies, run.rule, names & other.openers, here)
                    yield from other.findings(begin)
            elif way.function:
                names = run.openers & {way.function}
                yield from run.findings(handed_over(here, run.rule, names, here))
            else:
                leading = here.using(frozenset({name}) for name in self._called)
                begin = starts(here, run.rule, run.automaton, run.openers & leading)
                yield from run.findings(begin)
