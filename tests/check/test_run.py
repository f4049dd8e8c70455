from __future__ import annotations

import pytest
from msgspec.structs import replace

from reviewer.check.prefilter import in_scope, need
from reviewer.check.run import Checked, check_unit
from reviewer.finding import Finding, Severity, fingerprint
from reviewer.patch.types import Context, SourceFile
from reviewer.rule.automaton import of_window
from reviewer.rule.load import load_rules
from reviewer.rule.types import Scope, Window
from reviewer.source.read import read

RULES = load_rules()
PATH = "arch/x86/kernel/example.c"


def check(code: str, path: str = PATH) -> Checked:
    return check_unit(read(SourceFile(path, code.encode())), RULES)


def brief(finding: Finding) -> tuple[int, str, str]:
    return finding.location.line, finding.subject, finding.condition


def test_a_finding_says_where_what_and_why() -> None:
    (finding,) = check(
        "void f(void)\n{\n\tload_segments();\n\tif (late)\n\t\treport(1);\n}\n"
    ).findings
    assert finding.rule == "no-call-after-gs-reset"
    assert finding.severity is Severity.ERROR
    assert finding.message == "report is called with GS reset by `load_segments()`"
    assert (finding.location.path, finding.location.line) == (PATH, 5)
    assert (finding.function, finding.subject, finding.text) == ("f", "report", "report(1)")
    assert [(step.location.line, step.text, step.note) for step in finding.trace.steps] == [
        (3, "load_segments()", "reset of GS: opens the window"),
        (4, "late", "taken"),
        (5, "report(1)", "call of a function: forbidden here"),
    ]


def test_like_findings_are_numbered_and_have_prints_of_their_own() -> None:
    code = "void f(void)\n{\n\tload_segments();\n\treport();\n\treport();\n\tother();\n}\n"
    found = check(code).findings
    assert [(item.subject, item.ordinal) for item in found] == [
        ("report", 0),
        ("report", 1),
        ("other", 0),
    ]
    prints = {fingerprint(item, PATH) for item in found}
    assert len(prints) == 3
    moved = check("\n\n" + code).findings
    assert {fingerprint(item, PATH) for item in moved} == prints


def test_a_condition_is_what_every_witness_needs() -> None:
    found = check(
        "void f(void)\n{\n"
        "#ifdef CONFIG_A\n\tquiet = 1;\n#endif\n"
        "\tload_segments();\n"
        "#ifdef CONFIG_B\n\tquiet = 2;\n#else\n\tquiet = 3;\n#endif\n"
        "\tboth();\n"
        "#ifndef CONFIG_C\n\tone();\n#endif\n"
        "}\n"
    ).findings
    assert [brief(item) for item in found] == [(12, "both", ""), (14, "one", "!CONFIG_C")]


def test_the_condition_of_the_function_is_part_of_it() -> None:
    found = check(
        "#ifdef CONFIG_KEXEC\nvoid f(void)\n{\n\tload_segments();\n"
        "#ifdef CONFIG_B\n\treport();\n#endif\n}\n#endif\n"
    ).findings
    assert [brief(item) for item in found] == [(6, "report", "CONFIG_KEXEC && CONFIG_B")]


def test_a_dead_arm_of_a_function_is_silent() -> None:
    assert not check(
        "#ifdef CONFIG_KEXEC\nvoid f(void)\n{\n\tload_segments();\n"
        "#ifndef CONFIG_KEXEC\n\treport();\n#endif\n}\n#endif\n"
    ).findings


def test_two_definitions_of_a_helper_count_each_in_its_configuration() -> None:
    found = check(
        "#ifdef CONFIG_A\nstatic void reset(void) { load_segments(); }\n"
        "#else\nstatic void reset(void) { }\n#endif\n"
        "void f(void)\n{\n\treset();\n\treport();\n"
        "#ifndef CONFIG_A\n\tfine();\n#endif\n}\n"
    ).findings
    assert [brief(item) for item in found] == [(9, "report", "CONFIG_A")]


