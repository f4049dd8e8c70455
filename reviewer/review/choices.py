"""What the person who runs a review chooses, apart from the review, which loads the engines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from reviewer.review.suppress import Entry


class Choices(Struct, frozen=True):
    """What the person who runs a review chooses, never what is reviewed.

    `baseline` are findings that were there already, None without a baseline. A unit of work that
    takes more than `time_budget` seconds is given up; 0 is no limit. `scenarios` are those to
    run, None for all.
    """

    suppressions: Sequence[Entry] = ()
    baseline: Sequence[Entry] | None = None
    pedantic: bool = False
    time_budget: float = 0
    scenarios: tuple[str, ...] | None = None
