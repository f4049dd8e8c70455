"""Hunks go where patch(1) would put them, and come out again."""

from __future__ import annotations

import difflib
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from reviewer.finding import Location
from reviewer.patch.apply import Result, apply, reverse
from reviewer.patch.types import FileChange, FileDiff, Hunk, HunkFate, Line, LineKind

HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")


def lines_of(text: str) -> list[str]:
    return re.findall(r"[^\n]*\n|[^\n]+$", text)


def diff_of(old: str, new: str, *, context: int = 3, section: str = "") -> FileDiff:
    """The diff that difflib makes, as a value."""
    hunks: list[Hunk] = []
    for line in list(difflib.unified_diff(lines_of(old), lines_of(new), n=context))[2:]:
        if found := HUNK.match(line):
            starts = int(found[1]), int(found[3])
            counts = int(found[2] or 1), int(found[4] or 1)
            hunks.append(Hunk(starts[0], counts[0], starts[1], counts[1], section, ()))
            continue
        hunk = hunks[-1]
        at_old = hunk.old_start + sum(one.kind is not LineKind.ADDED for one in hunk.lines)
        at_new = hunk.new_start + sum(one.kind is not LineKind.REMOVED for one in hunk.lines)
        kind = LineKind(line[0])
        text = line[1:].removesuffix("\n")
        numbers = None if kind == "+" else at_old, None if kind == "-" else at_new
        added = Line(kind, text, *numbers, newline=line.endswith("\n"))
        hunks[-1] = replace(hunk, lines=(*hunk.lines, added))
    return FileDiff(FileChange.MODIFY, "kernel/a.c", "kernel/a.c", tuple(hunks))


def collapse(diff: FileDiff, *, leading: str) -> FileDiff:
    """The diff as a mail shows it that lost its white space."""

    def squeezed(text: str) -> str:
        inner = " ".join(text.split())
        return leading + inner if text[:1].isspace() and inner else inner

    hunks = tuple(
        replace(h, lines=tuple(replace(line, text=squeezed(line.text)) for line in h.lines))
        for h in diff.hunks
    )
    return replace(diff, hunks=hunks)


def fates(diff: FileDiff, text: str, *, collapsed: bool = False) -> list[HunkFate]:
    return fates_of(apply(diff, text.encode(), collapsed=collapsed))


def fates_of(result: Result) -> list[HunkFate]:
    return [hunk.fate for hunk in result.hunks]


OLD = """\
static void stop(int cpu)
{
	int flag = read_flag(cpu);

	if (flag)
		flush();

	mask(cpu);
	for (;;)
		halt();
}

static int begin(int cpu)
{
	start(cpu);
	return 0;
}
"""
NEW = OLD.replace(
    "	if (flag)\n		flush();\n",
    "	if (flag) {\n		flush();\n		clear(cpu);\n	}\n",
)


def test_exact() -> None:
    result = apply(diff_of(OLD, NEW), OLD.encode())
    assert result.text == NEW.encode()
    assert [hunk.fate for hunk in result.hunks] == [HunkFate.EXACT]
    assert result.removed == {5}
    assert result.added == {5, 7, 8}


def test_offset_is_counted_against_the_hunks_own_lines() -> None:
    above = "".join(f"int line{number};\n" for number in range(40))
    result = apply(diff_of(OLD, NEW), (above + OLD).encode())
    assert result.text == (above + NEW).encode()
    (hunk,) = result.hunks
    assert (hunk.fate, hunk.offset) == (HunkFate.OFFSET, 40)


def test_nearest_of_equal_places_wins() -> None:
    block = "a();\nb();\nc();\nd();\ne();\nf();\ng();\n"
    between = "".join(f"x{number};\n" for number in range(30))
    old = block + between + block
    new = old[: len(block + between)] + block.replace("d();\n", "")
    diff = diff_of(old, new)
    shifted = "y;\n" * 4 + old
    assert apply(diff, shifted.encode()).text == ("y;\n" * 4 + new).encode()


def test_hunks_stay_in_order() -> None:
    block = "a();\nb();\nc();\nd();\ne();\nf();\ng();\n"
    gap = "".join(f"x{number};\n" for number in range(10))
    old = block + gap + block
    new = old.replace("d();\n", "D();\n")
    assert apply(diff_of(old, new), ("z;\n" * 9 + old).encode()).text == ("z;\n" * 9 + new).encode()
    twice = diff_of(old, new)
    again = replace(twice, hunks=twice.hunks[:1] * 2)
    result = apply(again, block.encode())
    assert fates_of(result) == [HunkFate.EXACT, HunkFate.FAILED]
    assert result.hunks[1].reason == "its lines stand above the hunk before it"


