from __future__ import annotations

import re
import signal
import threading
import time
from pathlib import Path

import pytest

from reviewer.errors import OutOfTime
from reviewer.patch.intake import read
from reviewer.patch.rebuild import rebuild
from reviewer.patch.tree import open_tree
from reviewer.review.behaviour import behaviour
from reviewer.review.budget import given_up, limited
from reviewer.review.scope import is_code
from tests.conftest import FIXTURES
from tests.patch.repository import Repository


def endless() -> None:
    while True:
        pass


def test_a_unit_of_work_ends_in_time() -> None:
    start = time.monotonic()
    with pytest.raises(OutOfTime), limited(0.05):
        endless()
    assert time.monotonic() - start < 2


def test_a_search_in_the_library_ends_too() -> None:
    with pytest.raises(OutOfTime), limited(0.05):
        re.match(r"(a+)+$", "a" * 60 + "b")


def test_nothing_is_left_behind() -> None:
    before = signal.getsignal(signal.SIGALRM)
    with limited(5):
        pass
    with pytest.raises(OutOfTime), limited(0.01):
        endless()
    assert signal.getsignal(signal.SIGALRM) is before
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


def test_the_outer_limit_stays_in_force() -> None:
    with pytest.raises(OutOfTime), limited(0.05), limited(60):
        endless()
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


def test_without_a_limit_nothing_is_set() -> None:
    with limited(0):
        assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


def test_another_thread_has_no_limit() -> None:
    ended: list[bool] = []

    def work() -> None:
        with limited(0.01):
            time.sleep(0.05)
            ended.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert ended == [True]


def test_what_was_given_up_is_named() -> None:
    skip = given_up("a.c", 1.5, "at the rule no-call")
    assert (skip.path, skip.reason) == ("a.c", "given up after 1.5 s, at the rule no-call")


def test_a_scenario_that_takes_too_long_is_named() -> None:
    tree = open_tree(FIXTURES / "minikernel")
    series = FIXTURES / "series/query-after-load-segments/series.mbox"
    (found,) = read((series,)).series
    rebuilt = rebuild(found, tree, wanted=is_code)
    result = behaviour(found, rebuilt, time_budget=0.000001)
    assert result.verdicts == ()
    assert result.skips
    said = r"given up after 1e-06 s, in the scenario kexec-[\w-]+"
    assert all(re.fullmatch(said, skip.reason) for skip in result.skips)


def test_git_is_not_broken_off_in_its_answer(tmp_path: Path) -> None:
    """An answer that nobody read to its end would be taken for that to the next question."""
    repository = Repository(tmp_path / "linux")
    texts = {f"f{number}.c": f"/* {number} */\n" * 20_000 for number in range(8)}
    head = repository.commit("mini: begin", texts)
    tree = open_tree(tmp_path / "linux", commit=head)
    broken = 0
    for number in range(200):
        try:
            with limited(0.0005 + number * 0.00001):
                while True:
                    for name in texts:
                        tree.read(name)
        except OutOfTime:
            broken += 1
    assert broken == 200
    assert all(tree.read(name) == text.encode() for name, text in texts.items())
