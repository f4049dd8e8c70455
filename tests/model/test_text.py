from __future__ import annotations

import pytest

from reviewer.errors import InputError
from reviewer.model.text import parse, show

STOP = """\
program stop
0 -> 1: flush.begin if flag  # arch/x86/kernel/process.c:26 stop_this_cpu: wbinvd()
0 -> 2: none if !flag
1 -> 2: flush.end
2 -> 3: flag := 0 if a && (b || !c)
3 -> exit: mask.clear  #: clear it
"""


def test_what_is_shown_reads_back() -> None:
    program = parse(STOP)
    assert show(program) == STOP
    assert parse(show(program)) == program


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("program p\n0 -> 1: jmp", 2),
        ("0 > 1: none", 1),
        ("\n0 -> 1: none if (a", 2),
        ("0 -> 1: none if a b", 1),
    ],
)
def test_errors_name_the_line(text: str, line: int) -> None:
    with pytest.raises(InputError) as raised:
        parse(text, "p.txt")
    assert (raised.value.path, raised.value.line) == ("p.txt", line)