@pytest.mark.parametrize(
    ("changed", "fuzz"),
    [("	int flag = read_flag(cpu);\n", 2), ("{\n", 0)],
)
def test_fuzz_ignores_outer_context(changed: str, fuzz: int) -> None:
    text = OLD.replace(changed, "	/* rewritten */\n", 1)
    (hunk,) = apply(diff_of(OLD, NEW), text.encode()).hunks
    # Line 3 is the second line of context, line 2 the first.
    assert hunk.fuzz == (fuzz or 1)
    assert hunk.fate is HunkFate.FUZZ


def test_fuzz_far_away_needs_the_heading() -> None:
    text = OLD.replace("	int flag = read_flag(cpu);\n", "	int flag = other;\n")
    far = "".join(f"int line{number};\n" for number in range(300)) + text
    assert fates(diff_of(OLD, NEW), far) == [HunkFate.FAILED]
    vouched = diff_of(OLD, NEW, section="static void stop(int cpu)")
    assert fates(vouched, far) == [HunkFate.FUZZ]


def test_more_than_two_lines_of_fuzz_fail_with_the_reason_and_the_nearest_place() -> None:
    text = "int one;\n" * 3 + OLD.replace("	if (flag)\n", "	if (flag && cpu)\n")
    (hunk,) = apply(diff_of(OLD, NEW), text.encode()).hunks
    assert hunk.fate is HunkFate.FAILED
    assert hunk.reason == "removed line 4 of hunk 1 not found"
    assert hunk.nearest == Location("kernel/a.c", 5)


def test_other_hunks_apply_when_one_fails() -> None:
    far = OLD.replace("	start(cpu);\n", "	start(cpu);\n	note(cpu);\n")
    both = diff_of(OLD, far.replace("	if (flag)\n", "	if (!flag)\n"), context=1)
    text = OLD.replace("flag", "state")
    result = apply(both, text.encode())
    assert [hunk.fate for hunk in result.hunks] == [HunkFate.FAILED, HunkFate.EXACT]
    assert result.failed == 1
    assert (
        result.text
        == text.replace("	start(cpu);\n", "	start(cpu);\n	note(cpu);\n").encode()
    )


def test_a_file_that_shares_nothing_has_no_nearest_place() -> None:
    (hunk,) = apply(diff_of(OLD, NEW), b"int other;\n").hunks
    assert (hunk.reason, hunk.nearest) == ("none of its lines is in the file", None)


def test_present_hunk_changes_nothing_and_moves_the_rest() -> None:
    new = NEW.replace("	return 0;\n", "	return 1;\n")
    half = apply(diff_of(OLD, new), NEW.encode())
    assert [hunk.fate for hunk in half.hunks] == [HunkFate.PRESENT, HunkFate.OFFSET]
    assert half.hunks[1].offset == 2
    assert half.text == new.encode()


def test_white_space_is_the_last_resort_and_comes_from_the_file() -> None:
    spaced = OLD.replace("	", "        ")
    diff = diff_of(spaced, spaced.replace("mask(cpu);", "unmask(cpu);"))
    result = apply(diff, OLD.encode())
    assert [hunk.fate for hunk in result.hunks] == [HunkFate.WHITESPACE]
    assert result.text == OLD.replace("mask(cpu);", "unmask(cpu);").encode()


def test_collapsed_diff_gets_its_tabs_back() -> None:
    for leading in ("", " "):
        diff = collapse(diff_of(OLD, NEW), leading=leading)
        result = apply(diff, OLD.encode(), collapsed=True)
        assert result.text == NEW.encode()
        assert [hunk.fate for hunk in result.hunks] == [HunkFate.WHITESPACE]


def test_collapsed_hunk_in_the_tree_is_present() -> None:
    assert fates(collapse(diff_of(OLD, NEW), leading=" "), NEW, collapsed=True) == [
        HunkFate.PRESENT
    ]


def test_carriage_returns_of_the_file_survive_a_mail_that_lost_them() -> None:
    crlf = OLD.replace("\n", "\r\n").encode()
    assert apply(diff_of(OLD, NEW), crlf).text == NEW.replace("\n", "\r\n").encode()


def test_carriage_returns_in_content() -> None:
    old, new = (text.replace("\n", "\r\n") for text in (OLD, NEW))
    result = apply(diff_of(old, new), old.encode())
    assert result.text == new.encode()
    assert result.hunks[0].fate is HunkFate.EXACT


def test_no_newline_at_end() -> None:
    for old, new in (("a\nb", "a\nc"), ("a\nb", "a\nb\n"), ("a\nb\n", "a\nb"), ("a", "a\nb")):
        assert apply(diff_of(old, new), old.encode()).text == new.encode()


def test_bytes_that_are_not_utf8_survive() -> None:
    old = b"/* caf\xe9 */\nint a;\n"
    new = b"/* caf\xe9 */\nint b; /* \xff */\n"
    texts = [text.decode("utf-8", "surrogateescape") for text in (old, new)]
    assert apply(diff_of(*texts), old).text == new


