"""Series of our own against real trees: each bug is found in the patch that brings it.

The second of three patches changes the protocol; the first and the last only change comments.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.mini import run
from tests.patch.repository import Repository

pytestmark = pytest.mark.real

SETTER = "arch/x86/virt/vmx/tdx/seamcall_internal.h"
TDX = "arch/x86/virt/vmx/tdx/tdx.c"
STOP = "arch/x86/kernel/process.c"
SMP = "arch/x86/kernel/smp.c"
DEAD = "arch/x86/kernel/smpboot.c"
ENTRIES = "arch/x86/virt/vmx/tdx/seamcall.S"
KEXEC = "arch/x86/kernel/machine_kexec_64.c"
JUMP = "arch/x86/kernel/relocate_kernel_64.S"
AMD = "arch/x86/kernel/cpu/amd.c"
HYGON = "arch/x86/kernel/cpu/hygon.c"
DECLARED = "arch/x86/include/asm/processor.h"
FILES = (
    SETTER,
    ENTRIES,
    TDX,
    STOP,
    SMP,
    DEAD,
    KEXEC,
    JUMP,
    AMD,
    HYGON,
    DECLARED,
    "arch/x86/include/asm/kexec.h",
)

Changes = tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Case:
    """A change of some files of a tree, and the rule that finds it; `""` for none."""

    name: str
    rule: str
    changes: Changes


SET = "\tthis_cpu_write(cache_state_incoherent, true);\n"
CALL = "\treturn func(fn, args);\n"
DETECT = "c->extended_cpuid_level >= 0x8000001f && (cpuid_eax(0x8000001f) & BIT(0))"
STOPPING = "\tif (this_cpu_read(cache_state_incoherent))\n\t\twbinvd();\n"
REPORT = "\tcpumask_clear_cpu(cpu, &cpus_stop_mask);\n"
READ = "\tif (this_cpu_read(cache_state_incoherent))\n"
PASS = "\t\trelocate_kernel_flags |= RELOC_KERNEL_CACHE_INCOHERENT;\n"
IRQS = "\tlocal_irq_disable();\n\thw_breakpoint_disable();\n"
TEST = "\ttestb\t$RELOC_KERNEL_CACHE_INCOHERENT, %r11b\n\tjz .Lnowbinvd\n"
BOTH = "$(RELOC_KERNEL_CACHE_INCOHERENT | RELOC_KERNEL_PRESERVE_CONTEXT)"

WAIT = "\t\twhile (!cpumask_empty(&cpus_stop_mask) && timeout--)\n"
EMPTY = "\tcpumask_clear(&cpus_stop_mask);\n"
DYING = "\tif (__this_cpu_read(cpu_info.x86) >= 4)\n\t\twbinvd();\n"
#: On the 7 tree.
SEVEN = (
    Case(
        "K14: a leaf that may not exist",
        "cache-state-set-where-supported",
        ((AMD, DETECT, "cpuid_eax(0x8000001f) & BIT(0)"),),
    ),
    Case(
        "K15: in use for supported",
        "cache-state-set-where-supported",
        ((AMD, DETECT, "cpu_has(c, X86_FEATURE_SME)"),),
    ),
    Case(
        "K15: and a platform has lost its flush",
        "cache-state-platform-lost",
        ((AMD, DETECT, "cpu_has(c, X86_FEATURE_SME)"),),
    ),
    Case(
        "K16: reported before the flush",
        "cache-state-report-last",
        ((STOP, REPORT, ""), (STOP, STOPPING, REPORT + STOPPING)),
    ),
    Case(
        "K16: completion is that the CPU is no longer online",
        "cache-state-report-when-stopped",
        ((STOP, REPORT, ""), (SMP, WAIT, "\t\twhile (num_online_cpus() > 1 && timeout--)\n")),
    ),
    Case(
        "I10: the mask is emptied where somebody was late",
        "cache-state-mask-emptied",
        ((SMP, EMPTY, f"\tif (!cpumask_empty(&cpus_stop_mask))\n\t{EMPTY}"),),
    ),
    Case(
        "I14: offline CPUs flush where encryption is in use",
        "cache-state-flush-before-rest",
        ((DEAD, DYING, DYING.replace("__this_cpu_read(cpu_info.x86) >= 4", "sme_me_mask")),),
    ),
    Case(
        "I15: inlined as the compiler likes",
        "cache-state-inlined",
        ((SETTER, "static __always_inline u64 sc_retry", "static inline u64 sc_retry"),),
    ),
    Case(
        "K22: set after the call",
        "cache-state-set-before-dirty",
        (
            (SETTER, SET, ""),
            (SETTER, CALL, f"\tu64 r = func(fn, args);\n{SET}\treturn r;\n"),
        ),
    ),
    Case(
        "K23: a raw caller",
        "cache-state-marked-entry",
        (
            (
                TDX,
                "__seamcall_dirty_cache(__seamcall_saved_ret, TDH_VP_ENTER, args)",
                "__seamcall_saved_ret(TDH_VP_ENTER, args)",
            ),
        ),
    ),
    Case(
        "K23: an entry kept in a table",
        "cache-state-marked-entry",
        (
            (
                TDX,
                "void tdx_cpu_flush_cache(void)\n",
                "static const struct { sc_func_t call; } raw = { .call = __seamcall };\n\n"
                "void tdx_cpu_flush_cache(void)\n",
            ),
        ),
    ),
    Case(
        "K23: modules are told of an entry",
        "cache-state-marked-entry",
        ((ENTRIES, "SYM_FUNC_END(__seamcall_ret)\n",
          "SYM_FUNC_END(__seamcall_ret)\nEXPORT_SYMBOL_GPL(__seamcall_ret)\n"),),
    ),
    Case(
        "the guard is another one",
        "cache-state-read-with-interrupts-off",
        ((KEXEC, IRQS, IRQS.replace("local_irq_disable", "local_bh_disable")),),
    ),
    Case(
        "K24: an assertion stronger than the context",
        "assert-in-hotplug-callback",
        (
            (
                TDX,
                "void tdx_cpu_flush_cache(void)\n{\n",
                "void tdx_cpu_flush_cache(void)\n{\n\tWARN_ON_ONCE(!preempt_count());\n"
                "\tlockdep_assert_preemption_disabled();\n",
            ),
        ),
    ),
    Case(
        "E6: sampled with interrupts on",
        "cache-state-read-with-interrupts-off",
        ((KEXEC, READ + PASS, ""), (KEXEC, IRQS, READ + PASS + IRQS)),
    ),
    Case(
        "a counter for the bit",
        "cache-state-no-counter",
        ((SETTER, SET, "\tthis_cpu_inc(cache_state_incoherent);\n"),),
    ),
    Case(
        "a flag nobody reads",
        "new-flag-never-read",
        (
            (
                STOP,
                "DEFINE_PER_CPU(bool, __tss_limit_invalid);\n",
                "DEFINE_PER_CPU(bool, __tss_limit_invalid);\n"
                "/* Whether this CPU stops. */\nDEFINE_PER_CPU(bool, cpu_is_stopping);\n",
            ),
            (STOP, STOPPING, "\tthis_cpu_write(cpu_is_stopping, true);\n" + STOPPING),
        ),
    ),
    Case(
        "K27: the mask's update as it is",
        "",
        ((STOP, REPORT, "\t/* Others clear their bits at the same time. */\n" + REPORT),),
    ),
    Case("K31: two bits tested together", "", ((JUMP, TEST, TEST.replace(
        "$RELOC_KERNEL_CACHE_INCOHERENT", BOTH) + TEST),)),
    Case(
        "K32: an assertion in noinstr code",
        "",
        (
            (
                TDX,
                "\treturn __seamcall_dirty_cache(__seamcall_saved_ret, TDH_VP_ENTER, args);\n",
                "\tlockdep_assert_preemption_disabled();\n\tWARN_ON_ONCE(!args);\n"
                "\treturn __seamcall_dirty_cache(__seamcall_saved_ret, TDH_VP_ENTER, args);\n",
            ),
        ),
    ),
)  # fmt: skip

OLD = f"\tif ({DETECT})\n\t\tnative_wbinvd();\n"
NEW = "\tif (this_cpu_read(cache_state_incoherent))\n\t\tnative_wbinvd();\n"
FLAG = "DEFINE_PER_CPU(bool, __tss_limit_invalid);\n"
DEFINED = f"{FLAG}/* Set before aliased lines can exist. */\nDEFINE_PER_CPU(bool, cache_state_incoherent);\n"  # noqa: E501
KNOWN = "void store_cpu_caps(struct cpuinfo_x86 *info);\n"
TOLD = "DECLARE_PER_CPU(bool, cache_state_incoherent);\n"
BEGIN = "static void early_detect_mem_encrypt(struct cpuinfo_x86 *c)\n{\n\tu64 msr;\n"
HYGON_BEGIN = "static void early_init_hygon(struct cpuinfo_x86 *c)\n{\n\tu32 dummy;\n"
ARGUMENT = "host_mem_enc_active = cc_platform_has(CC_ATTR_HOST_MEM_ENCRYPT);\n"


def mark(test: str) -> str:
    return f"\n\tif ({test})\n\t\t__this_cpu_write(cache_state_incoherent, true);\n"


REPLACED: Changes = (
    (STOP, OLD, NEW),
    (STOP, FLAG, DEFINED),
    (DECLARED, KNOWN, KNOWN + TOLD),
    (KEXEC, ARGUMENT, "host_mem_enc_active = 0;\n"),
    (KEXEC, IRQS, IRQS + "\thost_mem_enc_active = this_cpu_read(cache_state_incoherent);\n"),
)
BY_AMD = (AMD, BEGIN, BEGIN + mark(DETECT))
BY_HYGON = (HYGON, HYGON_BEGIN, HYGON_BEGIN + mark(DETECT))
LOST = "cache-state-platform-lost"
#: On the 6.12 tree, which asks where it flushes.
TWELVE = (
    Case("the flag is set wherever the old tests held", "", (*REPLACED, BY_AMD, BY_HYGON)),
    Case("E5 of the thread: another vendor is forgotten", LOST, (*REPLACED, BY_AMD)),
    Case(
        "K15: in use for supported",
        LOST,
        (*REPLACED, (AMD, BEGIN, BEGIN + mark("cpu_has(c, X86_FEATURE_SME)")), BY_HYGON),
    ),
    Case("nobody sets it", LOST, REPLACED),
    Case(
        "in some configurations",
        LOST,
        (
            *REPLACED,
            (
                AMD,
                BEGIN,
                f"{BEGIN}#ifdef CONFIG_AMD_MEM_ENCRYPT{mark(DETECT)}#endif\n",
            ),
            BY_HYGON,
        ),
    ),
    Case(
        "the jump asks for less than before",
        LOST,
        (
            *REPLACED[:3],
            (KEXEC, ARGUMENT, "host_mem_enc_active = boot_cpu_has(X86_FEATURE_X) && "
             "this_cpu_read(cache_state_incoherent);\n"),
            BY_HYGON,
        ),
    ),
)  # fmt: skip


def tree(variable: str) -> Path:
    folder = os.environ.get(variable)
    if not folder:
        pytest.skip(f"{variable} names no kernel tree")
    return Path(folder)


def found(case: Case, source: Path, root: Path) -> set[tuple[str, int]]:
    """Rules and patches of what the series introduces, warnings and errors of ours."""
    texts = {path: (source / path).read_text() for path in FILES if (source / path).exists()}
    repository = Repository(root)
    repository.commit("base", {"include/linux/mini.h": "", "Kconfig": "", **texts})
    comment = "// SPDX-License-Identifier"
    first = {STOP: texts[STOP].replace(comment, f"/* One. */\n{comment}", 1)}
    repository.commit("x86/process: Say one", first)
    texts |= first
    for path, old, new in case.changes:
        assert texts[path].count(old) >= 1, (case.name, path, old)
        texts[path] = texts[path].replace(old, new, 1)
    repository.commit("x86: Change the protocol", texts)
    last = {STOP: texts[STOP].replace("/* One. */", "/* One, again. */", 1)}
    repository.commit("x86/process: Say it again", last)
    result = run("check", "HEAD~3..", "--tree", root, "--format", "json")
    assert result.code in (0, 1), result.err
    return {
        (each["rule"], each["patch"])
        for each in json.loads(result.out)["findings"]
        if each["status"] == "introduced" and each["severity"] != "info"
        if each["rule"].startswith(
            ("cache-state", "new-flag", "assert-", "kexec-border", "no-", "cpu-")
        )
    }


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in SEVEN])
def test_series_on_7(case: Case, tmp_path: Path) -> None:
    check(case, found(case, tree("REVIEWER_KERNEL_7"), tmp_path / "tree"))


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in TWELVE])
def test_series_on_6_12(case: Case, tmp_path: Path) -> None:
    check(case, found(case, tree("REVIEWER_KERNEL_6_12"), tmp_path / "tree"))


def check(case: Case, said: set[tuple[str, int]]) -> None:
    if case.rule:
        assert {patch for rule, patch in said if rule == case.rule} == {2}, said
    else:
        assert said == set()