def test_a_macro_counts_where_it_is_used_in_its_configuration() -> None:
    (finding,) = check(
        "#ifdef CONFIG_LOUD\n#define SAY(x) shout(x)\n#else\n"
        "#define SAY(x) do { } while (0)\n#endif\n"
        "void f(void)\n{\n\tload_segments();\n\tSAY(1);\n}\n"
    ).findings
    assert brief(finding) == (9, "shout", "CONFIG_LOUD")
    assert finding.function == "f"
    assert [(step.location.line, step.function, step.note) for step in finding.trace.steps] == [
        (8, "f", "reset of GS: opens the window"),
        (9, "f", "into SAY"),
        (2, "SAY", "call of a function: forbidden here"),
    ]


def test_a_macro_of_its_own_name_is_the_function() -> None:
    found = check(
        "#define report(x) report((x) + 1)\nvoid f(void)\n{\n\tload_segments();\n\treport(1);\n}\n"
    ).findings
    assert [brief(item) for item in found] == [(5, "report", "")]


def test_a_cast_in_call_form_is_no_call() -> None:
    assert not check(
        "void f(long x)\n{\n\tload_segments();\n\tpair((u32)(x >> 32));\n}\n"
    ).findings[1:]


@pytest.mark.parametrize(
    ("rule", "text", "expected"),
    [
        ("no-call-after-gs-reset", b"load_segments();", True),
        ("no-call-after-gs-reset", b'asm volatile("mov %0, %%gs");', True),
        ("no-call-after-gs-reset", b"load(); report();", False),
        ("nothing-between-flush-and-halt", b"wbinvd(); halt();", True),
        ("nothing-between-flush-and-halt", b"wbinvd(); report();", False),
    ],
)
def test_text_that_spells_no_opening_needs_no_search(
    rule: str, text: bytes, expected: bool
) -> None:
    (body,) = (item.body for item in RULES.rules if item.id == rule)
    assert isinstance(body, Window)
    assert need(of_window(body), RULES.vocabulary).met(text) is expected


@pytest.mark.parametrize(
    ("paths", "exclude", "path", "expected"),
    [
        (("**",), (), "a.c", True),
        (("arch/x86/**",), (), "arch/x86/kernel/a.c", True),
        (("arch/x86/**",), (), "arch/x86.c", False),
        (("arch/x86/**/*_32.c",), (), "arch/x86/a_32.c", True),
        (("arch/x86/**/*_32.c",), (), "arch/x86/kernel/cpu/a_32.c", True),
        (("arch/*/a.c",), (), "arch/x86/kernel/a.c", False),
        (("**",), ("arch/?86/**",), "arch/x86/a.c", False),
    ],
)
def test_scopes_are_globs_over_paths(
    paths: tuple[str, ...], exclude: tuple[str, ...], path: str, expected: bool
) -> None:
    assert in_scope(replace(RULES.rules[0], scope=Scope(paths, exclude)), path) is expected


LARGE = {
    "sum": "if ({}) g();".format("+".join(["a"] * 3000)),
    "negations": "if ({}a) g();".format("!" * 3000),
    "branches": "".join(f"if (a{i}) g{i}();\n" for i in range(600)),
    "equal branches": "".join(f"if (a{i % 40}) g{i}();\n" for i in range(200)),
    "options": "\n" + "".join(f"#ifdef A{i % 20}\ng{i}();\n#endif\n" for i in range(60)),
    "nested calls": "{}1{};".format("g(" * 500, ")" * 500),
    "stores": "wbinvd(); {} native_halt();".format("".join(f"p->a{i} = 1;" for i in range(600))),
}


@pytest.mark.parametrize("body", [pytest.param(body, id=name) for name, body in LARGE.items()])
def test_large_functions_end(body: str) -> None:
    assert check(f"void f(struct x *p)\n{{\n\tload_segments();\n{body}\n}}\n").findings


def test_macros_that_double_end() -> None:
    macros = "\n".join(
        f"#define M{i}(x) do {{ M{i + 1}(x); M{i + 1}(x); }} while (0)" for i in range(20)
    )
    (finding,) = check(
        f"{macros}\n#define M20(x) g(x)\nvoid f(void)\n{{\n\tload_segments();\n\tM0(1);\n}}\n"
    ).findings
    assert finding.subject == "g"


def test_what_a_hunk_far_down_a_file_shows_is_found() -> None:
    code = b"\n" * 449 + b"\tload_segments();\n\treport();\n"
    section = "void machine_kexec(struct kimage *image)"
    file = SourceFile(PATH, code, Context.HUNK, known=((450, 451),), sections=(section,))
    assert [brief(each) for each in check_unit(read(file), RULES).findings] == [(451, "report", "")]
