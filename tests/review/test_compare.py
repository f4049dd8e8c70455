from __future__ import annotations

from msgspec.structs import replace

from reviewer.finding import Finding, Location, Severity, Status
from reviewer.review.compare import Change, Ledger, compare
from reviewer.review.match import Side, Sides
from tests.review.values import PATH, absent, finding, sides

OLD = """
jump()
{
\tfirst();
\tsecond();
\treset();
\tthird(1,
\t      2);
\tfourth();
}
"""
#: What a rule that forbids calls after reset() says of OLD.
OLD_FINDINGS = (
    finding(6, "third", opened=5, text="third(1, 2)"),
    finding(8, "fourth", opened=5),
)


def statuses(changes: tuple[Change, ...]) -> list[tuple[str, str]]:
    return [(change.finding.subject, change.finding.status.value) for change in changes]


def one(changes: tuple[Change, ...], subject: str) -> Finding:
    found = [change.finding for change in changes if change.finding.subject == subject]
    assert len(found) == 1
    return found[0]


class TestAddedBadCall:
    new = OLD.replace("\tfourth();", "\tfresh();\n\tfourth();")
    after = (*OLD_FINDINGS[:1], finding(8, "fresh", opened=5), finding(9, "fourth", opened=5))
    changes = compare(1, [sides(OLD, new, OLD_FINDINGS, after)])

    def test_only_the_added_one_is_introduced(self) -> None:
        assert sorted(statuses(self.changes)) == [
            ("fourth", "existing"),
            ("fresh", "introduced"),
            ("third", "existing"),
        ]

    def test_its_cause_is_its_own_line(self) -> None:
        fresh = one(self.changes, "fresh")
        assert (fresh.cause, fresh.cause_text) == (Location(PATH, 8), "+\tfresh();")
        assert fresh.patch == 1


class TestRewrappedArguments:
    new = OLD.replace("third(1,\n\t      2);", "third(\n\t\t1, 2);")

    def test_nothing_is_new(self) -> None:
        changes = compare(1, [sides(OLD, self.new, OLD_FINDINGS, OLD_FINDINGS)])
        assert sorted(statuses(changes)) == [("fourth", "existing"), ("third", "existing")]

    def test_changed_arguments_on_the_same_spot_are_no_new_defect_either(self) -> None:
        new = OLD.replace("third(1,\n\t      2);", "third(4);")
        after = (finding(6, "third", opened=5, text="third(4)"), finding(7, "fourth", opened=5))
        changes = compare(1, [sides(OLD, new, OLD_FINDINGS, after)])
        assert sorted(statuses(changes)) == [("fourth", "existing"), ("third", "existing")]


class TestOpeningMovedUp:
    new = OLD.replace("\treset();\n", "").replace("{\n", "{\n\treset();\n")
    after = (
        finding(4, "first", opened=3),
        finding(5, "second", opened=3),
        finding(6, "third", opened=3, text="third(1, 2)"),
        finding(8, "fourth", opened=3),
    )
    changes = compare(2, [sides(OLD, new, OLD_FINDINGS, after)])

    def test_old_lines_become_guilty(self) -> None:
        assert sorted(statuses(self.changes)) == [
            ("first", "introduced"),
            ("fourth", "moved"),
            ("second", "introduced"),
            ("third", "moved"),
        ]

    def test_the_cause_is_the_moved_line(self) -> None:
        for subject in ("first", "second", "fourth"):
            finding = one(self.changes, subject)
            assert (finding.cause, finding.cause_text) == (Location(PATH, 3), "+\treset();")


