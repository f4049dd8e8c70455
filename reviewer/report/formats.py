"""The formats a report can be printed in, by name.

A format's module is loaded when the format is first used: a hook or a short check needs one.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Protocol

from reviewer.report.style import PLAIN, Style
from reviewer.review.types import Report


class Render(Protocol):
    """A format: a report becomes text that ends in a newline, or is empty."""

    def __call__(self, report: Report, style: Style = PLAIN) -> str:
        """The report as text."""
        ...


class RenderAll(Protocol):
    """Reports of several series as one document."""

    def __call__(self, reports: Sequence[Report], style: Style = PLAIN) -> str:
        """The reports as text."""
        ...


def _late(module: str, name: str = "render") -> Render:
    """The format of a module of this package."""

    def render(report: Report, style: Style = PLAIN) -> str:
        found: Render = getattr(import_module(f"reviewer.report.{module}"), name)
        return found(report, style)

    return render


def _late_joint(module: str, name: str = "render_all") -> RenderAll:
    """The same for several reports."""

    def render_all(reports: Sequence[Report], style: Style = PLAIN) -> str:
        found: RenderAll = getattr(import_module(f"reviewer.report.{module}"), name)
        return found(reports, style)

    return render_all


FORMATS: dict[str, Render] = {
    "text": _late("text"),
    "terse": _late("terse"),
    "json": _late("json"),
    "b4": _late("b4"),
    "b4-review": _late("b4", "render_review"),
    "sarif": _late("sarif"),
    "rdjson": _late("rdjson"),
    "github": _late("github"),
    "junit": _late("junit"),
    "reply": _late("reply"),
    "html": _late("html"),
}

#: Formats of which several reports, one after the other, would be no document.
JOINT: dict[str, RenderAll] = {
    "b4-review": _late_joint("b4", "render_reviews"),
    "sarif": _late_joint("sarif"),
    "rdjson": _late_joint("rdjson"),
    "junit": _late_joint("junit"),
    "html": _late_joint("html"),
}
