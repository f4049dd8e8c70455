"""The assembler's symbols: numbers, names for registers, and the conditions that ask for them."""

from __future__ import annotations

import re

from reviewer.source.conditions import TRUE, Condition, Constant, negate
from reviewer.source.gas_expand import MacroTable
from reviewer.source.gas_operands import expression
from reviewer.source.gas_values import evaluate
from reviewer.source.presence import defined, parse
from reviewer.source.types import Kind

_WORD = re.compile(r"[A-Za-z_.$][\w.$]*")
_COMPUTED = re.compile(r"%([A-Za-z_]\w*)")

#: Preprocessor macros that stand for one another deeper than this have no value.
_MAX_DEPTH = 16


class Symbols:
    """Symbols as `.set` leaves them; `labels` are the names defined so far.

    A symbol without a value of its own takes that of the preprocessor macro it is named like.
    """

    def __init__(self, macros: MacroTable) -> None:
        self.labels: set[str] = set()
        self._macros = macros
        self._values: dict[str, int] = {}
        self._registers: dict[str, str] = {}
        self._renamed: dict[str, str] = {}

    def assign(self, name: str, text: str) -> str:
        """`.set name, text`; the symbol it is an alias of, `""` for a number or a register."""
        text = self.renamed(text)
        value = self.evaluate(text)
        self._values.pop(name, None)
        if self._registers.pop(name, "") or text.startswith("%"):
            self._renamed.clear()
        if value is not None:
            self._values[name] = value
        elif text.startswith("%"):
            self._registers[name] = text
        else:
            parsed = expression(text)
            return parsed.name if parsed.kind is Kind.IDENTIFIER else ""
        return ""

    def renamed(self, text: str) -> str:
        """The text with symbols that stand for registers replaced by them."""
        registers = self._registers
        if not registers:
            return text
        found = self._renamed.get(text)
        if found is None:
            found = self._renamed[text] = _WORD.sub(
                lambda match: registers.get(match[0], match[0]), text
            )
        return found

    def computed(self, text: str) -> str:
        """`%symbol` replaced by its value, as for arguments in `.altmacro` mode."""
        values = self._values
        return _COMPUTED.sub(
            lambda match: str(values[match[1]]) if match[1] in values else match[0], text
        )

    def evaluate(self, text: str) -> int | None:
        """The value of an expression, None where it is not known here."""
        return evaluate(expression(text.strip()), self._lookup)

    def test(self, word: str, text: str) -> Condition:
        """What an `.if` of any kind asks, TRUE or FALSE where it is known."""
        match word:
            case ".if" | ".ifne" | ".ifeq" | ".ifgt" | ".ifge" | ".iflt" | ".ifle":
                return self._compare(word, text)
            case ".ifdef" | ".ifndef" | ".ifnotdef":
                known = text in self._values or text in self._registers or text in self.labels
                found: Condition = TRUE if known else defined(text)
                return found if word == ".ifdef" else negate(found)
            case ".ifb" | ".ifnb":
                return Constant((text.strip() in ("", '""')) == (word == ".ifb"))
            case _:
                first, _, second = text.partition(",")
                same = first.strip() == second.strip()
                return Constant(same == (word in (".ifc", ".ifeqs")))

    def _compare(self, word: str, text: str) -> Condition:
        value = self.evaluate(text)
        if value is None:
            return parse(text) if word == ".if" else parse(f"{word[3:]}({text})")
        truth = {
            ".ifeq": value == 0,
            ".ifgt": value > 0,
            ".ifge": value >= 0,
            ".iflt": value < 0,
            ".ifle": value <= 0,
        }
        return Constant(truth.get(word, value != 0))

    def _lookup(self, name: str, depth: int = 0) -> int | None:
        value = self._values.get(name)
        if value is not None:
            return value
        body = self._macros.constant(name) if depth < _MAX_DEPTH else None
        if not body:
            return None
        return evaluate(expression(body), lambda inner: self._lookup(inner, depth + 1))
