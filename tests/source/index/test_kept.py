from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from reviewer.source.index.kept import Damaged, Kept

KEY = b"\x01" * 16


def test_what_is_put_is_there_for_the_next_process(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "reviews"
    assert Kept(folder).get(KEY) is None
    Kept(folder).put(KEY, b"value")
    assert Kept(folder).get(KEY) == b"value"
    status = Kept(folder).status()
    assert status is not None
    assert status.results == 1


@pytest.mark.parametrize("damage", [b"", b"short", b"\0" * 40])
def test_what_is_damaged_is_told_and_gone(tmp_path: Path, damage: bytes) -> None:
    kept = Kept(tmp_path)
    kept.put(KEY, b"value")
    (tmp_path / KEY.hex()).write_bytes(damage)
    with pytest.raises(Damaged, match="dropped"):
        kept.get(KEY)
    assert kept.get(KEY) is None


def test_without_a_place_nothing_is_kept(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for kept in (Kept(None), Kept(tmp_path / "file")):
        kept.put(KEY, b"value")
        assert kept.get(KEY) is None
        assert kept.status() is None


def test_the_longest_unused_go_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reviewer.source.index.kept.MAX_KEPT", 1000)
    kept = Kept(tmp_path)
    keys = [bytes([number]) * 16 for number in range(12)]
    for number, key in enumerate(keys):
        kept.put(key, b"x" * 84)
        os.utime(tmp_path / key.hex(), (number, number))
        if number == 8:
            assert kept.get(keys[0]) is not None  # used again just now
    there = [key for key in keys if kept.get(key) is not None]
    assert keys[0] in there
    assert keys[-1] in there
    assert keys[1] not in there
    status = kept.status()
    assert status is not None
    assert status.size <= 1000


def test_there_are_not_too_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reviewer.source.index.kept.MAX_RESULTS", 10)
    for number in range(12):
        Kept(tmp_path).put(bytes([number]) * 16, b"x")
    status = Kept(tmp_path).status()
    assert status is not None
    assert 5 <= status.results <= 10


def test_what_is_too_large_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reviewer.source.index.kept.MAX_KEPT", 1000)
    kept = Kept(tmp_path)
    kept.put(KEY, b"x" * 500)
    assert kept.get(KEY) is None


def test_several_writers_and_readers_share_it(tmp_path: Path) -> None:
    values = [bytes([number]) * 10_000 for number in range(16)]

    def work(value: bytes) -> bytes | None:
        for _ in range(20):
            Kept(tmp_path).put(KEY, value)
        return Kept(tmp_path).get(KEY)

    with ThreadPoolExecutor(4) as pool:
        assert all(found in values for found in pool.map(work, values))
    assert [path.name for path in tmp_path.iterdir()] == [KEY.hex()]
