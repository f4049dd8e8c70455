"""Bare names that only some may use."""

from __future__ import annotations

import pytest

from reviewer.check.run import check_unit
from reviewer.patch.types import SourceFile
from reviewer.rule.files import RuleFile
from reviewer.rule.load import parse_rules
from reviewer.source.read import read

RULES = parse_rules(
    [
        RuleFile(
            "events.toml",
            "events.toml",
            """
[[event]]
name = "raw.name"
doc = "d"
c = ["raw_*"]

[[event]]
name = "raw.kept"
doc = "d"
c = ["_ = raw_*"]

[[event]]
name = "raw.wrapped"
doc = "d"
c = ["wrap(raw_*)"]
""",
        ),
        RuleFile(
            "rule.toml",
            "rule.toml",
            """
kind = "order"
title = "t"
severity = "error"
message = "{text} names {subject}"
rationale = "r"
limits = ["l"]
references = ["r"]

[order]
before = ["raw.kept"]
permits = ["raw.wrapped"]
mentions = ["raw.name"]

[[good]]
title = "g"
code = "void f(void)\\n{\\n\\twrap(raw_one);\\n}\\n"

[[bad]]
title = "b"
code = "void f(void)\\n{\\n\\traw_one(); /* bad */\\n}\\n"
""",
        ),
    ]
)


def lines(code: str, path: str = "kernel/mini.c") -> list[int]:
    checked = check_unit(read(SourceFile(path, code.encode())), RULES)
    return [finding.location.line for finding in checked.findings]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("void f(void)\n{\n\twrap(raw_one);\n}\n", []),
        ("void f(void)\n{\n\tother(raw_one);\n}\n", [3]),
        ("void f(void)\n{\n\tother(1, &raw_one);\n}\n", [3]),
        ("void f(void)\n{\n\tvoid *p = raw_one;\n}\n", [3]),
        ("void *f(void)\n{\n\treturn raw_one;\n}\n", [3]),
        ("void f(void)\n{\n\tnote(sizeof(raw_one));\n}\n", []),
        ("struct ops o = {\n\t.one = one,\n\t.two = raw_two,\n};\n", [3]),
        ("void (*all[])(void) = { one, raw_one, raw_two };\n", [1, 1]),
        ("#define alias raw_one\n", [1]),
        ("#define alias(x) wrap(raw_one)\n", []),
        ("void raw_one(void)\n{\n}\n", []),
        ("extern void raw_one(void);\n", []),
    ],
)
def test_where_the_name_stands(code: str, expected: list[int]) -> None:
    assert lines(code) == expected


def test_assembly_names_it_in_operands() -> None:
    code = "SYM_FUNC_START(raw_one)\n\tcall raw_two\n\tret\nSYM_FUNC_END(raw_one)\n"
    assert lines(code, "arch/x86/kernel/mini.S") == [2]


def test_what_a_macro_may_paste_is_not_analysed() -> None:
    code = "#define either(x) raw_##x(1)\nvoid f(void)\n{\n\tother(raw_one);\n}\n"
    checked = check_unit(read(SourceFile("kernel/mini.c", code.encode())), RULES)
    assert [(skip.line, "pastes names together" in skip.reason) for skip in checked.skips] == [
        (1, True)
    ]
