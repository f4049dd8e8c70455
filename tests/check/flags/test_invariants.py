"""Who has to do with a protocol's flag, and what is known of its invariants."""

from __future__ import annotations

from reviewer.check.flags.invariants import Standing
from reviewer.finding import Location
from reviewer.patch.types import SourceFile
from reviewer.report.protocols import audit_lines
from reviewer.review.scan import scan
from reviewer.rule.load import load_rules

RULES = load_rules()
DECLARED = SourceFile(
    "arch/x86/include/asm/processor.h", b"DECLARE_PER_CPU(bool, cache_state_incoherent);\n"
)
FLUSH = b"""
void flush_cache(void)
{
	if (!this_cpu_read(cache_state_incoherent))
		return;
	wbinvd();
	this_cpu_write(cache_state_incoherent, false);
}
"""
EARLY = FLUSH.replace(b"\twbinvd();\n", b"").replace(b"}\n", b"\twbinvd();\n}\n")
PATH = "arch/x86/virt/mini.c"


def test_every_line_is_told_for_what_it_does() -> None:
    (audit,) = scan([DECLARED, SourceFile(PATH, FLUSH)], RULES).audits
    assert [(each.kind, each.location) for each in audit.accesses] == [
        ("declared", Location(DECLARED.path, 1)),
        ("read", Location(PATH, 4)),
        ("clear", Location(PATH, 7)),
    ]


def test_an_invariant_holds_is_violated_or_is_not_checked() -> None:
    standing = {}
    for name, text in (("fine", FLUSH), ("early", EARLY)):
        (audit,) = scan([DECLARED, SourceFile(PATH, text)], RULES).audits
        standing[name] = {each.invariant.name: each.standing for each in audit.judgements}
    assert standing["fine"]["I4"] is Standing.HOLDS
    assert standing["early"]["I4"] is Standing.VIOLATED
    assert standing["fine"]["I8"] is Standing.HOLDS
    assert standing["fine"]["I1"] is Standing.UNCHECKED
    assert standing["fine"]["I17"] is Standing.UNCHECKED


def test_the_grounds_are_given() -> None:
    (audit,) = scan([SourceFile(PATH, EARLY)], RULES).audits
    lines = list(audit_lines(audit))
    assert lines[0] == "cache-state: cache_state_incoherent"
    assert any(
        line.startswith("  I4   violated: ") and line.endswith(f"({PATH}:6)") for line in lines
    )


def test_a_tree_without_the_flag_has_no_protocol() -> None:
    assert scan([SourceFile(PATH, b"void f(void)\n{\n\twbinvd();\n}\n")], RULES).audits == ()
