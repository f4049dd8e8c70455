from __future__ import annotations

import subprocess
import sys

import pytest

from reviewer.errors import AnalysisError
from reviewer.patch.types import SourceFile
from reviewer.source.read import read
from reviewer.source.types import Language
from reviewer.source.unit import Unit


@pytest.mark.parametrize(
    ("path", "language"),
    [("a/b.c", Language.C), ("a/b.h", Language.C), ("a/b.S", Language.GAS)],
)
def test_the_language_follows_the_path(path: str, language: Language) -> None:
    assert read(SourceFile(path, b"")).language is language


def test_other_files_are_an_error_that_names_them() -> None:
    with pytest.raises(AnalysisError, match="a/Makefile"):
        read(SourceFile("a/Makefile", b""))


def test_noreturn_functions_reach_the_lowering() -> None:
    file = SourceFile("a.c", b"int f(void)\n{\n\tstop();\n\tgo_on();\n}\n")
    assert "go_on();" in reached(read(file))
    assert "go_on();" not in reached(read(file, noreturn=frozenset({"stop"})))


def reached(unit: Unit) -> set[str]:
    """The texts of the operations that the entry of the first function leads to."""
    cfg = unit.lower(unit.definitions[0]).cfg
    blocks = {cfg.entry}
    while new := {edge.target for edge in cfg.edges if edge.source in blocks} - blocks:
        blocks |= new
    return {f"{op.text.rstrip(';')};" for block in blocks for op in cfg.blocks[block].ops}


def test_an_assembler_is_loaded_for_assembly_alone() -> None:
    program = (
        "import sys; from reviewer.patch.types import SourceFile\n"
        "from reviewer.source.read import read\n"
        "read(SourceFile('a.c', b'')); assert 'reviewer.source.gas' not in sys.modules\n"
        "read(SourceFile('a.S', b'')); assert 'reviewer.source.gas' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
