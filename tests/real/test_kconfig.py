"""Values and decisions against the kernel's own configuration program, on real trees."""

from __future__ import annotations

import os
import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

from reviewer.patch.tree import Directory
from reviewer.source.kconfig.decide import IMPOSSIBLE, decide
from reviewer.source.kconfig.read import read_kconfig
from reviewer.source.kconfig.types import Kconfig, Kind
from reviewer.source.kconfig.values import Values
from reviewer.source.presence import parse

pytestmark = pytest.mark.real

TREES = ("REVIEWER_KERNEL_6_1", "REVIEWER_KERNEL_6_12", "REVIEWER_KERNEL_7")
#: Options that hang on the compiler and other tools at hand, which are taken to be able to do all.
TOOLS = re.compile(
    r"(CC|AS|LD|CLANG|RUSTC|RUST|GCC|PAHOLE|TOOLS|HAS_LTO|BINDGEN)_.*|HAVE_(CFI_ICALL|KMSAN).*"
    r"|.*(INT128|GCC_PLUGINS|RUST|CONTEXT_ANALYSIS).*"
)
CONDITIONS = (
    "CONFIG_KASAN && CONFIG_X86_64 && CONFIG_KEXEC_CORE",
    "CONFIG_DEBUG_VIRTUAL && CONFIG_KEXEC_JUMP",
    "CONFIG_FUNCTION_TRACER",
    "CONFIG_PARAVIRT_XXL && CONFIG_X86_64",
    "CONFIG_TRACE_BRANCH_PROFILING",
    "CONFIG_X86_32",
    "CONFIG_LOCKDEP && !CONFIG_TRACE_IRQFLAGS",
    "CONFIG_KCOV && CONFIG_KCOV_INSTRUMENT_ALL",
)


@pytest.fixture(params=TREES)
def tree(request: pytest.FixtureRequest) -> Path:
    found = os.environ.get(request.param)
    if not found:
        pytest.skip(f"{request.param} is not set")
    return Path(found)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the kernel's program is built, once for each tree: that takes longer than to run it."""
    return tmp_path_factory.mktemp("kconfig")


@cache
def options(tree: Path) -> Kconfig:
    return read_kconfig(Directory(tree).read, "x86")


def configured(tree: Path, built: Path, fragment: tuple[str, ...]) -> set[str]:
    """What is on where the fragment is all that is set, says the kernel's program."""
    out = built / tree.name
    out.mkdir(exist_ok=True)
    (out / "fragment").write_text("".join(f"{line}\n" for line in fragment))
    command = ["make", "-C", str(tree), f"O={out}", "ARCH=x86", "alldefconfig"]
    environment = {**os.environ, "KCONFIG_ALLCONFIG": str(out / "fragment")}
    subprocess.run(command, check=True, capture_output=True, env=environment)
    lines = (out / ".config").read_text().splitlines()
    return {line[7:].partition("=")[0] for line in lines if line.endswith(("=y", "=m"))}


def test_defaults_are_those_of_the_kernels_program(tree: Path, built: Path) -> None:
    kconfig = options(tree)
    assert kconfig.complete
    values = Values(kconfig, {})
    switches = {
        name
        for name, option in kconfig.options.items()
        if option.kind in (Kind.BOOL, Kind.TRISTATE)
    }
    ours = {name for name in switches if values.on(name)}
    theirs = configured(tree, built, ()) & switches
    assert len(theirs) > 500
    assert [name for name in sorted(ours ^ theirs) if not TOOLS.fullmatch(name)] == []


@pytest.mark.parametrize("condition", CONDITIONS)
def test_a_fragment_makes_its_condition_true(condition: str, tree: Path, built: Path) -> None:
    decision = decide(options(tree), parse(condition))
    if not decision.certain:
        pytest.skip("an option of the condition is not known to this tree")
    on = configured(tree, built, decision.fragment)
    for part in condition.split(" && "):
        assert (part.strip("!").removeprefix("CONFIG_") in on) is not part.startswith("!")


@pytest.mark.parametrize(
    "condition",
    [
        "CONFIG_X86_64 && CONFIG_X86_32",
        "CONFIG_KASAN && CONFIG_KCSAN",
        "CONFIG_KEXEC_FILE && !CONFIG_KEXEC_CORE",
        "CONFIG_KCOV_INSTRUMENT_ALL && !CONFIG_KCOV",
    ],
)
def test_what_kconfig_forbids_is_impossible(condition: str, tree: Path) -> None:
    kconfig = options(tree)
    assert decide(kconfig, parse(condition)) == IMPOSSIBLE
