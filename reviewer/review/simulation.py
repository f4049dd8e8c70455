"""What the simulator says of a series, as work that can be done beside the rules' own."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from msgspec.structs import replace

from reviewer.patch.rebuild import Rebuilt
from reviewer.patch.types import Series
from reviewer.review.order import order
from reviewer.review.relevance import concerns_scenario
from reviewer.review.renames import under_old_names
from reviewer.review.scope import in_order
from reviewer.review.types import Report

if TYPE_CHECKING:
    from reviewer.review.behaviour import Behaviour

#: Work of the simulator.
Simulation = Callable[[], "Behaviour"]


def simulation(
    series: Series,
    rebuilt: Rebuilt,
    *,
    time_budget: float = 0,
    scenarios: Collection[str] | None = None,
) -> Simulation | None:
    """The work that a series makes, yet to be done; None where no scenario has to do with it.

    A scenario that takes more than `time_budget` seconds, where that is not 0, is given up.
    `scenarios` are the ids of those to run, None for all.
    """
    if not concerns_scenario(rebuilt, scenarios):
        return None
    from reviewer.review.behaviour import prepared

    restored, names = under_old_names(series, rebuilt)
    work = prepared(series, restored, time_budget=time_budget, only=scenarios)

    def named() -> Behaviour:
        found = work()
        return replace(found, findings=tuple(map(names.given, found.findings)))

    return named


def with_behaviour(report: Report, found: Behaviour) -> Report:
    """The report with what the simulator says of the series."""
    return replace(
        report,
        findings=tuple(sorted((*report.findings, *found.findings), key=order)),
        skips=in_order([*report.skips, *found.skips]),
        verdicts=found.verdicts,
        behaviour_changes=found.changes,
    )
