from __future__ import annotations

import pytest

from reviewer.check.words.comments import (
    cut_off,
    uncommented_global,
    uncommented_percpu,
    under_condition,
)
from tests.check.words.mails import hits, mail, subjects


def block(*lines: str, sign: str = "+") -> str:
    body = "".join(f"{sign}\t * {line}\n" for line in lines)
    return f" \t/*\n{body} \t */\n \tgo();\n"


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (block("Stop (as said in go() here."), ["("]),
        (block("Stop (as said", "above)."), []),
        (block("Stop (as said", "", "above) it is."), []),
        (block("Stop (see Table", "93). It does."), []),
        (block("Sizes (2 ^ 15) and (2 ^ 19)."), []),
        (block("1) one, a) two :) (three)"), []),
        (block("Stop (as said.", sign=" ") + "+\tgo();\n", []),
        ("+\t/*\n+\t * Stop (as said\n", []),
        (" \t * known (since\n+\t * long.\n \t */\n", []),
        ("-\t/* Stop (as said. */\n+\t\t/* Stop (as said. */\n", []),
        (block("It is read because"), ["... because"]),
        (block("because"), []),
    ],
)
def test_cut_off(change: str, found: list[str]) -> None:
    assert subjects(cut_off, mail("Say why.", change), "because") == found


def test_a_cut_comment_stands_in_file_and_mail() -> None:
    text = mail("Say why.", block("One.", "Stop (as said."))
    (hit,) = hits(cut_off, text)
    assert (hit.location.path, hit.location.line) == ("kernel/mini.c", 12)
    assert hit.mail
    assert text.splitlines()[hit.mail.line - 1] == "+\t * Stop (as said."


@pytest.mark.parametrize(
    ("head", "guilty"),
    [
        ("if (a)", True),
        ("} else", True),
        ("for (;;)", True),
        ("if (a) {", False),
        ("if (a &&", False),
        ("go(a);", False),
    ],
)
def test_under_condition(head: str, guilty: bool) -> None:
    change = f"+\t{head}\n+\t\t/*\n+\t\t * Long.\n+\t\t */\n+\t\tgo();\n"
    assert bool(hits(under_condition, mail("Say why.", change))) is guilty


def test_a_comment_of_one_line_may_stand_under_a_condition() -> None:
    change = "+\tif (a)\n+\t\t/* Short. */\n+\t\tgo();\n"
    assert hits(under_condition, mail("Say why.", change)) == []


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (" \n+DEFINE_PER_CPU(int, count);\n", ["count"]),
        (" \n+static DEFINE_PER_CPU_ALIGNED(struct a, count) = {\n", ["count"]),
        (" \n+/* Calls. */\n+DEFINE_PER_CPU(int, count);\n", []),
        (" \n+/* Calls. */\n+DEFINE_PER_CPU(int, a);\n+DEFINE_PER_CPU(int, count);\n", []),
        (" \n+DEFINE_PER_CPU(int, count); /* calls */\n", []),
        (" \n-DEFINE_PER_CPU(int, count);\n+DEFINE_PER_CPU(long, count);\n", []),
        (" /* a */\n }\n+DEFINE_PER_CPU(int, count);\n", ["count"]),
        (" \n+struct a {\n+\tint b; /* calls */\n+};\n+\n+DEFINE_PER_CPU(struct a, c);\n", []),
    ],
)
def test_uncommented_percpu(change: str, found: list[str]) -> None:
    assert subjects(uncommented_percpu, mail("Add.", change)) == found


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("int count;", ["count"]),
        ("unsigned long count[4] __read_mostly = 0;", ["count"]),
        ("static int count;", []),
        ("extern int count;", []),
        ("int count(void);", []),
        ("return count;", []),
        ("\tint count;", []),
    ],
)
def test_uncommented_global(line: str, found: list[str]) -> None:
    assert subjects(uncommented_global, mail("Add.", f" \n+{line}\n")) == found
