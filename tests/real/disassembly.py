"""Call instructions and %gs operands of an object's functions, by objdump."""

from __future__ import annotations

import re
import subprocess
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

_FUNCTION = re.compile(r"^[0-9a-f]+ <([\w.]+)>:$")
_CALL = re.compile(r"^\s+[0-9a-f]+:\s+(call|jmp)\s+(\S+)")
_RELOCATION = re.compile(r"^\s+[0-9a-f]+: R_X86_64_\w+\s+([\w.]+)(?:\+0x([0-9a-f]+))?")
_REPLACED = re.compile(r"R_X86_64_(?:PLT32|PC32)\s+([A-Za-z_]\w*)")
_SYMBOL = re.compile(r"^([0-9a-f]+) .{6}F (\S+)\s+[0-9a-f]+ (?:\.hidden )?(\S+)$")
_SEGMENT = re.compile(r"%gs:(\S*)")
_THUNK = re.compile(r"__x86_indirect\w*thunk\w*")
INDIRECT = "(indirect)"
#: Where the canary is: an offset up to 6.14, a per-CPU variable since.
CANARY = re.compile(r"0x28(?:,|$)")
GUARD = "__ref_stack_chk_guard"


@dataclass
class Emitted:
    """What one function, with the parts the compiler split off, calls, jumps to and accesses."""

    calls: set[str] = field(default_factory=set)
    jumps: set[str] = field(default_factory=set)
    canary: int = 0
    segment: int = 0


@dataclass(frozen=True)
class _Transfer:
    """A call or jump as it is spelled before its relocation is known."""

    mnemonic: str
    target: str

    @property
    def indirect(self) -> bool:
        return self.target == INDIRECT


def disassemble(path: Path) -> dict[str, Emitted]:
    """The functions of an object by their source names."""
    command = ["objdump", "-dr", "--no-show-raw-insn", str(path)]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    symbols = _symbols(path)
    found: dict[str, Emitted] = defaultdict(Emitted)
    name = ""
    pending: _Transfer | None = None
    for line in text.splitlines():
        if match := _FUNCTION.match(line):
            name = source_name(match[1])
            found[name] = found[name]
        elif match := _RELOCATION.match(line):
            if match[1] == GUARD:
                found[name].canary += 1
                found[name].segment -= 1
            if pending:
                address = match[1], int(match[2] or "0", 16) + 4
                target = called(symbols.get(address, match[1]))
                _enter(found[name], name, pending, INDIRECT if pending.indirect else target)
            pending = None
        elif name:
            if pending:
                _enter(found[name], name, pending, pending.target)
            pending = _transfer(line)
            for operand in _SEGMENT.findall(line):
                if CANARY.match(operand):
                    found[name].canary += 1
                else:
                    found[name].segment += 1
    return found


def _enter(there: Emitted, name: str, transfer: _Transfer, target: str) -> None:
    if transfer.mnemonic == "call":
        there.calls.add(target)
    elif target != name:
        there.jumps.add(target)


def alternatives(path: Path) -> frozenset[str]:
    """What is called in the replacements of alternatives."""
    command = ["objdump", "-r", "-j", ".altinstr_replacement", str(path)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    return frozenset(_REPLACED.findall(done.stdout))


def _symbols(path: Path) -> dict[tuple[str, int], str]:
    """The functions of an object by section and offset."""
    command = ["objdump", "-t", str(path)]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    matches = map(_SYMBOL.match, text.splitlines())
    return {(match[2], int(match[1], 16)): match[3] for match in matches if match}


def _transfer(line: str) -> _Transfer | None:
    """The call or jump that an instruction is, None for another one."""
    match = _CALL.match(line)
    if match is None:
        return None
    if match[2].startswith("*"):
        return _Transfer(match[1], INDIRECT)
    if "<" not in line:
        return _Transfer(match[1], "(absolute)")
    symbol = line.rpartition("<")[2].partition("+")[0].rstrip(">")
    return _Transfer(match[1], called(symbol))


def called(symbol: str) -> str:
    """The source's name of what a call's symbol stands for."""
    return INDIRECT if _THUNK.fullmatch(symbol) else source_name(symbol)


def source_name(symbol: str) -> str:
    """A symbol without what the compiler appends to the parts and clones of a function."""
    return symbol.split(".", maxsplit=1)[0]
