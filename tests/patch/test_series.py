from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.finding import Location
from reviewer.patch.series import Assembly, assemble, in_order
from tests.patch import letterbox
from tests.patch.letterbox import DIFF, diff, patch, quoted, text


def assembled(*mails: str) -> Assembly:
    return assemble(letterbox.read(mail) for mail in mails)


def numbers(assembly: Assembly) -> list[tuple[str, int, list[int], tuple[int, ...]]]:
    return [
        (series.title, series.version, [one.number for one in series.patches], series.missing)
        for series in assembly.series
    ]


BASE = f"All.\n\nbase-commit: {'a' * 40}"
COVER = text("[PATCH v2 0/2] stop", message_id="c", body=f"{BASE}\n-- \n2.39\n")
FIRST = text("[PATCH v2 1/2] one", message_id="1", in_reply_to="c")
SECOND = text("[PATCH v2 2/2] two", message_id="2", in_reply_to="c", body=patch("a.c"))


def test_a_patch_has_everything_its_mail_says() -> None:
    (series,) = assembled(text("[PATCH] kernel: wait", message_id="m")).series
    (found,) = series.patches
    assert (series.version, series.total, series.missing) == (1, 1, ())
    assert (found.subject, found.author) == ("kernel: wait", "A Developer <dev@example.org>")
    assert found.changelog.startswith("Wait for the other CPU.\n\nSigned-off-by:")
    assert found.notes.endswith("1 file changed, 1 insertion(+)")
    assert (found.added, found.removed, found.message_id) == (1, 0, "m")
    assert [one.key for one in found.trailers] == ["Signed-off-by"]
    assert found.source == "a.mbox"


@pytest.mark.parametrize("mails", [(COVER, FIRST, SECOND), (SECOND, FIRST, COVER)])
def test_a_series_is_in_order_whatever_came_first(mails: Sequence[str]) -> None:
    assembly = assembled(*mails)
    assert numbers(assembly) == [("stop", 2, [1, 2], ())]
    (series,) = assembly.series
    assert series.cover
    assert (series.cover.body, series.cover.message_id) == (BASE, "c")
    assert (series.base_commit, series.message_id) == ("a" * 40, "c")
    assert (assembly.mails, assembly.patch_mails, assembly.duplicates) == (3, 2, 0)


def test_the_base_is_not_taken_from_a_later_patch() -> None:
    based = patch() + f"\nbase-commit: {'b' * 40}\n"
    late = text("[PATCH v2 2/2] two", message_id="2", in_reply_to="1", body=based)
    assert assembled(FIRST, late).series[0].base_commit == ""
    first = text("[PATCH v2 1/2] one", message_id="1", body=based)
    assert assembled(first).series[0].base_commit == "b" * 40


def test_what_nobody_sent_is_named() -> None:
    assert numbers(assembled(text("[PATCH 2/4] two", message_id="2"))) == [
        ("two", 1, [2], (1, 3, 4))
    ]


def test_each_version_is_a_series_of_its_own() -> None:
    old = text("[PATCH 1/2] one", message_id="o1", in_reply_to="o")
    new = text("[PATCH v2 1/2] one", message_id="n1", in_reply_to="o")
    assert [one[1:3] for one in numbers(assembled(old, new))] == [(1, [1]), (2, [1])]


def test_chained_patches_without_a_cover() -> None:
    chain = [
        text("[PATCH 1/3] one", message_id="1"),
        text("[PATCH 2/3] two", message_id="2", in_reply_to="1"),
        text("[PATCH 3/3] three", message_id="3", in_reply_to="2", references="<1> <2>"),
    ]
    assert numbers(assembled(*chain)) == [("one", 1, [1, 2, 3], ())]
    assert numbers(assembled(*reversed(chain))) == [("one", 1, [1, 2, 3], ())]


def test_patches_that_answer_a_mail_nobody_has() -> None:
    mails = (text(f"[PATCH {n}/2] x{n}", message_id=f"{n}", in_reply_to="c") for n in (2, 1))
    assert numbers(assembled(*mails)) == [("x1", 1, [1, 2], ())]


def test_patches_without_threads_complete_each_other() -> None:
    mails = [text(f"[PATCH {n}/2] x{n}", message_id=f"{n}") for n in (1, 2)]
    stranger = text("[PATCH 2/2] other", message_id="s", author="Else <e@x>")
    assert numbers(assembled(mails[0], stranger, mails[1])) == [
        ("x1", 1, [1, 2], ()),
        ("other", 1, [2], (1,)),
    ]


@pytest.mark.parametrize("order", [("a1", "a2", "b1", "b2"), ("a1", "b1", "a2", "b2")])
def test_two_series_in_one_thread(order: Sequence[str]) -> None:
    mails = [
        text(f"[PATCH {one[1]}/2] {one}", message_id=one, in_reply_to="c", author=one[0])
        for one in order
    ]
    assert [one[0] for one in numbers(assembled(*mails))] == ["a1", "b1"]


