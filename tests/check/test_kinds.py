"""Order, pairing, typestate and coverage on small functions."""

from __future__ import annotations

import pytest

from reviewer.check.run import check_unit
from reviewer.patch.types import SourceFile
from reviewer.rule.files import RuleFile
from reviewer.rule.load import parse_rules
from reviewer.source.read import read

EVENTS = """
[[event]]
name = "door.open"
doc = "d"
c = ["open(@door)"]

[[event]]
name = "door.close"
doc = "d"
c = ["close(@door)"]

[[event]]
name = "door.key"
doc = "d"
c = ["key()"]

[[event]]
name = "door.hire"
doc = "d"
c = ["hire(@callback)"]
"""
RULE = """
kind = "{kind}"
title = "t"
severity = "error"
message = "m"
rationale = "r"
limits = ["l"]
references = ["r"]

{body}

[[good]]
title = "g"
code = "void f(void) {{ }}"

[[bad]]
title = "b"
code = "void f(void) {{ open(a); /* bad */ }}"
"""
#: Gives every event of the vocabulary a rule that speaks of it.
ALL = '[window]\nopens = ["door.key"]\nforbids = ["door"]'
PAIRING = '[pairing]\nacquire = ["door.open"]\nrelease = ["door.close"]\nsame = "door"'
ORDER = '[order]\nrequire = ["door.key"]\nbefore = ["door.open"]\nvoided_by = ["door.close"]'
TYPESTATE = """[typestate]
states = ["shut", "ajar"]
same = "door"

[[typestate.move]]
source = "shut"
on = ["door.open"]
to = "ajar"

[[typestate.move]]
source = "ajar"
on = ["door.open"]
to = "wrong"

[[typestate.move]]
source = "ajar"
on = ["door.close"]
to = "shut"
"""
COVERAGE = '[coverage]\nof = ["door.open"]\nby = ["door.key"]\nneeds = ["door.key"]'


def lines(kind: str, body: str, code: str) -> list[int]:
    rules = parse_rules(
        [
            RuleFile("events.toml", "events/events.toml", EVENTS),
            RuleFile("all.toml", "all.toml", RULE.format(kind="window", body=ALL)),
            RuleFile("r.toml", "r.toml", RULE.format(kind=kind, body=body)),
        ]
    )
    found = check_unit(read(SourceFile("a.c", code.encode())), rules).findings
    return [finding.location.line for finding in found if finding.rule == "r"]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("void f(void)\n{\n open(a);\n close(a);\n}\n", []),
        ("int f(int x)\n{\n open(a);\n if (x)\n  return 1;\n close(a);\n return 0;\n}\n", [3]),
        ("int f(int x)\n{\n open(a);\n if (x)\n  goto out;\n x = 1;\nout:\n close(a);\n}\n", []),
        ("int f(int x)\n{\n open(a);\n open(b);\n if (x)\n  close(a);\n close(b);\n}\n", [3]),
        ("void f(void)\n{\n open(a);\n}\n", []),
    ],
)
def test_pairing(code: str, expected: list[int]) -> None:
    assert lines("pairing", PAIRING, code) == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("void f(void)\n{\n open(a);\n close(a);\n open(a);\n}\n", []),
        ("void f(void)\n{\n open(a);\n open(a);\n}\n", [4]),
        ("void f(void)\n{\n open(a);\n open(b);\n}\n", []),
        ("void f(int x)\n{\n while (x--)\n  open(a);\n}\n", [4]),
    ],
)
def test_typestate(code: str, expected: list[int]) -> None:
    assert lines("typestate", TYPESTATE, code) == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("void f(void)\n{\n key();\n open(a);\n}\n", []),
        ("void f(int x)\n{\n if (x)\n  key();\n open(a);\n}\n", [5]),
        ("void f(int x)\n{\n if (x)\n  key();\n if (x)\n  open(a);\n}\n", []),
        ("void f(void)\n{\n key();\n close(a);\n open(a);\n}\n", [5]),
        ("static void g(void)\n{\n open(a);\n}\nvoid f(void)\n{\n key();\n g();\n}\n", []),
        ("static void g(void)\n{\n open(a);\n}\nvoid f(void)\n{\n g();\n}\n", [3]),
        ("static void g(void)\n{\n open(a);\n}\nvoid *f(void)\n{\n return g;\n}\n", [3]),
        ("static void g(void)\n{\n key();\n}\nvoid f(void)\n{\n g();\n open(a);\n}\n", []),
        ("#define enter(x) open(x)\n", [1]),
        ("#define enter(x) open(x)\nvoid f(void)\n{\n key();\n enter(a);\n}\n", []),
    ],
)
def test_order(code: str, expected: list[int]) -> None:
    assert lines("order", ORDER, code) == expected


def test_order_that_starts_in_callbacks() -> None:
    bodies = "void g(void)\n{\n open(a);\n}\nvoid h(void)\n{\n open(a);\n}\n"
    code = bodies + "void f(void)\n{\n hire(&g);\n}\n"
    assert lines("order", ORDER + '\nstarts = ["door.hire"]', code) == [3]


def test_order_until() -> None:
    code = "void f(void)\n{\n open(a);\n}\nvoid g(void)\n{\n open(a);\n close(a);\n}\n"
    assert lines("order", ORDER + '\nuntil = ["door.close"]', code) == [7]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("void f(void)\n{\n if (key())\n  open(a);\n}\n", []),
        ("void f(void)\n{\n if (!key())\n  return;\n open(a);\n}\n", []),
        ("void f(void)\n{\n int k = key();\n if (k)\n  open(a);\n}\n", []),
        ("void f(void)\n{\n if (!key())\n  open(a);\n}\n", [4, 4]),
        ("void f(void)\n{\n if (key() != 0)\n  open(a);\n}\n", []),
        ("void f(void)\n{\n if (key() == 0)\n  open(a);\n}\n", [4, 4]),
        ("void f(void)\n{\n if (key() >= 2)\n  open(a);\n}\n", []),
        ("void f(void)\n{\n if (key() < 2)\n  return;\n open(a);\n}\n", []),
        ("void f(void)\n{\n if (key() < 2)\n  open(a);\n}\n", [4, 4]),
        ("void f(int x)\n{\n if (key() && x)\n  open(a);\n}\n", [4]),
        ("void f(int x)\n{\n if (key() || x)\n  open(a);\n}\n", [4]),
        ("void f(void)\n{\n open(a);\n}\n", [3]),
        ("void f(int x)\n{\n if (x)\n  report();\n if (key())\n  open(a);\n}\n", []),
    ],
)
def test_coverage(code: str, expected: list[int]) -> None:
    assert lines("coverage", COVERAGE, code) == expected
