"""The protocols on the real 7 tree: who touches the flag, and mutants of the code around it."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

import pytest

from reviewer.check.bodies import Bodies
from reviewer.check.run import check_unit, prepare
from reviewer.finding import Severity
from reviewer.patch.types import SourceFile
from reviewer.rule.load import load_rules
from reviewer.source.read import read
from tests.cli.mini import run

pytestmark = pytest.mark.real
RULES = load_rules()
FLAG = "cache_state_incoherent"
#: What is wrong in the tree as it stands.
KNOWN = {("assert-in-hotplug-callback", "arch/x86/virt/vmx/tdx/tdx.c", "tdx_cpu_flush_cache")}

SETTER = "arch/x86/virt/vmx/tdx/seamcall_internal.h"
TDX = "arch/x86/virt/vmx/tdx/tdx.c"
STOP = "arch/x86/kernel/process.c"
KEXEC = "arch/x86/kernel/machine_kexec_64.c"
AMD = "arch/x86/kernel/cpu/amd.c"
EXIT = "arch/x86/include/asm/entry-common.h"
DESC = "arch/x86/include/asm/desc.h"


@cache
def tree() -> Path:
    folder = os.environ.get("REVIEWER_KERNEL_7")
    if not folder:
        pytest.skip("REVIEWER_KERNEL_7 names no kernel tree")
    return Path(folder)


@cache
def original(path: str) -> str:
    return (tree() / path).read_text()


def errors(path: str, text: str) -> frozenset[tuple[str, str, str, str]]:
    findings = check_unit(read(SourceFile(path, text.encode())), RULES).findings
    return frozenset(
        (each.rule, path, each.function, each.text)
        for each in findings
        if each.severity is Severity.ERROR
    )


@cache
def usual(path: str) -> frozenset[tuple[str, str, str, str]]:
    return errors(path, original(path))


@dataclass(frozen=True)
class Mutant:
    """One change of one file; `kind` is the family it belongs to."""

    kind: str
    path: str
    title: str
    changes: tuple[tuple[str, str], ...]

    def text(self) -> str:
        text = original(self.path)
        for old, new in self.changes:
            assert old in text, (self.title, old)
            text = text.replace(old, new, 1)
        return text


SET = "\tthis_cpu_write(cache_state_incoherent, true);\n"
CALL = "\treturn func(fn, args);\n"
OFF, ON = "\t\tpreempt_disable();\n", "\t\tpreempt_enable();\n"
ROUND = "\t\tret = __seamcall_dirty_cache(func, fn, args);\n"
FLUSH, CLEAR = "\twbinvd();\n", "\tthis_cpu_write(cache_state_incoherent, false);\n"
SKIP = "\tif (!this_cpu_read(cache_state_incoherent))\n\t\treturn;\n"
STOPPING = "\tif (this_cpu_read(cache_state_incoherent))\n\t\twbinvd();\n"
REPORT = "\tcpumask_clear_cpu(cpu, &cpus_stop_mask);\n"
IRQS = "\tlocal_irq_disable();\n\thw_breakpoint_disable();\n"
PASS = "\t\trelocate_kernel_flags |= RELOC_KERNEL_CACHE_INCOHERENT;\n"
READ = "\tif (this_cpu_read(cache_state_incoherent))\n"
LOAD = "\tload_segments();\n"
DETECT = "c->extended_cpuid_level >= 0x8000001f && (cpuid_eax(0x8000001f) & BIT(0))"
MARK = "\t\t__this_cpu_write(cache_state_incoherent, true);\n"
BARRIER = "\t\tindirect_branch_prediction_barrier();\n"
DONE = "\t\tthis_cpu_write(x86_ibpb_exit_to_user, false);\n"
RELOAD = "\tload_TR_desc();\n"
VALID = "\tthis_cpu_write(__tss_limit_invalid, false);\n"


def fixed() -> Iterator[Mutant]:
    """Mutants that are written out."""

    def one(kind: str, path: str, title: str, *changes: tuple[str, str]) -> Mutant:
        return Mutant(kind, path, title, changes)

    yield one(
        "move",
        SETTER,
        "set after the call",
        (SET, ""),
        (CALL, f"\tu64 r = func(fn, args);\n{SET}\treturn r;\n"),
    )
    yield one("drop", SETTER, "set dropped", (SET, ""))
    yield one("narrow", SETTER, "set for some calls", (SET, f"\tif (fn != 3)\n\t{SET}"))
    yield one("narrow", SETTER, "set when arguments", (SET, f"\tif (args)\n\t{SET}"))
    yield one(
        "counter", SETTER, "set becomes count", (SET, "\tthis_cpu_inc(cache_state_incoherent);\n")
    )
    yield one(
        "counter",
        SETTER,
        "set and count",
        (SET, SET + "\tthis_cpu_add(cache_state_incoherent, 1);\n"),
    )
    yield one("flip", SETTER, "set to false", (SET, SET.replace("true", "false")))
    yield one("duplicate", SETTER, "called before the set too", (SET, "\tfunc(fn, args);\n" + SET))
    yield one("clear early", SETTER, "cleared after set", (SET, SET + CLEAR))
    yield one(
        "clear early",
        SETTER,
        "cleared by another name",
        (SET, SET + CLEAR.replace("this", "__this")),
    )
    yield one("context", SETTER, "preemption left on", (OFF, ""), (ON, ""))
    yield one("context", SETTER, "preemption off too late", (OFF, ""), (ROUND, ROUND + OFF))
    yield one("context", SETTER, "preemption on too early", (ON, ""), (ROUND, ON + ROUND))
    yield one(
        "context", SETTER, "preemption on before the set", (SET, "\tpreempt_enable();\n" + SET)
    )
    yield one("context", SETTER, "moves between set and call", (SET, SET + "\tpreempt_enable();\n"))
    yield one(
        "context", SETTER, "migration between set and call", (SET, SET + "\tmigrate_enable();\n")
    )
    yield one(
        "context",
        SETTER,
        "only migration of the first round is off",
        (OFF, ""),
        ("\tdo {\n", "\tpreempt_disable();\n\tdo {\n"),
    )
    yield one("bypass", SETTER, "retry calls the entry", (ROUND, "\t\tret = func(fn, args);\n"))
    yield one(
        "bypass",
        SETTER,
        "errors call the entry",
        ("\tu64 sret = sc_retry(func, fn, args);\n", "\tu64 sret = func(fn, args);\n"),
    )
    for macro in ("seamcall", "seamcall_ret", "seamcall_saved_ret"):
        form = original(SETTER).split(f"#define {macro}(", 1)[1].split("\n", 1)[0]
        yield one(
            "bypass",
            SETTER,
            f"{macro} calls the entry",
            (form, f"_fn, _args) __{macro}((_fn), (_args))"),
        )
    yield one("swap", TDX, "cleared first", (FLUSH + CLEAR, CLEAR + FLUSH))
    yield one("drop", TDX, "flush dropped", (FLUSH + CLEAR, CLEAR))
    yield one("clear early", TDX, "cleared before the test", (SKIP, CLEAR + SKIP))
    yield one(
        "clear early",
        TDX,
        "cleared on the way out",
        (SKIP, f"\tif (!this_cpu_read({FLAG})) {{\n\t{CLEAR}\t\treturn;\n\t}}\n"),
    )
    yield one("flip", TDX, "skipped when set", (SKIP, SKIP.replace("!this", "this")))
    yield one(
        "narrow",
        TDX,
        "test narrowed",
        (SKIP, SKIP.replace("(!this", "(!cpu_feature_enabled(X86_FEATURE_X) || !this")),
    )
    yield one(
        "narrow",
        TDX,
        "flush narrowed",
        (FLUSH + CLEAR, f"\tif (boot_cpu_has(X86_FEATURE_X))\n\t{FLUSH}{CLEAR}"),
    )
    yield one(
        "duplicate",
        TDX,
        "a call between flush and clear",
        (FLUSH + CLEAR, FLUSH + "\t__seamcall(TDH_SYS_INIT, NULL);\n" + CLEAR),
    )
    yield one("duplicate", TDX, "set between flush and clear", (FLUSH + CLEAR, FLUSH + SET + CLEAR))
    yield one(
        "counter", TDX, "clear becomes count", (CLEAR, "\tthis_cpu_dec(cache_state_incoherent);\n")
    )
    yield one(
        "bypass",
        TDX,
        "guest entered raw",
        (
            "__seamcall_dirty_cache(__seamcall_saved_ret, TDH_VP_ENTER, args)",
            "__seamcall_saved_ret(TDH_VP_ENTER, args)",
        ),
    )
    yield one(
        "bypass",
        TDX,
        "page queried raw",
        (
            "__seamcall_dirty_cache(__seamcall_ret, TDH_PHYMEM_PAGE_RDMD, &args)",
            "__seamcall_ret(TDH_PHYMEM_PAGE_RDMD, &args)",
        ),
    )
    yield one(
        "bypass",
        TDX,
        "entry kept in a pointer",
        (
            "\tsret = __seamcall_dirty_cache(__seamcall_ret, TDH_PHYMEM_PAGE_RDMD, &args);\n",
            "\tsc_func_t f = __seamcall_ret;\n\n\tsret = f(TDH_PHYMEM_PAGE_RDMD, &args);\n",
        ),
    )
    yield one(
        "bypass",
        TDX,
        "entry given to a stranger",
        (
            "__seamcall_dirty_cache(__seamcall_ret, TDH_PHYMEM_PAGE_RDMD, &args)",
            "timed(__seamcall_ret, TDH_PHYMEM_PAGE_RDMD, &args)",
        ),
    )
    begin = "void tdx_cpu_flush_cache(void)\n"
    for title, raw in (
        ("table", "static struct { sc_func_t call; } raw = { .call = __seamcall };\n\n"),
        ("array", "static sc_func_t raw[] = {\n\t&__seamcall_ret,\n};\n\n"),
        ("alias", "#define enter_raw __seamcall_saved_ret\n\n"),
        ("pointer given back", "sc_func_t raw(void)\n{\n\treturn __seamcall;\n}\n\n"),
    ):
        yield one("bypass", TDX, f"entry kept in a {title}", (begin, raw + begin))
    yield one(
        "move", STOP, "reported before the flush", (REPORT, ""), (STOPPING, REPORT + STOPPING)
    )
    yield one("duplicate", STOP, "reported before and after", (STOPPING, REPORT + STOPPING))
    yield one("duplicate", STOP, "flushed again after the report", (REPORT, REPORT + FLUSH))
    yield one(
        "move",
        STOP,
        "reported between test and flush",
        (REPORT, ""),
        (STOPPING, f"{READ[:-1]} {{\n\t{REPORT}\t\twbinvd();\n\t}}\n"),
    )
    yield one("drop", STOP, "no flush", (STOPPING, ""))
    yield one(
        "flip", STOP, "flush when clear", (STOPPING, STOPPING.replace("this_cpu", "!this_cpu", 1))
    )
    yield one(
        "narrow",
        STOP,
        "flush where active",
        (STOPPING, STOPPING.replace("(this", "(cpu_has(c, X86_FEATURE_SME) && this", 1)),
    )
    yield one(
        "narrow",
        STOP,
        "flush in a nested test",
        (STOPPING, "\tif (cpu)\n\t" + STOPPING.replace("\t\twb", "\t\t\twb")),
    )
    yield one(
        "narrow",
        STOP,
        "flush by CPUID",
        (
            STOPPING,
            STOPPING.replace(
                "this_cpu_read(cache_state_incoherent)", "cpuid_eax(0x8000001f) & BIT(0)"
            ),
        ),
    )
    yield one("clear early", STOP, "cleared by the stopping CPU", (STOPPING, STOPPING + CLEAR))
    yield one(
        "clear early",
        STOP,
        "cleared before the flush",
        (STOPPING, f"{READ[:-1]} {{\n\t{CLEAR}\t\twbinvd();\n\t}}\n"),
    )
    yield one(
        "move", KEXEC, "read with interrupts on", (READ + PASS, ""), (IRQS, READ + PASS + IRQS)
    )
    yield one("context", KEXEC, "interrupts stay on", (IRQS, "\thw_breakpoint_disable();\n"))
    yield one(
        "context",
        KEXEC,
        "interrupts off after the read",
        (IRQS, ""),
        (LOAD, "\tlocal_irq_disable();\n" + LOAD),
    )
    yield one(
        "context",
        KEXEC,
        "interrupts on again",
        (READ + PASS, "\tlocal_irq_enable();\n" + READ + PASS),
    )
    yield one("drop", KEXEC, "flag not read", (READ + PASS, ""))
    yield one(
        "flip", KEXEC, "told the opposite", (READ + PASS, READ.replace("this", "!this") + PASS)
    )
    yield one(
        "narrow",
        KEXEC,
        "told for some images",
        (READ + PASS, READ.replace("(this", "(image->preserve_context && this") + PASS),
    )
    yield one("move", KEXEC, "read with GS reset", (READ + PASS, ""), (LOAD, LOAD + READ + PASS))
    yield one(
        "duplicate",
        KEXEC,
        "a call after the read",
        (LOAD, "\t__seamcall(TDH_SYS_SHUTDOWN, NULL);\n" + LOAD),
    )
    yield one("duplicate", KEXEC, "set after the read", (LOAD, SET + LOAD))
    yield one("drop", AMD, "not set", (MARK, "\t\t;\n"))
    yield one("narrow", AMD, "leaf not guarded", (DETECT, "cpuid_eax(0x8000001f) & BIT(0)"))
    yield one(
        "narrow", AMD, "every CPU with the leaf", (DETECT, "c->extended_cpuid_level >= 0x8000001f")
    )
    yield one("narrow", AMD, "active for supported", (DETECT, "cpu_has(c, X86_FEATURE_SME)"))
    yield one("narrow", AMD, "active besides", (DETECT, DETECT + " && cpu_has(c, X86_FEATURE_SME)"))
    yield one("flip", AMD, "leaf too high", (DETECT, DETECT.replace(">=", "<")))
    yield one("flip", AMD, "bit clear", (DETECT, DETECT.replace("(cpuid", "!(cpuid")))
    yield one("counter", AMD, "counted", (MARK, "\t\t__this_cpu_inc(cache_state_incoherent);\n"))
    yield one(
        "clear early",
        AMD,
        "cleared elsewhere",
        (MARK, MARK + "\telse\n" + MARK.replace("true", "false")),
    )
    yield one("swap", EXIT, "cleared first", (BARRIER + DONE, DONE + BARRIER))
    yield one("drop", EXIT, "barrier dropped", (BARRIER, ""))
    yield one(
        "flip",
        EXIT,
        "flushed when clear",
        ("    this_cpu_read(x86_ibpb", "    !this_cpu_read(x86_ibpb"),
    )
    yield one(
        "narrow",
        EXIT,
        "flushed for some",
        ("    this_cpu_read(x86_ibpb", "    ti_work && this_cpu_read(x86_ibpb"),
    )
    yield one("swap", DESC, "cleared first", (RELOAD + VALID, VALID + RELOAD))
    yield one("drop", DESC, "not loaded", (RELOAD + VALID, VALID))
    yield one(
        "flip",
        DESC,
        "loaded when valid",
        ("unlikely(this_cpu_read(__tss", "unlikely(!this_cpu_read(__tss"),
    )


def drawn(random: Random) -> Iterator[Mutant]:
    """Calls through the setter, drawn at random, that go past it."""
    calls = sorted(
        set(re.findall(r"\bseamcall(?:_saved)?(?:_ret)?\(TDH_\w+, &args\)", original(TDX)))
    )
    for call in random.sample(calls, min(10, len(calls))):
        yield Mutant("bypass", TDX, f"raw {call}", ((call, f"__{call}"),))


def mutants() -> list[Mutant]:
    return [*fixed(), *drawn(Random(5))]


def test_mutants_of_the_protocols_are_found() -> None:
    every = mutants()
    assert len(every) >= 60
    missed = [
        f"{mutant.kind}: {mutant.path}: {mutant.title}"
        for mutant in every
        if not errors(mutant.path, mutant.text()) - usual(mutant.path)
    ]
    assert len(missed) <= len(every) * 0.05, "\n".join(missed)


@pytest.mark.parametrize("path", [SETTER, TDX, STOP, KEXEC, AMD, EXIT, DESC])
def test_the_tree_as_it_stands_is_as_judged(path: str) -> None:
    assert {(rule, at, function) for rule, at, function, _ in usual(path)} <= KNOWN


def test_every_access_of_the_flag_is_found() -> None:
    found: set[tuple[str, int]] = set()
    expected: set[tuple[str, int]] = set()
    for file in sorted((tree() / "arch/x86").rglob("*.[ch]")):
        text = file.read_bytes()
        if FLAG.encode() not in text:
            continue
        path = file.relative_to(tree()).as_posix()
        for number, line in enumerate(text.decode().split("\n"), 1):
            if FLAG in line and "_PER_CPU(" not in line:
                expected.add((path, number))
        bodies = Bodies(read(SourceFile(path, text)), prepare(RULES).matcher)
        for body in (body for each in bodies.by_name.values() for body in each):
            graph = bodies.graph(body)
            for block in graph.blocks if graph else ():
                found |= {
                    (path, event.location.line)
                    for event in block
                    if any(name.startswith("cache-state.") for name in event.names)
                }
    assert found == expected


def test_scan_tells_every_line_of_the_flag_and_judges_every_invariant() -> None:
    result = run("scan", tree() / "arch/x86", "--tree", tree(), "--format", "json")
    told = next(
        each for each in json.loads(result.out)["protocols"] if each["protocol"] == "cache-state"
    )
    command = ["grep", "-rnw", "--include=*.[chS]", FLAG, "arch/x86"]
    lines = subprocess.run(command, cwd=tree(), capture_output=True, encoding="utf-8", check=True)
    expected = {
        (path, int(number))
        for path, number, text in (line.split(":", 2) for line in lines.stdout.splitlines())
        if not text.strip().startswith("*")
    }
    assert {(each["path"], each["line"]) for each in told["accesses"]} == expected
    kinds = [each["kind"] for each in told["accesses"]]
    assert sorted(kinds) == ["clear", "declared", "defined", *["read"] * 3, "set", "set"]
    verdicts = {each["name"]: each["verdict"] for each in told["invariants"]}
    assert list(verdicts) == [f"I{number}" for number in range(1, 18)]
    assert {name for name, verdict in verdicts.items() if verdict == "violated"} == {"I16"}
    unchecked = {name for name, verdict in verdicts.items() if verdict == "not checked"}
    assert unchecked == {"I17"}
