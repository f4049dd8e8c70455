"""x86 registers: names, widths and aliases, and the calling convention of the System V ABI.

Source: Intel SDM volume 1 (registers), System V ABI for AMD64 section 3.2 (arguments, who saves
what). The kernel passes no arguments in vector registers and builds 32-bit code with three
register arguments (-mregparm=3); only the 64-bit convention is given here.
"""

from __future__ import annotations

from msgspec import Struct


class Register(Struct, frozen=True):
    """A register by one of its names.

    `family` is the 64-bit name of a general register (`rax` for `al`), the name itself for any
    other; `width` and `offset` are the bits of the family the name stands for. Writing 32 bits of
    a general register clears the rest; writing fewer keeps it.
    """

    name: str
    family: str
    width: int
    offset: int = 0


#: Integer arguments of a call, in order.
ARGUMENTS = ("rdi", "rsi", "rdx", "rcx", "r8", "r9")
CALLEE_SAVED = frozenset({"rbx", "rbp", "rsp", "r12", "r13", "r14", "r15"})
CALLER_SAVED = frozenset({"rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11"})
GENERAL = CALLEE_SAVED | CALLER_SAVED
FLAGS = "rflags"

_OLD = ("ax", "bx", "cx", "dx", "si", "di", "bp", "sp")
_SEGMENTS = ("cs", "ds", "es", "fs", "gs", "ss")


def _table() -> dict[str, Register]:
    found = [Register("rip", "rip", 64), Register("eip", "rip", 32), Register(FLAGS, FLAGS, 64)]
    for old in _OLD:
        family = f"r{old}"
        found.append(Register(family, family, 64))
        found.append(Register(f"e{old}", family, 32))
        found.append(Register(old, family, 16))
        low = f"{old[0]}l" if old.endswith("x") else f"{old}l"
        found.append(Register(low, family, 8))
        if old.endswith("x"):
            found.append(Register(f"{old[0]}h", family, 8, 8))
        found.append(Register(f"_ASM_{old.upper()}", family, 64))
    for number in range(8, 16):
        family = f"r{number}"
        found.append(Register(family, family, 64))
        found += [
            Register(f"{family}{suffix}", family, width)
            for suffix, width in (("d", 32), ("w", 16), ("b", 8))
        ]
    for number, family in enumerate(ARGUMENTS[:5], 1):
        found.append(Register(f"_ASM_ARG{number}", family, 64))
        found += [
            Register(f"_ASM_ARG{number}{suffix}", family, width)
            for suffix, width in (("Q", 64), ("L", 32), ("W", 16), ("B", 8))
        ]
    found += [Register(name, name, 16) for name in _SEGMENTS]
    found += [Register(f"cr{number}", f"cr{number}", 64) for number in range(16)]
    found += [
        Register(f"{kind}{number}", f"dr{number}", 64)
        for kind in ("dr", "db")
        for number in range(8)
    ]
    found += [Register(f"k{number}", f"k{number}", 64) for number in range(8)]
    found += [Register(f"mm{number}", f"mm{number}", 64) for number in range(8)]
    found += [Register(f"st{number}", f"st{number}", 80) for number in range(8)]
    found.append(Register("st", "st0", 80))
    for number in range(32):
        found += [
            Register(f"{kind}{number}", f"zmm{number}", width)
            for kind, width in (("xmm", 128), ("ymm", 256), ("zmm", 512))
        ]
    return {register.name: register for register in found}


#: Every register by each of its names; `_ASM_*` are the kernel's names for the native width.
REGISTERS = _table()


def register(name: str) -> Register | None:
    """The register of that name, None where there is none."""
    return REGISTERS.get(name)


def family(name: str) -> str:
    """The register that a name is part of; an unknown name is its own."""
    found = REGISTERS.get(name)
    return found.family if found else name
