"""Rules on whole series: judged when all patches are in, told of the patch that brings the line."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from reviewer.finding import Finding
from reviewer.patch.intake import STDIN, read
from reviewer.patch.rebuild import rebuild
from reviewer.patch.tree import Directory
from reviewer.review.ending import with_endings
from reviewer.review.types import Report
from reviewer.rule.load import load_rules
from tests.cli.mini import diff, mail, mbox

RULES = load_rules()
PATH = "kernel/mini.c"
OLD = "#include <linux/percpu.h>\n\nvoid f(void)\n{\n\tnote(0);\n}\n"
DEFINED = OLD.replace("\n\n", "\n\n/* Whether. */\nDEFINE_PER_CPU(bool, mini_dirty);\n\n", 1)
SET = DEFINED.replace("\tnote(0);\n", "\tthis_cpu_write(mini_dirty, true);\n")
READ = SET.replace("}\n", "\tif (this_cpu_read(mini_dirty))\n\t\tnote(1);\n}\n")


def report(root: Path, *states: str, tag: str = "", pedantic: bool = False) -> Report:
    (root / PATH).parent.mkdir(parents=True, exist_ok=True)
    (root / PATH).write_text(states[0])
    total = len(states) - 1
    mails = [
        mail(
            f"mini: change {number}",
            diff(old, new, PATH),
            tag=tag or f"PATCH {number}/{total}",
            number=number,
        )
        for number, (old, new) in enumerate(pairwise(states), 1)
    ]
    (series,) = read([STDIN], mbox(*mails).encode()).series
    return with_endings(
        Report(series, (), ()), rebuild(series, Directory(root)), RULES, pedantic=pedantic
    )


def told(found: tuple[Finding, ...]) -> list[tuple[str, int | None, int]]:
    return [(each.rule, each.patch, each.location.line) for each in found]


def test_a_later_patch_may_use_the_flag(tmp_path: Path) -> None:
    assert told(report(tmp_path, OLD, DEFINED, SET, READ).findings) == []


def test_until_then_is_pedantic(tmp_path: Path) -> None:
    (found,) = report(tmp_path, OLD, DEFINED, SET, READ, pedantic=True).findings
    assert told((found,)) == [("new-flag-not-yet-used", 1, 4)]
    assert found.message == "mini_dirty is new and nobody reads or sets it until patch 2"


def test_at_the_end_somebody_must_read_it(tmp_path: Path) -> None:
    (found,) = report(tmp_path, OLD, DEFINED, SET).findings
    assert told((found,)) == [("new-flag-never-read", 1, 4)]
    assert found.cause_text == "+DEFINE_PER_CPU(bool, mini_dirty);"
    assert found.fingerprint


def test_who_else_has_the_name_is_looked_up(tmp_path: Path) -> None:
    other = tmp_path / "kernel" / "other.c"
    other.parent.mkdir()
    other.write_text("void g(void)\n{\n\tnote(this_cpu_read(mini_dirty));\n}\n")
    assert told(report(tmp_path, OLD, DEFINED, SET).findings) == []
    other.write_text("static DEFINE_PER_CPU(bool, mini_dirty);\n")
    assert told(report(tmp_path, OLD, DEFINED, SET).findings) == [("new-flag-never-read", 1, 4)]


def test_a_missing_patch_is_no_proof(tmp_path: Path) -> None:
    found = report(tmp_path, OLD, SET, tag="PATCH 1/2")
    assert found.findings == ()
    assert [skip.reason for skip in found.skips] == [
        "mini_dirty: patches of the series are missing: not judged"
    ]


def test_a_series_without_flags_runs_no_check(tmp_path: Path) -> None:
    found = report(tmp_path, OLD, OLD.replace("note(0)", "note(2)"))
    assert found.findings == ()
    assert "new-flag-never-read" in found.rules


def test_a_new_member_of_what_each_cpu_has_is_a_flag(tmp_path: Path) -> None:
    old = "struct mini {\n\tint n;\n};\nstatic DEFINE_PER_CPU(struct mini, mini);\n"
    new = old.replace("\tint n;\n", "\tint n;\n\tbool dirty;\n")
    (found,) = report(tmp_path, old, new).findings
    assert told((found,)) == [("new-flag-never-used", 1, 3)]
    used = new + "bool f(struct mini *m)\n{\n\tm->dirty = true;\n\treturn m->dirty;\n}\n"
    assert report(tmp_path, old, used).findings == ()
