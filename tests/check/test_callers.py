"""Contexts from roots in other files, and what a header decides."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from reviewer.check.run import check_unit
from reviewer.finding import Finding
from reviewer.patch.types import SourceFile
from reviewer.source.read import read
from tests.check.tree import RULES, tree, way

FLUSH = "arch/x86/virt/flush.c"
USER = "arch/x86/kvm/user.c"
ASSERTS = "void flush(void)\n{\n\tlockdep_assert_preemption_disabled();\n\twbinvd();\n}\n"
ONLINE = (
    "static int init(void)\n{\n"
    '\treturn cpuhp_setup_state(CPUHP_AP_ONLINE_DYN, "x", online, NULL);\n}\n'
)


def said(folder: Path, files: Mapping[str, str], path: str = FLUSH) -> list[Finding]:
    index = tree(folder, files)
    checked = check_unit(read(SourceFile(path, index.text(path) or b"")), RULES, index)
    return [each for each in checked.findings if each.rule.startswith(("assert-", "cpu-may"))]


def test_a_caller_in_another_file_is_the_proof(tmp_path: Path) -> None:
    user = f"static int online(unsigned int cpu)\n{{\n\tflush();\n\treturn 0;\n}}\n{ONLINE}"
    (found,) = said(tmp_path, {FLUSH: ASSERTS, USER: user})
    assert (found.rule, found.location.path, found.location.line, found.function) == (
        "assert-in-hotplug-callback", FLUSH, 3, "flush",
    )  # fmt: skip
    assert [name for name, _ in way(found)] == ["user.c", "user.c", "flush.c"]


def test_a_callback_registered_in_another_file(tmp_path: Path) -> None:
    text = "static void no(void)\n{\n}\n" + ASSERTS.replace(
        "void flush(void)", "int online(unsigned int cpu)"
    )
    (found,) = said(tmp_path, {FLUSH: text, USER: ONLINE})
    assert found.rule == "assert-in-hotplug-callback"
    note = "online is a callback of CPU hotplug: pinned to the CPU, preemptible"
    assert way(found)[0] == ("user.c", note)


@pytest.mark.parametrize(
    "body",
    [
        "\tpreempt_disable();\n\tflush();\n\tpreempt_enable();\n",
        "\tif (in_task())\n\t\treturn 0;\n\tflush();\n",
        "\tgrab_lock();\n\tflush();\n",
    ],
)
def test_who_provides_it_or_may_is_none(tmp_path: Path, body: str) -> None:
    user = f"static int online(unsigned int cpu)\n{{\n{body}\treturn 0;\n}}\n{ONLINE}"
    assert not said(tmp_path, {FLUSH: ASSERTS, USER: user})


def test_a_static_function_is_its_own_files(tmp_path: Path) -> None:
    user = f"static int online(unsigned int cpu)\n{{\n\tflush();\n\treturn 0;\n}}\n{ONLINE}"
    assert not said(tmp_path, {FLUSH: f"static {ASSERTS}", USER: user})


def test_a_function_of_the_same_name_is_another_one(tmp_path: Path) -> None:
    user = (
        "static void flush(void)\n{\n}\n"
        f"static int online(unsigned int cpu)\n{{\n\tflush();\n\treturn 0;\n}}\n{ONLINE}"
    )
    assert not said(tmp_path, {FLUSH: ASSERTS, USER: user})


def test_of_everybodys_function_nothing_is_known(tmp_path: Path) -> None:
    user = f"static int online(unsigned int cpu)\n{{\n\tflush();\n\treturn 0;\n}}\n{ONLINE}"
    many = {f"arch/x86/kvm/user{number}.c": user for number in range(7)}
    assert not said(tmp_path, {FLUSH: ASSERTS, **many})


WORK = (
    "static void item(struct work_struct *w)\n{\n\tmiddle();\n}\nstatic DECLARE_WORK(work, item);\n"
)
MIDDLE = "arch/x86/kernel/middle.c"


def test_a_caller_of_a_caller_is_in_a_third_file(tmp_path: Path) -> None:
    middle = "void inner(void)\n{\n\tflush();\n}\nvoid middle(void)\n{\n\tinner();\n}\n"
    (found,) = said(tmp_path, {FLUSH: ASSERTS, MIDDLE: middle, USER: WORK})
    assert (found.rule, found.location.path) == ("assert-preemption-in-callback", FLUSH)
    assert [name for name, _ in way(found)] == [
        "user.c",
        "user.c",
        "middle.c",
        "middle.c",
        "flush.c",
    ]


@pytest.mark.parametrize(
    "middle",
    [
        "void middle(void)\n{\n\tpreempt_disable();\n\tflush();\n\tpreempt_enable();\n}\n",
        "void middle(void)\n{\n\tgrab_lock();\n\tflush();\n}\n",
        "void middle(void)\n{\n\tregister_user(flush);\n}\n",
    ],
)
def test_a_file_in_between_that_provides_it_ends_the_way(tmp_path: Path, middle: str) -> None:
    assert not said(tmp_path, {FLUSH: ASSERTS, MIDDLE: middle, USER: WORK})


def test_who_slept_in_another_file(tmp_path: Path) -> None:
    user = "void example(void)\n{\n\tmutex_lock(&m);\n\tflush();\n\tmutex_unlock(&m);\n}\n"
    (found,) = said(tmp_path, {FLUSH: ASSERTS, USER: user})
    assert (found.rule, found.location.path) == ("assert-where-it-sleeps", FLUSH)


def test_of_two_definitions_neither_is_known_to_be_called(tmp_path: Path) -> None:
    other = "void flush(void)\n{\n}\n"
    user = f"static int online(unsigned int cpu)\n{{\n\tflush();\n\treturn 0;\n}}\n{ONLINE}"
    files = {FLUSH: ASSERTS, "arch/x86/virt/other.c": other, "arch/x86/virt/user.c": user}
    assert not said(tmp_path, files)


def test_a_lock_that_is_tried_in_a_macro_of_a_header(tmp_path: Path) -> None:
    files = {
        "include/linux/example.h": "#define local_trylock(l)\t__try(this_cpu_ptr(l))\n",
        FLUSH: (
            "#include <linux/example.h>\nSYSCALL_DEFINE0(x)\n{\n"
            "\tif (local_trylock(&l))\n\t\t__this_cpu_inc(n);\n\treturn 0;\n}\n"
        ),
    }
    assert not said(tmp_path, files)
    text = files[FLUSH].replace("local_trylock(&l)", "example(&l)")
    assert len(said(tmp_path, {**files, FLUSH: text})) == 1
