"""Protocols that a scan met: who has to do with the flag, and each invariant's verdict.

cache-state: this_flag
  set      arch/x86/kernel/cpu/amd.c:520 detect(): this_cpu_write(this_flag, true)
  I1 holds: set before anything dirties (as far as cache-state-set-before-dirty can see)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from reviewer.report.safe import printable, quoted

if TYPE_CHECKING:
    from reviewer.check.flags.invariants import Access, Audit

Value = str | int | Sequence["Value"] | Mapping[str, "Value"]


def audit_lines(audit: Audit) -> Iterator[str]:
    """A protocol for people."""
    yield f"{audit.promise.id}: {audit.promise.flag.variable}"
    width = max(len(each.kind) for each in audit.accesses)
    for each in audit.accesses:
        yield f"  {each.kind:{width}}  {_place(each)}"
    width = max((len(each.invariant.name) for each in audit.judgements), default=0)
    for judged in audit.judgements:
        standing = f"{judged.invariant.name:{width}}  {judged.standing}"
        yield f"  {standing}: {judged.invariant.title} ({quoted(judged.grounds)})"


def _place(access: Access) -> str:
    function = f" {printable(access.function)}():" if access.function else ":"
    where = f"{printable(access.location.path)}:{access.location.line}"
    return f"{where}{function} {quoted(access.text)}"


def audit_value(audit: Audit) -> Value:
    """A protocol for programs."""
    return {
        "protocol": audit.promise.id,
        "flag": audit.promise.flag.variable,
        "accesses": [
            {
                "kind": each.kind,
                "path": printable(each.location.path),
                "line": each.location.line,
                "function": printable(each.function),
                "text": printable(each.text),
            }
            for each in audit.accesses
        ],
        "invariants": [
            {
                "name": each.invariant.name,
                "title": each.invariant.title,
                "verdict": each.standing.value,
                "grounds": printable(each.grounds),
                "rules": list(each.invariant.rules),
            }
            for each in audit.judgements
        ],
    }
