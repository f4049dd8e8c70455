"""What the program predicts against what gcc emits.

`python -m tests.real.compare_compiler TREE OUT [--every]` builds objects of a 6.12
tree under several configurations in OUT, and prints a table for the functions with a window in
them: call targets and %gs operands that are predicted and emitted, predicted only, and emitted
only. Exit 1 when something was emitted that was not predicted.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from reviewer.check.bodies import Bodies
from reviewer.check.emitted import Emits, emitted
from reviewer.event.match import compile_vocabulary
from reviewer.patch.tree import Directory
from reviewer.patch.types import SourceFile
from reviewer.rule.load import load_rules
from reviewer.source.index.index import Index
from reviewer.source.index.store import Store
from reviewer.source.inserted.causes import Inserted, inserted
from reviewer.source.inserted.makefile import assignments
from reviewer.source.read import read
from reviewer.source.resolve.sight import Sight
from tests.real.disassembly import INDIRECT, Emitted, disassemble
from tests.real.kernel_build import CONFIGURATIONS, OBJECTS, build, options_of

#: Functions with a window of some rule in them, or that change GS themselves.
WINDOWS = {
    "arch/x86/kernel/machine_kexec_64.o": ("machine_kexec",),
    "arch/x86/kernel/process.o": ("stop_this_cpu",),
    "arch/x86/kernel/smp.o": ("native_stop_other_cpus",),
    "arch/x86/kernel/smpboot.o": ("hlt_play_dead", "native_play_dead", "mwait_play_dead"),
    "arch/x86/power/cpu.o": ("restore_processor_state", "save_processor_state"),
    "arch/x86/kernel/cpu/common.o": ("switch_gdt_and_percpu_base", "load_direct_gdt"),
    "arch/x86/kernel/process_64.o": ("current_save_fsgs", "x86_gsbase_read_cpu_inactive"),
}


@dataclass(frozen=True)
class Row:
    """One function under one configuration."""

    configuration: str
    function: str
    both: tuple[str, ...]
    predicted: tuple[str, ...]
    emitted: tuple[str, ...]


def rows(tree: Path, out: Path, *, every: bool = False) -> Iterator[Row]:
    """The comparison; `every` takes all functions of the objects instead of those with windows."""
    matcher = compile_vocabulary(load_rules().vocabulary)
    index = Index(Directory(tree), Store())
    for name in OBJECTS:
        path = str(Path(name).with_suffix(".c"))
        unit = read(SourceFile(path, (tree / path).read_bytes()))
        bodies = Bodies(unit, matcher, Sight(index, unit))
        makefile = (tree / path).parent / "Makefile"
        settings = tuple(assignments(makefile.read_bytes()))
        for configuration in CONFIGURATIONS:
            options = options_of(out / configuration)
            there = disassemble(out / configuration / name)
            for function in sorted(there) if every else WINDOWS[name]:
                if function not in there or function not in bodies.by_name:
                    continue
                yield _row(bodies, function, configuration, options, settings, there[function])


def _row(
    bodies: Bodies,
    function: str,
    configuration: str,
    options: frozenset[str],
    settings: tuple[object, ...],
    there: Emitted,
) -> Row:
    calls: set[str] = set()
    sure: set[str] = set()
    segment = False
    causes: list[Inserted] = []
    for body in bodies.by_name[function]:
        for item in emitted(bodies, body, options):
            if item.kind is Emits.PER_CPU:
                segment = True
                continue
            target = INDIRECT if item.kind is Emits.INDIRECT else item.target
            calls.add(target)
            if not item.maybe:
                sure.add(target)
        graph = bodies.graph(body)
        if graph is not None:
            causes += [
                each
                for each in inserted(graph.function, settings)  # type: ignore[arg-type]
                if _holds(each, options)
            ]
    found = {
        target
        for target in there.calls
        if target in calls or any(each.cause.emits.fullmatch(target) for each in causes)
    }
    more: list[str] = []
    if there.canary:
        known = any(each.cause.segment for each in causes)
        (found.add if known else more.append)("%gs: canary")
    if there.segment:
        (found.add if segment else more.append)("%gs: access")
    elif segment:
        sure.add("%gs: access")
    return Row(
        configuration,
        function,
        tuple(sorted(found)),
        tuple(sorted(sure - found)),
        tuple(sorted((there.calls - found) | set(more))),
    )


def _holds(each: Inserted, options: frozenset[str]) -> bool:
    from reviewer.source.conditions import atoms, evaluate

    names = set(atoms(each.condition))
    return evaluate(each.condition, {name: name in options for name in names})


def main(tree: Path, out: Path, *flags: str) -> int:
    """Builds, compares and prints; 1 when something was emitted that was not predicted."""
    for configuration, options in CONFIGURATIONS.items():
        build(tree, out / configuration, options, OBJECTS)
    missing = total = 0
    for row in rows(tree, out, every="--every" in flags):
        missing += len(row.emitted)
        total += len(row.both)
        if "--every" not in flags or row.emitted:
            print(f"{row.configuration:15} {row.function}")
            print(f"    both: {', '.join(row.both) or '-'}")
            print(f"    predicted only: {', '.join(row.predicted) or '-'}")
            print(f"    emitted only: {', '.join(row.emitted) or '-'}")
    print(f"{total} predicted and emitted, {missing} emitted only")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:]))
