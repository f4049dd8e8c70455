"""Mutants of the 7 tree that were written after the rules were changed for others."""

from __future__ import annotations

from collections.abc import Iterator

from tests.real.held_out import (
    AMD,
    CLEAR,
    DEAD,
    DETECT,
    EMPTY,
    FLAG,
    FLUSH,
    IDLE,
    IRQS,
    JUMP,
    KEXEC,
    KVM,
    LOAD,
    OFFLINE,
    REPORT,
    SET,
    SETTER,
    SKIP,
    SMP,
    STATUS,
    STOP,
    STOPPING,
    TDX,
    TEST,
)
from tests.real.mutant import Change, Mutant


def unseen() -> Iterator[Mutant]:
    """Mutants written after the rules were changed for those above; none was changed for these."""

    def one(kind: str, title: str, *changes: Change) -> Mutant:
        return Mutant(kind, title, changes)

    yield one(
        "narrow",
        "stop: only while running",
        (STOP, STOPPING, STOPPING.replace("))", ") && system_state == SYSTEM_RUNNING)", 1)),
    )
    yield one(
        "move",
        "mask emptied in the first branch",
        (SMP, EMPTY, ""),
        (SMP, "\t\ttimeout = USEC_PER_SEC;\n", f"\t{EMPTY}\t\ttimeout = USEC_PER_SEC;\n"),
    )
    yield one(
        "swap",
        "mask: only own bit",
        (SMP, EMPTY, "\tcpumask_clear_cpu(this_cpu, &cpus_stop_mask);\n"),
    )
    yield one(
        "drop",
        "MWAIT: a line for all",
        (DEAD, STATUS + "\n" + FLUSH, STATUS + "\n\tclflush(md);\n"),
    )
    yield one(
        "swap",
        "stop: other CPU flushes",
        (STOP, STOPPING, STOPPING.replace("wbinvd()", "wbinvd_on_cpu(0)")),
    )
    yield one("swap", "set on CPU 0", (SETTER, SET, f"\tper_cpu({FLAG}, 0) = true;\n"))
    yield one(
        "drop",
        "setter maybe unused",
        (
            SETTER,
            "static __always_inline u64 __seamcall_dirty",
            "static __maybe_unused u64 __seamcall_dirty",
        ),
    )
    yield one(
        "narrow",
        "set under a static key",
        (SETTER, SET, f"\tif (static_branch_unlikely(&kexec_key))\n\t{SET}"),
    )
    yield one(
        "context",
        "interrupts off after the flags",
        (KEXEC, IRQS, "\thw_breakpoint_disable();\n"),
        (KEXEC, LOAD, "\tlocal_irq_disable();\n" + LOAD),
    )
    yield one(
        "duplicate",
        "flags overwritten",
        (
            KEXEC,
            LOAD,
            "\tif (image->preserve_context)\n"
            "\t\trelocate_kernel_flags = RELOC_KERNEL_PRESERVE_CONTEXT;\n" + LOAD,
        ),
    )
    yield one(
        "drop",
        "TDX: a range flushed",
        (TDX, FLUSH + CLEAR, "\tclflush_cache_range(&tdx_cpu_flush_cache, 64);\n" + CLEAR),
    )
    yield one(
        "clear early",
        "TDX: compare and exchange",
        (TDX, SKIP, f"\tif (!this_cpu_cmpxchg({FLAG}, true, false))\n\t\treturn;\n"),
        (TDX, FLUSH + CLEAR, FLUSH),
    )
    yield one("narrow", "AMD: another leaf bit", (AMD, DETECT, DETECT.replace("BIT(0)", "BIT(1)")))
    yield one(
        "narrow",
        "AMD: boot CPU only",
        (AMD, DETECT, DETECT.replace("(c->", "(c == &boot_cpu_data && c->", 1)),
    )
    yield one(
        "narrow",
        "AMD: returns before",
        (AMD, DETECT, "\tif (!cpu_has(c, X86_FEATURE_SME))\n\t\treturn;\n" + DETECT),
    )
    yield one("duplicate", "JUMP: r11 zeroed", (JUMP, TEST, "\txorl\t%r11d, %r11d\n" + TEST))
    yield one(
        "swap", "JUMP: wrong register kept", (JUMP, "\tmovq\t%rcx, %r11\n", "\tmovq\t%rdx, %r11\n")
    )
    yield one(
        "bypass",
        "prerr raw",
        (
            SETTER,
            "\tsc_retry_prerr(__seamcall, seamcall_err, (__fn), (__args))",
            "\t(__seamcall((__fn), (__args)) ? -EIO : 0)",
        ),
    )
    yield one(
        "bypass",
        "KVM pointer",
        (
            KVM,
            "tdh_vp_enter(&tdx->vp, &tdx->vp_enter_args)",
            "(&__seamcall_saved_ret)(0, &tdx->vp_enter_args)",
        ),
    )
    yield one(
        "move", "offline after the flush", (STOP, OFFLINE, ""), (STOP, REPORT, OFFLINE + REPORT)
    )
    yield one(
        "duplicate",
        "a message after the flush",
        (STOP, REPORT, '\tpr_info("stopped\\n");\n' + REPORT),
    )
    yield one(
        "drop",
        "ACPI idle: no flush",
        (IDLE, "\tACPI_FLUSH_CPU_CACHE();\n\n\twhile (1) {", "\twhile (1) {"),
    )
