"""Protocol mistakes as edits of the miniature kernel: file, old text, new text."""

from __future__ import annotations

from dataclasses import dataclass

PROCESS = "arch/x86/kernel/process.c"
SMP = "arch/x86/kernel/smp.c"
KEXEC = "arch/x86/kernel/machine_kexec_64.c"
RELOCATE = "arch/x86/kernel/relocate_kernel_64.S"
SEAM_H = "arch/x86/include/asm/seam.h"
SEAM = "arch/x86/virt/seam.c"
AMD = "arch/x86/kernel/cpu/amd.c"
CPU = "arch/x86/power/cpu.c"
SMPBOOT = "arch/x86/kernel/smpboot.c"
CRASH = "arch/x86/kernel/crash.c"


@dataclass(frozen=True)
class Mutation:
    title: str
    path: str
    old: str
    new: str
    vacuous: bool = False  # breaks nothing; some scenario no longer shows what it says


_FLUSH = "\tif (this_cpu_read(cache_state_incoherent))\n\t\twbinvd();\n"
_REPORT = "\tcpumask_clear_cpu(cpu, &cpus_stop_mask);\n"
_SET = "\tthis_cpu_write(cache_state_incoherent, true);\n"
_READ = (
    "\tif (this_cpu_read(cache_state_incoherent))\n\t\tflags |= RELOC_KERNEL_CACHE_INCOHERENT;\n"
)
_TEST = "\ttestb\t$RELOC_KERNEL_CACHE_INCOHERENT, %r11b\n"
_WBINVD = "\tjz\t.Lno_wbinvd\n\twbinvd\n"
_OWN = "\tif (!cpumask_test_cpu(cpu, &cpus_stop_mask))\n\t\treturn 0;\n"

