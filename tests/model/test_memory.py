"""What is remembered is what a fresh look would say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.finding import Location
from reviewer.model.code import Reader
from reviewer.model.same import said_of, same
from reviewer.model.scenario import build, remember
from reviewer.model.scenario_file import Scenario, load_scenarios
from reviewer.model.trail import moves
from reviewer.model.verdict import judge
from reviewer.patch.types import SourceFile
from tests.conftest import FIXTURES
from tests.model.cutting import code
from tests.model.mutations import MUTATIONS, Mutation
from tests.model.score import reader

TREE = FIXTURES / "minikernel"
SCENARIOS = load_scenarios()
STOP = next(each for each in SCENARIOS if each.id == "kexec-stop")
PATHS = [path for path in STOP.files if (TREE / path).exists()]


def moved(path: str, above: int, lines: int) -> Reader:
    """The fixture with comment lines put above one line of a file."""

    def read(wanted: str) -> SourceFile | None:
        file = TREE / wanted
        if not file.exists():
            return None
        text = file.read_text().splitlines(keepends=True)
        if wanted == path:
            text[above:above] = ["/* Says nothing. */\n"] * lines
        return SourceFile(wanted, "".join(text).encode())

    return read


def outside_comments(path: str) -> list[int]:
    """Lines of a file before which a comment may stand."""
    inside, found = False, []
    for number, line in enumerate((TREE / path).read_text().splitlines()):
        if not inside and not line.rstrip().endswith("\\"):
            found.append(number)
        inside = (inside or "/*" in line) and "*/" not in line
    return [each for each in found if each - 1 in found or each == 0]


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.title)
def test_a_build_after_a_change_is_as_without_memory(mutation: Mutation) -> None:
    memory = remember()
    build(STOP, reader(), memory)
    assert build(STOP, reader(mutation), memory).systems == build(STOP, reader(mutation)).systems


@given(st.data())
def test_moved_lines_are_found_again(data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(PATHS))
    above = data.draw(st.sampled_from(outside_comments(path)))
    changed = moved(path, above, data.draw(st.integers(1, 3)))
    memory = remember()
    build(STOP, reader(), memory)
    again = build(STOP, changed, memory)
    fresh = build(STOP, changed)
    assert [name for _, name in again.systems] == [name for _, name in fresh.systems]
    assert (again.skips, again.files) == (fresh.skips, fresh.files)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.id)
def test_a_verdict_on_moved_lines_is_that_of_a_search(scenario: Scenario) -> None:
    path = "arch/x86/kernel/machine_kexec_64.c"
    old = build(scenario, reader())
    new = build(scenario, moved(path, 1, 2))
    for (platform, before), (_, after) in zip(old.systems, new.systems, strict=True):
        names = same(before, after)
        assert names is not None
        assert before != after
        assert said_of(judge(old, platform, before), names) == judge(new, platform, after)


def test_nothing_is_cut_twice() -> None:
    memory = remember()
    first = build(STOP, reader(), memory)
    second = build(STOP, reader(), memory)
    assert all(
        one is other for (_, one), (_, other) in zip(first.systems, second.systems, strict=True)
    )


TEXT = "int g(int x)\n{\n\tif (x)\n\t\ta();\n\treturn b(x);\n}\n"


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        (TEXT, {}),
        (f"\n\n{TEXT}", {1: 3, 3: 5, 4: 6, 5: 7}),
        (TEXT.replace("\t\ta();", "\t\t/* now */\n\t\ta();"), {4: 5, 5: 6}),
        (TEXT.replace("a()", "c()"), None),
        (TEXT.replace("if (x)", "if (!x)"), None),
        (TEXT.replace("return b(x)", "return x"), None),
        (TEXT.replace("int g", "static int g"), None),
        (TEXT.replace("int g(int x)", "int g(long x)"), None),
    ],
)
def test_where_a_function_has_gone(changed: str, expected: dict[int, int] | None) -> None:
    before, after = (code({"a.c": text}).functions("g") for text in (TEXT, changed))
    found = moves(before, after)
    if expected is None:
        assert found is None
        return
    assert found is not None
    lines = {old.line: new.line for old, new in found.items() if old != new}
    assert lines == expected
    assert {place.path for place in found} <= {"a.c"}
    assert found.get(Location("a.c", 2)) is None


def test_two_statements_that_part_are_no_mere_move() -> None:
    one, other = "void g(void) { a(); b(); }", "void g(void) { a();\n b(); }"
    found = [code({"a.c": text}).functions("g") for text in (one, other)]
    assert moves(*found) is None
    assert moves(found[1], found[0]) is not None
