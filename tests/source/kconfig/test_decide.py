"""Decisions about conditions, held against kconfiglib's own values of small random Kconfigs."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import kconfiglib
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from reviewer.source.conditions import FALSE
from reviewer.source.kconfig.decide import IMPOSSIBLE, UNDECIDED, Decision, decide
from reviewer.source.kconfig.read import read_kconfig
from reviewer.source.kconfig.types import Kconfig
from reviewer.source.kconfig.values import M, N, Y
from reviewer.source.presence import parse

ARCH = """
success = $(shell,$(1) && echo "y" || echo "n")
config 64BIT
	bool "64 bits" if "$(ARCH)" = "x86"
	default "$(ARCH)" != "i386"
config X86_64
	def_bool y
	depends on 64BIT
config X86_32
	def_bool y
	depends on !64BIT
config MITIGATIONS
	bool "mitigations"
	default y
config THUNKS
	bool "thunks"
	depends on MITIGATIONS && HAVE_THUNKS
config HAVE_THUNKS
	def_bool $(success,cc -thunks)
config TRACKING
	bool "tracking"
	depends on X86_64
	depends on THUNKS
config DEBUG
	bool "debug"
config LOUD
	bool "loud"
	depends on DEBUG
	select NOISE
config NOISE
	bool
config FOREIGN
	bool "foreign"
	depends on ELSEWHERE
config MODULES
	bool "modules"
config DRIVER
	tristate "driver"
config BUILT_IN
	bool "built in"
	depends on DRIVER = y
	select CORE
config CORE
	bool
choice
	prompt "preemption"
	default NONE
config NONE
	bool "none"
config FULL
	bool "full"
config LAZY
	bool "lazy"
	depends on DEBUG
endchoice
config COUNT
	def_bool FULL
