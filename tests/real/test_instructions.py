"""What instructions read and write, against a decoder: every 64-bit instruction of a tree.

The instructions are assembled by `as` and decoded by iced-x86, which knows the accesses of each.
Symbols are replaced by a number; what does not assemble then is left out and counted.
"""

from __future__ import annotations

import importlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from reviewer.patch.types import SourceFile
from reviewer.source.gas import read
from reviewer.source.instructions import effects
from reviewer.source.registers import FLAGS, GENERAL
from reviewer.source.types import Expr, Kind

pytestmark = pytest.mark.real

_NOT_64 = re.compile(r"_32\.S|math-emu|/boot/|i[35]86|386_32|realmode|vdso32|/um/|platform/pvh")
_SYMBOL = re.compile(r"(?<![%\w.])(?:[A-Za-z_.][\w.]*|\d+[bf]\b)")
_STRING = re.compile(r"(?:rep\w* )?(?:movs|stos|lods|scas|cmps)[bwlq]")

#: Instructions whose effects depend on who takes the trap, and padding.
_LEFT_OUT = frozenset(
    {"int", "enclu", "vmcall", "vmmcall", "vmlaunch", "vmresume", "tdcall", "ud1"}
)


@pytest.fixture(params=("REVIEWER_KERNEL_6_12", "REVIEWER_KERNEL_7"), scope="module")
def instructions(request: pytest.FixtureRequest) -> dict[str, Expr]:
    tree = os.environ.get(request.param)
    if not tree:
        pytest.skip(f"{request.param} is not set")
    found: dict[str, Expr] = {}
    for path in sorted((Path(tree) / "arch/x86").rglob("*.S")):
        if not _NOT_64.search(path.as_posix()):
            for text, expr in _of_file(path):
                found.setdefault(text, expr)
    return found


def _of_file(path: Path) -> Iterator[tuple[str, Expr]]:
    unit = read(SourceFile("a.S", path.read_bytes()))
    for definition in unit.definitions:
        for block in unit.lower(definition).cfg.blocks:
            for op in block.ops:
                name = op.expr.name
                mnemonic = op.expr.kind is Kind.INSTRUCTION and name[:1].islower()
                if mnemonic and name not in _LEFT_OUT and "_ASM_" not in op.text:
                    yield op.text, op.expr


def test_effects_agree_with_a_decoder(instructions: dict[str, Expr], tmp_path: Path) -> None:
    pytest.importorskip("iced_x86")
    if shutil.which("as") is None or shutil.which("objcopy") is None:
        pytest.skip("needs as and objcopy")
    decoded = dict(_decoded(instructions, tmp_path))
    wrong = []
    for text, (reads, writes, loads, stores) in decoded.items():
        found = effects(instructions[text])
        keep = GENERAL | {FLAGS}
        ours = (found.reads & keep, found.writes & keep, bool(found.loads), bool(found.stores))
        if _STRING.fullmatch(instructions[text].name):
            reads -= {FLAGS}
        if ours != (reads & keep, writes & keep, loads, stores):
            wrong.append((text, ours, (reads, writes, loads, stores)))
    print(f"{len(instructions)} instructions, {len(decoded)} decoded, {len(wrong)} differ")
    for item in wrong[:20]:
        print(item)
    assert len(decoded) > 0.98 * len(instructions)
    assert len(wrong) < 0.001 * len(decoded)


Accesses = tuple[frozenset[str], frozenset[str], bool, bool]


def _decoded(instructions: dict[str, Expr], folder: Path) -> Iterator[tuple[str, Accesses]]:
    """Registers read and written, and whether memory is, apart from the stack by push and pop."""
    iced = importlib.import_module("iced_x86")
    names = {value: name.lower() for name, value in vars(iced.Register).items() if name.isupper()}
    access = iced.OpAccess
    reading = {access.READ, access.COND_READ, access.READ_WRITE, access.READ_COND_WRITE}
    writing = {access.WRITE, access.COND_WRITE, access.READ_WRITE, access.READ_COND_WRITE}
    factory = iced.InstructionInfoFactory()
    for text, code in _assembled(list(instructions), folder):
        instruction = iced.Decoder(64, code).decode()
        info = factory.info(instruction)
        used = [
            (names[iced.RegisterExt.full_register(item.register)], item.access)
            for item in info.used_registers()
        ]
        reads = {name for name, how in used if how in reading}
        writes = {name for name, how in used if how in writing}
        reads |= {FLAGS} if instruction.rflags_read else set()
        writes |= {FLAGS} if instruction.rflags_modified else set()
        explicit = [
            item
            for item in info.used_memory()
            if names[item.base] != "rsp" or "(%rsp" in text or "(%esp" in text
        ]
        word = instructions[text].name
        loads = any(item.access in reading for item in explicit)
        stores = any(item.access in writing for item in explicit)
        stores = stores and not word.startswith("push")
        loads = loads and not word.startswith(("pop", "ret", "iret", "leave"))
        yield text, (frozenset(reads), frozenset(writes), loads, stores)


def _assembled(texts: list[str], folder: Path) -> Iterator[tuple[str, bytes]]:
    """The bytes of each text that assembles."""
    source, binary = folder / "x.s", folder / "x.bin"
    lines = {number: _numbered(text) for number, text in enumerate(texts)}
    for _ in range(10):
        order = list(lines)
        source.write_text("".join(f"{lines[number]}\n.balign 16, 0x90\n" for number in order))
        ran = subprocess.run(
            ["as", "--64", "-o", folder / "x.o", source],
            capture_output=True,
            text=True,
            check=False,
        )
        if ran.returncode == 0:
            break
        for found in re.findall(r"x\.s:(\d+): Error", ran.stderr):
            lines.pop(order[(int(found) - 1) // 2], None)
    subprocess.run(["objcopy", "-O", "binary", "-j", ".text", folder / "x.o", binary], check=True)
    code = binary.read_bytes()
    for index, number in enumerate(lines):
        yield texts[number], code[16 * index : 16 * index + 15]


def _numbered(text: str) -> str:
    """The statement with numbers for its symbols."""
    text = re.sub(r"PER_CPU_VAR\((?:[^()]|\([^()]*\))*\)", "%gs:16", text)
    prefix = re.match(r"(?:rep\w*|lock)\s+", text)
    start = prefix.end() if prefix else 0
    word, _, operands = text[start:].partition(" ")
    return f"{text[:start]}{word} {_SYMBOL.sub('8', operands)}"
