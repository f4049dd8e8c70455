"""Kconfig files as options: blocks, attributes, macros; and that nothing is ever run."""

from __future__ import annotations

from pathlib import Path

import pytest

from reviewer.patch.tree import Directory
from reviewer.source.conditions import TRUE, And, Atom, Condition, Not, Or
from reviewer.source.kconfig.expression import parse, tokens
from reviewer.source.kconfig.read import read_kconfig
from reviewer.source.kconfig.statements import statements
from reviewer.source.kconfig.types import Default, Kconfig, Kind


def read(text: str, **files: str) -> Kconfig:
    texts = {"Kconfig": text, **files}
    return read_kconfig(lambda path: texts[path].encode() if path in texts else None, "x86")


def expression(text: str) -> Condition | None:
    return parse(tokens(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A", Atom("A")),
        ("A && B || !C", Or((And((Atom("A"), Atom("B"))), Not(Atom("C"))))),
        ("!(A || B) && C", And((Not(Or((Atom("A"), Atom("B")))), Atom("C")))),
        ('A = "x y"', Atom('A = "x y"')),
        ("A!=n && B>=3", And((Atom("A != n"), Atom("B >= 3")))),
        ("A # why", Atom("A")),
        ("A &&", None),
        ("A B", None),
        ("(A", None),
        ("&& A", None),
        ("(" * 10_000, None),
        ("!" * 10_000 + "A", None),
    ],
)
def test_expressions(text: str, expected: Condition | None) -> None:
    assert expression(text) == expected


def test_statements_leave_out_help_comments_and_join_lines() -> None:
    text = b"""
config A
\tbool "a" # why
\thelp
\t  config NOT_ONE

\t  depends on
  select B \\
\tif C
\t---help---
\t  more
config B
"""
    assert list(statements(text)) == [
        "config A",
        'bool "a" # why',
        "select B  if C",
        "config B",
    ]


def test_an_option_hangs_on_the_blocks_around_it() -> None:
    found = read("""
menu "m"
	depends on M
	visible if V
if I
config A
	bool "a" if P
	default y if D
	depends on X
	depends on Y
	select S if T
	imply W
endif
endmenu
config S
	tristate
config W
	def_bool n
""")
    option = found.options["A"]
    depends = And(tuple(map(Atom, ("M", "I", "X", "Y"))))
    assert option.kind is Kind.BOOL
    assert option.depends == depends
    assert option.prompts == (And(tuple(map(Atom, ("P", "V", "M", "I", "X", "Y")))),)
    assert option.defaults == (
        Default(Atom("y"), And(tuple(map(Atom, ("D", "M", "I", "X", "Y"))))),
    )
    assert found.options["S"].selected == (And((Atom("A"), Atom("T"), *depends.operands)),)
    assert found.options["W"].implied == (And((Atom("A"), *depends.operands)),)
    assert found.options["W"].defaults == (Default(Atom("n"), TRUE),)


def test_definitions_of_one_option_are_joined() -> None:
    option = read("""
config A
	bool "a"
	depends on X
config A
	bool
	default y if Z
""").options["A"]
    assert option.prompts == (Atom("X"),)
    assert option.defaults == (Default(Atom("y"), Atom("Z")),)
    assert option.depends == Or((Atom("X"), TRUE))


def test_a_choice_has_members_and_a_default() -> None:
    found = read("""
choice
	prompt "c" if P
	default B
	depends on D
config A
	bool "a"
config B
	bool "b"
	depends on X
endchoice
""")
    (choice,) = found.choices
    assert choice.members == ("A", "B")
    assert choice.visible == And((Atom("D"), Atom("P")))
    assert [each.value for each in choice.defaults] == [Atom("B")]
    assert not choice.optional
    assert found.options["A"].choice == 0