def test_the_same_mail_twice_is_one() -> None:
    assembly = assembled(FIRST, FIRST, SECOND)
    assert numbers(assembly) == [("one", 2, [1, 2], ())]
    assert (assembly.duplicates, assembly.patch_mails) == (1, 2)


def test_a_patch_sent_again_unchanged_is_one() -> None:
    again = text("[PATCH v2 1/2] one", message_id="again", in_reply_to="c")
    assembly = assembled(FIRST, SECOND, again)
    assert [one[2] for one in numbers(assembly)] == [[1, 2]]
    assert (assembly.duplicates, assembly.patch_mails) == (1, 2)


def test_of_a_patch_sent_again_the_last_counts_and_that_is_said() -> None:
    again = text("[PATCH v2 1/2] new", message_id="x", in_reply_to="c", body=patch(added="no();"))
    (series,) = assembled(FIRST, SECOND, again).series
    assert [one.subject for one in series.patches] == ["new", "two"]
    assert "sent again" in series.skips[0].reason


def test_a_series_sent_again_is_another() -> None:
    again = [
        text(f"[PATCH v2 {n}/2] again", message_id=f"x{n}", in_reply_to="c", body=patch(added="no"))
        for n in (1, 2)
    ]
    assert [one[2] for one in numbers(assembled(FIRST, SECOND, *again))] == [[1, 2], [1, 2]]


def test_files_that_nobody_mailed_go_by_their_counters() -> None:
    files = [
        text("[PATCH 2/2] two", author="Else <e@x>"),
        text("[PATCH 1/2] one"),
        text("[PATCH v2 1/2] one"),
    ]
    assert [one[:3] for one in numbers(assembled(*files))] == [("one", 1, [1, 2]), ("one", 2, [1])]


def test_a_patch_in_a_reply_stands_alone() -> None:
    aside = text("Re: [PATCH v2 1/2] one", message_id="r", in_reply_to="1", body=f"Or:\n\n{DIFF}")
    assert [one[2:] for one in numbers(assembled(FIRST, SECOND, aside))] == [
        ([1, 2], ()),
        ([1], ()),
    ]


def test_scissors_and_a_subject_in_the_body() -> None:
    body = f"How about:\n\n-- >8 --\nSubject: [PATCH] other\nFrom: C D <c@d>\n\nWhy.\n---\n{DIFF}"
    (series,) = assembled(text("Re: [PATCH v2 1/2] one", body=body)).series
    (found,) = series.patches
    assert (found.subject, found.author, found.changelog) == ("other", "C D <c@d>", "Why.")


def test_a_patch_without_a_diff_says_so() -> None:
    (series,) = assembled(text("[PATCH 1/2] one", body="see attachment")).series
    (found,) = series.patches
    assert not found.files
    assert "no diff was found" in found.skips[0].reason
    assert found.skips[0].patch == 1


def test_a_mail_cut_between_two_files_says_so() -> None:
    body = patch().replace(
        " kernel/stop.c | 1 +\n 1 file changed, 1 insertion(+)",
        " kernel/stop.c | 1 +\n kernel/wait.c | 2 ++\n 2 files changed, 3 insertions(+)",
    )
    (series,) = assembled(text("[PATCH] x", body=body)).series
    (skip,) = series.patches[0].skips
    assert skip.reason == (
        "not the whole patch: the diffstat declares 2 files, 3 insertions and 0 deletions, "
        "the diff has 1 file, 1 insertion and 0 deletions"
    )


def test_a_patch_with_more_than_it_declared_is_whole() -> None:
    body = patch().replace("1 insertion(+)", "0 insertions(+)")
    (series,) = assembled(text("[PATCH] x", body=body)).series
    assert not series.patches[0].skips


def test_comments_are_counted() -> None:
    comment = text("Re: [PATCH v2 1/2] one", message_id="r", in_reply_to="1", body="> a\nFine.\n")
    unmarked = text("[PATCH v2 1/2] one", message_id="u", in_reply_to="1", body="> a\nFine.\n")
    assembly = assembled(FIRST, comment, unmarked)
    assert (assembly.mails, assembly.patch_mails, assembly.duplicates) == (3, 1, 0)


def test_a_cover_alone_is_no_series() -> None:
    assert assembled(COVER).series == ()
    assert (assembled(COVER).mails, assembled(COVER).patch_mails) == (1, 0)


def test_a_diff_in_a_cover_is_said() -> None:
    cover = text("[PATCH v2 0/2] stop", message_id="c", body=DIFF)
    (series,) = assembled(cover, FIRST).series
    assert "cover" in series.skips[0].reason


def test_attached_patches_are_a_series() -> None:
    parts = "".join(f"--x\nContent-Type: text/x-patch\n\n{diff(path)}\n" for path in ("a.c", "b.c"))
    headers = "Content-Type: multipart/mixed; boundary=x\n"
    raw = text("two of them", message_id="m", headers=headers, body=f"--x\n\nText.\n{parts}--x--\n")
    (series,) = assembled(raw).series
    assert [(one.number, one.files[0].path) for one in series.patches] == [(1, "a.c"), (2, "b.c")]
    assert series.total == 2


