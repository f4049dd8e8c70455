"""Protocols: what a file comes to, and how the accesses of its flag are spelled."""

from __future__ import annotations

import pytest

from reviewer.errors import RuleErrors
from reviewer.event.match import compile_vocabulary
from reviewer.patch.types import SourceFile
from reviewer.rule.files import RuleFile
from reviewer.rule.load import load_rules, parse_rules
from reviewer.rule.protocol import ACCESSES, CHECKS
from reviewer.rule.types import RuleSet, entries
from reviewer.source.read import read
from reviewer.source.types import Operation

EVENTS = """
[[event]]
name = "oven.clean"
doc = "d"
c = ["clean()"]
"""
PROTOCOL = '''
kind = "protocol"
title = "t"
rationale = "r"
limits = ["l"]
references = ["r"]

[flag]
variable = "greasy"
declared_in = ["oven.h"]

[words]
flush = ["oven.clean"]

[[check]]
name = "clear-after-flush"

[[good]]
check = "clear-after-flush"
title = "clean"
code = """
void f(void) { clean(); this_cpu_write(greasy, false); }
"""

[[bad]]
check = "clear-after-flush"
title = "dirty"
code = """
void f(void) { this_cpu_write(greasy, false); /* bad */ }
"""
'''


def parsed(text: str) -> RuleSet:
    return parse_rules(
        [
            RuleFile("events.toml", "events/events.toml", EVENTS),
            RuleFile("p.toml", "protocols/oven.toml", text),
        ]
    )


def test_a_check_becomes_a_rule_of_its_own() -> None:
    (rule,) = parsed(PROTOCOL).rules
    assert rule.id == "oven-clear-after-flush"
    assert rule.flag
    assert rule.flag.variable == "greasy"
    assert entries(rule.body)["require"] == ("oven.clean",)
    assert entries(rule.body)["before"] == ("oven.clear",)
    assert len(rule.examples) == 2


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('name = "clear-after-flush"', 'name = "wash"', "unknown check `wash`"),
        ('flush = ["oven.clean"]', 'flush = ["oven.wash"]', "unknown event `oven.wash`"),
        ('flush = ["oven.clean"]', 'wash = ["oven.clean"]', "`flush` is missing"),
        ('check = "clear-after-flush"', 'check = "sticky"', "examples of `sticky`"),
        ('declared_in = ["oven.h"]', "", "`declared_in` is missing"),
        ("[flag]", "[flags]", "a protocol has a [flag] and [words]"),
    ],
)
def test_mistakes_are_told(old: str, new: str, problem: str) -> None:
    with pytest.raises(RuleErrors) as raised:
        parsed(PROTOCOL.replace(old, new, 1))
    assert any(problem in error.message for error in raised.value.problems)


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("this_cpu_write(greasy, true)", "set"),
        ("__this_cpu_write(greasy, 1)", "set"),
        ("per_cpu(greasy, 3) = true", "set"),
        ("raw_cpu_write(greasy, false)", "clear"),
        ("this_cpu_write(greasy, maybe)", "clear"),
        ("this_cpu_xchg(greasy, false)", "clear"),
        ("per_cpu(greasy, 3) = false", "clear"),
        ("this_cpu_read(greasy)", "read"),
        ("this_cpu_read_stable(greasy)", "read"),
        ("this_cpu_xchg(greasy, false)", "read"),
        ("this_cpu_inc_return(greasy)", "count"),
        ("__this_cpu_dec(greasy)", "count"),
        ("this_cpu_add(greasy, 2)", "count"),
    ],
)
def test_every_access_has_its_name(code: str, name: str) -> None:
    matcher = compile_vocabulary(parsed(PROTOCOL).vocabulary)
    unit = read(SourceFile("a.c", f"void f(void) {{ {code}; }}".encode()))
    (definition,) = unit.definitions
    names = [
        event.name
        for block in unit.lower(definition).cfg.blocks
        for op in block.ops
        if op.operation in (Operation.CALL, Operation.STORE)
        for event, _ in matcher.c.matches(op.expr)
    ]
    assert f"oven.{name}" in names
    assert not {"oven.set", "oven.clear"} <= set(names)


def test_every_check_is_asked_for_by_a_shipped_protocol() -> None:
    titles = {rule.title for rule in load_rules().rules if rule.flag}
    assert titles == {check.title for check in CHECKS.values()}
    assert set(ACCESSES) == {"set", "clear", "read", "count"}
