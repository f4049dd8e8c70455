from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from reviewer.source.index.cache import default_path
from reviewer.source.index.facts import facts
from reviewer.source.index.store import Store, content_key, packed

TEXT = b"#include <a.h>\n#define M 1\nint f(void);\n"


def test_what_is_saved_is_known_to_the_next_process(tmp_path: Path) -> None:
    path = tmp_path / "new" / "index.sqlite"
    first = Store(path)
    assert not first.known(TEXT)
    first.facts(TEXT)
    first.save()
    second = Store(path)
    assert second.known(TEXT)
    assert second.facts(TEXT) == facts(TEXT)
    status = second.status()
    assert status is not None
    assert status.files == 1


@pytest.mark.parametrize("content", [b"", b"no database", b"SQLite format 3\0 damaged" * 50])
def test_a_damaged_store_is_made_anew(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "index.sqlite"
    path.write_bytes(content)
    store = Store(path)
    assert store.facts(TEXT) == facts(TEXT)
    store.save()
    assert Store(path).known(TEXT)


def test_a_place_that_cannot_be_written_costs_nothing_but_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = Store(tmp_path / "file" / "index.sqlite")
    assert store.facts(TEXT) == facts(TEXT)
    store.save()
    assert store.status() is None


def test_a_note_is_known_in_this_process_at_least(tmp_path: Path) -> None:
    store = Store()
    assert store.note(b"key") is None
    store.put(b"key", b"value")
    assert store.note(b"key") == b"value"
    kept = Store(tmp_path / "index.sqlite")
    kept.put(b"key", b"value")
    assert Store(tmp_path / "index.sqlite").note(b"key") == b"value"
    assert kept.apart() is None
    assert Store().apart() is None


def test_a_row_that_does_not_read_is_found_again(tmp_path: Path) -> None:
    path = tmp_path / "index.sqlite"
    Store(path).add([(content_key(TEXT), b"garbage")])
    assert Store(path).facts(TEXT) == facts(TEXT)


def test_several_writers_share_it(tmp_path: Path) -> None:
    path = tmp_path / "index.sqlite"
    texts = [b"#define M%d 1\n" % number for number in range(40)]

    def write(part: int) -> None:
        store = Store(path)
        for text in texts[part::4]:
            store.add([(content_key(text), packed(facts(text)))])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    store = Store(path)
    assert all(store.known(text) for text in texts)


def test_stamps_tell_what_did_not_change(tmp_path: Path) -> None:
    store = Store(tmp_path / "index.sqlite")
    store.stamp("/tree", {"a.c": (1, 2), "b.c": (3, 4)})
    store.stamp("/other", {"a.c": (9, 9)})
    store.forget("/tree", ["b.c"])
    assert store.stamps("/tree") == {"a.c": (1, 2)}


def test_the_cache_directory_is_the_user_s(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_path() == tmp_path / "reviewer" / "index.sqlite"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_path() == tmp_path / ".cache" / "reviewer" / "index.sqlite"
