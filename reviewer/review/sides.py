"""A scenario on the sides of a patch: what it says of each, and how two sides differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

from msgspec import Struct

from reviewer.finding import Skip, Trace
from reviewer.model.code import Reader
from reviewer.model.draw import FLUSH_BEGINS
from reviewer.model.memory import Memory
from reviewer.model.proof import trace_of
from reviewer.model.same import renamed, said_of, same
from reviewer.model.scenario import build
from reviewer.model.scenario_file import Scenario
from reviewer.model.sights import FLUSHED, Sight, sights
from reviewer.model.types import System, Verdict
from reviewer.model.verdict import judge


class Judged(Struct, dict=True, eq=False):
    """A scenario on one platform on one side of a patch."""

    system: System
    verdict: Verdict

    @cached_property
    def seen(self) -> Mapping[Sight, Trace]:
        """What can be seen of it, each with a run that ends in it."""
        return {sight: trace_of(run) for sight, run in sights(self.system).items()}

    def on(self, system: System) -> Judged | None:
        """The same of a system that is the same but for its places; None for any other."""
        names = same(self.system, system)
        if names is None:
            return None
        found = Judged(system, said_of(self.verdict, names))
        if "seen" in vars(self):
            found.seen = {sight: renamed(trace, names) for sight, trace in self.seen.items()}
        return found


class Side(Struct, frozen=True):
    """What a scenario says of the code as it stands, by platform, and where it cannot.

    `absent` are platforms that the code has nothing for; they are no gap of the review unless the
    other side had it.
    """

    judged: Mapping[str, Judged]
    skips: tuple[Skip, ...]
    absent: tuple[Skip, ...] = ()


def side(scenario: Scenario, reader: Reader, memory: Memory, other: Side | None) -> Side:
    """The scenario's verdicts; where a system is as on the `other` side, so is its verdict."""
    made = build(scenario, reader, memory)
    known = other.judged if other else {}
    found: dict[str, Judged] = {}
    for platform, system in made.systems:
        again = known[platform.name].on(system) if platform.name in known else None
        found[platform.name] = again or Judged(system, judge(made, platform, system))
    lost = [skip for skip in made.absent if other and skip not in other.absent]
    return Side(found, (*made.skips, *lost), made.absent)


class Difference(Struct, frozen=True):
    """What is seen on one side only, of all that a role does, with a run of each side.

    A side on which the role does nothing of the kind has no run.
    """

    text: str
    before: Trace
    after: Trace


def differences(old: Judged, new: Judged) -> Iterator[Difference]:
    """What is newly, or no longer, seen to happen."""
    if same(old.system, new.system) is not None:
        return
    for role, what in sorted({(each.role, each.what) for each in (*old.seen, *new.seen)}):
        before, after = _of(old, role, what), _of(new, role, what)
        came = {how: run for how, run in after.items() if how not in before}
        gone = {how: run for how, run in before.items() if how not in after}
        if came or gone:
            said = [f"now {_manner(what, came)}"] if came else []
            said += [f"no longer {_manner('' if came else what, gone)}"] if gone else []
            text = f"{role} {', '.join(said)}"
            yield Difference(text, _first(gone or before), _first(came or after))


def _of(judged: Judged, role: str, what: str) -> dict[str, Trace]:
    """The manners in which a role does something."""
    return {
        sight.how: trace
        for sight, trace in judged.seen.items()
        if (sight.role, sight.what) == (role, what)
    }


def _manner(what: str, runs: Mapping[str, Trace]) -> str:
    manners = " or ".join(f"{how}{_where(how, run)}" for how, run in runs.items())
    return f"{what} {manners}".strip()


def _where(how: str, run: Trace) -> str:
    """The function that has run WBINVD before the end of a run, where it has."""
    actor = run.steps[-1].actor
    found = [step for step in run.steps if step.actor == actor and step.note == FLUSH_BEGINS]
    return f" in {found[-1].function}()" if how == FLUSHED and found else ""


def _first(runs: Mapping[str, Trace]) -> Trace:
    return next(iter(runs.values()), Trace())
