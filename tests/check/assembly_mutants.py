"""Wrong versions of assembly files and of what C declares of them, one small edit each."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator

from tests.check.contract_mutants import Files, Mutant

_SELECTOR = re.compile(r"^\tmov[lw]\s+%e?ax,\s*%gs[^\n]*\n", re.MULTILINE)
_BASE = re.compile(
    r"^\tmovl\s+\$MSR_GS_BASE,\s*%ecx\n(?:\tmovl\s+%edx, %eax\n\tshrq[^\n]*\n)\twrmsr\n",
    re.MULTILINE,
)
_SWAPPED = re.compile(r"(\tswapgs\n)(\tFRAME_END\n\tRET\n)")
_WBINVD = re.compile(r"^\twbinvd[^\n]*\n", re.MULTILINE)
_PROTOTYPE = re.compile(r"^\w[^\n()=;]*\b(\w+)\(([^()]*)\)\s*;", re.MULTILINE)
_NARROW = re.compile(r"\b(?:unsigned )?long (\w+)$")


def in_window(files: Files, seed: int) -> Iterator[Mutant]:
    """Edits that put a call, a per-CPU access or a store where the windows forbid it."""
    yield from _chosen(files, seed, _WINDOWS, 4)


def of_pairs(files: Files, names: frozenset[str], seed: int) -> Iterator[Mutant]:
    """Edits of the declarations of functions of assembly, and of the functions themselves."""
    kinds: dict[str, Callable[[Files], Iterator[tuple[str, Files]]]] = {
        "declare an argument less": lambda found: _declared(found, names, _shorter),
        "declare an argument more": lambda found: _declared(found, names, _longer),
        "drop a restoring pop": _unpopped,
        "change a register of the caller": lambda found: _clobbered(found, names),
        "read a register that nobody passes": lambda found: _reading(found, names),
    }
    yield from _chosen(files, seed, kinds, 10)


def _chosen(
    files: Files,
    seed: int,
    kinds: dict[str, Callable[[Files], Iterator[tuple[str, Files]]]],
    most: int,
) -> Iterator[Mutant]:
    chance = random.Random(seed)
    for kind, make in kinds.items():
        found = [(where, edited) for where, edited in make(files) if edited != files]
        chance.shuffle(found)
        for where, edited in sorted(found[:most], key=lambda pair: pair[0]):
            yield Mutant(kind, where, edited)


def _cuts(
    files: Files, pattern: re.Pattern[str], new: Callable[[re.Match[str]], str]
) -> Iterator[tuple[str, Files]]:
    for path, text in files.items():
        for match in pattern.finditer(text) if path.endswith(".S") else ():
            line = text.count("\n", 0, match.start()) + 1
            edited = text[: match.start()] + new(match) + text[match.end() :]
            yield f"{path}:{line}", {**files, path: edited}


def _after(text: str) -> Callable[[re.Match[str]], str]:
    return lambda match: f"{match[0]}{text}"


_WINDOWS: dict[str, Callable[[Files], Iterator[tuple[str, Files]]]] = {
    "call after the reset": lambda files: _cuts(files, _SELECTOR, _after("\tcall\tlog_reset\n")),
    "access after the reset": lambda files: _cuts(files, _SELECTOR, _after("\tincl\t%gs:resets\n")),
    "macro access after the reset": lambda files: _cuts(
        files, _SELECTOR, _after("\tmovq\tPER_CPU_VAR(resets), %rax\n")
    ),
    "drop the load of the base": lambda files: _cuts(files, _BASE, lambda match: ""),
    "call in place of the second swap": lambda files: _cuts(
        files, _SWAPPED, lambda match: f"\tcall\tcount_loads\n{match[2]}"
    ),
    "store between flush and halt": lambda files: _cuts(
        files, _WBINVD, _after("\tmovl\t$1, stopped(%rip)\n9:\thlt\n\tjmp\t9b\n")
    ),
    "call between flush and halt": lambda files: _cuts(
        files, _WBINVD, _after("\tcall\treport_stop\n9:\thlt\n\tjmp\t9b\n")
    ),
}


def _declared(
    files: Files, names: frozenset[str], change: Callable[[list[str]], list[str]]
) -> Iterator[tuple[str, Files]]:
    for path, text in files.items():
        for match in _PROTOTYPE.finditer(text) if not path.endswith(".S") else ():
            items = [item.strip() for item in match[2].split(",")]
            if match[1] in names and len(items) > 1 and "..." not in items and len(items) < 6:
                joined = ", ".join(change(items))
                edited = text[: match.start(2)] + joined + text[match.end(2) :]
                yield f"{match[1]} in {path}", {**files, path: edited}


def _shorter(items: list[str]) -> list[str]:
    return items[:-1]


def _longer(items: list[str]) -> list[str]:
    return [*items, "unsigned long further"]


def _body(text: str, name: str) -> re.Match[str] | None:
    return re.search(
        rf"^SYM_(?:TYPED_)?FUNC_START\({name}\)\n(.*?)^SYM_FUNC_END\({name}\)",
        text,
        re.MULTILINE | re.DOTALL,
    )


def _clobbered(files: Files, names: frozenset[str]) -> Iterator[tuple[str, Files]]:
    """A register of the caller is written right before the last return."""
    return _before_return(files, names, "\tmovl\t$1, %ebx\n")


def _reading(files: Files, names: frozenset[str]) -> Iterator[tuple[str, Files]]:
    """At the begin a register is read that no argument comes in."""
    for path, text in files.items():
        for name in sorted(names) if path.endswith(".S") else ():
            body = _body(text, name)
            if body:
                edited = text[: body.start(1)] + "\taddq\t%r10, %rax\n" + text[body.start(1) :]
                yield f"{name} in {path}", {**files, path: edited}


def _before_return(files: Files, names: frozenset[str], line: str) -> Iterator[tuple[str, Files]]:
    for path, text in files.items():
        for name in sorted(names) if path.endswith(".S") else ():
            body = _body(text, name)
            last = body[1].rfind("\tRET\n") if body else -1
            if body and last >= 0:
                at = body.start(1) + last
                yield f"{name} in {path}", {**files, path: text[:at] + line + text[at:]}


def _unpopped(files: Files) -> Iterator[tuple[str, Files]]:
    """The last pop of a register in a function whose only one of it that is."""
    for path, text in files.items():
        if not path.endswith(".S"):
            continue
        for body in re.finditer(
            r"^SYM_FUNC_START\((\w+)\)\n(.*?)^SYM_FUNC_END", text, re.MULTILINE | re.DOTALL
        ):
            for pop in re.finditer(
                r"^\tpopq?\s+(%rbx|%rbp|%r1[2-5])[^\n]*\n", body[2], re.MULTILINE
            ):
                pops = re.findall(rf"pop\w*\s+{pop[1]}\b", body[2])
                if len(pops) == 1 and re.search(rf"\bmov[lq]\s+[^,\n(]+, {pop[1]}\b", body[2]):
                    start, end = body.start(2) + pop.start(), body.start(2) + pop.end()
                    yield f"{pop[1]} of {body[1]} in {path}", {
                        **files, path: text[:start] + text[end:],
                    }  # fmt: skip