def test_keywords_of_today_and_lines_nobody_understands_are_passed_over() -> None:
    found = read("""
config MODULES
	bool "modules"
	modules
config OLD
	bool
	transitional
config A
	bool "a"
	depends on B if C
	)( garbage
	default
""")
    assert set(found.options) == {"MODULES", "OLD", "A"}
    assert found.options["A"].depends == Or((Atom("B"), Not(Atom("C"))))


def test_files_are_sourced_where_they_are_named() -> None:
    found = read(
        'if I\nsource "arch/$(SRCARCH)/Kconfig"\nendif\nosource "absent"\n',
        **{"arch/x86/Kconfig": 'config A\n\tbool "a"\nrsource "sub/Kconfig"\n'},
        **{"arch/x86/sub/Kconfig": "config B\n\tbool\n"},
    )
    assert found.files == ("Kconfig", "absent", "arch/x86/Kconfig", "arch/x86/sub/Kconfig")
    assert found.options["B"].depends == Atom("I")
    assert found.complete


@pytest.mark.parametrize("text", ['source "absent"\n', 'source "Kconfig"\n', 'source "../x"\n'])
def test_what_cannot_be_read_leaves_the_table_incomplete(text: str) -> None:
    assert not read(text).complete


def test_macros_are_expanded_and_commands_stay_open() -> None:
    found = read("""
success = $(if-success,$(1),y,n)
if-success = $(shell,{ $(1); } >/dev/null 2>&1 && echo "$(2)" || echo "$(3)")
flag := -m
flag += 64
config A
	def_bool $(success,cc $(flag))
config B
	def_bool $(success,cc -m 64)
config C
	def_bool y if $(if-success,other,n,y)
config D
	def_bool "$(ARCH)" = "x86"
""")
    (first,) = found.options["A"].defaults
    assert found.options["B"].defaults == (first,)
    assert isinstance(first.value, Atom)
    assert found.shell[first.value.name] == "y"
    (third,) = found.options["C"].defaults
    assert isinstance(third.condition, Atom)
    assert found.shell[third.condition.name] == "n"
    assert found.options["D"].defaults[0].value == Atom('"x86" = "x86"')


def test_nothing_is_run_imported_or_globbed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    mark = tmp_path / "mark"
    (tmp_path / "secret").write_text("config STOLEN\n\tbool\n")
    (tree / "kconfigfunctions.py").write_text(f"open({str(mark)!r}, 'w')\nfunctions = {{}}\n")
    (tree / "Kconfig").write_text(
        f"""
touched := $(shell,touch {mark})
config A
	def_bool $(shell,touch {mark} && echo y)
	default "$(HOME)"
source "../secret"
source "{tmp_path}/secret"
source "/**/*"
$(error-if,$(shell,touch {mark}),stop)
"""
    )
    monkeypatch.chdir(tree)
    monkeypatch.setenv("HOME", "/somewhere")
    found = read_kconfig(Directory(tree).read, "x86")
    assert set(found.options) == {"A"}
    assert "/somewhere" not in repr(found)
    assert not mark.exists()


@pytest.mark.parametrize(
    "text",
    [
        "a = $(a)\nconfig A\n\tdef_bool $(a)\n",
        "a = $(a,$(1)$(1))$(a,$(1)$(1))\nconfig A\n\tdef_bool $(a,x)\n",
        "\n".join(["a0 := " + "x" * 50, *(f"a{n + 1} = $(a{n})$(a{n})" for n in range(60))])
        + "\nconfig A\n\tdef_bool $(a60)\n",
        "config A\n\tdef_bool " + "$(x," * 5_000 + "\n",
        "if A\n" * 5_000 + "config B\n\tbool\n",
        "menu\n" * 5_000,
        "".join(f"if A{n}\n" for n in range(100_000)) + "config B\n\tbool\n",
        "config A\n" + "".join(f'\tdepends on A{n}\n\tbool "a"\n' for n in range(50_000)),
        "".join(f'config A\n\tbool "a" if A{n}\n' for n in range(20_000)),
    ],
)
def test_bombs_end(text: str) -> None:
    assert read(text).files == ("Kconfig",)
