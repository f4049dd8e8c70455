from __future__ import annotations

import os
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer import finding
from reviewer.finding import Finding, Location, Severity, Step, Trace
from reviewer.packing import packed, types_of, unpacked

TYPES = types_of([finding])
WAY = Trace((Step(Location("a.c", 3), "f", "g();"), Step(Location("a.c", 4), "f", "h();")))
FINDING = Finding("rule", Severity.ERROR, "m", Location("a.c", 4), "f", "s", "t", trace=WAY)


class Hostile:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return eval, ("__import__('os')._exit(3)",)


def test_a_value_comes_back_as_it_was() -> None:
    assert unpacked(packed(FINDING), Finding, TYPES) == FINDING


def test_what_is_shared_stays_shared() -> None:
    both = unpacked(packed((WAY, WAY)), tuple, TYPES)
    assert both is not None
    assert both[0] is both[1]


def test_types_of_a_module_are_its_own() -> None:
    assert {Finding, Severity} < TYPES
    assert {each.__module__ for each in TYPES} == {"reviewer.finding"}


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"\0",
        packed(FINDING)[:-9],
        pickle.dumps("finding"),
        pickle.dumps(Severity.ERROR),
        pickle.dumps(os.getcwd),
        pickle.dumps(Hostile()),
        b"cos\nsystem\n(S'exit 3'\ntR.",
        b"creviewer.finding\nStruct\n.",
        b"creviewer.finding\nFinding.__class__\n.",
    ],
)
def test_other_bytes_are_none(value: bytes) -> None:
    assert unpacked(value, Finding, TYPES) is None


@pytest.mark.parametrize("name", ["Finding", "Severity"])
def test_bytes_give_a_type_no_attributes(name: str) -> None:
    value = f"creviewer.finding\n{name}\n(N}}S'planted'\nS'x'\nstb.".encode()
    assert unpacked(value, object, TYPES) is None
    assert not hasattr(getattr(finding, name), "planted")


@given(st.integers(0, len(packed(FINDING)) - 1), st.integers(0, 255))
def test_a_changed_byte_gives_a_finding_or_none(place: int, byte: int) -> None:
    value = bytearray(packed(FINDING))
    value[place] = byte
    assert isinstance(unpacked(bytes(value), Finding, TYPES), Finding | None)
