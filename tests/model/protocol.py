"""The stop, flush and hand-over protocol as hand-written programs, with its known variants.

The variants and what each breaks were worked out on models for an independent model checker; the
table in `test_protocol` holds its verdicts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from reviewer.model.text import parse
from reviewer.model.types import System

INVARIANTS = {
    1: "no-flush-after-hand-over",
    2: "no-stale-write-back",
    3: "flag-is-conservative",
    4: "gs-valid-when-used",
}


class Early(StrEnum):
    """How caches are flushed before the other CPUs are stopped."""

    NONE = "none"
    CLEAR = "flush and clear by interrupt"
    VMXOFF = "and no SEAMCALL dirties a cache afterwards"
    PROMISE = "and no SEAMCALL is tried afterwards"


@dataclass(frozen=True)
class Variant:
    task: str = """
        0 -> 1: flag := 1 if !promised
        1 -> 0: dirty if !vmxoff
        1 -> 0: none if vmxoff
        """
    stop: str = """
        0 -> 1: flush.begin if flag
        1 -> 2: flush.end
        0 -> 2: none if !flag
        2 -> 3: mask.clear
        3 -> 3: halt
        """
    nmi: str = ""
    flush: str = """
        0 -> 1: flush.begin if flag
        1 -> 2: flush.end
        2 -> 3: flag := 0
        0 -> 3: none if !flag
        """
    wait: str = """
        24 -> 25: send nmi if !mask.empty
        24 -> 30: none if mask.empty
        25 -> 30: none if mask.empty
        """
    hand_over: str = """
        31 -> 32: %r8 := flag
        32 -> 33: gs.invalid
        """
    relocate: str = """
        33 -> 34: flush.begin if %r8
        34 -> 35: flush.end
        33 -> 35: none if !%r8
        """


AS_IS = Variant()

VARIANTS = {
    "as is": AS_IS,
    "flag and SEAMCALL with interrupts off": replace(
        AS_IS,
        task="""
        0 -> 1: irq.off
        1 -> 2: flag := 1 if !promised
        1 -> 3: none if promised
        2 -> 3: dirty if !vmxoff
        2 -> 3: none if vmxoff
        3 -> 0: irq.on
        """,
    ),
    "NMI skips a CPU that has reported": replace(
        AS_IS,
        nmi="""
        0 -> 1: none if mask
        0 -> exit: none if !mask
        1 -> 2: flush.begin if flag
        2 -> 3: flush.end
        1 -> 3: none if !flag
        3 -> 4: mask.clear
        4 -> 4: halt
        """,
    ),
    "stop clears the flag after its flush": replace(
        AS_IS,
        stop="""
        0 -> 1: flush.begin if flag
        1 -> 4: flush.end
        4 -> 2: flag := 0
        0 -> 2: none if !flag
        2 -> 3: mask.clear
        3 -> 3: halt
        """,
    ),
    "flag after the SEAMCALL": replace(
        AS_IS,
        task="""
        0 -> 1: dirty if !vmxoff && !promised
        0 -> 1: none if vmxoff && !promised
        1 -> 0: flag := 1
        """,
    ),
    "flush clears the flag first": replace(
        AS_IS,
        flush="""
        0 -> 1: flag := 0 if flag
        1 -> 2: flush.begin
        2 -> 3: flush.end
        0 -> 3: none if !flag
        """,
    ),
    "flush without a flush": replace(
        AS_IS,
        flush="""
        0 -> 3: flag := 0 if flag
        0 -> 3: none if !flag
        """,
    ),
    "flush preempted by a SEAMCALL": replace(
        AS_IS,
        flush="""
        0 -> 1: flush.begin if flag
        1 -> 2: flush.end
        2 -> 4: flag := 1
        4 -> 2: dirty
        2 -> 3: flag := 0
        0 -> 3: none if !flag
        """,
    ),
    "stop without a flush": replace(AS_IS, stop="0 -> 1: mask.clear\n1 -> 1: halt"),
    "stop reports before its flush": replace(
        AS_IS,
        stop="""
        0 -> 1: mask.clear
        1 -> 2: flush.begin if flag
        2 -> 3: flush.end
        1 -> 3: none if !flag
        3 -> 3: halt
        """,
    ),
    "relocation without a flush": replace(AS_IS, relocate="33 -> 35: none"),
    "flag sampled early": replace(AS_IS, hand_over="6 -> 7: %r8 := flag\n31 -> 33: gs.invalid"),
    "flag read after the segments": replace(
        AS_IS,
        hand_over="""
        31 -> 32: gs.invalid
        32 -> 36: percpu
        36 -> 33: %r8 := flag
        """,
    ),
    "second wait may time out": replace(AS_IS, wait=AS_IS.wait + "25 -> 30: none if !mask.empty"),
    "SEAMCALL after migration": replace(
        AS_IS, task=AS_IS.task + "0 -> 0: dirty if !vmxoff && !promised"
    ),
}


def system(variant: Variant, early: Early) -> System:
    """The protocol with one variant of its code and one way of flushing early."""
    ends = "3 -> 5: none"
    if early is Early.VMXOFF:
        ends = "3 -> 5: vmxoff := 1"
    elif early is Early.PROMISE:
        ends = "3 -> 6: vmxoff := 1\n6 -> 5: promised := 1"
    flush = f"{variant.flush}\n{ends}\n5 -> exit: none"
    first = "" if "6 -> 7" in variant.hand_over else "6 -> 7: none"
    if early is Early.NONE:
        flush_phase = "7 -> 20: none"
    else:
        flush_phase = f"7 -> 8: call.all flush\n{_shift(flush, 9)}\n8 -> 9: none\n"
        flush_phase = flush_phase.replace("-> exit: none", "-> 20: none if calls.done")
    boot = f"""
        {variant.task}
        0 -> 6: none
        {first}
        {flush_phase}
        20 -> 21: mask.fill
        21 -> 22: send irq
        22 -> 24: none
        {variant.wait}
        30 -> 31: mask.empty
        {variant.hand_over}
        {variant.relocate}
        35 -> exit: jump
        """
    return System(
        parse(f"program boot\n{boot}"),
        parse(f"program task\n{variant.task}"),
        (
            ("irq", parse(f"program stop\n{variant.stop}")),
            ("nmi", parse(f"program nmi\n{variant.nmi or variant.stop}")),
            ("flush", parse(f"program flush\n{flush}")),
        ),
    )


def _shift(text: str, by: int) -> str:
    rows = []
    for line in filter(str.strip, text.splitlines()):
        edge, _, rest = line.strip().partition(": ")
        source, _, target = edge.partition(" -> ")
        target = target if target == "exit" else str(int(target) + by)
        rows.append(f"{int(source) + by} -> {target}: {rest}")
    return "\n".join(rows)
