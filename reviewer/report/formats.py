"""The formats a report can be printed in, by name."""

from __future__ import annotations

from typing import Protocol

from reviewer.report import json, terse, text
from reviewer.report.style import PLAIN, Style
from reviewer.review.types import Report


class Render(Protocol):
    """A format: a report becomes text that ends in a newline, or is empty."""

    def __call__(self, report: Report, style: Style = PLAIN) -> str:
        """The report as text."""
        ...


FORMATS: dict[str, Render] = {"text": text.render, "terse": terse.render, "json": json.render}
