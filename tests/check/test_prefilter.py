from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reviewer.check.prefilter import Need, sieves
from reviewer.rule.types import Scope

_WORDS = st.sampled_from(["wbinvd", "native_wbinvd", "gs", "load_segments", "halt", "mov"])
_ALTERNATIVES = st.lists(st.frozensets(_WORDS, max_size=3), max_size=4).map(tuple)
_NEEDS = st.builds(
    Need,
    opens=_ALTERNATIVES,
    confirms=st.none() | _ALTERNATIVES,
    starts=st.none() | _ALTERNATIVES,
)
_SCOPES = st.sampled_from(
    [Scope(), Scope(("arch/x86/**",)), Scope(("**/*.c",), ("arch/x86/boot/**",)), Scope(())]
)
_PATHS = st.sampled_from(["arch/x86/boot/a.c", "arch/x86/a.S", "kernel/a.c", "a.h"])


@given(st.lists(st.tuples(_SCOPES, _NEEDS), max_size=4), _PATHS, st.lists(_WORDS, max_size=5))
def test_a_sieve_lets_through_what_some_need_of_its_scope_asks_for(
    needs: list[tuple[Scope, Need]], path: str, words: list[str]
) -> None:
    text = " ".join(words).encode()
    wanted = any(
        any(part.looks_at(path) for part in sieves([(scope, need)])) and need.met(text)
        for scope, need in needs
    )
    assert any(each.holds(path, text) for each in sieves(needs)) is wanted


def test_one_anchor_stands_for_the_longer_ones_that_hold_it() -> None:
    need = Need((frozenset({"wbinvd"}), frozenset({"native_wbinvd", "gs"})), None)
    (found,) = sieves([(Scope(), need)])
    assert found.anchors == (b"wbinvd",)


def test_a_text_that_names_no_start_needs_no_search() -> None:
    need = Need((frozenset({"halt"}),), None, starts=(frozenset({"cpuhp_setup_state"}),))
    assert not need.met(b"halt();")
    assert need.met(b"cpuhp_setup_state(); halt();")
