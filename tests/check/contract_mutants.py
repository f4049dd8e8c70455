"""Wrong versions of the two sides of a contract, made from right ones by one small edit each."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

Files = dict[str, str]
_COMMENT_LINE = re.compile(r"^\s*\* (%\w+)\s+(\S.*)$", re.MULTILINE)
_ARGUMENTS = ("%rdi", "%rsi", "%rdx", "%rcx", "%r8", "%r9")
_TEST = re.compile(r"^\ttest[bq]\s+(?:\$RELOC_\w+, %r11b|%r1[12], %r1[12])\n", re.MULTILINE)
_JUMP = re.compile(r"^\t(jn?z)(\s+\.L\w+)[^\n]*\n", re.MULTILINE)
_FLUSH = re.compile(r"^\ttest[bq][^\n]*\n\tjz[^\n]*\n\twbinvd\n\.L\w+:\n", re.MULTILINE)
_WBINVD = re.compile(r"^\twbinvd\n", re.MULTILINE)
_MOVS = re.compile(r"^\trep ;? ?movsq\n", re.MULTILINE)
_COPY = re.compile(r"^\tcall\s+swap_pages\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Mutant:
    """The files after the edit, and what the edit was."""

    kind: str
    where: str
    files: Files


def mutants(files: Files, seed: int) -> Iterator[Mutant]:
    """Every kind of edit at every place it fits, at most three of a kind, chosen by the seed."""
    chance = random.Random(seed)
    for kind, make in KINDS.items():
        found = [(where, edited) for where, edited in make(files) if edited != files]
        chance.shuffle(found)
        for where, edited in sorted(found[:3], key=lambda pair: pair[0]):
            yield Mutant(kind, where, edited)


def assembly(files: Files) -> str:
    """The path of the assembly file."""
    return next(path for path in files if path.endswith(".S"))


def _with(files: Files, path: str, text: str) -> Files:
    return {**files, path: text}


def _line(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1


def _cuts(
    files: Files, path: str, pattern: re.Pattern[str], new: Callable[[re.Match[str]], str]
) -> Iterator[tuple[str, Files]]:
    """The file with each match replaced in turn."""
    text = files[path]
    for match in pattern.finditer(text):
        edited = text[: match.start()] + new(match) + text[match.end() :]
        yield f"line {_line(text, match.start())}", _with(files, path, edited)


def _entry_comment(text: str) -> list[re.Match[str]]:
    """The register comment of the entry, arguments only."""
    found = [match for match in _COMMENT_LINE.finditer(text) if match[1] in _ARGUMENTS]
    taken: list[re.Match[str]] = []
    for match in found:
        if any(match[1] == other[1] for other in taken):
            break
        taken.append(match)
    return taken


def swap_comment(files: Files) -> Iterator[tuple[str, Files]]:
    path = assembly(files)
    text = files[path]
    lines = _entry_comment(text)
    for first, second in pairwise(lines):
        edited = (
            text[: first.start(1)] + second[1] + text[first.end(1) : second.start(1)]
            + first[1] + text[second.end(1) :]
        )  # fmt: skip
        yield f"{first[1]} {second[1]}", _with(files, path, edited)


def swap_arguments(files: Files) -> Iterator[tuple[str, Files]]:
    path = next(path for path in files if path.endswith(".c"))
    text = files[path]
    match = re.search(r"= relocate_kernel(?:_ptr)?\(((?:[^()]|\([^()]*\))*)\);", text)
    assert match
    items = [item.strip() for item in re.split(r",(?![^()]*\))", match[1])]
    for one in range(len(items) - 1):
        other = items.copy()
        other[one], other[one + 1] = other[one + 1], other[one]
        joined = ", ".join(other)
        edited = text[: match.start(1)] + joined + text[match.end(1) :]
        yield f"{one + 1} and {one + 2}", _with(files, path, edited)


def swap_declared(files: Files) -> Iterator[tuple[str, Files]]:
    path = next(path for path in files if path.endswith(".h"))
    text = files[path]
    match = list(re.finditer(r"relocate_kernel(?:_fn)?\(([^()]*)\);", text))[-1]
    items = [item.strip() for item in match[1].split(",")]
    for one in range(len(items) - 1):
        other = items.copy()
        other[one], other[one + 1] = other[one + 1], other[one]
        edited = text[: match.start(1)] + ",\n".join(other) + text[match.end(1) :]
        yield f"{one + 1} and {one + 2}", _with(files, path, edited)


def drop_test(files: Files) -> Iterator[tuple[str, Files]]:
    return _cuts(files, assembly(files), _TEST, lambda match: "")


def invert_jump(files: Files) -> Iterator[tuple[str, Files]]:
    path = assembly(files)
    text = files[path]
    for match in _JUMP.finditer(text):
        if _TEST.fullmatch(text[text.rfind("\n", 0, match.start() - 1) + 1 : match.start()]):
            word = "jnz" if match[1] == "jz" else "jz"
            edited = text[: match.start(1)] + word + text[match.end(1) :]
            yield f"line {_line(text, match.start())}", _with(files, path, edited)


def widen_test(files: Files) -> Iterator[tuple[str, Files]]:
    pattern = re.compile(r"testb(\s+\$RELOC_\w+, %r11)b")
    return _cuts(files, assembly(files), pattern, lambda match: f"testq{match[1]}")


def flush_after_copy(files: Files) -> Iterator[tuple[str, Files]]:
    path = assembly(files)
    text = files[path]
    flush, copy = _FLUSH.search(text), _COPY.search(text)
    assert flush
    assert copy
    edited = text[: flush.start()] + text[flush.end() : copy.end()] + flush[0] + text[copy.end() :]
    yield "once", _with(files, path, edited)


def drop_flush(files: Files) -> Iterator[tuple[str, Files]]:
    yield from _cuts(files, assembly(files), _FLUSH, lambda match: "")
    yield from _cuts(files, assembly(files), _WBINVD, lambda match: "")


def clobber_flags(files: Files) -> Iterator[tuple[str, Files]]:
    path = assembly(files)
    for text in ("movq\t%rax, %r11", "xorl\t%r11d, %r11d", "movl\t$512, %r11d"):
        for where, edited in _cuts(files, path, _MOVS, _preceded(f"\t{text}\n")):
            yield f"{text} at {where}", edited
    for where, edited in _cuts(files, path, _COPY, _preceded("\txorl\t%r11d, %r11d\n")):
        yield f"before the call at {where}", edited


def _preceded(text: str) -> Callable[[re.Match[str]], str]:
    return lambda match: f"{text}{match[0]}"


def rename_once(files: Files) -> Iterator[tuple[str, Files]]:
    header = next(path for path in files if path.endswith(".h"))
    source = assembly(files)
    for line in _entry_comment(files[source]):
        name = re.sub(r"\W+", "_", line[2].split(":")[0].strip())
        text = files[header]
        last = text.rfind(f" {name}")
        if last >= 0:
            edited = text[: last + 1] + "renamed_value" + text[last + 1 + len(name) :]
            yield f"{name} in the header", _with(files, header, edited)
        edited = files[source][: line.start(2)] + "renamed_value" + files[source][line.end(2) :]
        yield f"{name} in the comment", _with(files, source, edited)


def drop_reload(files: Files) -> Iterator[tuple[str, Files]]:
    pattern = re.compile(r"^\tmovl\s+\$RELOC_\w+, %r11d\n", re.MULTILINE)
    return _cuts(files, assembly(files), pattern, lambda match: "")


def drop_lgdt(files: Files) -> Iterator[tuple[str, Files]]:
    pattern = re.compile(r"^\tlgdt\s+(?!\(%rsp\)\n\taddq\s+\$8)[^\n]*\n", re.MULTILINE)
    return _cuts(files, assembly(files), pattern, lambda match: "")


def use_gs(files: Files) -> Iterator[tuple[str, Files]]:
    pattern = re.compile(r"^\tmovq\s+%r9, %cr3\n|^\tmovq\s+%rax, %cr3\n", re.MULTILINE)
    return _cuts(
        files, assembly(files), pattern, lambda match: f"{match[0]}\tmovq %gs:this_cpu_off, %rax\n"
    )


def wrong_source(files: Files) -> Iterator[tuple[str, Files]]:
    pattern = re.compile(r"^\tmovq\s+(%rcx|%r8|%rdx), (%r1[12])\n", re.MULTILINE)
    return _cuts(files, assembly(files), pattern, lambda match: f"\tmovq\t%r9, {match[2]}\n")


def other_bit(files: Files) -> Iterator[tuple[str, Files]]:
    pattern = re.compile(r"flags \|= (RELOC_KERNEL_\w+);")
    path = next(path for path in files if path.endswith(".c"))
    return _cuts(files, path, pattern, lambda match: "flags |= 0;")


def same_bit(files: Files) -> Iterator[tuple[str, Files]]:
    path = next(path for path in files if path.endswith(".h"))
    pattern = re.compile(r"(define\s+RELOC_KERNEL_\w+\s+)(\(1 << 1\)|BIT\(1\))")
    return _cuts(files, path, pattern, lambda match: match[1] + match[2].replace("1)", "0)"))


KINDS: dict[str, Callable[[Files], Iterator[tuple[str, Files]]]] = {
    "swap two registers in the comment": swap_comment,
    "swap two arguments of the call": swap_arguments,
    "swap two arguments of the prototype": swap_declared,
    "drop the test": drop_test,
    "invert the jump": invert_jump,
    "widen the test": widen_test,
    "flush after the copy": flush_after_copy,
    "drop the flush": drop_flush,
    "clobber the flags register": clobber_flags,
    "rename in one place": rename_once,
    "drop the reload": drop_reload,
    "drop the lgdt": drop_lgdt,
    "use GS before it is restored": use_gs,
    "take the flags from another register": wrong_source,
    "set no bit": other_bit,
    "give two flags one bit": same_bit,
}
