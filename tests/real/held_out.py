"""Mutants of the 7 tree's protocol, written down before any of them was run.

Each breaks the protocol; the rules were made and tuned on others. `drawn` are calls of the tree's
own, chosen by a seed, each turned into a way past the setter.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

from tests.real.mutant import Change, Mutant

SETTER = "arch/x86/virt/vmx/tdx/seamcall_internal.h"
ENTRIES = "arch/x86/virt/vmx/tdx/seamcall.S"
TDX = "arch/x86/virt/vmx/tdx/tdx.c"
KVM = "arch/x86/kvm/vmx/tdx.c"
STOP = "arch/x86/kernel/process.c"
SMP = "arch/x86/kernel/smp.c"
DEAD = "arch/x86/kernel/smpboot.c"
KEXEC = "arch/x86/kernel/machine_kexec_64.c"
JUMP = "arch/x86/kernel/relocate_kernel_64.S"
AMD = "arch/x86/kernel/cpu/amd.c"
IDLE = "drivers/acpi/processor_idle.c"

FLAG = "cache_state_incoherent"
SET = f"\tthis_cpu_write({FLAG}, true);\n"
CALL = "\treturn func(fn, args);\n"
FLUSH, CLEAR = "\twbinvd();\n", f"\tthis_cpu_write({FLAG}, false);\n"
SKIP = f"\tif (!this_cpu_read({FLAG}))\n\t\treturn;\n"
STOPPING = f"\tif (this_cpu_read({FLAG}))\n\t\twbinvd();\n"
REPORT = "\tcpumask_clear_cpu(cpu, &cpus_stop_mask);\n"
OFFLINE = "\tset_cpu_online(cpu, false);\n\tdisable_local_APIC();\n"
REST = "\tfor (;;) {\n\t\t/*\n\t\t * Use native_halt()"
EMPTY = "\tcpumask_clear(&cpus_stop_mask);\n"
BY_NMI = "\t/* if the REBOOT_VECTOR didn't work, try with the NMI */\n"
READ = f"\tif (this_cpu_read({FLAG}))\n"
PASS = "\t\trelocate_kernel_flags |= RELOC_KERNEL_CACHE_INCOHERENT;\n"
IRQS = "\tlocal_irq_disable();\n\thw_breakpoint_disable();\n"
FRESH = "\trelocate_kernel_flags = 0;\n"
LOAD = "\tload_segments();\n"
TEST = "\ttestb\t$RELOC_KERNEL_CACHE_INCOHERENT, %r11b\n\tjz .Lnowbinvd\n"
WRITTEN = f"{TEST}\twbinvd\n.Lnowbinvd:\n"
COPY = "\n\tcall\tswap_pages\n"
DETECT = (
    "\tif (c->extended_cpuid_level >= 0x8000001f && (cpuid_eax(0x8000001f) & BIT(0)))\n"
    f"\t\t__this_cpu_write({FLAG}, true);\n"
)
INSIDE = "\t\t/* Check if memory encryption is enabled */\n"
STATUS = "\tmd->status = CPUDEAD_MWAIT_WAIT;\n\tmd->control = CPUDEAD_MWAIT_WAIT;\n"
DYING = "\tif (__this_cpu_read(cpu_info.x86) >= 4)\n\t\twbinvd();\n\n\twhile (1)\n"
QUERY = "__seamcall_dirty_cache(__seamcall_ret, TDH_PHYMEM_PAGE_RDMD, &args)"
TRACK = "\treturn seamcall(TDH_MEM_TRACK, &args);\n"
FLUSHING = "static void tdx_cpu_flush_cache(void)\n"


def written() -> Iterator[Mutant]:
    """Mutants that are written out."""

    def one(kind: str, title: str, *changes: Change) -> Mutant:
        return Mutant(kind, title, changes)

    after = f"\tu64 ret = func(fn, args);\n\n\tif (!ret)\n\t{SET}\treturn ret;\n"
    yield one("swap", "set after what succeeded", (SETTER, SET, ""), (SETTER, CALL, after))
    yield one(
        "swap",
        "preemption on and off change places",
        (SETTER, "\t\tpreempt_disable();\n", "\t\tpreempt_XXX();\n"),
        (SETTER, "\t\tpreempt_enable();\n", "\t\tpreempt_disable();\n"),
        (SETTER, "\t\tpreempt_XXX();\n", "\t\tpreempt_enable();\n"),
    )
    yield one(
        "swap",
        "reported while still online",
        (STOP, REPORT, ""),
        (STOP, OFFLINE, REPORT + OFFLINE),
    )
    yield one(
        "swap", "mask emptied before the NMI", (SMP, EMPTY, ""), (SMP, BY_NMI, EMPTY + BY_NMI)
    )
    yield one(
        "swap",
        "flag sampled with the first flags",
        (KEXEC, READ + PASS, ""),
        (
            KEXEC,
            IRQS,
            f"\tsampled = this_cpu_read({FLAG}) ? RELOC_KERNEL_CACHE_INCOHERENT : 0;\n{IRQS}",
        ),
        (KEXEC, "\tint save_ftrace_enabled;\n", "\tint save_ftrace_enabled;\n\tint sampled;\n"),
        (KEXEC, FRESH, "\trelocate_kernel_flags = sampled;\n"),
    )
    yield one(
        "swap",
        "flushed on the old page tables",
        (JUMP, WRITTEN, ""),
        (
            JUMP,
            "\t/* Switch to the identity mapped page tables */\n",
            "\ttestb\t$RELOC_KERNEL_CACHE_INCOHERENT, %cl\n\tjz .Lclean\n\twbinvd\n.Lclean:\n"
            "\t/* Switch to the identity mapped page tables */\n",
        ),
    )
    yield one("swap", "copied, then flushed", (JUMP, WRITTEN + COPY, COPY + WRITTEN))
    yield one(
        "swap",
        "an offline CPU halts, then flushes",
        (
            DEAD,
            DYING + "\t\tnative_halt();\n",
            "\twhile (1) {\n\t\tnative_halt();\n\t\twbinvd();\n\t}\n",
        ),
    )
    yield one(
        "move",
        "flushed after the platform's own stop",
        (STOP, STOPPING, ""),
        (STOP, REST, STOPPING + REST),
    )
    yield one(
        "move", "set where BIOS enabled it", (AMD, DETECT, ""), (AMD, INSIDE, DETECT + INSIDE)
    )
    yield one(
        "move", "stores after an offline CPU's flush", (DEAD, STATUS + "\n" + FLUSH, FLUSH + STATUS)
    )
    yield one(
        "move",
        "mask emptied only after an NMI",
        (SMP, EMPTY, ""),
        (
            SMP,
            "\t\ttimeout = USEC_PER_MSEC * 10;\n",
            f"\t{EMPTY}\t\ttimeout = USEC_PER_MSEC * 10;\n",
        ),
    )
    yield one("drop", "mask not emptied", (SMP, EMPTY, ""))
    yield one("drop", "no flush before MWAIT", (DEAD, STATUS + "\n" + FLUSH, STATUS))
    yield one("drop", "no flush before an offline CPU's halt", (DEAD, DYING, "\twhile (1)\n"))
    yield one("drop", "nobody reports", (STOP, REPORT, ""))
    yield one("drop", "no flush before the copy", (JUMP, WRITTEN, ""))
    yield one("drop", "flush jumped over", (JUMP, "\tjz .Lnowbinvd\n", "\tjmp .Lnowbinvd\n"))
    for name in ("u64 __seamcall_dirty_cache", "u64 sc_retry", "int sc_retry_prerr"):
        yield one(
            "drop",
            f"{name} may be out of line",
            (SETTER, f"static __always_inline {name}(", f"static inline {name}("),
        )
    yield one(
        "drop",
        "the setter is a function of its own",
        (
            SETTER,
            "static __always_inline u64 __seamcall_dirty",
            "static noinline u64 __seamcall_dirty",
        ),
    )
    yield one(
        "duplicate",
        "a store after the flush",
        (STOP, REPORT, REPORT + "\tcpu_data(cpu).initialized = false;\n"),
    )
    yield one("duplicate", "flags begin anew", (KEXEC, LOAD, FRESH + LOAD))
    yield one("duplicate", "copied twice", (JUMP, TEST, COPY + TEST))
    yield one(
        "duplicate",
        "called, cleared, called",
        (SETTER, CALL, f"\tfunc(fn, args);\n{CLEAR}{CALL}"),
    )
    yield one(
        "duplicate",
        "all wait again once the mask is empty",
        (SMP, EMPTY, EMPTY + "\twhile (!cpumask_empty(&cpus_stop_mask))\n\t\tcpu_relax();\n"),
    )
    for title, off, on in (
        ("migration", "migrate_disable", "migrate_enable"),
        ("RCU", "rcu_read_lock", "rcu_read_unlock"),
    ):
        yield one(
            "context",
            f"{title} for preemption",
            (SETTER, "\t\tpreempt_disable();\n", f"\t\t{off}();\n"),
            (SETTER, "\t\tpreempt_enable();\n", f"\t\t{on}();\n"),
        )
    yield one(
        "context",
        "softirqs for interrupts",
        (KEXEC, IRQS, IRQS.replace("local_irq", "local_bh")),
    )
    yield one(
        "context",
        "preemption for interrupts",
        (KEXEC, IRQS, IRQS.replace("local_irq", "preempt")),
    )
    yield one(
        "context",
        "the setter called with preemption on",
        (TDX, TRACK, "\treturn __seamcall_dirty_cache(__seamcall, TDH_MEM_TRACK, &args);\n"),
    )
    ways = {
        "one of two": "(phys ? __seamcall_ret : __seamcall)(TDH_PHYMEM_PAGE_RDMD, &args)",
        "inline assembly": (
            '0;\n\tasm volatile("call __seamcall" : "=a" (sret) : "D" (1), "S" (&args))'
        ),
        "a cast": "(u64)((sc_func_t)__seamcall_ret)(TDH_PHYMEM_PAGE_RDMD, &args)",
        "a member": "(paddr_ops.call = __seamcall_ret)(TDH_PHYMEM_PAGE_RDMD, &args)",
        "another CPU": "smp_call_on_cpu(0, (int (*)(void *))__seamcall_ret, &args, true)",
        "its address": "(*&__seamcall_ret)(TDH_PHYMEM_PAGE_RDMD, &args)",
    }
    for title, way in ways.items():
        yield one("bypass", f"page queried by {title}", (TDX, QUERY, way))
    yield one(
        "bypass",
        "a list on the stack",
        (
            TDX,
            f"\tsret = {QUERY};\n",
            "\tsc_func_t calls[] = { __seamcall, __seamcall_ret };\n\n"
            "\tsret = calls[1](TDH_PHYMEM_PAGE_RDMD, &args);\n",
        ),
    )
    yield one(
        "bypass",
        "a pasted name",
        (TDX, FLUSHING, f"#define SC(how, args...)\t__seamcall##how(args)\n\n{FLUSHING}"),
        (TDX, QUERY, "SC(_ret, TDH_PHYMEM_PAGE_RDMD, &args)"),
    )
    yield one(
        "bypass",
        "a variable that is changed later",
        (TDX, FLUSHING, f"static sc_func_t entry = __seamcall_ret;\n\n{FLUSHING}"),
        (TDX, QUERY, "entry(TDH_PHYMEM_PAGE_RDMD, &args)"),
    )
    end = "SYM_FUNC_END(__seamcall_ret)\n"
    yield one(
        "bypass",
        "a pointer in assembly",
        (ENTRIES, end, f"{end}\n\t.data\nraw_entry:\n\t.quad __seamcall_ret\n\t.text\n"),
    )
    yield one(
        "bypass",
        "entry told to modules",
        (ENTRIES, end, f"{end}EXPORT_SYMBOL_GPL(__seamcall_ret)\n"),
    )
    yield one(
        "bypass",
        "entry told to modules by C",
        (TDX, FLUSHING, f"EXPORT_SYMBOL_FOR_KVM(__seamcall);\n\n{FLUSHING}"),
    )
    yield one(
        "bypass",
        "another name for the entry in assembly",
        (ENTRIES, end, f"{end}SYM_FUNC_ALIAS(enter_module, __seamcall_ret)\n"),
    )
    yield one(
        "bypass",
        "a driver far away",
        (
            IDLE,
            "static void acpi_idle_play_dead(",
            "u64 __seamcall(u64 fn, void *args);\n\nstatic u64 acpi_idle_seam(void *args)\n{\n"
            "\treturn __seamcall(44, args);\n}\n\nstatic void acpi_idle_play_dead(",
        ),
    )
    yield one(
        "bypass",
        "a guest entered by KVM itself",
        (
            KVM,
            "tdh_vp_enter(&tdx->vp, &tdx->vp_enter_args)",
            "__seamcall_saved_ret(TDH_VP_ENTER, &tdx->vp_enter_args)",
        ),
    )
    both = FLUSH + CLEAR
    early = {
        "by exchange": f"\tthis_cpu_xchg({FLAG}, false);\n{FLUSH}",
        "through a pointer": f"\t*this_cpu_ptr(&{FLAG}) = false;\n{FLUSH}",
        "by number": f"\tper_cpu({FLAG}, smp_processor_id()) = 0;\n{FLUSH}",
        "raw": f"\traw_cpu_write({FLAG}, false);\n{FLUSH}",
        "as bytes": f"\tmemset(this_cpu_ptr(&{FLAG}), 0, sizeof(bool));\n{FLUSH}",
        "with and": f"\tthis_cpu_and({FLAG}, false);\n{FLUSH}",
    }
    for title, way in early.items():
        yield one("clear early", f"cleared {title}, then flushed", (TDX, both, way))
    yield one(
        "clear early",
        "cleared by the test",
        (TDX, SKIP, SKIP.replace(f"_read({FLAG})", f"_xchg({FLAG}, false)")),
        (TDX, both, FLUSH),
    )
    yield one("clear early", "cleared by who jumps", (KEXEC, READ + PASS, READ + PASS + CLEAR))
    yield one(
        "clear early",
        "cleared after each call",
        (SETTER, CALL, f"\tu64 ret = func(fn, args);\n\n{CLEAR}\treturn ret;\n"),
    )
    yield one(
        "clear early",
        "cleared where not in use",
        (AMD, DETECT, DETECT + f"\t__this_cpu_write({FLAG}, !!sme_me_mask);\n"),
    )
    counted = {
        "inc_return": f"\tthis_cpu_inc_return({FLAG});\n",
        "add_return": f"\tthis_cpu_add_return({FLAG}, 1);\n",
        "one more": f"\tthis_cpu_write({FLAG}, this_cpu_read({FLAG}) + 1);\n",
        "by number": f"\tper_cpu({FLAG}, smp_processor_id())++;\n",
        "through a pointer": f"\t(*this_cpu_ptr(&{FLAG}))++;\n",
    }
    for title, way in counted.items():
        yield one("counter", f"counted: {title}", (SETTER, SET, way))
    yield one("counter", "counted down", (TDX, CLEAR, f"\tthis_cpu_sub({FLAG}, 1);\n"))
    yield one("flip", "flushed when coherent", (JUMP, "\tjz .Lnowbinvd\n", "\tjnz .Lnowbinvd\n"))
    yield one(
        "flip",
        "another bit is tested",
        (JUMP, TEST, TEST.replace("CACHE_INCOHERENT", "PRESERVE_CONTEXT")),
    )
    yield one("flip", "the bit is taken out", (KEXEC, PASS, PASS.replace("|= ", "&= ~")))
    yield one(
        "flip",
        "told by the wrong arm",
        (
            KEXEC,
            READ + PASS,
            f"\trelocate_kernel_flags |= this_cpu_read({FLAG}) ?\n"
            "\t\t0 : RELOC_KERNEL_CACHE_INCOHERENT;\n",
        ),
    )
    yield one("flip", "old CPUs only", (DEAD, DYING, DYING.replace(">= 4", "< 4")))
    yield one(
        "flip",
        "skipped when true",
        (TDX, SKIP, SKIP.replace(f"!this_cpu_read({FLAG})", f"this_cpu_read({FLAG}) == true")),
    )
    yield one(
        "flip",
        "flushed when false",
        (STOP, STOPPING, STOPPING.replace(f"({FLAG})", f"({FLAG}) == false")),
    )
    yield one(
        "narrow",
        "not for kexec",
        (STOP, STOPPING, STOPPING.replace("(this", "(!kexec_in_progress && this", 1)),
    )
    guarded = "#ifdef CONFIG_AMD_MEM_ENCRYPT\n{}#endif\n"
    yield one(
        "narrow", "stop flushes in one configuration", (STOP, STOPPING, guarded.format(STOPPING))
    )
    yield one(
        "narrow",
        "jump told in one configuration",
        (KEXEC, READ + PASS, guarded.format(READ + PASS)),
    )
    yield one("narrow", "detected in one configuration", (AMD, DETECT, guarded.format(DETECT)))
    yield one(
        "narrow",
        "detected on new families",
        (AMD, DETECT, DETECT.replace("(c->", "(c->x86 >= 0x19 && c->", 1)),
    )
    yield one(
        "narrow",
        "flushed only for kexec",
        (TDX, SKIP, f"\tif (!kexec_in_progress)\n\t\treturn;\n{SKIP}"),
    )
    yield one(
        "narrow",
        "some calls go around",
        (SETTER, SET, f"\tif (fn == 33)\n\t\treturn func(fn, args);\n\n{SET}"),
    )
    yield one(
        "narrow",
        "both bits at once",
        (JUMP, TEST, "\tcmpb\t$RELOC_KERNEL_CACHE_INCOHERENT, %r11b\n\tjne .Lnowbinvd\n"),
    )
    yield one(
        "narrow",
        "flushed as a helper says",
        (
            STOP,
            "void __noreturn stop_this_cpu(",
            "static bool must_flush(struct cpuinfo_x86 *c)\n{\n"
            f"\treturn this_cpu_read({FLAG}) && c->x86_vendor == X86_VENDOR_AMD;\n"
            "}\n\nvoid __noreturn stop_this_cpu(",
        ),
        (STOP, STOPPING, "\tif (must_flush(c))\n\t\twbinvd();\n"),
    )
    yield one(
        "narrow",
        "offline CPUs flush where it is used",
        (
            DEAD,
            DYING,
            DYING.replace(
                "__this_cpu_read(cpu_info.x86) >= 4", "cpu_feature_enabled(X86_FEATURE_SME)"
            ),
        ),
    )


#: Ways past the setter for a call of the module, by what they are.
WAYS: dict[str, Callable[[str, str], str]] = {
    "raw": lambda entry, rest: f"__{entry}({rest}",
    "pointer": lambda entry, rest: f"(*__{entry})({rest}",
    "chosen": lambda entry, rest: f"(args.rcx ? __{entry} : __seamcall)({rest}",
    "handed on": lambda entry, rest: f"timed_call(__{entry}, {rest}",
}


def drawn(tree: Path, random: Random, count: int) -> Iterator[Mutant]:
    """Calls of the module that the tree makes, each by a way past the setter."""
    text = (tree / TDX).read_text()
    calls = sorted(set(re.findall(r"\b(seamcall(?:_ret)?)\((TDH_\w+, &args\))", text)))
    for entry, rest in random.sample(calls, count):
        title, way = random.choice(sorted(WAYS.items()))
        yield Mutant(
            "bypass",
            f"{title}: {entry}({rest}",
            ((TDX, f"{entry}({rest}", way(entry, rest)),),
        )
