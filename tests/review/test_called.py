"""Patches to callers: what they do to assertions in files that stay as they are."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from reviewer.finding import Finding, Status
from reviewer.review.types import Report
from tests.review.test_build import patch, run

FLUSH = "arch/x86/kernel/flush.c"
USER = "arch/x86/kernel/user.c"
CORE = "kernel/flush.c"
DRIVER = "drivers/example/user.c"
ASSERTS = (
    "void flush_this(void)\n{\n\tlockdep_assert_preemption_disabled();\n}\n\n"
    "void flush_again(void)\n{\n\tflush_this();\n}\n"
)
CALLS = (
    "void flush_again(void);\n\nstatic void item(struct work_struct *work)\n{\n"
    "\tpreempt_disable();\n\tflush_again();\n\tpreempt_enable();\n}\n\n"
    "static DECLARE_WORK(work, item);\n"
)


@pytest.fixture
def tree(tmp_path: Path, minikernel: Path) -> Path:
    """The miniature kernel with a function that asserts and a file of its callers."""
    folder = tmp_path / "tree"
    shutil.copytree(minikernel, folder)
    for path, text in ((FLUSH, ASSERTS), (USER, CALLS)):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return folder


def introduced(report: Report) -> list[Finding]:
    return [each for each in report.findings if each.status is Status.INTRODUCED]


@pytest.mark.parametrize(("flush", "user"), [(FLUSH, USER), (CORE, DRIVER)])
def test_a_new_caller_is_found_where_the_assertion_is(tree: Path, flush: str, user: str) -> None:
    (tree / FLUSH).unlink()
    for path, text in ((flush, ASSERTS), (user, CALLS)):
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_text(text)
    added = (
        "\nstatic void other(struct work_struct *work)\n{\n\tflush_again();\n}\n\n"
        "static DECLARE_WORK(further, other);"
    )
    report = run(tree, patch(tree, user, "", added))
    (found,) = introduced(report)
    assert (found.rule, found.location.path, found.location.line, found.patch) == (
        "assert-preemption-in-callback", flush, 3, 1,
    )  # fmt: skip
    steps = [(step.location.path, step.function) for step in found.trace.steps]
    assert steps == [(user, ""), (user, "other"), (flush, "flush_again"), (flush, "flush_this")]


def test_a_new_registration_of_a_function_of_another_file(tree: Path) -> None:
    added = (
        "int flush_online(unsigned int cpu);\n\nint init(void)\n{\n"
        '\treturn cpuhp_setup_state(CPUHP_AP_ONLINE_DYN, "x", flush_online, NULL);\n}'
    )
    asserts = "\nint flush_online(unsigned int cpu)\n{\n\tflush_this();\n\treturn 0;\n}\n"
    (tree / FLUSH).write_text(ASSERTS + asserts)
    (found,) = introduced(run(tree, patch(tree, USER, "", added)))
    assert (found.rule, found.location.path) == ("assert-in-hotplug-callback", FLUSH)
    assert found.trace.steps[0].location.path == USER


def test_a_caller_that_no_longer_provides_it(tree: Path) -> None:
    report = run(tree, patch(tree, USER, "\tpreempt_disable();", "\tbarrier();"))
    assert [each.location.path for each in introduced(report)] == [FLUSH]


def test_a_caller_that_was_wrong_before_is_not_introduced(tree: Path) -> None:
    wrong = CALLS.replace("\tpreempt_disable();\n", "").replace("\tpreempt_enable();\n", "")
    (tree / USER).write_text(wrong)
    report = run(tree, patch(tree, USER, "\tflush_again();", "\tbarrier();\n\tflush_again();"))
    assert not introduced(report)


def test_a_caller_that_provides_it_is_none(tree: Path) -> None:
    report = run(tree, patch(tree, USER, "\tflush_again();", "\tflush_again();\n\tflush_this();"))
    assert not introduced(report)
