from __future__ import annotations

from pathlib import Path

import pytest

from reviewer.patch import public_inbox
from reviewer.patch.intake import read
from tests.cli.mini import BAD, SOURCE, diff, mail
from tests.patch.repository import Repository


@pytest.fixture
def inbox(tmp_path: Path) -> Repository:
    """An epoch before it is made bare: three mails, the last of which was taken back."""
    epoch = Repository(tmp_path / "work")
    for number in (1, 2, 3):
        patch = diff(SOURCE, BAD.replace("account", f"account_{number}"))
        epoch.commit(f"mini {number}", {"m": mail(f"mini {number}", patch, number=number)})
    gone = (epoch.root / "m").read_text()
    epoch.commit("rm", {"m": None, "d": gone})
    return epoch


def bare(inbox: Repository, path: Path) -> Path:
    inbox.git("clone", "-q", "--mirror", str(inbox.root), str(path))
    return path


def test_mails_in_their_order_without_what_was_taken_back(
    inbox: Repository, tmp_path: Path
) -> None:
    epoch = bare(inbox, tmp_path / "list.git")
    subjects = [raw.data.splitlines()[1] for raw in public_inbox.read(epoch)]
    assert subjects == [b"Subject: [PATCH] mini 1", b"Subject: [PATCH] mini 2"]


def test_an_epoch_and_an_archive_are_series(inbox: Repository, tmp_path: Path) -> None:
    epoch = bare(inbox, tmp_path / "list/git/0.git")
    bare(inbox, tmp_path / "list/git/10.git")
    bare(inbox, tmp_path / "list/git/9.git")
    assert [each.title for each in read([epoch]).series] == ["mini 1", "mini 2"]
    assert [each.stem for each in public_inbox.epochs(tmp_path / "list")] == ["0", "9", "10"]
    assert read([tmp_path / "list"]).duplicates == 4


def test_other_folders_are_none(inbox: Repository, tmp_path: Path) -> None:
    code = Repository(tmp_path / "code")
    code.commit("begin", {"README": "x\n"})
    assert public_inbox.epochs(bare(code, tmp_path / "code.git")) == ()
    assert public_inbox.epochs(tmp_path) == ()
    assert public_inbox.epochs(inbox.root) == ()