class TestDeletionOnly:
    old = """
jump()
{
\treset();
\t/* now undo it */
\tundo();
\tfirst();
}
"""
    new = old.replace("\t/* now undo it */\n\tundo();\n", "")

    def test_the_removed_line_is_the_cause(self) -> None:
        after = (finding(4, "first", opened=3),)
        changes = compare(1, [sides(self.old, self.new, (), after)])
        assert statuses(changes) == [("first", "introduced")]
        made = changes[0].finding
        assert (made.cause, made.cause_text) == (Location(PATH, 5), "-\tundo();")

    def test_undoing_the_deletion_fixes_it_and_names_the_added_line(self) -> None:
        before = (finding(4, "first", opened=3),)
        changes = compare(1, [sides(self.new, self.old, before, ())])
        assert statuses(changes) == [("first", "fixed")]
        assert changes[0].finding.cause_text == "+\tundo();"

    def test_a_patch_that_takes_the_guilty_line_away(self) -> None:
        new = OLD.replace("\tfourth();\n", "")
        changes = compare(1, [sides(OLD, new, OLD_FINDINGS, OLD_FINDINGS[:1])])
        assert one(changes, "fourth").status is Status.FIXED
        assert one(changes, "fourth").cause_text == "-\tfourth();"


class TestEqualFindings:
    old = "jump()\n{\n\treset();\n\tcall();\n\tlast();\n}"

    def test_the_added_one_of_two_is_new(self) -> None:
        new = self.old.replace("\tcall();\n", "\tcall();\n\tx = 1;\n\tcall();\n")
        before = (finding(4, "call", opened=3),)
        after = (finding(4, "call", opened=3), finding(6, "call", opened=3, ordinal=1))
        changes = compare(1, [sides(self.old, new, before, after)])
        lines = {change.finding.location.line: change.finding.status for change in changes}
        assert lines == {4: Status.EXISTING, 6: Status.INTRODUCED}

    def test_the_added_one_is_new_also_where_it_comes_first(self) -> None:
        new = self.old.replace("\tcall();\n", "\tcall();\n\tx = 1;\n\tcall();\n")
        swapped = sides(self.old, new)
        # The diff of this series says that line 4 was added and line 6 is the old one.
        after = replace(
            swapped.after,
            ruler=replace(swapped.after.ruler, changed=(4, 5)),
            findings=(finding(4, "call", opened=3), finding(6, "call", opened=3, ordinal=1)),
        )
        before = replace(swapped.before, findings=(finding(4, "call", opened=3),))
        changes = compare(1, [Sides(before, after)])
        lines = {change.finding.location.line: change.finding.status for change in changes}
        assert lines == {4: Status.INTRODUCED, 6: Status.EXISTING}

    def test_a_fixed_line_does_not_excuse_an_equal_old_line_that_became_guilty(self) -> None:
        text = "jump()\n{\n\tcall();\n\treset();\n\tcall();\n}"
        new = "jump()\n{\n\treset();\n\tcall();\n\tundo();\n\tcall();\n}"
        both = sides(text, new)
        before = replace(
            both.before,
            ruler=replace(both.before.ruler, changed=(4,)),
            findings=(finding(5, "call", opened=4),),
        )
        after = replace(
            both.after,
            ruler=replace(both.after.ruler, changed=(3, 5)),
            findings=(finding(4, "call", opened=3),),
        )
        changes = compare(1, [Sides(before, after)])
        assert sorted(change.finding.status.value for change in changes) == ["fixed", "introduced"]


class TestRenames:
    def test_renamed_function(self) -> None:
        new = OLD.replace("jump()", "leap()")
        after = tuple(replace(each, function="leap") for each in OLD_FINDINGS)
        changes = compare(1, [sides(OLD, new, OLD_FINDINGS, after)])
        assert sorted(statuses(changes)) == [("fourth", "existing"), ("third", "existing")]

    def test_renamed_file(self) -> None:
        path = "arch/mini/other.c"
        after = (finding(8, "fourth", opened=5, path=path),)
        changes = compare(
            1, [sides(OLD, OLD, OLD_FINDINGS[1:], after, old_path=PATH, new_path=path)]
        )
        assert statuses(changes) == [("fourth", "existing")]

    def test_whole_proof_moved_to_another_file(self) -> None:
        path = "arch/mini/other.c"
        gone = sides(OLD, "\n", OLD_FINDINGS, ()).before
        arrived = sides("\n", OLD, (), (), new_path=path).after
        after = tuple(
            finding(each.location.line, each.subject, opened=5, text=each.text, path=path)
            for each in OLD_FINDINGS
        )
        files = [
            Sides(replace(gone, findings=OLD_FINDINGS), absent()),
            Sides(absent(), replace(arrived, findings=after)),
        ]
        changes = compare(1, files)
        assert sorted(statuses(changes)) == [("fourth", "moved"), ("third", "moved")]

    def test_new_file(self) -> None:
        after: Side = sides("\n", OLD, (), OLD_FINDINGS).after
        changes = compare(3, [Sides(absent(), after)])
        assert {change.finding.status for change in changes} == {Status.INTRODUCED}
        assert {change.finding.patch for change in changes} == {3}


