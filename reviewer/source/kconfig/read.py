"""Kconfig files as a table of options.

The grammar is that of Documentation/kbuild/kconfig-language.rst as far as values hang on it:
prompts' texts, ranges and help are passed over, and a line that is not understood is as well. Files
are what the tree says they are and nothing is executed, unlike in kconfiglib, which runs
`$(shell,...)`, imports a module by name, expands globs on the file system and does not know the
keywords `modules` and `transitional` of today's trees.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec import Struct, field
from msgspec.structs import replace

from reviewer.patch.tree import path_fault
from reviewer.source.conditions import TRUE, Atom, Condition, Not
from reviewer.source.kconfig.expression import parse, tokens
from reviewer.source.kconfig.macros import Macros
from reviewer.source.kconfig.statements import statements
from reviewer.source.kconfig.types import Choice, Default, Kconfig, Kind, Option, both, either

#: Files sourced into each other, files in all, and statements in all.
MAX_NESTING = 60
MAX_FILES = 20_000
MAX_STATEMENTS = 1_000_000
#: Blocks inside each other, and attributes of one option: what is beyond is left out.
MAX_BLOCKS = 100
MAX_ATTRIBUTES = 2_000

#: How architectures are called where their folder is not their name.
_NAMES = {"x86_64": "x86", "i386": "x86", "sparc64": "sparc", "parisc64": "parisc"}
_TYPES = {
    "bool": Kind.BOOL,
    "boolean": Kind.BOOL,
    "tristate": Kind.TRISTATE,
    "string": Kind.STRING,
    "int": Kind.INT,
    "hex": Kind.HEX,
    "def_bool": Kind.BOOL,
    "def_tristate": Kind.TRISTATE,
}
_SOURCES = ("source", "osource", "rsource", "orsource")


class _Entry(Struct):
    """A `config`, `choice` or `menu` while its attributes are being read."""

    name: str = ""
    kind: Kind = Kind.UNKNOWN
    prompts: list[Condition] = field(default_factory=list)
    defaults: list[Default] = field(default_factory=list)
    selects: list[tuple[str, Condition]] = field(default_factory=list)
    implies: list[tuple[str, Condition]] = field(default_factory=list)
    depends: list[Condition] = field(default_factory=list)
    visible: list[Condition] = field(default_factory=list)
    optional: bool = False
    attributes: int = 0


class _Block(Struct, frozen=True):
    """A `menu`, `if` or `choice` that is open, with what everything in it hangs on."""

    word: str
    depends: Condition
    visible: Condition
    choice: int = -1


def read_kconfig(read: Callable[[str], bytes | None], arch: str, top: str = "Kconfig") -> Kconfig:
    """The options of the tree whose files `read` gives, for the architecture of that folder."""
    folder = _NAMES.get(arch, arch)
    environment = {"ARCH": arch, "SRCARCH": folder, "SUBARCH": arch, "srctree": "."}
    reader = _Reader(read, Macros(environment))
    reader.run(top)
    return reader.result()


class _Reader:
    def __init__(self, read: Callable[[str], bytes | None], macros: Macros) -> None:
        self.read = read
        self.macros = macros
        self.options: dict[str, Option] = {}
        self.selected: dict[str, list[Condition]] = {}
        self.implied: dict[str, list[Condition]] = {}
        self.choices: list[Choice] = []
        self.members: dict[int, list[str]] = {}
        self.files: dict[str, None] = {}
        self.complete = True
        self._blocks: list[_Block] = []
        self._entry: _Entry | None = None
        self._opens = ""
        self._expressions: dict[tuple[str, ...], Condition | None] = {}

    def run(self, top: str) -> None:
        """Reads the file and all that it sources."""
        open_files: list[tuple[str, Iterator[str]]] = []
        self._enter(top, open_files)
        count = 0
        while open_files:
            line = next(open_files[-1][1], None)
            if line is None:
                open_files.pop()
                continue
            count += 1
            if count > MAX_STATEMENTS:
                self.complete = False
                break
            if "=" in line and self.macros.assign(line):
                continue
            words = tokens(self.macros.expand(line))
            if not words:
                continue
            if words[0] in _SOURCES and len(words) > 1:
                self._close_entry()
                self._source(words, open_files)
            elif not self._opened(words):
                self._attribute(words)
        self._close_entry()

    def result(self) -> Kconfig:
        """The table of what was read."""
        for name in {**self.selected, **self.implied}:
            if name in self.options:
                self.options[name] = replace(
                    self.options[name],
                    selected=tuple(self.selected.get(name, ())),
                    implied=tuple(self.implied.get(name, ())),
                )
        choices = tuple(
            replace(choice, members=tuple(dict.fromkeys(self.members.get(number, ()))))
            for number, choice in enumerate(self.choices)
        )
        return Kconfig(
            self.options, choices, self.macros.shell, tuple(sorted(self.files)), self.complete
        )

    def _source(self, words: list[str], open_files: list[tuple[str, Iterator[str]]]) -> None:
        path = words[1].strip("\"'")
        if "rsource" in words[0]:
            path = f"{open_files[-1][0].rpartition('/')[0]}/{path}".lstrip("/")
        self._enter(path, open_files, optional=words[0].startswith("o"))

    def _enter(
        self, path: str, open_files: list[tuple[str, Iterator[str]]], *, optional: bool = False
    ) -> None:
        around = any(path == each for each, _ in open_files)
        if around or len(open_files) > MAX_NESTING or len(self.files) > MAX_FILES:
            self.complete = False
            return
        text = self.read(path)
        if text is not None or not path_fault(path):
            self.files[path] = None
        if text is None:
            self.complete = self.complete and optional
            return
        open_files.append((path, statements(text)))

    def _opened(self, words: list[str]) -> bool:
        """Takes in a line that begins or ends an entry or a block; False for any other line."""
        match words[0]:
            case "config" | "menuconfig" if len(words) > 1:
                self._begin(words[0], _Entry(name=words[1]))
            case "choice" | "menu" | "comment" | "mainmenu":
                self._begin(words[0], _Entry())
            case "if":
                self._close_entry()
                condition = self._condition(words[1:])
                self._blocks.append(_Block("if", self._inside(condition), self._visible()))
            case "endif" | "endmenu" | "endchoice":
                self._close_entry()
                if self._blocks:
                    self._blocks.pop()
            case _:
                return False
        return True

    def _begin(self, word: str, entry: _Entry) -> None:
        self._close_entry()
        self._entry, self._opens = entry, word

    def _attribute(self, words: list[str]) -> None:
        entry = self._entry
        if entry is None:
            return
        entry.attributes += 1
        if entry.attributes > MAX_ATTRIBUTES:
            self.complete = False
            return
        word, rest = words[0], words[1:]
        if word in _TYPES:
            entry.kind = _TYPES[word]
            if word.startswith("def_"):
                self._default(entry, rest)
            elif rest:
                entry.prompts.append(self._condition(_after_if(rest)))
            return
        match word:
            case "prompt":
                entry.prompts.append(self._condition(_after_if(rest)))
            case "default":
                self._default(entry, rest)
            case "depends" if rest[:1] == ["on"]:
                entry.depends.append(self._dependency(rest[1:]))
            case "select" if rest:
                entry.selects.append((rest[0], self._condition(_after_if(rest))))
            case "imply" if rest:
                entry.implies.append((rest[0], self._condition(_after_if(rest))))
            case "visible" if rest[:1] == ["if"]:
                entry.visible.append(self._condition(rest[1:]))
            case "optional":
                entry.optional = True
            case _:
                pass

    def _default(self, entry: _Entry, words: list[str]) -> None:
        split = words.index("if") if "if" in words else len(words)
        value = self._parsed(words[:split])
        if value is not None:
            entry.defaults.append(Default(value, self._condition(words[split + 1 :])))

    def _dependency(self, words: list[str]) -> Condition:
        """`depends on A if B`: A, where B holds."""
        if "if" not in words:
            return self._condition(words)
        split = words.index("if")
        return either((self._condition(words[:split]), Not(self._condition(words[split + 1 :]))))

    def _condition(self, words: list[str]) -> Condition:
        """The condition, TRUE for no words; what is no expression is a symbol nobody knows."""
        if not words:
            return TRUE
        found = self._parsed(words)
        return Atom(" ".join(words)) if found is None else found

    def _parsed(self, words: list[str]) -> Condition | None:
        key = tuple(words)
        if key not in self._expressions:
            self._expressions[key] = parse(words)
        return self._expressions[key]

    def _inside(self, *conditions: Condition) -> Condition:
        if len(self._blocks) > MAX_BLOCKS:
            self.complete = False
            return self._blocks[-1].depends
        outer = (self._blocks[-1].depends,) if self._blocks else ()
        return both((*outer, *conditions))

    def _visible(self, *conditions: Condition) -> Condition:
        if len(self._blocks) > MAX_BLOCKS:
            return self._blocks[-1].visible
        outer = (self._blocks[-1].visible,) if self._blocks else ()
        return both((*outer, *conditions))

    def _close_entry(self) -> None:
        """Enters what was read of the entry, with what its blocks add."""
        entry, self._entry = self._entry, None
        if entry is None:
            return
        depends = self._inside(*entry.depends)
        match self._opens:
            case "config" | "menuconfig":
                self._close_config(entry, depends)
            case "menu":
                self._blocks.append(_Block("menu", depends, self._visible(*entry.visible)))
            case "choice":
                self._close_choice(entry, depends)
            case _:
                pass

    def _close_choice(self, entry: _Entry, depends: Condition) -> None:
        visible = both((self._visible(), depends, *entry.prompts[:1]))
        defaults = tuple(
            Default(each.value, both((each.condition, depends))) for each in entry.defaults
        )
        block = _Block("choice", both((depends, visible)), self._visible(), len(self.choices))
        self._blocks.append(block)
        self.choices.append(Choice((), visible, defaults, entry.optional))

    def _close_config(self, entry: _Entry, depends: Condition) -> None:
        name = entry.name
        visible = self._visible()
        choice = next((each.choice for each in reversed(self._blocks) if each.choice >= 0), -1)
        if choice >= 0 and entry.prompts:
            self.members.setdefault(choice, []).append(name)
        prompts = tuple(both((each, visible, depends)) for each in entry.prompts)
        defaults = tuple(
            Default(each.value, both((each.condition, depends))) for each in entry.defaults
        )
        for table, targets in (
            (self.selected, entry.selects),
            (self.implied, entry.implies),
        ):
            for target, condition in targets:
                table.setdefault(target, []).append(both((Atom(name), condition, depends)))
        known = self.options.get(name)
        if known is None:
            self.options[name] = Option(
                name, entry.kind, prompts, defaults, depends=depends, choice=choice
            )
            return
        if len(known.prompts) + len(known.defaults) > MAX_ATTRIBUTES:
            self.complete = False
            return
        self.options[name] = replace(
            known,
            kind=entry.kind if known.kind is Kind.UNKNOWN else known.kind,
            prompts=(*known.prompts, *prompts),
            defaults=(*known.defaults, *defaults),
            depends=either((known.depends, depends)),
            choice=max(known.choice, choice),
        )


def _after_if(words: list[str]) -> list[str]:
    """What follows `if`, nothing where there is none."""
    return words[words.index("if") + 1 :] if "if" in words else []
