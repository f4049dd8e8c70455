from __future__ import annotations

from pathlib import Path

from reviewer.check.words.assumptions import no_more, still_needed
from tests.check.words.mails import hits, kernel, mail

CLAIM = "There are no more MINICALLs after the last flush."


def test_an_assumption_without_a_tree() -> None:
    (hit,) = hits(no_more, mail(CLAIM))
    assert hit.subject == "no more MINICALLs after the last flush"
    assert hit.detail == "nothing here shows it"


def test_an_assumption_with_the_calls_of_the_tree(tmp_path: Path) -> None:
    body = "\tmini_minicall(1);\n\tmini_minicall(2);\n\tminicall_late(3);\n * minicall(4)\n"
    tree = kernel(tmp_path, kernel__mini_c=f"int minicall(int a)\n{{\n{body}}}\n")
    (hit,) = hits(no_more, mail(CLAIM), tree=tree)
    assert hit.detail == (
        "mini_minicall() at kernel/mini.c:3, minicall_late() at kernel/mini.c:5, "
        "mini_minicall() at kernel/mini.c:4"
    )


def test_a_claim_is_found_over_the_end_of_a_line() -> None:
    text = mail("Since there are\nno more MINICALLs\nafter the last flush, go.")
    (hit,) = hits(no_more, text)
    assert hit.text == "no more MINICALLs"


def test_what_hunks_show_is_not_the_whole_file() -> None:
    assert hits(still_needed, mail("mini_flag is not needed anymore.", "-\tmini_flag;\n")) == []


def test_what_only_speaks_of_it_is_no_place(tmp_path: Path) -> None:
    source = (
        'static void minicall_err(int a)\n{\n\tpr_err("minicall(%d)\\n", a);\n}\n'
        "static void minicall_err_both(int a)\n{\n\tminicall_err(a);\n}\n"
        "#define minicall_told(a) \\\n\tretry(__minicall, minicall_err, a)\n"
        "int mini_start(void)\n{\n\tminicall_err_both(1);\n\tminicall_told(2);\n}\n"
    )
    tree = kernel(tmp_path, kernel__mini_c=source)
    (hit,) = hits(no_more, mail(CLAIM), tree=tree)
    assert hit.detail == "minicall_told() at kernel/mini.c:14"
