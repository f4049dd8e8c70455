from __future__ import annotations

from reviewer.review.living import living
from reviewer.rule.load import load_rules

RULES = load_rules()
FLAGS = {rule.flag.variable for rule in RULES.rules if rule.flag}


def alive(files: dict[str, bytes], *texts: bytes, unknown: bool = False) -> set[str]:
    rules = living(RULES, files.get, texts, unknown=unknown).rules
    assert any(rule.flag is None for rule in rules)
    return {rule.flag.variable for rule in rules if rule.flag}


def test_a_protocol_lives_where_its_flag_is_declared_or_comes_with_the_series() -> None:
    header = "arch/x86/include/asm/processor.h"
    flag = "cache_state_incoherent"
    assert alive({header: b"DECLARE_PER_CPU(bool, cache_state_incoherent);"}) == {flag}
    assert alive({header: b""}) == set()
    assert alive({header: b""}, b"+DEFINE_PER_CPU(bool, cache_state_incoherent);") == {flag}


def test_without_the_files_that_declare_it_a_flag_is_taken_as_told() -> None:
    assert alive({}) == set()
    assert alive({}, unknown=True) == FLAGS
    assert "cache_state_incoherent" not in alive(
        {"arch/x86/include/asm/processor.h": b""}, unknown=True
    )
