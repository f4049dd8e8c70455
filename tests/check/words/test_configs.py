from __future__ import annotations

from pathlib import Path

import pytest

from reviewer.check.words.configs import symbols, unknown_config
from reviewer.patch.tree import Directory
from tests.check.words.mails import hits, kernel, mail

CHANGE = "-#ifdef CONFIG_MINI_KEXEC\n+#if IS_ENABLED(CONFIG_MINI_KEXEC)\n"


@pytest.fixture
def tree(tmp_path: Path) -> Directory:
    return kernel(
        tmp_path,
        Kconfig='source "arch/$(SRCARCH)/Kconfig"\nsource "kernel/Kconfig.mini"\n',
        arch__Kconfig="config MINI_ARCH\n",
        arch__x86__Kconfig='config MINI_X86\n\tbool\nsource "arch/x86/kvm/Kconfig"\n',
        arch__x86__kvm__Kconfig="menuconfig MINI_GUESTS\n",
        **{"kernel__Kconfig.mini": 'config MINI_CPUSETS\n\tbool "x"\n'},
        drivers__Kconfig="config NOWHERE\n",
    )


def test_every_symbol_is_found_from_the_top_on(tree: Directory) -> None:
    wanted = frozenset({"NONE"})
    assert symbols(tree, wanted, ()) == {"MINI_X86", "MINI_GUESTS", "MINI_CPUSETS"}
    assert "NOWHERE" in symbols(tree, wanted, ["drivers/net/mini.c"])


def test_reading_ends_when_all_are_found(tree: Directory) -> None:
    assert symbols(tree, frozenset({"MINI_CPUSETS"}), ()) == {"MINI_CPUSETS"}


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("CONFIG_MINI_CPUSET", ["CONFIG_MINI_CPUSETS"]),
        ("CONFIG_MINI_GUETSS", ["CONFIG_MINI_GUESTS"]),
        ("CONFIG_MINI_GUSTS", ["CONFIG_MINI_GUESTS"]),
        ("CONFIG_MINI_KEXXEC", ["CONFIG_MINI_KEXEC"]),
        ("CONFIG_MINI_GUESTS", []),
        ("CONFIG_MINI_CPUSETS_MODULE", []),
        ("CONFIG_MINI_*", []),
        ("CONFIG_FOREIGN_THING", []),
    ],
)
def test_against_a_tree(tree: Directory, said: str, meant: list[str]) -> None:
    found = hits(unknown_config, mail(f"It needs {said} to run.", CHANGE), tree=tree)
    assert [hit.detail for hit in found] == meant


def test_a_tree_without_kconfig_knows_nothing(tmp_path: Path) -> None:
    text = mail("It needs CONFIG_MINI_KEXXEC to run.", CHANGE)
    assert hits(unknown_config, text, tree=Directory(tmp_path)) == []
