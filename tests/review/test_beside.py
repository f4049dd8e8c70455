from __future__ import annotations

import os
import time
from pathlib import Path
from pickle import dumps

import pytest

from reviewer.errors import OutOfTime
from reviewer.patch.alarm import ring, rung
from reviewer.review import beside
from reviewer.review.beside import Beside


@pytest.fixture(autouse=True)
def processors(monkeypatch: pytest.MonkeyPatch) -> None:
    """A processor for another process, also where tests run on one or in threads."""
    monkeypatch.setattr(beside, "_can_fork", lambda: True)


def test_work_is_done_in_another_process() -> None:
    begun = Beside(os.getpid)
    assert begun.result() != os.getpid()
    begun.end()


def test_without_a_processor_it_is_done_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beside, "_can_fork", lambda: False)
    begun = Beside(os.getpid)
    assert begun.result() == os.getpid()
    begun.done()
    begun.end()


def test_what_fails_there_is_done_here() -> None:
    here = os.getpid()

    def work() -> str:
        if os.getpid() != here:
            raise MemoryError
        return "done"

    begun = Beside(work)
    assert begun.result() == "done"
    begun.end()


def test_what_is_not_said_to_the_end_is_done_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pickle.dumps", lambda value, protocol: dumps(value, protocol)[:-3])
    begun = Beside(os.getpid)
    assert begun.result() == os.getpid()
    begun.end()


def test_a_result_that_cannot_be_sent_is_made_here() -> None:
    begun = Beside(lambda: lambda: os.getpid())
    assert begun.result()() == os.getpid()
    begun.end()


def test_what_comes_after_the_work_is_waited_for(tmp_path: Path) -> None:
    def later() -> None:
        time.sleep(0.05)
        (tmp_path / "done").write_text("")

    begun = Beside(lambda: 7, later)
    assert begun.result() == 7
    begun.done()
    assert (tmp_path / "done").exists()
    begun.end()


def test_what_nobody_waits_for_is_ended(tmp_path: Path) -> None:
    def later() -> None:
        time.sleep(60)

    start = time.monotonic()
    begun = Beside(lambda: 7, later)
    assert begun.result() == 7
    begun.end()
    begun.end()
    assert time.monotonic() - start < 30


def test_it_says_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    def work() -> int:
        os.write(1, b"out")
        os.write(2, b"err")
        return 1

    begun = Beside(work)
    assert begun.result() == 1
    begun.end()
    assert capfd.readouterr() == ("", "")


def test_alarms_there_count_here() -> None:
    def work() -> None:
        with pytest.raises(OutOfTime):
            ring(0, None)

    before = rung()
    begun = Beside(work)
    begun.result()
    begun.end()
    assert rung() == before + 1
