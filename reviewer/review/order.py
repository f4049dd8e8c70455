"""The order of findings in a report."""

from __future__ import annotations

from reviewer.finding import Finding, Location


def order(finding: Finding) -> tuple[int, Location, str, str, str, int]:
    """Patch, path, line, rule, then what tells findings of one line apart."""
    return (
        finding.patch or 0,
        finding.location,
        finding.rule,
        finding.subject,
        finding.status,
        finding.ordinal,
    )
