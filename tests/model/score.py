"""How many mistakes the scenarios notice: run as a script, `python -m tests.model.score`."""

from __future__ import annotations

from functools import cache, partial
from pathlib import Path

from reviewer.model.code import Reader
from reviewer.model.machine import Machine
from reviewer.model.memory import Memory
from reviewer.model.scenario import build, remember
from reviewer.model.scenario_file import load_scenarios
from reviewer.model.search import breadth_first, views
from reviewer.model.types import Outcome
from reviewer.model.vacuity import vacuity
from reviewer.model.verdict import checked, verdicts
from reviewer.patch.types import SourceFile
from tests.model.mutations import MUTATIONS, Mutation

TREE = Path(__file__).parents[2] / "fixtures" / "minikernel"
SCENARIOS = load_scenarios()

#: What breaks in each scenario on each platform, and the states seen.
Found = dict[tuple[str, str], tuple[tuple[str, ...], int]]


def reader(mutation: Mutation | None = None) -> Reader:
    """The fixture's files, one of them with a mistake."""

    def read(path: str) -> SourceFile | None:
        file = TREE / path
        if not file.exists():
            return None
        text = file.read_text()
        if mutation and mutation.path == path:
            assert mutation.old in text, mutation.title
            text = text.replace(mutation.old, mutation.new, 1)
        return SourceFile(path, text.encode())

    return read


@cache
def memory() -> Memory:
    return remember()


def found(mutation: Mutation | None = None) -> Found:
    result: Found = {}
    for scenario in SCENARIOS:
        made = build(scenario, reader(mutation), memory())
        assert not made.skips
        for verdict in verdicts(made):
            assert verdict.outcome in (Outcome.HOLDS, Outcome.VIOLATED)
            broken = tuple(violation.invariant for violation in verdict.violations)
            result[scenario.id, verdict.platform] = broken, verdict.states
    return result


@cache
def usual() -> Found:
    return found()


def newly_broken(mutation: Mutation) -> list[str]:
    """Invariants that break with the mistake only: those of the first platform where any do."""
    for scenario in SCENARIOS:
        for platform, system in build(scenario, reader(mutation), memory()).systems:
            machine = Machine(system)
            holding = set(scenario.invariants) - set(usual()[scenario.id, platform.name][0])
            invariants = tuple(sorted(holding & set(checked(system, scenario.invariants))))
            if not views(machine, invariants).broken:
                continue
            for cpus in (2, 3):
                broken = breadth_first(machine, cpus, invariants)[0].broken
                if broken:
                    return [f"{each} in {scenario.id} on {platform.name}" for each in broken]
    return []


def not_exercised(mutation: Mutation) -> list[str]:
    """What scenarios no longer exercise though they should."""
    result: list[str] = []
    for made in map(partial(build, reader=reader(mutation), memory=memory()), SCENARIOS):
        vacuous = vacuity(made, verdicts(made))
        result += [f"{each.what} in {made.scenario.id}" for each in vacuous if not each.reason]
    return result


def main() -> None:
    killed = 0
    for mutation in MUTATIONS:
        how = newly_broken(mutation) or not_exercised(mutation)
        killed += bool(how)
        print(f"{'killed' if how else 'ALIVE':6}  {mutation.title}: {'; '.join(how[:1])}")
    print(f"mutation score {killed}/{len(MUTATIONS)}")


if __name__ == "__main__":
    main()