"""


def read(text: str) -> Kconfig:
    return read_kconfig(lambda path: text.encode() if path == "Kconfig" else None, "x86")


def decided(condition: str, text: str = ARCH) -> Decision:
    return decide(read(text), parse(condition))


def _possible(*fragment: str) -> Decision:
    return Decision(possible=True, certain=True, fragment=fragment)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("CONFIG_X86_64", _possible()),
        ("CONFIG_X86_64 && CONFIG_X86_32", IMPOSSIBLE),
        ("CONFIG_X86_32", _possible("# CONFIG_64BIT is not set")),
        ("CONFIG_TRACKING", _possible("CONFIG_THUNKS=y", "CONFIG_TRACKING=y")),
        ("CONFIG_TRACKING && !CONFIG_MITIGATIONS", IMPOSSIBLE),
        ("CONFIG_TRACKING && !CONFIG_64BIT", IMPOSSIBLE),
        ("CONFIG_THUNKS && !CONFIG_HAVE_THUNKS", IMPOSSIBLE),
        ("CONFIG_NOISE", _possible("CONFIG_DEBUG=y", "CONFIG_LOUD=y")),
        ("CONFIG_LOUD && !CONFIG_NOISE", IMPOSSIBLE),
        ("CONFIG_FOREIGN", IMPOSSIBLE),
        ("CONFIG_ELSEWHERE", UNDECIDED),
        ("CONFIG_NONE && CONFIG_FULL", IMPOSSIBLE),
        ("CONFIG_COUNT", _possible("CONFIG_FULL=y")),
        ("CONFIG_LAZY && CONFIG_COUNT", IMPOSSIBLE),
        ("!CONFIG_NONE && !CONFIG_FULL", _possible("CONFIG_DEBUG=y", "CONFIG_LAZY=y")),
        ("CONFIG_DRIVER", _possible("CONFIG_DRIVER=y")),
        ("CONFIG_BUILT_IN && !CONFIG_DRIVER", IMPOSSIBLE),
        ("CONFIG_BUILT_IN && !CONFIG_CORE", IMPOSSIBLE),
        ("CONFIG_BUILT_IN", _possible("CONFIG_BUILT_IN=y", "CONFIG_DRIVER=y")),
        ("CONFIG_FOREIGN || CONFIG_DEBUG", _possible("CONFIG_DEBUG=y")),
        ("CONFIG_DEBUG && defined(OTHER)", _possible("CONFIG_DEBUG=y")),
        ("CONFIG_FOREIGN && defined(OTHER)", IMPOSSIBLE),
        ("defined(OTHER)", _possible()),
    ],
)
def test_decisions(condition: str, expected: Decision) -> None:
    assert decided(condition) == expected


def test_an_incomplete_table_refutes_nothing_by_what_it_lacks() -> None:
    text = ARCH + 'source "absent"\n'
    assert decided("CONFIG_FOREIGN", text) == UNDECIDED
    assert decided("CONFIG_X86_64 && CONFIG_X86_32", text) == IMPOSSIBLE


def test_too_many_ways_are_not_decided() -> None:
    condition = " && ".join(f"(CONFIG_DEBUG || defined(X{n}))" for n in range(40))
    assert decided(condition) == UNDECIDED


def test_loops_and_long_chains_end() -> None:
    loop = "config A\n\tbool\n\tdefault B\nconfig B\n\tbool\n\tdefault A\n"
    assert decided("CONFIG_A", loop).fragment == ()
    chain = "".join(f"config C{n}\n\tdef_bool C{n + 1}\n" for n in range(5_000))
    chain += 'config C5000\n\tbool "last"\n'
    assert decided("CONFIG_C0", chain) == _possible("CONFIG_C5000=y")


def test_many_selectors_end() -> None:
    text = "config A\n\tbool\n"
    text += "".join(f"config B{n}\n\tbool\n\tselect A\n" for n in range(3_000))
    assert decided("CONFIG_A", text) == IMPOSSIBLE


NAMES = ("A", "B", "C", "D")
_FACTOR = st.sampled_from((*NAMES, *(f"!{name}" for name in NAMES)))
_EXPRESSION = st.lists(_FACTOR, min_size=1, max_size=3).flatmap(
    lambda parts: st.sampled_from((" && ", " || ")).map(lambda sign: sign.join(parts))
)


@st.composite
def kconfigs(draw: st.DrawFn, kinds: tuple[str, ...] = ("bool",)) -> str:
    """A Kconfig whose options hang only on earlier ones, so that it has no loop."""
    lines = ["config MODULES", "\tdef_bool y", "\toption modules"]
    for number, name in enumerate(NAMES):
        earlier = NAMES[:number]
        prompt = f' "{name}"' if draw(st.booleans()) or not number else ""
        kind = draw(st.sampled_from(kinds))
        lines += [f"config {name}", f"\t{kind}{prompt}"]
        if draw(st.booleans()) and earlier:
            lines.append(f"\tdepends on {_over(draw, earlier)}")
        if draw(st.booleans()):
            condition = f" if {_over(draw, earlier)}" if draw(st.booleans()) and earlier else ""
            value = "y" if draw(st.booleans()) else "n"
            lines.append(f"\tdefault {value}{condition}")
        later = NAMES[number + 1 :]
        if draw(st.booleans()) and later:
            lines.append(f"\tselect {draw(st.sampled_from(later))}")
    return "\n".join(lines) + "\n"


def _over(draw: st.DrawFn, names: tuple[str, ...]) -> str:
    factors = st.sampled_from((*names, *(f"!{name}" for name in names)))
    parts = draw(st.lists(factors, min_size=1, max_size=2))
    return draw(st.sampled_from((" && ", " || "))).join(parts)


@given(kconfigs(), _EXPRESSION)
def test_decisions_agree_with_all_configurations(text: str, expression: str) -> None:
    """kconfiglib says, for every way in which the user can answer, which options are on."""
    ways = [user for user, on, _ in _configurations(text) if _true(expression, on)]
    decision = decide(read(text), parse(_in_c(expression)))
    assert decision.possible is bool(ways)
    if not ways:
        return
    assert decision.certain
    assert len(decision.fragment) == min(map(len, ways))
    user = dict(map(_setting, decision.fragment))
    assert user in ways


@given(kconfigs(("bool", "tristate")), _EXPRESSION)
def test_what_modules_can_do_is_not_impossible(text: str, expression: str) -> None:
    """A negated option is one that is not built in: what `#ifndef` asks of a module."""
    condition = parse(_in_c(expression))
    assume(condition != FALSE)
    configurations = list(_configurations(text, (None, N, M, Y)))
    decision = decide(read(text), condition)
    if not decision.possible:
        assert not any(_true(expression, on, built) for _, on, built in configurations)
    elif decision.certain:
        user = dict(map(_setting, decision.fragment))
        (on,) = (on for given, on, _ in configurations if given == user)
        assert _true(expression, on)


def _configurations(
    text: str, answers: tuple[int | None, ...] = (None, N, Y)
) -> Iterator[tuple[dict[str, int], frozenset[str], frozenset[str]]]:
    """What the user sets, nothing being one of the ways, what is on then, and what is built in."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "Kconfig")
        path.write_text(text)
        table = kconfiglib.Kconfig(str(path), warn=False)
    for answer in product(answers, repeat=len(NAMES)):
        user = {name: value for name, value in zip(NAMES, answer, strict=True) if value is not None}
        table.unset_values()
        for name, value in user.items():
            table.syms[name].set_value(value)
        values = {name: table.syms[name].tri_value for name in NAMES}
        on = frozenset(name for name in NAMES if values[name])
        yield user, on, frozenset(name for name in on if values[name] == Y)


def _setting(line: str) -> tuple[str, int]:
    value = Y if line.endswith("=y") else M if line.endswith("=m") else N
    return line.removeprefix("# ").removeprefix("CONFIG_")[0], value


def _in_c(expression: str) -> str:
    return "".join(f"CONFIG_{char}" if char in NAMES else char for char in expression)


def _true(expression: str, on: frozenset[str], built: frozenset[str] | None = None) -> bool:
    join = any if "||" in expression else all
    parts = expression.replace("||", "&&").split(" && ")
    off = on if built is None else built
    return join(part in on if part in NAMES else part.strip("!") not in off for part in parts)
