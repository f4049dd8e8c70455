from __future__ import annotations

import zlib

import pytest

from reviewer import packing
from reviewer.source.kconfig.packed import packed, unpacked
from reviewer.source.kconfig.read import read_kconfig

TEXT = b"""
config A
\tbool "a" if B
\tdefault y if !C || D = "x"
\tdepends on E && (F || G)
\tselect H if I
choice
\tprompt "c"
config J
\tbool "j"
endchoice
source "absent"
"""


def test_a_table_comes_back_as_it_was() -> None:
    table = read_kconfig({"Kconfig": TEXT}.get, "x86")
    assert {"A", "J"} <= table.options.keys()
    assert unpacked(packed(table)) == table


@pytest.mark.parametrize(
    "value", [b"", b"damaged", zlib.compress(b"damaged"), zlib.compress(packing.packed((1, 2)))]
)
def test_what_is_no_table_is_none(value: bytes) -> None:
    assert unpacked(value) is None
