"""A rule set as bytes for a cache: read in a twentieth of the time that its files take."""

from __future__ import annotations

from reviewer import finding, packing
from reviewer.rule import (
    contract_types,
    ending_types,
    pattern,
    protocol_types,
    types,
    words_types,
)

_MODULES = (finding, contract_types, ending_types, pattern, protocol_types, types, words_types)


def packed(rules: types.RuleSet) -> bytes:
    """The rule set as bytes."""
    return packing.packed(rules)


def unpacked(value: bytes) -> types.RuleSet | None:
    """The rule set that the bytes are, None where they are none of this version."""
    return packing.unpacked(value, types.RuleSet, packing.types_of(_MODULES))
