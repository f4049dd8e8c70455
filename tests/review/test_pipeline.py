"""Whole reviews of small series: intake, rebuilding, rules and comparison together."""

from __future__ import annotations

from pathlib import Path

import pytest

from reviewer.finding import Finding, Status
from reviewer.patch.intake import read
from reviewer.patch.rebuild import rebuild
from reviewer.patch.tree import open_tree
from reviewer.review.pipeline import review
from reviewer.review.types import Report
from reviewer.rule.load import load_rules
from tests.cli.mini import PATH, diff, mail, make_tree, mbox

CALL = "no-call-after-gs-reset"
#: Five calls before the reset of GS and five after it.
OLD = """\
void mini_kexec(struct kimage *image, int mode)
{
\tone(image);
\ttwo(image);
\tthree(image);
\tfour(image);
\tfive(image);

\tload_segments();

\tsix(image, mode);
\tseven(image);
\teight(image);
\tnine(image);
\tten(image);
}
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return make_tree(tmp_path / "linux")


def reviewed(tree: Path, *versions: str, old: str = OLD) -> Report:
    """The review of the patches that lead from one version of the file to the next."""
    (tree / PATH).write_text(old)
    states = (old, *versions)
    mails = [
        mail(
            f"mini: step {number}",
            diff(states[number - 1], states[number]),
            tag=f"PATCH {number}/{len(versions)}",
            number=number,
        )
        for number in range(1, len(states))
    ]
    (series,) = read([Path("-")], mbox(*mails).encode()).series
    return review(series, rebuild(series, open_tree(tree)), load_rules())


def calls(report: Report, *statuses: Status) -> list[Finding]:
    return [each for each in report.with_status(*statuses) if each.rule == CALL]


def subjects(report: Report, *statuses: Status) -> list[str]:
    return [each.subject for each in calls(report, *statuses)]


class TestTheTruthRow:
    """What changes, whatever lines the diff touches."""

    def test_added_bad_calls(self, tree: Path) -> None:
        new = OLD.replace("\tsix", "\tfresh(1);\n\tsix").replace(
            "\tten", "\tfresh(2);\n\tagain();\n\tten"
        )
        report = reviewed(tree, new)
        assert subjects(report, Status.INTRODUCED) == ["fresh", "fresh", "again"]
        assert [each.cause_text for each in calls(report, Status.INTRODUCED)] == [
            "+\tfresh(1);",
            "+\tfresh(2);",
            "+\tagain();",
        ]
        assert len(calls(report, Status.EXISTING)) == 5

    def test_arguments_wrapped_anew(self, tree: Path) -> None:
        new = OLD.replace("six(image, mode);", "six(image,\n\t    mode);")
        report = reviewed(tree, new)
        assert subjects(report, Status.INTRODUCED, Status.MOVED, Status.FIXED) == []
        assert len(calls(report, Status.EXISTING)) == 5

    def test_reset_moved_up(self, tree: Path) -> None:
        new = OLD.replace("\n\tload_segments();\n", "").replace(
            "\tone", "\tload_segments();\n\n\tone"
        )
        report = reviewed(tree, new)
        introduced = calls(report, Status.INTRODUCED)
        assert [each.subject for each in introduced] == ["one", "two", "three", "four", "five"]
        assert {each.location.line for each in introduced} == {5, 6, 7, 8, 9}
        assert {each.cause_text for each in introduced} == {"+\tload_segments();"}
        assert {each.cause.line for each in introduced if each.cause} == {3}
        assert len(calls(report, Status.MOVED)) == 5

    def test_deletion_only(self, tree: Path) -> None:
        restored = OLD.replace("\n\tsix", "\n\trestore_processor_state();\n\tsix")
        introduced = calls(reviewed(tree, OLD, old=restored), Status.INTRODUCED)
        assert [each.subject for each in introduced] == ["six", "seven", "eight", "nine", "ten"]
        assert {each.cause_text for each in introduced} == {"-\trestore_processor_state();"}
        assert {each.cause.line for each in introduced if each.cause} == {11}

    def test_deletion_that_mends(self, tree: Path) -> None:
        report = reviewed(tree, OLD.replace("\tload_segments();\n\n", ""))
        assert subjects(report, Status.INTRODUCED, Status.MOVED, Status.EXISTING) == []
        assert len(calls(report, Status.FIXED)) == 5
        causes = {each.cause_text for each in calls(report, Status.FIXED)}
        assert causes == {"-\tload_segments();"}


def test_bad_call_in_one_patch_and_gone_in_a_later_one(tree: Path) -> None:
    bad = OLD.replace("\tsix", "\tfresh(1);\n\tsix")
    shifted = bad.replace("\tone(image);\n", "\tzero(image);\n\tone(image);\n")
    report = reviewed(tree, bad, shifted, OLD)
    (found,) = calls(report, Status.INTRODUCED)
    assert (found.patch, found.gone_by) == (1, 3)
    assert len(calls(report, Status.EXISTING)) == 5


def test_existing_finding_that_a_patch_fixes(tree: Path) -> None:
    report = reviewed(tree, OLD.replace("\tten(image);\n", ""))
    (fixed,) = calls(report, Status.FIXED)
    assert (fixed.subject, fixed.patch, fixed.cause_text) == ("ten", 1, "-\tten(image);")


def test_fingerprints_outlive_a_rebase(tree: Path) -> None:
    bad = OLD.replace("\tsix", "\tfresh(1);\n\tsix")
    above = "/* A comment\n * of some lines.\n */\nint unrelated;\n\n"
    first = calls(reviewed(tree, bad), Status.INTRODUCED)
    second = calls(reviewed(tree, above + bad, old=above + OLD), Status.INTRODUCED)
    assert [each.fingerprint for each in first] == [each.fingerprint for each in second]
    assert first[0].fingerprint
    assert first[0].location.line != second[0].location.line


def test_hunks_alone_are_compared_the_same_way(tree: Path) -> None:
    bad = OLD.replace("\tsix", "\tfresh(1);\n\tsix")
    text = mail("mini: step", diff(OLD, bad))
    (series,) = read([Path("-")], text.encode()).series
    report = review(series, rebuild(series, open_tree(None)), load_rules())
    assert subjects(report, Status.INTRODUCED) == ["fresh"]
    assert subjects(report, Status.EXISTING) == ["six", "seven", "eight"]


def test_hunk_in_no_named_function_is_said(tree: Path) -> None:
    bad = OLD.replace("\tsix", "\tfresh(1);\n\tsix")
    lines = diff(OLD, bad).splitlines(keepends=True)
    headless = "".join(
        line.rpartition("@@")[0] + "@@\n" if line.startswith("@@") else line for line in lines
    )
    (series,) = read([Path("-")], mail("mini: step", headless).encode()).series
    report = review(series, rebuild(series, open_tree(None)), load_rules())
    assert subjects(report, Status.INTRODUCED) == []
    assert any("in which function" in skip.reason for skip in report.skips)


def test_lines_that_do_not_parse_are_said_where_the_patch_touches_them(tree: Path) -> None:
    broken = OLD.replace("\tthree(image);\n", "\tthree(image;;]\n")
    report = reviewed(tree, broken)
    assert any(skip.path == PATH and skip.line and skip.patch == 1 for skip in report.skips)


def test_new_finding_where_the_old_text_did_not_parse_is_said_to_be_doubtful(tree: Path) -> None:
    broken = OLD.replace("\tsix(image, mode);\n", "\tsix(image;;]\n")
    fixed = OLD.replace("\tsix(image, mode);\n", "\tfresh(1);\n")
    report = reviewed(tree, fixed, old=broken)
    assert "fresh" in subjects(report, Status.INTRODUCED)
    assert any("may be older" in skip.reason for skip in report.skips)


def test_file_without_a_word_of_a_rule_is_analysed_and_clean(tree: Path) -> None:
    plain = "int one(void)\n{\n\treturn 1;\n}\n"
    report = reviewed(tree, plain.replace("1;", "2;"), old=plain)
    assert report.findings == ()
    assert report.skips == ()
    assert [(note.path, note.analysed) for note in report.files] == [(PATH, True)]
