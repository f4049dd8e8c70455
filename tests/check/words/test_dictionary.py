from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from reviewer.check.words.dictionary import correction


def entries() -> list[tuple[str, str]]:
    spec = find_spec("codespell_lib")
    assert spec
    assert spec.submodule_search_locations
    path = Path(spec.submodule_search_locations[0]) / "data" / "dictionary.txt"
    lines = path.read_text().splitlines()
    return [(wrong, right) for wrong, _, right in (line.partition("->") for line in lines)]


def test_every_lower_case_word_of_the_list_is_found() -> None:
    words = [(wrong, right) for wrong, right in entries() if wrong == wrong.lower()]
    assert len(words) > 50_000
    certain = [(wrong, right) for wrong, right in words if "," not in right]
    assert [wrong for wrong, right in certain if correction(wrong) != right] == []


def test_several_corrections_are_all_named() -> None:
    several = next(
        (wrong, right) for wrong, right in entries() if right.endswith(",") and wrong.islower()
    )
    assert correction(several[0]) == " or ".join(several[1].strip(", ").split(", "))


def test_what_is_spelled_right_has_no_correction() -> None:
    for word in ("", "a", "the", "zzzz", "received", "flush", "kernel", "-", "~"):
        assert correction(word) == ""
