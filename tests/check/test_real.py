"""Real trees: what is known of them, and of them after one change."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from msgspec.structs import replace

from reviewer.check.run import check_unit
from reviewer.finding import Finding, Severity
from reviewer.patch.types import SourceFile
from reviewer.rule.load import load_rules
from reviewer.source.read import read

pytestmark = pytest.mark.real
RULES = load_rules()
#: Protocols are for trees that have their flag: see tests/real/test_protocols.py.
WITHOUT_PROTOCOLS = replace(RULES, rules=tuple(rule for rule in RULES.rules if rule.flag is None))
KEXEC = "arch/x86/kernel/machine_kexec_64.c"
#: Files without any of these open no window.
WORDS = (b"segment", b"%gs", b"lgs", b"MSR_GS_BASE", b"invd")
TREES = ("REVIEWER_KERNEL_6_1", "REVIEWER_KERNEL_6_12", "REVIEWER_KERNEL_7")
KNOWN = {
    TREES[0]: [(KEXEC, "machine_kexec", "cc_platform_has")],
    TREES[2]: [
        (
            "arch/x86/virt/vmx/tdx/tdx.c",
            "tdx_cpu_flush_cache",
            "lockdep_assert_preemption_disabled",
        )
    ],
}


def tree(variable: str) -> Path:
    folder = os.environ.get(variable)
    if not folder:
        pytest.skip(f"{variable} names no kernel tree")
    return Path(folder)


def check(path: str, text: bytes) -> tuple[Finding, ...]:
    return check_unit(read(SourceFile(path, text)), WITHOUT_PROTOCOLS).findings


def errors(found: tuple[Finding, ...]) -> list[tuple[str, str, str]]:
    return [
        (item.location.path, item.function, item.subject)
        for item in found
        if item.severity is Severity.ERROR
    ]


def test_6_1_asks_for_encryption_after_the_reset() -> None:
    text = (tree("REVIEWER_KERNEL_6_1") / KEXEC).read_bytes()
    found = check(KEXEC, text)
    assert errors(found) == [(KEXEC, "machine_kexec", "cc_platform_has")]
    (finding,) = (item for item in found if item.severity is Severity.ERROR)
    lines = text.decode().split("\n")
    assert [lines[step.location.line - 1].strip() for step in finding.trace.steps] == [
        "load_segments();",
        "cc_platform_has(CC_ATTR_HOST_MEM_ENCRYPT));",
    ]


def test_6_12_does_not_until_it_is_moved_back() -> None:
    text = (tree("REVIEWER_KERNEL_6_12") / KEXEC).read_bytes()
    assert not errors(check(KEXEC, text))
    query = b"\thost_mem_enc_active = cc_platform_has(CC_ATTR_HOST_MEM_ENCRYPT);\n"
    opening = b"\tload_segments();\n"
    assert query in text
    moved = text.replace(query, b"").replace(opening, opening + query)
    assert errors(check(KEXEC, moved)) == [(KEXEC, "machine_kexec", "cc_platform_has")]


def test_7_jumps_through_a_pointer() -> None:
    found = check(KEXEC, (tree("REVIEWER_KERNEL_7") / KEXEC).read_bytes())
    assert not errors(found)
    assert [(item.subject, item.condition) for item in found] == [
        ("relocate_kernel_ptr", "CONFIG_MITIGATION_CALL_DEPTH_TRACKING"),
        ("virt_to_phys", "CONFIG_DEBUG_VIRTUAL"),
    ]


CHANGES = [
    (KEXEC, b"\tload_segments();\n", b"\tpr_info(\"kexec\");\n", "pr_info"),
    (KEXEC, b"\tload_segments();\n", b"\timage->start += this_cpu_read(flag);\n", "flag"),
    ("arch/x86/kernel/process.c", b"wbinvd();\n", b"\tc->x86 = 0;\n", "c->x86"),
    ("arch/x86/kernel/process.c", b"wbinvd();\n", b"\tpr_info(\"halt\");\n", "pr_info"),
    ("arch/x86/kernel/smpboot.c", b"\n\twbinvd();\n", b"\tsmp_ops.dead(1);\n", "smp_ops.dead"),
]  # fmt: skip


@pytest.mark.parametrize("variable", TREES)
@pytest.mark.parametrize(("path", "after", "line", "subject"), CHANGES)
def test_one_bad_line_is_found(
    variable: str, path: str, after: bytes, line: bytes, subject: str
) -> None:
    text = (tree(variable) / path).read_bytes()
    assert after in text
    before = errors(check(path, text))
    found = errors(check(path, text.replace(after, after + line)))
    assert {item[2] for item in found} - {item[2] for item in before} == {subject}


@pytest.mark.parametrize("variable", TREES)
def test_no_false_error_in_arch_x86(variable: str) -> None:
    root = tree(variable)
    found: list[tuple[str, str, str]] = []
    for file in sorted((root / "arch/x86").rglob("*.[chS]")):
        path, text = file.relative_to(root).as_posix(), file.read_bytes()
        if any(word in text for word in WORDS):
            found += errors(check(path, text))
    assert found == KNOWN.get(variable, [])
