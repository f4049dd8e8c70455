"""The x86 assembly of whole kernel trees: how much of it is read, and what comes out."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from reviewer.patch.types import SourceFile
from reviewer.source.gas import read
from reviewer.source.gas_lines import read_lines
from reviewer.source.gas_operands import statements
from reviewer.source.types import Kind, Operation
from reviewer.source.unit import Unit

pytestmark = pytest.mark.real

TREES = ("REVIEWER_KERNEL_6_1", "REVIEWER_KERNEL_6_12", "REVIEWER_KERNEL_7")


@pytest.fixture(params=TREES, scope="module")
def units(request: pytest.FixtureRequest) -> dict[str, Unit]:
    tree = os.environ.get(request.param)
    if not tree:
        pytest.skip(f"{request.param} is not set")
    paths = sorted((Path(tree) / "arch/x86").rglob("*.S"))
    assert paths
    return {
        name: read(SourceFile(name, path.read_bytes()))
        for path in paths
        if not (name := path.relative_to(tree).as_posix()).endswith(".lds.S")
    }


def test_nearly_every_statement_is_read(units: dict[str, Unit]) -> None:
    written = unread = 0
    for unit in units.values():
        lines, _ = read_lines(unit.file.text.decode("utf-8", "replace"))
        written += sum(len(statements(line.text)) for line in lines if not line.directive)
        unread += len(unit.skips)
    share = 1 - unread / written
    print(f"{len(units)} files, {written} statements, {unread} not read, {share:.4%}")
    assert share > 0.999


def test_every_annotated_function_is_found_where_it_stands(units: dict[str, Unit]) -> None:
    begin = re.compile(rb"^\s*SYM_(?:TYPED_)?(?:FUNC|CODE)_START\w*\((\w+)\)", re.MULTILINE)
    for path, unit in units.items():
        source = unit.file.text
        found = {(item.name, item.line) for item in unit.definitions}
        for match in begin.finditer(source):
            line = source.count(b"\n", 0, match.start(1)) + 1
            if b"\\" not in source.split(b"\n")[line - 1]:
                assert (match[1].decode(), line) in found, path


def test_every_operation_stands_on_its_line(units: dict[str, Unit]) -> None:
    """The first word of an operation is on its line, but for what macros spell."""
    checked = off = 0
    for unit in units.values():
        lines = unit.file.text.decode("utf-8", "replace").split("\n")
        for definition in unit.definitions:
            for block in unit.lower(definition).cfg.blocks:
                for op in block.ops:
                    if not op.macro_line and op.expr.kind is Kind.INSTRUCTION:
                        checked += 1
                        word = op.text.split()[0].partition("(")[0]
                        off += word not in lines[op.line - 1] and "ALT" not in lines[op.line - 1]
    print(f"{checked} operations checked, {off} elsewhere")
    assert off < checked / 1000


def test_the_flush_before_the_jump_is_guarded(units: dict[str, Unit]) -> None:
    """In the relocation code one jump decides about the flush, and swap_pages follows it."""
    unit = units["arch/x86/kernel/relocate_kernel_64.S"]
    (definition,) = unit.named("identity_mapped")
    graph = unit.lower(definition).cfg
    (flush,) = (b.id for b in graph.blocks if any(op.text == "wbinvd" for op in b.ops))
    (into,) = (edge for edge in graph.edges if edge.target == flush)
    assert into.guard is not None
    assert into.guard.name == "jz"
    after = [edge.target for edge in graph.edges if edge.source == flush]
    following = [op for block in after for op in graph.blocks[block].ops]
    assert any(op.operation is Operation.CALL for op in following)
