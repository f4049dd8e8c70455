"""What an assembly file consists of once its macros are expanded: the items of its sections."""

from __future__ import annotations

import re
from enum import Enum
from typing import NamedTuple

from reviewer.source.gas_cpp import Branch
from reviewer.source.gas_operands import split_operands


class ItemKind(Enum):
    """What an item of the stream is."""

    CODE = "code"  # an instruction, or a macro nobody defined here
    DATA = "data"  # a data directive among code: instructions spelled as bytes
    LABEL = "label"
    START = "start"  # the begin of a function by an annotation macro
    INNER = "inner"  # a further entry of a function, by an annotation macro
    END = "end"  # the end of a function or data object
    ALIAS = "alias"  # another name; `by` is the function it stands for
    VARIABLE = "variable"  # a data object; `by` is its first data directive
    NOTE = "note"  # an annotation that no instruction comes of


class Item(NamedTuple):
    """One item: `text` is its statement or its symbol, `by` the macro or directive it comes from.

    `line` is the line of the file where it takes effect: of the outermost macro's use for what a
    macro spells, with `macro_line` then the line in that macro.
    """

    kind: ItemKind
    text: str
    line: int
    macro_line: int = 0
    section: str = ".text"
    by: str = ""


Stream = Item | Branch

#: Macros of the kernel's headers that switch sections.
SECTION_MACROS = {
    "__HEAD": ".head.text",
    "__INIT": ".init.text",
    "__FINIT": "",
    "__INITDATA": ".init.data",
    "__INITRODATA": ".init.rodata",
    "__FINITDATA": "",
    "__REF": ".ref.text",
    "__REFDATA": ".ref.data",
    "__REFCONST": ".ref.rodata",
    "__PAGE_ALIGNED_DATA": ".data..page_aligned",
    "__PAGE_ALIGNED_BSS": ".bss..page_aligned",
}

#: Macros that tell tools or the linker something about the code and do not run.
_NOTES = re.compile(
    r"UNWIND_HINT\w*|ANNOTATE_\w+|VALIDATE_UNRET_\w+|ENDBR|_ASM_EXTABLE\w*|_ASM_NOKPROBE|"
    r"EXPORT_SYMBOL\w*|__EXPORT_THUNK|EXPORT_STATIC_CALL\w*|STACK_FRAME_NON_STANDARD\w*|"
    r"CFI_\w+|__?ALIGN|ALIGN|__FUNC_ALIGN|ELFNOTE\w*|REACHABLE|THIS_MODULE|__KCFI\w*|SYM_F_ALIGN"
)
_START = re.compile(r"SYM_(?!DATA)\w*START\w*|ENTRY|WEAK|SYM_ENTRY")
_INNER = re.compile(r"SYM_INNER_LABEL\w*|GLOBAL")
_END = re.compile(r"SYM_(?:FUNC|CODE)_END|SYM_END|ENDPROC|END")
_ALIAS = re.compile(r"SYM_\w*ALIAS\w*")
_DATA_SYMBOL = re.compile(r"SYM_DATA\w*")

_EXECUTABLE = re.compile(r"\.?(?:\w+\.)?\w*text\d*\b|\.fixup\b|\.altinstr_replacement\b")


def symbol_kind(word: str) -> ItemKind | None:
    """What an annotation macro of a symbol does; None for any other word."""
    if not word[0].isupper():
        return None
    for pattern, kind in (
        (_DATA_SYMBOL, ItemKind.VARIABLE),
        (_ALIAS, ItemKind.ALIAS),
        (_INNER, ItemKind.INNER),
        (_START, ItemKind.START),
        (_END, ItemKind.END),
    ):
        if pattern.fullmatch(word):
            return kind
    return None


def is_note(word: str) -> bool:
    """Whether the macro leaves no instruction of consequence behind."""
    return _NOTES.fullmatch(word) is not None


def is_executable(section: str, flags: str) -> bool:
    """Whether a section holds code: by its flags, by its name where it has none."""
    if flags:
        return "x" in flags
    return _EXECUTABLE.match(section) is not None


def named_section(text: str) -> tuple[str, str]:
    """Name and flags in the operands of `.section`."""
    items = split_operands(text)
    name = items[0].strip('"') if items else ".text"
    flags = items[1].strip('"') if len(items) > 1 and items[1].startswith('"') else ""
    return name, flags