def test_finding_that_became_more_severe_is_introduced() -> None:
    before = (finding(8, "fourth", opened=5, severity=Severity.WARNING),)
    after = (finding(8, "fourth", opened=5),)
    assert statuses(compare(1, [sides(OLD, OLD, before, after)])) == [("fourth", "introduced")]
    assert statuses(compare(1, [sides(OLD, OLD, after, before)])) == [("fourth", "existing")]


class TestLedger:
    """A series of three states of one file, entered patch by patch."""

    clean = "jump()\n{\n\treset();\n}"
    dirty = "jump()\n{\n\treset();\n\tbad();\n}"
    shifted = "jump()\n{\n\tint x;\n\treset();\n\tbad();\n}"
    at_4 = (finding(4, "bad", opened=3),)
    at_5 = (finding(5, "bad", opened=4),)

    def follow(self, *patches: Sides) -> tuple[Finding, ...]:
        ledger = Ledger()
        for number, patch in enumerate(patches, 1):
            ledger.enter(compare(number, [patch]))
        return ledger.findings()

    def test_introduced_and_still_there_is_reported_once_at_its_patch(self) -> None:
        found = self.follow(
            sides(self.clean, self.dirty, (), self.at_4),
            sides(self.dirty, self.shifted, self.at_4, self.at_5),
        )
        assert [(each.status, each.patch, each.gone_by) for each in found] == [
            (Status.INTRODUCED, 1, None)
        ]
        assert found[0].location.line == 4

    def test_introduced_and_gone_later_says_by_which_patch(self) -> None:
        found = self.follow(
            sides(self.clean, self.dirty, (), self.at_4),
            sides(self.dirty, self.shifted, self.at_4, self.at_5),
            sides(self.shifted, self.clean, self.at_5, ()),
        )
        assert [(each.status, each.patch, each.gone_by) for each in found] == [
            (Status.INTRODUCED, 1, 3)
        ]

    def test_finding_of_the_base_is_reported_once(self) -> None:
        found = self.follow(
            sides(self.dirty, self.shifted, self.at_4, self.at_5),
            sides(self.shifted, self.dirty, self.at_5, self.at_4),
        )
        assert [(each.status, each.patch) for each in found] == [(Status.EXISTING, None)]

    def test_finding_of_the_base_that_is_fixed(self) -> None:
        found = self.follow(
            sides(self.dirty, self.shifted, self.at_4, self.at_5),
            sides(self.shifted, self.clean, self.at_5, ()),
        )
        assert [(each.status, each.patch) for each in found] == [(Status.FIXED, 2)]

    def test_introduced_again_after_it_was_gone_is_reported_again(self) -> None:
        found = self.follow(
            sides(self.clean, self.dirty, (), self.at_4),
            sides(self.dirty, self.clean, self.at_4, ()),
            sides(self.clean, self.dirty, (), self.at_4),
        )
        assert [(each.patch, each.gone_by) for each in found] == [(1, 2), (3, None)]

    def test_follows_a_renamed_file(self) -> None:
        path = "arch/mini/other.c"
        moved = (finding(4, "bad", opened=3, path=path),)
        found = self.follow(
            sides(self.clean, self.dirty, (), self.at_4),
            sides(self.dirty, self.dirty, self.at_4, moved, new_path=path),
            sides(self.dirty, self.clean, moved, (), old_path=path, new_path=path),
        )
        assert [(each.patch, each.gone_by) for each in found] == [(1, 3)]