MUTATIONS = (
    Mutation("flag set after the SEAMCALL", SEAM_H, _SET, "\tfunc(fn, args);\n" + _SET),
    Mutation("flag never set by a SEAMCALL", SEAM_H, _SET, ""),
    Mutation("SEAMCALL clears the flag", SEAM_H, "incoherent, true", "incoherent, false"),
    Mutation(
        "raw SEAMCALL past the setter",
        SEAM,
        "__seamcall_dirty_cache(__seamcall_ret, SEAM_VP_ENTER, args)",
        "__seamcall_ret(SEAM_VP_ENTER, args)",
    ),
    Mutation(
        "second SEAMCALL past the setter",
        SEAM,
        "return seamcall(SEAM_PAGE_ADD, &args)",
        "return __seamcall(SEAM_PAGE_ADD, &args)",
    ),
    Mutation(
        "early flush clears before WBINVD",
        SEAM,
        "\twbinvd();\n\tthis_cpu_write(cache_state_incoherent, false);\n",
        "\tthis_cpu_write(cache_state_incoherent, false);\n\twbinvd();\n",
    ),
    Mutation("early flush without WBINVD", SEAM, "\twbinvd();\n", ""),
    Mutation(
        "early flush of nobody",
        SEAM,
        "\twbinvd();\n\tthis_cpu_write(cache_state_incoherent, false);\n",
        "\tthis_cpu_write(cache_state_incoherent, false);\n",
    ),
    Mutation("stop without a flush", PROCESS, _FLUSH, ""),
    Mutation("stop flushes the wrong way", PROCESS, "if (this_cpu_read", "if (!this_cpu_read"),
    Mutation("stop reports before its flush", PROCESS, _FLUSH, _REPORT + _FLUSH),
    Mutation(
        "stop tests a feature of the encrypted kernel",
        PROCESS,
        "this_cpu_read(cache_state_incoherent)",
        "cc_platform_has(CC_ATTR_HOST_MEM_ENCRYPT)",
    ),
    Mutation(
        "stop clears the flag before its flush",
        PROCESS,
        _FLUSH,
        "\tthis_cpu_write(cache_state_incoherent, false);\n" + _FLUSH,
    ),
    Mutation(
        "a message after the flush", PROCESS, _REPORT, '\tpr_emerg("stopped\\n");\n' + _REPORT
    ),
    Mutation(
        "a call in the halt loop",
        PROCESS,
        "\t\tnative_halt();",
        "\t\tcpu_sleep();\n\t\tnative_halt();",
    ),
    Mutation("stop stores after its report", PROCESS, _REPORT, _REPORT + "\tstopped_cpus++;\n"),
    Mutation("the NMI stops whoever has reported", SMP, _OWN, ""),
    Mutation(
        "the NMI stops only whoever has reported", SMP, "!cpumask_test_cpu", "cpumask_test_cpu"
    ),
    Mutation("the second wait may time out", SMP, "(wait || timeout--)", "timeout--"),
    Mutation(
        "nobody waits the second time",
        SMP,
        "\t\twhile (!cpumask_empty(&cpus_stop_mask) && (wait || timeout--))\n\t\t\tudelay(1);\n",
        "",
    ),
    Mutation(
        "the mask's line is left with its writers", SMP, "\tcpumask_clear(&cpus_stop_mask);\n", ""
    ),
    Mutation(
        "the mask is never filled", SMP, "\tcpumask_copy(&cpus_stop_mask, &cpu_online_mask);\n", ""
    ),
    Mutation(
        "the mask is emptied before the wait",
        SMP,
        "\t\ttimeout = NMI_TIMEOUT_USECS;\n",
        "\t\ttimeout = NMI_TIMEOUT_USECS;\n\t\tcpumask_clear(&cpus_stop_mask);\n",
    ),
    Mutation("nobody is stopped", KEXEC, "\tstop_other_cpus();\n", ""),
    Mutation(
        "no wait is asked for",
        "arch/x86/include/asm/smp.h",
        "stop_other_cpus(1)",
        "stop_other_cpus(0)",
    ),
    Mutation("flag not passed on", KEXEC, _READ, ""),
    Mutation("flag read after the segments", KEXEC, _READ, "\tload_segments();\n" + _READ),
    Mutation("flag passed on the wrong way", KEXEC, "if (this_cpu_read", "if (!this_cpu_read"),
    Mutation(
        "the wrong bit is passed on",
        KEXEC,
        "|= RELOC_KERNEL_CACHE_INCOHERENT",
        "|= RELOC_KERNEL_PRESERVE_CONTEXT",
    ),
    Mutation(
        "the word is overwritten",
        KEXEC,
        "\tload_segments();\n",
        "\tflags = 0;\n\tload_segments();\n",
    ),
    Mutation(
        "the kexec CPU asks another question",
        KEXEC,
        "if (this_cpu_read(cache_state_incoherent))",
        "if (cc_platform_has(CC_ATTR_HOST_MEM_ENCRYPT))",
    ),
    Mutation(
        "a call with GS reset",
        KEXEC,
        "\tload_segments();\n",
        "\tload_segments();\n\thw_breakpoint_disable();\n",
    ),
    Mutation(
        "GS reset early",
        KEXEC,
        "\tlocal_irq_disable();\n\n\tcontrol_page",
        "\tload_segments();\n\tlocal_irq_disable();\n\n\tcontrol_page",
    ),
    Mutation(
        "a function that does nothing wrong is called with GS reset",
        KEXEC,
        "\tload_segments();\n",
        "\tload_segments();\n\tsave_processor_state();\n",
    ),
    Mutation("GS not restored after a jump", KEXEC, "\t\trestore_processor_state();\n", "\t\t;\n"),
    Mutation("test inverted in assembly", RELOCATE, _WBINVD, "\tjnz\t.Lno_wbinvd\n\twbinvd\n"),
    Mutation("no WBINVD in assembly", RELOCATE, _WBINVD, "\tjz\t.Lno_wbinvd\n"),
    Mutation(
        "the wrong bit is tested",
        RELOCATE,
        _TEST,
        _TEST.replace("CACHE_INCOHERENT", "PRESERVE_CONTEXT"),
    ),
    Mutation(
        "WBINVD after the copy",
        RELOCATE,
        _TEST + _WBINVD + ".Lno_wbinvd:\n\n\tcall\tswap_pages\n",
        "\tcall\tswap_pages\n" + _TEST + _WBINVD + ".Lno_wbinvd:\n",
    ),
    Mutation(
        "the flags are taken from another register",
        RELOCATE,
        "\tmovq\t%rcx, %r11\n",
        "\tmovq\t%rsi, %r11\n",
    ),
    Mutation(
        "the flags are lost on the way",
        RELOCATE,
        "\tmovq\t%r9, %cr3\n",
        "\txorl\t%r11d, %r11d\n\tmovq\t%r9, %cr3\n",
    ),
    Mutation("flag not set at bring-up", AMD, "incoherent, true", "incoherent, false"),
    Mutation(
        "flag set for the encrypted kernel only",
        AMD,
        "\t\t__this_cpu_write",
        "\t\tif (cc_platform_has(CC_ATTR_HOST_MEM_ENCRYPT) && 0)\n\t\t__this_cpu_write",
    ),
    Mutation("a CPU goes offline without a flush", SMPBOOT, "\twbinvd();\n", ""),
    Mutation(
        "a CPU goes offline and stores after its flush",
        SMPBOOT,
        "\twbinvd();\n",
        "\twbinvd();\n\tmd->control = DEAD_WAIT;\n",
    ),
    Mutation(
        "a CPU that is offline answers the kick",
        SMPBOOT,
        "== DEAD_KEXEC_HLT) {\n",
        "== DEAD_KEXEC_HLT) {\n\t\t\tWRITE_ONCE(md->status, DEAD_KEXEC_HLT);\n",
    ),
    Mutation(
        "a CPU that is offline flushes when it is kicked",
        SMPBOOT,
        "== DEAD_KEXEC_HLT) {\n",
        "== DEAD_KEXEC_HLT) {\n\t\t\twbinvd();\n",
    ),
    Mutation(
        "nobody kicks the CPUs that are offline",
        SMPBOOT,
        "->control, DEAD",
        "->unused, DEAD",
        vacuous=True,
    ),
    Mutation(
        "a crash stops nobody",
        CRASH,
        "\tapic_send_IPI_allbutself(NMI_VECTOR);\n",
        "",
        vacuous=True,
    ),
    Mutation(
        "early flush skipped the wrong way", SEAM, "!this_cpu_read", "this_cpu_read", vacuous=True
    ),
)

HARMLESS = MUTATIONS[-1]
