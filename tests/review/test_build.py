"""Patches to Makefiles and Kconfig files: what they do to findings in code that stays as it is."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from reviewer.finding import Finding, Location, Severity, Status
from reviewer.patch.intake import read
from reviewer.patch.tree import Directory
from reviewer.report.json import render as as_json
from reviewer.report.style import Style
from reviewer.report.text import render as as_text
from reviewer.review.types import Report
from reviewer.review.whole import whole_review
from reviewer.rule.load import load_rules
from reviewer.source.index.store import Store

RULES = load_rules()
MAKEFILE = "arch/x86/kernel/Makefile"
OFF = "KCOV_INSTRUMENT_machine_kexec_64.o := n"
SIGNED = "Signed-off-by: Ada <ada@example.org>"
CODE = "arch/x86/kernel/machine_kexec_64.c"
COVERAGE = "what the coverage inserts"


@pytest.fixture
def tree(tmp_path: Path, minikernel: Path) -> Path:
    """The miniature kernel with a branch behind load_segments()."""
    folder = tmp_path / "tree"
    shutil.copytree(minikernel, folder)
    path = folder / CODE
    text = path.read_text()
    branch = "\tload_segments();\n\n\tif (save_ftrace_enabled)\n\t\tflags |= 64;\n"
    path.write_text(text.replace("\tload_segments();\n", branch))
    return folder


def review(tree: Path, path: str, old: str, new: str) -> Report:
    """The review of a patch that replaces a line of one file of the tree, or adds to its end."""
    return run(tree, patch(tree, path, old, new))


def run(tree: Path, mail: Path) -> Report:
    (series,) = read((mail,), None).series
    return whole_review(series, Directory(tree), RULES, Store)


def patch(tree: Path, path: str, old: str, new: str) -> Path:
    lines = (tree / path).read_text().splitlines()
    at = lines.index(old) if old else len(lines)
    before = lines[max(at - 3, 0) : at]
    after = lines[at + 1 : at + 4] if old else []
    removed, added = old.splitlines(), new.splitlines()
    start, rest = max(at - 3, 0) + 1, len(before) + len(after)
    head = f"@@ -{start},{rest + len(removed)} +{start},{rest + len(added)} @@"
    text = ["From: Ada <ada@example.org>", "Subject: [PATCH] x86: Change it", ""]
    text += ["Why.", "", SIGNED, "---", f"diff --git a/{path} b/{path}"]
    text += [f"--- a/{path}", f"+++ b/{path}", head]
    text += [f" {line}" for line in before]
    text += [*(f"-{line}" for line in removed), *(f"+{line}" for line in added)]
    text += [*(f" {line}" for line in after), ""]
    mail = tree.parent / "patch.eml"
    mail.write_text("\n".join(text))
    return mail


def coverage(report: Report) -> list[Finding]:
    return [finding for finding in report.findings if finding.subject == COVERAGE]


def test_taking_a_setting_out_lets_coverage_in(tree: Path) -> None:
    report = review(tree, MAKEFILE, OFF, "")
    (finding,) = coverage(report)
    assert (finding.status, finding.patch, finding.severity) == (
        Status.INTRODUCED,
        1,
        Severity.WARNING,
    )
    assert finding.cause is not None
    assert finding.cause.path == MAKEFILE
    assert finding.cause_text == f"-{OFF}"
    assert finding.config == ("CONFIG_KCOV=y", "CONFIG_KEXEC=y")
    assert [(note.path, note.analysed) for note in report.files] == [(MAKEFILE, True)]


@pytest.mark.parametrize("line", [OFF, "KCOV_INSTRUMENT := n"])
def test_a_setting_that_keeps_coverage_out_fixes_it(line: str, tree: Path) -> None:
    makefile = tree / MAKEFILE
    makefile.write_text(makefile.read_text().replace(f"{OFF}\n", ""))
    report = review(tree, MAKEFILE, "", line)
    (finding,) = coverage(report)
    assert finding.status is Status.FIXED
    assert finding.cause is not None
    assert (finding.cause.path, finding.cause_text) == (MAKEFILE, f"+{line}")


def test_a_setting_under_an_option_changes_where_it_is_so(tree: Path) -> None:
    report = review(tree, MAKEFILE, OFF, f"ifndef CONFIG_DEBUG_KERNEL\n{OFF}\nendif")
    (finding,) = coverage(report)
    assert finding.status is Status.INTRODUCED
    assert finding.condition == "CONFIG_KCOV_INSTRUMENT_ALL && CONFIG_DEBUG_KERNEL"
    assert finding.cause_text == f"+{OFF}"


@pytest.mark.parametrize(
    "new", ["KCOV_INSTRUMENT_smp.o := n", "obj-y += more.o", "CFLAGS_machine_kexec_64.o := -O2"]
)
def test_other_lines_of_a_makefile_mean_nothing(new: str, tree: Path) -> None:
    assert not review(tree, MAKEFILE, "", new).findings


def test_what_does_not_apply_is_told_where_it_decides(tree: Path) -> None:
    path = tree / MAKEFILE
    text = path.read_text()
    for old, told in ((OFF, 1), ("obj-y\t\t\t+= cpu/", 0)):
        path.write_text(text)
        mail = patch(tree, MAKEFILE, old, "")
        path.write_text("obj-y += other.o\n")
        assert [skip.path for skip in run(tree, mail).skips] == [MAKEFILE] * told


def test_a_finding_that_no_configuration_has_is_set_apart(tree: Path) -> None:
    kconfig = tree / "Kconfig"
    text = kconfig.read_text().replace("depends on CC_HAS_SANCOV", "depends on !KEXEC_CORE")
    kconfig.write_text(text)
    report = review(tree, MAKEFILE, OFF, "")
    assert not coverage(report)
    (dropped,) = report.impossible
    assert dropped.subject == COVERAGE
    found = as_text(report, Style(full=True))
    assert f"impossible: {CODE}:{dropped.location.line} no-call-after-gs-reset" in found
    assert "impossible: 1 finding (-v names them)" in as_text(report, Style())
    assert '"impossible": [' in as_json(report)


def test_a_kconfig_in_the_series_is_the_one_that_counts(tree: Path) -> None:
    makefile = tree / MAKEFILE
    makefile.write_text(makefile.read_text().replace(f"{OFF}\n", "obj-y += machine_kexec_64.o\n"))
    code = "\tcontrol_page = page_address(image->control_code_page);"
    said = '#ifdef CONFIG_NEW\n\tload_segments();\n\t_printk("x");\n#endif'
    report = review(tree, CODE, code, f"{code}\n{said}")
    assert [each.config for each in report.findings if each.subject == "_printk"] == [()]
    declared = '\nconfig NEW\n\tbool "new"\n\tdepends on KASAN\n'
    (tree / "Kconfig").write_text((tree / "Kconfig").read_text() + declared)
    report = review(tree, CODE, code, f"{code}\n{said}")
    fragments = [each.config for each in report.findings if each.subject == "_printk"]
    assert fragments == [("CONFIG_KASAN=y", "CONFIG_NEW=y")]


def test_without_a_kconfig_nothing_is_decided(tree: Path) -> None:
    (tree / "Kconfig").unlink()
    (finding,) = coverage(review(tree, MAKEFILE, OFF, ""))
    assert finding.config == ()
    lines = (tree / CODE).read_text().splitlines()
    assert finding.location == Location(CODE, lines.index("\tload_segments();") + 1)
