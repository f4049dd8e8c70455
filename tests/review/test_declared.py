from __future__ import annotations

from pathlib import Path

import pytest

from reviewer.patch.diff import parse
from reviewer.patch.tree import Directory
from reviewer.patch.types import FileReview
from reviewer.review.contracts import scanned_contracts
from reviewer.review.declared import assembly_asked_about, files_beside
from reviewer.rule.load import load_rules

RULE = next(rule for rule in load_rules().contracts if rule.body.about_every)
FILES = {
    "arch/x86/lib/copy_64.S": "SYM_FUNC_START(copy)\n\tRET\nSYM_FUNC_END(copy)\n",
    "arch/x86/lib/copy_32.S": "SYM_FUNC_START(copy)\n\tRET\nSYM_FUNC_END(copy)\n",
    "arch/x86/lib/copy.c": "void copy(void *to);\n",
    "arch/x86/lib/deep/other.c": "void other(void);\n",
    "arch/x86/kernel/go.S": "SYM_FUNC_START(go)\n\tcall copy\n\tRET\nSYM_FUNC_END(go)\n",
    "arch/x86/kernel/go.c": "void go(void);\n",
    "arch/x86/include/asm/deep/copy.h": "void copy(void *to);\n",
    "arch/arm/lib/copy.S": "ENTRY(copy)\n",
}


@pytest.fixture
def tree(tmp_path: Path) -> Directory:
    for path, text in FILES.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return Directory(tmp_path)


def asked(tree: Directory, path: str, line: str) -> frozenset[str]:
    text = f"--- a/{path}\n+++ b/{path}\n@@ -1,1 +1,2 @@\n context\n+{line}\n"
    (diff,) = parse(text.split("\n")).files
    return assembly_asked_about(RULE, [FileReview(diff, None, None)], tree)


@pytest.mark.parametrize(
    ("path", "line", "expected"),
    [
        ("arch/x86/lib/copy_64.S", "nop", {"arch/x86/lib/copy_64.S"}),
        ("arch/x86/lib/new.S", "nop", {"arch/x86/lib/new.S"}),
        ("arch/x86/lib/copy_32.S", "nop", set()),
        ("arch/arm/lib/copy.S", "nop", set()),
        ("arch/x86/lib/copy.c", "void copy(int a);", {"arch/x86/lib/copy_64.S"}),
        ("arch/x86/lib/copy.c", "int copy;", set()),
        ("arch/x86/lib/copy.c", "other(1);", set()),
        ("arch/x86/kernel/go.c", "copy(1);", set()),
        ("arch/x86/kernel/go.c", "go();", {"arch/x86/kernel/go.S"}),
        ("arch/x86/include/asm/deep/copy.h", "void copy(int a);", {"arch/x86/lib/copy_64.S"}),
    ],
)
def test_assembly_is_asked_about_where_it_or_its_declaration_is_touched(
    tree: Directory, path: str, line: str, expected: set[str]
) -> None:
    assert asked(tree, path, line) == expected


def test_beside_an_assembly_file_are_the_files_that_may_declare_what_it_defines(
    tree: Directory,
) -> None:
    assert sorted(files_beside(RULE, ["arch/x86/lib/copy_64.S"], tree)) == [
        "arch/x86/include/asm/deep/copy.h",
        "arch/x86/lib/copy.c",
        "arch/x86/lib/copy_64.S",
    ]
    assert list(files_beside(RULE, [], tree)) == []


WRONG = "SYM_FUNC_START(mix)\n\taddq\t%rsi, (%rdi)\n\tRET\nSYM_FUNC_END(mix)\n"


def test_what_takes_long_is_scanned_only_where_nothing_else_is(tmp_path: Path) -> None:
    for folder in ("arch/x86/crypto", "arch/x86/lib"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "mix.S").write_text(WRONG)
        (tmp_path / folder / "mix.h").write_text("void mix(void *to);\n")
    cipher, other = "arch/x86/crypto/mix.S", "arch/x86/lib/mix.S"

    def scanned(*paths: str) -> list[str]:
        found = scanned_contracts(paths, load_rules(), Directory(tmp_path))
        return [each.location.path for each in found]

    assert scanned(cipher) == [cipher]
    assert scanned(other) == [other]
    assert scanned(cipher, other) == [other]
    assert scanned("arch/x86/lib/mix.h") == []
