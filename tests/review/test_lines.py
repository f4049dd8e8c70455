from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reviewer.patch.types import Context, SourceFile
from reviewer.review.lines import ruler


def file(changed: set[int], known: tuple[tuple[int, int], ...] = ()) -> SourceFile:
    context = Context.HUNK if known else Context.FULL
    return SourceFile("a.c", b"", context, frozenset(changed), known)


def test_position_counts_unchanged_lines_above() -> None:
    scale = ruler(file({2, 3}))
    assert [scale.position(line) for line in (1, 2, 3, 4, 5)] == [0, 1, 1, 1, 2]
    assert [scale.is_changed(line) for line in (1, 2, 3, 4)] == [False, True, True, False]


def test_only_known_lines_count_where_the_hunks_are_all_there_is() -> None:
    scale = ruler(file({11}, known=((10, 12), (50, 52))))
    assert [scale.position(line) for line in (10, 11, 12, 50, 52)] == [0, 1, 1, 2, 4]


def test_side_that_does_not_exist() -> None:
    assert ruler(None).position(7) == 6
    assert not ruler(None).is_changed(7)


@given(st.lists(st.sampled_from("=-+"), max_size=40))
def test_unchanged_lines_have_the_same_position_on_both_sides(script: list[str]) -> None:
    removed, added, pairs = set(), set(), []
    old = new = 0
    for sign in script:
        old += sign != "+"
        new += sign != "-"
        match sign:
            case "-":
                removed.add(old)
            case "+":
                added.add(new)
            case _:
                pairs.append((old, new))
    before, after = ruler(file(removed)), ruler(file(added))
    positions = [before.position(line) for line, _ in pairs]
    assert positions == [after.position(line) for _, line in pairs] == list(range(len(pairs)))
