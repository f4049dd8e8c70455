from __future__ import annotations

from pathlib import Path

import pytest

from reviewer.check.words.identifiers import unknown_function
from reviewer.check.words.names import TreeNames
from reviewer.patch.tree import Directory
from tests.check.words.mails import hits, mail, subjects

NEAR = "int mini_begin_kexec(void)"
SENTENCE = r"currently NAME\(\) has"


@pytest.mark.parametrize(
    ("changelog", "found"),
    [
        ("Also, currently mini_begin_check() has a comment.", ["mini_begin_check()"]),
        ("Then mini_begin_check() has a comment.", []),
        ("Then mini_begn_kexec() runs.", ["mini_begn_kexec()"]),
        ("Then mini_begin_kexecs() and mini_begin_kexec() run.", []),
        ("Then `mini_begn_kexec` runs.", []),
        ("TODO: mini_begn_kexec() will be handy.", []),
        ("> currently mini_begin_check() has a comment.", []),
        ("Then mini_begn_kexec() calls mini_begn_kexec().", ["mini_begn_kexec()"]),
    ],
)
def test_without_a_tree(changelog: str, found: list[str]) -> None:
    assert subjects(unknown_function, mail(changelog, section=NEAR), SENTENCE) == found


def test_a_tree_settles_it(tmp_path: Path) -> None:
    (tmp_path / "kernel").mkdir()
    source = tmp_path / "kernel/other.c"
    source.write_text("void mini_begin_check(void);")
    text = mail("Then mini_begin_check() and mini_begin_fetch() run.", section=NEAR)
    names = TreeNames(Directory(tmp_path))
    assert hits(unknown_function, text, "fetch/kexec", names=names) == []
    (hit,) = hits(unknown_function, text.replace("fetch", "khexec"), names=names)
    assert (hit.subject, hit.detail) == ("mini_begin_khexec()", "mini_begin_kexec()")


def test_a_name_in_an_added_comment_stands_in_file_and_mail() -> None:
    text = mail("Say why.", "+\t/* As mini_begn_kexec() does. */\n \tgo();\n", section=NEAR)
    (hit,) = hits(unknown_function, text)
    assert (hit.location.path, hit.location.line) == ("kernel/mini.c", 10)
    assert hit.mail
    assert "mini_begn_kexec" in text.splitlines()[hit.mail.line - 1]
