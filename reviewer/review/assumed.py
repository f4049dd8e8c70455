"""What a changelog says is over, "no call after B()", held to what rules prove of the code."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from msgspec.structs import replace

from reviewer.finding import Finding, Severity, Status
from reviewer.patch.late import late
from reviewer.rule.types import RuleSet, Window, covers

#: The check of words that finds such assumptions.
_CHECK = "no-more-after"
_CLAIM = late(
    r"no (?:more |other |further )?(?P<what>(?:(?:function|direct|indirect) )?\S+) "
    r"(?:\w+ )*?(?:after|once|following|past) .*?(?P<point>\w+)\(\)\W*"
)
_CALL = "call"


def held(findings: Sequence[Finding], rules: RuleSet) -> Iterator[Finding]:
    """The findings; an assumption that a window of the code refutes is a warning with the path.

    It is refuted by what is forbidden after the same point, if that is what is said to be over.
    """
    assumptions = {rule.id for rule in rules.words if rule.body.check == _CHECK}
    windows = {rule.id: rule.body for rule in rules.rules if isinstance(rule.body, Window)}
    for finding in findings:
        claim = _CLAIM.fullmatch(finding.subject) if finding.rule in assumptions else None
        against = (
            next(_against(claim["what"], claim["point"], finding, findings, windows), None)
            if claim
            else None
        )
        yield _refuted(finding, against) if against else finding


def _against(
    what: str,
    point: str,
    claim: Finding,
    findings: Iterable[Finding],
    windows: dict[str, Window],
) -> Iterator[Finding]:
    """What happens after the point in the code as the patch of the claim leaves it, or later."""
    for each in findings:
        window = windows.get(each.rule)
        if window is None or each.status is Status.FIXED or each.severity is Severity.INFO:
            continue
        if each.gone_by is not None and each.gone_by <= (claim.patch or 0):
            continue
        calls = what.endswith((_CALL, f"{_CALL}s"))
        over = any(covers(_CALL, entry) for entry in window.forbids) if calls else False
        named = each.subject == what.removesuffix("()")
        if (over or named) and _opened_by(point, each):
            yield each


def _opened_by(point: str, finding: Finding) -> bool:
    """Whether the path to the finding goes through a call of that name."""
    called = re.compile(rf"\b{re.escape(point)}\(")
    return any(called.search(step.text) for step in finding.trace.steps[:-1])


def _refuted(claim: Finding, against: Finding) -> Finding:
    place = f"{against.location.path}:{against.location.line}"
    where = f" where {against.condition}" if against.condition else ""
    return replace(
        claim,
        severity=Severity.WARNING,
        message=f'the changelog assumes "{claim.subject}", but {against.message}{where} '
        f"({place}, {against.rule})",
        trace=against.trace,
    )
