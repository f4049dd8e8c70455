from __future__ import annotations

import bz2
import gzip
import lzma
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.errors import InputError
from reviewer.patch import intake
from reviewer.patch.intake import STDIN, Intake
from tests.patch.letterbox import DIFF, diff, patch, quoted, text

ENVELOPE = "From dev@example.org Thu Jan  1 10:00:00 2026\n"
MBOX = "\n".join(
    ENVELOPE + text(f"[PATCH {n}/2] x{n}", message_id=f"{n}", body=patch(f"{n}.c")) for n in (1, 2)
)


def titles(found: Intake) -> list[tuple[str, int]]:
    return [(series.title, len(series.patches)) for series in found.series]


def write(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_an_mbox(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mbox", MBOX)
    found = intake.read([path])
    assert titles(found) == [("x1", 2)]
    assert (found.mails, found.patch_mails, found.duplicates, found.skips) == (2, 2, 0, ())
    second = found.series[0].patches[1]
    assert second.source == str(path)
    line = second.files[0].hunks[0].lines[-2]
    assert MBOX.splitlines()[line.mail_line - 1] == f"+{line.text}"


def test_standard_input() -> None:
    assert titles(intake.read([STDIN], MBOX.encode())) == [("x1", 2)]


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress, bz2.compress])
def test_packed_files(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    path = write(tmp_path / "a.mbox.x", pack(MBOX.encode()))
    assert titles(intake.read([path])) == [("x1", 2)]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_what_powershell_redirected(tmp_path: Path, encoding: str) -> None:
    data = ("\ufeff" + MBOX.replace("\n", "\r\n")).encode(encoding)
    assert titles(intake.read([write(tmp_path / "a.mbox", data)])) == [("x1", 2)]


def test_code_is_for_the_audit(tmp_path: Path) -> None:
    path = write(tmp_path / "a.c", b"int x;\n")
    with pytest.raises(InputError, match=r"neither a mail nor a diff \(`reviewer scan "):
        intake.read([path])


def test_a_mapped_mailbox(tmp_path: Path) -> None:
    filler = ENVELOPE + text("words", body="word\n" * 300_000)
    path = write(tmp_path / "large.mbox", f"{MBOX}\n{filler}")
    assert path.stat().st_size > 1 << 20
    found = intake.read([path])
    assert titles(found) == [("x1", 2)]
    assert (found.mails, found.patch_mails) == (3, 2)


def test_the_name_says_mboxrd(tmp_path: Path) -> None:
    log = f"Why.\n\n>From here on.\n---\n{DIFF}"
    raw = ENVELOPE + text("[PATCH] x", body=log)
    for name, line in (("a.mboxrd", "From here on."), ("a.mbox", ">From here on.")):
        (series,) = intake.read([write(tmp_path / name, raw)]).series
        assert series.patches[0].changelog.endswith(line)


def test_a_mail_and_a_bare_diff(tmp_path: Path) -> None:
    mail = write(tmp_path / "a.eml", text("[PATCH] x", message_id="m"))
    bare = write(tmp_path / "fix-it.diff", DIFF)
    quoted_only = write(tmp_path / "reply.txt", quoted(DIFF))
    found = intake.read([mail, bare, quoted_only])
    assert titles(found) == [("x", 1), ("fix-it", 1), ("reply", 1)]
    assert [series.patches[0].added for series in found.series] == [1, 1, 1]


def test_a_maildir(tmp_path: Path) -> None:
    for n, folder in ((2, "new"), (1, "cur"), (3, "tmp")):
        write(tmp_path / folder / f"{n}.host:2,S", text(f"[PATCH {n}/2] x{n}", message_id=f"{n}"))
    assert titles(intake.read([tmp_path])) == [("x1", 2)]


def test_a_folder_goes_by_counters(tmp_path: Path) -> None:
    for n, name in ((1, "b.patch"), (2, "a.patch")):
        write(tmp_path / name, text(f"[PATCH {n}/2] x{n}"))
    write(tmp_path / "README", "nothing")
    write(tmp_path / ".b.patch.swp", "nothing")
    found = intake.read([tmp_path])
    assert [one.subject for one in found.series[0].patches] == ["x1", "x2"]
    assert found.skips == ()


def test_a_list_of_files_goes_by_counters(tmp_path: Path) -> None:
    files = [write(tmp_path / f"{n}", text(f"[PATCH {n}/3] x{n}")) for n in (3, 1, 2)]
    assert [one.number for one in intake.read(files).series[0].patches] == [1, 2, 3]


def test_files_without_counters_go_by_their_names(tmp_path: Path) -> None:
    for n, name in ((2, "0002-b.patch"), (1, "0001-z.patch")):
        write(tmp_path / "work" / name, text(f"[PATCH] x{n}"))
    (series,) = intake.read([tmp_path / "work"]).series
    assert [one.subject for one in series.patches] == ["x1", "x2"]
    assert (series.title, series.total, series.missing) == ("work", 2, ())
    (alone,) = intake.read([tmp_path / "work" / "0002-b.patch"]).series
    assert (alone.title, alone.total) == ("x2", 1)


def test_a_quilt_folder(tmp_path: Path) -> None:
    write(tmp_path / "series", "# first\nb.patch -p1\nsub/a.patch # why\n\nlost.patch\n")
    write(tmp_path / "b.patch", f"Description: b\n\n{diff('b.c')}")
    write(tmp_path / "sub" / "a.patch", text("[PATCH 7/9] a"))
    write(tmp_path / "unlisted.patch", text("[PATCH] no"))
    found = intake.read([tmp_path])
    (series,) = found.series
    assert [(one.number, one.subject) for one in series.patches] == [(1, "b"), (2, "a")]
    assert (series.title, found.patch_mails) == (tmp_path.name, 2)
    assert [Path(skip.path).name for skip in found.skips] == ["lost.patch"]


@pytest.mark.parametrize("name", ["../out.patch", "/etc/hostname", "link.patch", "loop.patch"])
def test_a_quilt_series_stays_in_its_folder(tmp_path: Path, name: str) -> None:
    write(tmp_path / "out.patch", text("[PATCH] out"))
    write(tmp_path / "in" / "series", f"{name}\n")
    (tmp_path / "in" / "link.patch").symlink_to("../out.patch")
    (tmp_path / "in" / "loop.patch").symlink_to("loop.patch")
    with pytest.raises(InputError, match="outside of the folder"):
        intake.read([tmp_path / "in"])


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"\x7fELF\0\0", "neither a mail nor a diff"),
        (b"Dear all,\nhello.\n", "neither a mail nor a diff"),
        (text("hello", body="Dear all").encode(), "the mail holds no patch"),
        (text("[PATCH 0/2] all", body="Dear all").encode(), "the mail holds no patch"),
        ((ENVELOPE + text("a", body="b") + "\n").encode() * 2, "its 2 mails hold no patch"),
        (b"\x1f\x8bnot gzip", "cannot be unpacked"),
        (gzip.compress(b"x" * 1000, mtime=0)[:-9], "cannot be unpacked"),
        (b"\xfd7zXZ\0not xz", "cannot be unpacked"),
    ],
)
def test_input_that_is_no_patch(tmp_path: Path, content: bytes, reason: str) -> None:
    path = write(tmp_path / "a", content)
    with pytest.raises(InputError, match=reason) as caught:
        intake.read([path])
    assert caught.value.path == str(path)
    other = write(tmp_path / "b", text("[PATCH] b"))
    found = intake.read([path, other])
    assert titles(found) == [("b", 1)]
    was_read = reason.startswith(("the mail", "its 2 mails"))
    assert [skip.path for skip in found.skips] == [str(path)] * (not was_read)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    for path in (tmp_path / "no such file", tmp_path / "nul\0", tmp_path):
        with pytest.raises(InputError) as caught:
            intake.read([path])
        assert caught.value.path == str(path)


