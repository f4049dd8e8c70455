"""The sections of an assembly file: which one the assembler is in, and whether it holds code."""

from __future__ import annotations

from reviewer.source.gas_items import is_executable, named_section


class Sections:
    """`name` is the section that is assembled into now, `executable` whether it holds code."""

    def __init__(self) -> None:
        self.name = ".text"
        self.executable = True
        self._before = ".text"
        self._pushed: list[tuple[str, bool, str]] = []
        self._kinds: dict[str, bool] = {}

    def enter(self, section: str, flags: str = "") -> None:
        """Goes on in a section; the flags it was first given count for later uses too.

        Without a name it is the one before.
        """
        section = section or self._before
        if flags or section not in self._kinds:
            self._kinds[section] = is_executable(section, flags)
        self._before, self.name = self.name, section
        self.executable = self._kinds[section]

    def resume(self) -> None:
        """What follows a function is what its section is for."""
        self.executable = self._kinds.get(self.name, True)

    def directive(self, word: str, rest: str) -> bool:
        """Obeys a directive that changes the section; False for any other."""
        match word:
            case ".text" | ".data" | ".bss" | ".rodata":
                self.enter(word)
            case ".section":
                self.enter(*named_section(rest))
            case ".pushsection":
                self._pushed.append((self.name, self.executable, self._before))
                self.enter(*named_section(rest))
            case ".popsection":
                if self._pushed:
                    self.name, self.executable, self._before = self._pushed.pop()
            case ".previous":
                self.enter("")
            case _:
                return False
        return True