def test_new_and_empty_files() -> None:
    added = replace(diff_of("", OLD), change=FileChange.ADD, old_path=None)
    assert apply(added, b"").text == OLD.encode()
    assert apply(reverse(added), OLD.encode()).text == b""
    assert reverse(added).change is FileChange.DELETE


def test_a_patch_that_applies_nowhere_takes_no_time() -> None:
    text = "".join(f"	step{n % 97}(x, {n});\n" if n % 3 else "	}\n" for n in range(40_000))
    absent = "".join(f"	step{n % 97}(y, {n});\n	}}\n" for n in range(8))
    diff = diff_of(absent, absent.replace("step3", "step4"))
    many = replace(diff, hunks=diff.hunks * 100)
    start = time.process_time()
    assert apply(many, text.encode()).failed == 100
    assert time.process_time() - start < 1


def test_a_file_of_equal_lines_takes_no_time() -> None:
    same = [Line(LineKind.CONTEXT, "go();", 0, 0)] * 9_000
    gone = [Line(LineKind.REMOVED, "go();", 0, None)] * 9_000
    end = Line(LineKind.CONTEXT, "end();", 0, 0)
    absent = Hunk(1, 9_001, 1, 9_001, "", (*same, end))
    wide = Hunk(1, 9_000, 1, 0, "", tuple(gone))
    diff = FileDiff(FileChange.MODIFY, "a.c", "a.c", (absent, wide))
    start = time.process_time()
    result = apply(diff, b"go();\n" * 40_000)
    assert time.process_time() - start < 1
    assert [hunk.fate for hunk in result.hunks] == [HunkFate.FAILED, HunkFate.EXACT]
    assert result.text == b"go();\n" * 31_000


words = st.sampled_from(["int", "flag", "=", "read(cpu)", ";", "{", "}", "/* é */", "if (x)"])
indents = st.sampled_from(["", "\t", "\t\t", "\t    ", "    "])
code = st.lists(st.builds(lambda pad, body: pad + " ".join(body), indents, st.lists(words)))
endings = st.sampled_from(["", "\n"])


@st.composite
def texts(draw: st.DrawFn) -> str:
    lines = draw(code)
    return "\n".join(lines) + (draw(endings) if lines else "")


@st.composite
def edits(draw: st.DrawFn) -> tuple[str, str]:
    """A file and the same file with some of its lines replaced, dropped or doubled."""
    old = draw(texts())
    lines = old.split("\n")
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, len(lines)))
        end = draw(st.integers(start, min(len(lines), start + 3)))
        lines[start:end] = draw(code)[:3]
    return old, "\n".join(lines)


@given(edits(), st.integers(0, 4))
def test_apply_gives_the_new_text_and_reverse_the_old(edit: tuple[str, str], context: int) -> None:
    old, new = edit
    diff = diff_of(old, new, context=context)
    forward = apply(diff, old.encode())
    assert forward.text == new.encode()
    back = apply(reverse(diff), new.encode())
    assert back.text == old.encode()
    assert (back.added, back.removed) == (forward.removed, forward.added)
    assert reverse(reverse(diff)) == diff


@given(edits(), st.integers(1, 30))
def test_an_offset_still_applies(edit: tuple[str, str], shift: int) -> None:
    old, new = ("".join(f"{n} {line}" for n, line in enumerate(lines_of(t))) for t in edit)
    above = "".join(f"/* {number} above */\n" for number in range(shift))
    diff = diff_of(old, new)
    # Only a hunk with context can know that it has moved.
    if all(any(line.kind is not LineKind.ADDED for line in hunk.lines) for hunk in diff.hunks):
        result = apply(diff, (above + old).encode())
        assert result.text == (above + new).encode()
        assert all((h.fate, h.offset) == (HunkFate.OFFSET, shift) for h in result.hunks)


@given(edits(), st.sampled_from(["", " "]))
def test_a_collapsed_diff_gives_the_same_tokens(edit: tuple[str, str], leading: str) -> None:
    old, new = edit
    diff = diff_of(old, new)
    result = apply(collapse(diff, leading=leading), old.encode(), collapsed=True)
    assert result.failed == 0
    assert result.text.split() == new.encode().split()


@given(edits(), st.binary(max_size=200))
def test_any_text_gets_a_fate_for_every_hunk(edit: tuple[str, str], text: bytes) -> None:
    diff = diff_of(*edit)
    result = apply(diff, text)
    assert [hunk.index for hunk in result.hunks] == list(range(1, len(diff.hunks) + 1))
    if result.failed == len(diff.hunks):
        assert result.text == text
    else:
        assert result.added or result.removed or HunkFate.PRESENT in fates_of(result)
