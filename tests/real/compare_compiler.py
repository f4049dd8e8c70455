"""What the program predicts against what gcc emits.

`python -m tests.real.compare_compiler TREE OUT [--every]` builds objects of a tree (6.12 or 7.3)
under several configurations in OUT, and prints for the functions in which the rules find a window,
or for `--every` function of the objects, which call targets and %gs operands are predicted and
emitted, predicted only, each with the reason, and emitted only; then the same counted by object and
by configuration. Exit 1 when something was emitted that was not predicted.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from reviewer.check.bodies import Bodies
from reviewer.event.match import compile_vocabulary
from reviewer.patch.tree import Directory
from reviewer.patch.types import SourceFile
from reviewer.rule.load import load_rules
from reviewer.source.conditions import atoms, evaluate
from reviewer.source.index.index import Index
from reviewer.source.index.store import Store
from reviewer.source.inserted.causes import Cause, Inserted, Place, inserted
from reviewer.source.inserted.makefile import Assignment
from reviewer.source.read import read
from reviewer.source.resolve.sight import Sight
from tests.real.disassembly import INDIRECT, Emitted, alternatives, disassemble
from tests.real.emitted import Emission, Emits, emitted
from tests.real.explanation import Object, Why, explained
from tests.real.kernel_build import CONFIGURATIONS, OBJECTS, build, options_of
from tests.real.windows import windows

ACCESS = "%gs: access"
CANARY = "%gs: canary"


@dataclass(frozen=True)
class Row:
    """One function under one configuration; `rules` are those it has a window of."""

    object: str
    configuration: str
    function: str
    rules: tuple[str, ...]
    both: tuple[str, ...]
    predicted: Mapping[str, Why]
    emitted: tuple[str, ...]


@dataclass
class _Predicted:
    """What is predicted of one function: emissions by target, and causes of instrumentation."""

    emissions: dict[str, list[Emission]] = field(default_factory=dict)
    causes: list[Cause] = field(default_factory=list)


def rows(tree: Path, out: Path, *, every: bool = False) -> Iterator[Row]:
    """The comparison; `every` takes all functions of the objects instead of those with windows."""
    rules = load_rules()
    matcher = compile_vocabulary(rules.vocabulary)
    index = Index(Directory(tree), Store())
    for name in OBJECTS:
        path = str(Path(name).with_suffix(".c"))
        unit = read(SourceFile(path, (tree / path).read_bytes()))
        bodies = Bodies(unit, matcher, Sight(index, unit))
        settings = index.settings(path) or ()
        found = windows(bodies, rules)
        builds = {each: out / each / name for each in CONFIGURATIONS}
        there = {each: disassemble(place) for each, place in builds.items()}
        names = sorted({name for each in there.values() for name in each}) if every else found
        for function in names:
            if function not in bodies.by_name:
                continue
            predicted = {
                each: _predicted(bodies, function, options_of(out / each), settings)
                for each in CONFIGURATIONS
            }
            anywhere = {target for each in predicted.values() for target in each.emissions}
            for each in CONFIGURATIONS:
                if function in there[each]:
                    around = Object(there[each], alternatives(builds[each]), bodies, anywhere)
                    ids = found.get(function, ())
                    yield _row(name, each, function, ids, predicted[each], around)


def _predicted(
    bodies: Bodies, function: str, options: frozenset[str], settings: tuple[Assignment, ...]
) -> _Predicted:
    found = _Predicted()
    for body in bodies.by_name[function]:
        for item in emitted(bodies, body, options):
            found.emissions.setdefault(_target(item), []).append(item)
        graph = bodies.graph(body)
        for each in inserted(graph.function, settings) if graph else ():
            if _holds(each, options):
                found.causes.append(each.cause)
    return found


def _target(item: Emission) -> str:
    match item.kind:
        case Emits.PER_CPU:
            return ACCESS
        case Emits.INDIRECT:
            return INDIRECT
        case Emits.CALL:
            return item.target


def _row(
    name: str,
    configuration: str,
    function: str,
    rules: tuple[str, ...],
    found: _Predicted,
    around: Object,
) -> Row:
    there = around.functions[function]
    targets = _targets(there)
    met = {target: _met(found, target) for target in targets}
    both = {target for target in targets if met[target] or _caused(found, target)}
    left = {
        target: explained(function, target, found.emissions[target], around)
        for target in sorted(
            found.emissions.keys() - {each for names in met.values() for each in names}
        )
    }
    for cause in found.causes:
        if cause.place is not Place.ENDS and not any(map(cause.emits.fullmatch, there.calls)):
            left[f"({cause.name})"] = Why.NOTHING_TO_INSTRUMENT
    for target in sorted(around.anywhere - found.emissions.keys() - targets):
        left[target] = Why.NOT_CONFIGURED
    emitted_only = tuple(sorted(targets - both))
    return Row(name, configuration, function, rules, tuple(sorted(both)), left, emitted_only)


def _targets(there: Emitted) -> set[str]:
    more = {CANARY} if there.canary else set()
    return there.calls | more | ({ACCESS} if there.segment else set())


def _met(found: _Predicted, target: str) -> tuple[str, ...]:
    """The predictions that a target fulfils; one that ends in `*` is of any with that beginning."""
    return tuple(
        each
        for each in found.emissions
        if each == target or (each.endswith("*") and target.startswith(each[:-1]))
    )


def _caused(found: _Predicted, target: str) -> bool:
    """Whether instrumentation that the function gets brings the target along."""
    return any(
        cause.emits.fullmatch(target) or (target == CANARY and cause.segment)
        for cause in found.causes
    )


def _holds(each: Inserted, options: frozenset[str]) -> bool:
    names = set(atoms(each.condition))
    return evaluate(each.condition, {name: name in options for name in names})


def by_object(found: Iterable[Row]) -> Iterator[str]:
    """Cells by object and configuration: predicted and emitted, predicted only, emitted only."""
    cells: Counter[tuple[str, str, str]] = Counter()
    for row in found:
        key = row.object, row.configuration
        cells[*key, "both"] += len(row.both)
        cells[*key, "predicted"] += sum(
            why is not Why.NOT_CONFIGURED for why in row.predicted.values()
        )
        cells[*key, "emitted"] += len(row.emitted)
    yield f"| object | {' | '.join(CONFIGURATIONS)} |"
    yield "|" + " --- |" * (len(CONFIGURATIONS) + 1)
    for name in dict.fromkeys(key[0] for key in cells):
        counts = (
            " / ".join(str(cells[name, each, kind]) for kind in ("both", "predicted", "emitted"))
            for each in CONFIGURATIONS
        )
        yield f"| {name.removeprefix('arch/x86/')} | {' | '.join(counts)} |"


def summary(found: Iterable[Row]) -> Iterator[str]:
    """The table in short: cells by configuration, and the reasons of what is predicted only."""
    cells: Counter[tuple[str, str]] = Counter()
    for row in found:
        cells[row.configuration, "functions"] += 1
        cells[row.configuration, "both"] += len(row.both)
        cells[row.configuration, "emitted only"] += len(row.emitted)
        for why in row.predicted.values():
            cells[row.configuration, why] += 1
    heads = ("functions", "both", "emitted only", *Why)
    yield f"| configuration | {' | '.join(heads)} |"
    yield "|" + " --- |" * (len(heads) + 1)
    for name in CONFIGURATIONS:
        yield f"| {name} | {' | '.join(str(cells[name, head]) for head in heads)} |"


def _lines(row: Row) -> Iterator[str]:
    yield f"{row.configuration:15} {row.function} ({', '.join(row.rules) or 'no window'})"
    yield f"    both: {', '.join(row.both) or '-'}"
    for why in dict.fromkeys(row.predicted.values()):
        names = [name for name, each in row.predicted.items() if each is why]
        yield f"    predicted only, {why}: {', '.join(names)}"
    yield f"    emitted only: {', '.join(row.emitted) or '-'}"


def main(tree: Path, out: Path, *flags: str) -> int:
    """Builds, compares and prints; 1 when something was emitted that was not predicted."""
    every = "--every" in flags
    for configuration, options in CONFIGURATIONS.items():
        build(tree, out / configuration, options, OBJECTS)
    found = list(rows(tree, out, every=every))
    for row in found:
        if not every or row.emitted:
            print("\n".join(_lines(row)))
    print("\n".join((*by_object(found), "", *summary(found))))
    return 1 if any(row.emitted for row in found) else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:]))