def test_a_mail_too_large_to_be_one_is_refused(tmp_path: Path) -> None:
    large = write(tmp_path / "a", text("[PATCH] a").encode() + b"\n" * intake.MAX_MAIL_BYTES)
    with pytest.raises(InputError, match="a mail of 32 MiB is not read"):
        intake.read([large])


def test_a_pipe_is_read(tmp_path: Path) -> None:
    read_end, write_end = os.pipe()
    os.write(write_end, text("[PATCH] x").encode())
    os.close(write_end)
    try:
        assert titles(intake.read([Path(f"/dev/fd/{read_end}")])) == [("x", 1)]
    finally:
        os.close(read_end)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for content in (
        data,
        (ENVELOPE + "Subject: [PATCH] x\n").encode() + data,
        DIFF.encode() + data,
    ):
        try:
            found = intake.read([STDIN], content)
        except InputError:
            continue
        assert all(one.files or one.skips for series in found.series for one in series.patches)


def _real(name: str) -> Path:
    value = os.environ.get(name)
    if not value:
        pytest.skip(f"{name} is not set")
    return Path(value)


@pytest.mark.real
def test_every_patch_mail_of_the_archive_yields_hunks_or_a_skip() -> None:
    found = intake.read([_real("REVIEWER_MBOX")])
    patches = [one for series in found.series for one in series.patches]
    assert (found.mails, found.skips) == (2342, ())
    assert all(one.hunks or one.skips or one.files for one in patches)
    assert sum(one.hunks > 0 for one in patches) > 0.98 * len(patches)


@pytest.mark.real
def test_every_patch_of_the_collection_yields_hunks() -> None:
    found = intake.read([_real("REVIEWER_PATCHES")])
    patches = [one for series in found.series for one in series.patches]
    assert len(patches) == found.patch_mails == 791
    assert all(one.hunks and one.subject and one.author for one in patches)


@pytest.mark.real
def test_the_seed_mail_is_the_first_of_six() -> None:
    (series,) = intake.read([_real("REVIEWER_SEED")]).series
    (found,) = series.patches
    assert (series.version, series.total, found.number) == (3, 6, 1)
    assert (len(found.files), found.hunks, found.added, found.removed) == (6, 12, 43, 23)
    assert len(found.remarks) == 6
    assert not found.skips