REVIEW = quoted(DIFF.replace("\twait();\n", "\twait();\nhere\n")).replace("> here", "Why wait?")


def review(subject: str = "Re: [PATCH v2 1/2] one", parent: str = "1", mail: str = "r") -> str:
    body = f"On Thu, 1 Jan 2026, A Developer wrote:\n> Wait.\n> ---\n{REVIEW}"
    return text(subject, message_id=mail, in_reply_to=parent, body=body, author="Else <e@x>")


def test_remarks_go_to_the_patch_they_are_about() -> None:
    assembly = assembled(FIRST, SECOND, review())
    assert numbers(assembly) == [("one", 2, [1, 2], ())]
    first, second = assembly.series[0].patches
    (remark,) = first.remarks
    assert (remark.text, remark.location) == ("Why wait?", Location("kernel/stop.c", 12))
    assert second.remarks == ()
    assert (assembly.mails, assembly.patch_mails) == (3, 2)


def test_remarks_find_their_patch_through_other_replies_and_by_its_name() -> None:
    through = review().replace("In-Reply-To: <1>", "In-Reply-To: <q>\nReferences: <1> <q>")
    renamed = review("Re: oops (was: one)", mail="s")
    lost = review(parent="nobody", mail="t")
    first = assembled(through, renamed, lost, FIRST).series[0].patches[0]
    assert len(first.remarks) == 3


def test_a_reply_with_a_patch_of_its_own_has_remarks_too() -> None:
    both = review() + f"\nRather:\n\n{diff('b.c')}"
    first, aside = assembled(FIRST, both).series
    assert first.patches[0].remarks[0].text == "Why wait?"
    assert [one.path for one in aside.patches[0].files] == ["b.c"]


def test_a_reply_with_a_diff_that_cannot_be_read_says_so() -> None:
    both = review() + "\nRather:\n\n@@ -1,3 +1,4 @@\n a\n+b\n"
    remarked, unread = assembled(FIRST, both).series
    assert remarked.patches[0].remarks
    assert unread.patches[0].skips


def test_a_reply_stands_in_for_the_patch_nobody_has() -> None:
    (series,) = assembled(review()).series
    (found,) = series.patches
    assert (series.version, series.total, series.missing) == (2, 2, (2,))
    assert (found.number, found.subject, found.author) == (1, "one", "A Developer")
    assert (found.added, found.message_id) == (1, "1")
    assert [remark.text for remark in found.remarks] == ["Why wait?"]


def test_a_reply_fills_the_gap_in_a_series() -> None:
    assert numbers(assembled(COVER, SECOND, review().replace("<1>", "<1>\nReferences: <c>"))) == [
        ("stop", 2, [1, 2], ())
    ]


def test_several_replies_to_a_patch_nobody_has_are_one() -> None:
    (series,) = assembled(review(), review(mail="s")).series
    assert len(series.patches[0].remarks) == 2


def test_a_reply_to_a_cover_quotes_a_patch_it_does_not_name() -> None:
    (series,) = assembled(review("Re: [PATCH v2 0/2] stop", parent="c")).series
    assert [one.number for one in series.patches] == [1]
    assert series.total == 1


def test_in_order_numbers_what_it_is_given() -> None:
    mails = [letterbox.read(text(subject)) for subject in ("[PATCH 7/9] b", "a")]
    series = in_order(mails, "folder")
    assert [(one.number, one.subject) for one in series.patches] == [(1, "b"), (2, "a")]
    assert (series.title, series.total, series.missing) == ("folder", 2, ())


SUBJECTS = st.sampled_from(
    [f"{mark}[PATCH {v} {n}/3] s" for mark in ("", "Re: ") for v in ("", "v2") for n in range(4)]
    + ["[PATCH] s", "s"]
)
IDS = st.sampled_from(["", "1", "2", "3", "4"])
BODIES = st.sampled_from([DIFF, quoted(DIFF), "Text.", patch("b.c"), REVIEW])
MAILS = st.builds(
    lambda subject, one, other, body: text(subject, message_id=one, in_reply_to=other, body=body),
    SUBJECTS,
    IDS,
    IDS,
    BODIES,
)


@given(st.lists(MAILS, max_size=8))
def test_any_mails_are_assembled(mails: list[str]) -> None:
    assembly = assembled(*mails)
    assert assembly.mails == len(mails)
    assert assembly.patch_mails + assembly.duplicates <= assembly.mails
    for series in assembly.series:
        counted = [one.number for one in series.patches]
        assert counted == sorted(set(counted))
        assert not set(counted) & set(series.missing)
        assert all(one.files or one.skips for one in series.patches)


def test_a_very_long_chain_is_followed() -> None:
    mails = [
        text(f"[PATCH {n}/5000] s", message_id=f"{n}", in_reply_to=f"{n - 1}", body="-")
        for n in range(1, 5001)
    ]
    (series,) = assembled(*mails).series
    assert len(series.patches) == 5000
