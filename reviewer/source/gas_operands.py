"""Statements and operands of GNU assembler text in AT&T syntax, as expressions.

Pure functions over text without preprocessor lines and without block comments; assembly files
and the templates of inline asm are both read by them. In a template, `%%` must have become `%`
and each operand reference must be spelled `%[name]` or `%[0]`, which reads as UNKNOWN.

An operand is one of: REGISTER; MEMORY, whose `args` are displacement, base, index and scale,
ABSENT where not written; an immediate, which is the bare expression after `$`; in a branch the
bare target, or UNARY `*` around what an indirect branch reads; INDEX for an operand under a mask
register (`%zmm0{%k1}`). What does not read is UNKNOWN with its text, never dropped.

Not modelled: Intel syntax, operand size overrides, rounding and broadcast decorations.
"""

from __future__ import annotations

import re
from functools import lru_cache

from reviewer.source.types import Expr, Kind

ABSENT = Expr(Kind.UNKNOWN)

#: Expressions nested deeper or longer than this are UNKNOWN.
MAX_DEPTH = 64
MAX_TOKENS = 256

_PREFIX_WORDS = (
    "rep|repe|repz|repne|repnz|lock|notrack|bnd|data16|data32|addr16|addr32|cs|ds|es|fs|gs|ss|"
    r"xacquire|xrelease|rex\.?\w*|LOCK_PREFIX"
)
_LONE_PREFIX = re.compile(rf"(?:{_PREFIX_WORDS})(?:\s+(?:{_PREFIX_WORDS}))*\Z")
_LONGEST_PREFIX = 24
_PREFIXES = re.compile(rf"((?:(?:{_PREFIX_WORDS})\s+)*)(?:\{{\w+\}}\s*)?(?=[A-Za-z_.])")
_HEAD = re.compile(r"([.A-Za-z_\\][\w.$\\@]*)\s*(.*)", re.DOTALL)
_LABEL = re.compile(r"\s*([A-Za-z_.$][\w.$@]*|\d+)\s*:(?!:)\s*")
_SPLITTERS = re.compile(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\n])\'?|[()\[\]{};,\n#]')
_BRANCH = re.compile(
    r"(?:l?jmp|l?call)[bwlq]?|j(?:n?[abglospezc]|n?[abgl]e|p[eo]|[er]?cxz)|loopn?[ez]?|xbegin"
)
_FIELD = re.compile(r"([A-Za-z_]\w*)\s*=(?!=)\s*(.*)\Z", re.DOTALL)
_SIZED = re.compile(r"__ASM_SIZE\(\s*(\w+)[^)]*\)\s*(.*)\Z", re.DOTALL)
_NATIVE = re.compile(r"_ASM_(MOV|INC|DEC|ADD|SUB|XADD|MUL)\b\s*(.*)\Z", re.DOTALL)
_MASK = re.compile(r"\{\s*%?([\w-]+)\s*\}")

_REGISTER = re.compile(r"%([A-Za-z_]\w*)\Z")
_PLACEHOLDER = re.compile(r"%\[\w*\]\Z")
_ST = re.compile(r"%st\s*\(\s*([0-7])\s*\)\Z")
_SEGMENT = re.compile(r"%([c-gs]s)\s*:\s*|(__percpu)\s+")
_ASM_REGISTER = re.compile(r"%__ASM_REG\((\w+)\)\Z")
_TOKEN = re.compile(
    r"""\s*(?:
      (?P<number>0[xX][0-9a-fA-F]+[uUlL]*|0[bB][01]+\b|\d+(?![bf\w.])|\d+[uUlL]+\b)
    | (?P<name>\d+[bf]\b|[A-Za-z_.][\w.$]*(?:@\w+)?)
    | (?P<register>%[A-Za-z_]\w*|%\[\w*\])
    | (?P<char>'(?:\\.|[^\n])'?)
    | (?P<string>"(?:\\.|[^"\\])*")
    | (?P<operator><<|>>|<=|>=|==|!=|<>|&&|\|\||\#\#|[-+*/%&|^!~<>(),])
    )""",
    re.VERBOSE,
)
#: The assembler's own ranks, which differ from C's: `|` binds tighter than `+`.
_RANKS = {
    **dict.fromkeys(("*", "/", "%", "<<", ">>"), 4),
    **dict.fromkeys(("|", "&", "^", "!"), 3),
    **dict.fromkeys(("+", "-", "==", "!=", "<>", "<", ">", "<=", ">="), 2),
    "&&": 1,
    "||": 0,
}


def statements(text: str) -> tuple[str, ...]:
    """The statements of a text, split at `;` and line ends, `#` comments removed.

    A prefix that stands alone (`rep; movsb`) is joined to the instruction it belongs to.
    """
    pieces: list[str] = []
    for piece in _split(text, ";\n"):
        folded = " ".join(piece.split()) if '"' not in piece else piece.strip()
        if not folded:
            continue
        if pieces and is_prefix(pieces[-1]):
            folded = f"{pieces.pop()} {folded}"
        pieces.append(folded)
    return tuple(pieces)


def labels(text: str) -> tuple[tuple[str, ...], str]:
    """The labels before a statement (`1:`, `.Lout:`) and the rest of it."""
    found: list[str] = []
    while match := _LABEL.match(text):
        found.append(match[1])
        text = text[match.end() :]
    return tuple(found), text


def head(text: str) -> tuple[str, str]:
    """The first word of a statement and what follows it; `""` where it does not begin with one."""
    match = _HEAD.match(text)
    return (match[1], match[2]) if match else ("", text)


@lru_cache(maxsize=1 << 16)
def statement(text: str) -> Expr:
    """One statement without labels, as INSTRUCTION: the mnemonic or macro and its operands.

    Prefixes belong to the name (`rep movsq`, `lock cmpxchg`). A bracket that follows the first
    word at once makes it a macro. A text that begins with no word is UNKNOWN.
    """
    match = _PREFIXES.match(text)
    prefix, rest = (match[1], text[match.end() :]) if match else ("", text)
    sized = _SIZED.match(rest)
    native = _NATIVE.match(rest)
    if native:
        name, tail = native[1].lower(), native[2]
    else:
        name, tail = (sized[1], sized[2]) if sized else head(rest)
    if not name:
        return Expr(Kind.UNKNOWN, text)
    prefix = " ".join(prefix.split()).replace("LOCK_PREFIX", "lock")
    if is_branch(name.lower()):
        name = name.lower()
    if not name[0].islower() or rest[len(name) : len(name) + 1] == "(":
        return Expr(Kind.INSTRUCTION, name, _arguments(tail))
    full = f"{prefix} {name}" if prefix else name
    return Expr(Kind.INSTRUCTION, full, operands(tail, branch=is_branch(name)))


def is_branch(mnemonic: str) -> bool:
    """Whether the operand of the instruction is a place to go to."""
    return _BRANCH.fullmatch(mnemonic) is not None


def is_prefix(text: str) -> bool:
    """Whether a statement is nothing but prefixes of the instruction that follows."""
    return len(text) <= _LONGEST_PREFIX and _LONE_PREFIX.match(text) is not None


def operands(text: str, *, branch: bool = False) -> tuple[Expr, ...]:
    """The operands of an instruction in the order written, the destination last."""
    return tuple(operand(item, branch=branch) for item in split_operands(text))


def split_operands(text: str) -> tuple[str, ...]:
    """An operand list at its outermost commas; empty operands are dropped only if all are."""
    pieces = [piece.strip() for piece in _split(text, ",")]
    return () if pieces in ([], [""]) else tuple(pieces)


@lru_cache(maxsize=1 << 16)
def operand(text: str, *, branch: bool = False) -> Expr:
    """One operand."""
    if match := _REGISTER.match(text):
        return Expr(Kind.REGISTER, match[1])
    if text.startswith("$"):
        return expression(text[1:])
    if text.startswith("*"):
        return Expr(Kind.UNARY, "*", (operand(text[1:].strip()),))
    if "{" in text:
        return _masked(text)
    if match := _ST.match(text):
        return Expr(Kind.REGISTER, f"st{match[1]}")
    if match := _ASM_REGISTER.match(text):
        return Expr(Kind.REGISTER, f"_ASM_{match[1].upper()}")
    if _PLACEHOLDER.match(text):
        return Expr(Kind.UNKNOWN, text)
    if branch and "(" not in text and "%" not in text:
        return expression(text)
    return _memory(text)


@lru_cache(maxsize=1 << 14)
def expression(text: str) -> Expr:
    """An absolute or relocatable expression, with the assembler's own operator ranks."""
    tokens = _tokens(text)
    if not 0 < len(tokens) <= MAX_TOKENS:
        return Expr(Kind.UNKNOWN, text)
    return _Parser(tokens, text).whole()


def _split(text: str, separators: str) -> list[str]:
    """`text` at separators outside quotes and brackets; `#` outside quotes ends its line."""
    if (plain := _split_plain(text, separators)) is not None:
        return plain
    pieces: list[str] = []
    kept: list[str] = []
    depth = start = 0
    comment = False
    for match in _SPLITTERS.finditer(text):
        mark = match[0]
        if comment:
            if mark != "\n":
                continue
            comment, start = False, match.start()
        if mark in "([{":
            depth += 1
        elif mark in ")]}":
            depth -= 1
        elif mark == "#" and "\n" in separators:
            kept.append(text[start : match.start()])
            comment = True
        elif (mark in separators and depth <= 0) or mark == "\n" in separators:
            pieces.append("".join((*kept, text[start : match.start()])))
            kept, start, depth = [], match.end(), 0
    pieces.append("".join((*kept, "" if comment else text[start:])))
    return pieces


def _split_plain(text: str, separators: str) -> list[str] | None:
    """The same where neither quotes nor comments nor brackets hide a separator, else None."""
    if '"' in text or "'" in text or "#" in text or "\n" in text:
        return None
    pieces = text.split(separators[0])
    if "(" in text and any(piece.count("(") != piece.count(")") for piece in pieces):
        return None
    return None if "{" in text or "[" in text else pieces


def _arguments(text: str) -> tuple[Expr, ...]:
    """Arguments of a macro that nobody defined here: `(a, b)`, `a, b` or `name=value`."""
    text = text.strip()
    if text.startswith("(") and _group_start(text) == 0:
        text = text[1:-1]
    return tuple(_argument(item) for item in split_operands(text))


def _argument(text: str) -> Expr:
    if match := _FIELD.match(text):
        return Expr(Kind.FIELD, match[1], (_argument(match[2]),))
    if text.startswith(("%", "$", "*")) or text.endswith(")"):
        return operand(text)
    return expression(text)


def _masked(text: str) -> Expr:
    bare, _, decorations = text.partition("{")
    marks = _MASK.findall("{" + decorations)
    masks = [mark for mark in marks if re.fullmatch(r"k[0-7]", mark)]
    inner = operand(bare.strip()) if bare.strip() else Expr(Kind.IDENTIFIER, text)
    if not masks:
        return inner
    name = "{z}" if "z" in marks else ""
    return Expr(Kind.INDEX, name, (inner, Expr(Kind.REGISTER, masks[0])))


def _memory(text: str) -> Expr:
    """`segment:displacement(base, index, scale)`, each part optional."""
    segment = ""
    if match := _SEGMENT.match(text):
        segment, text = match[1] or match[2], text[match.end() :]
        if text.startswith("*"):
            return Expr(Kind.UNARY, "*", (_memory(f"%{segment}:{text[1:].strip()}"),))
    start = _group_start(text)
    parts: tuple[Expr, ...] = (ABSENT, ABSENT, ABSENT)
    displacement = text
    if start is not None and _addresses(text, start):
        displacement = text[:start].strip()
        fields = split_operands(text[start + 1 : -1])[:3]
        parts = tuple(_address_part(item) for item in (*fields, "", "", "")[:3])
    offset = expression(displacement) if displacement else ABSENT
    if offset.kind is Kind.UNKNOWN and offset.name:
        return Expr(Kind.UNKNOWN, text)
    return Expr(Kind.MEMORY, segment, (offset, *parts))


def _address_part(text: str) -> Expr:
    if not text:
        return ABSENT
    if match := _REGISTER.match(text):
        return Expr(Kind.REGISTER, match[1])
    return expression(text)


def _group_start(text: str) -> int | None:
    """Where the bracket that the text ends with was opened."""
    if not text.endswith(")"):
        return None
    depth = 0
    for index in range(len(text) - 1, -1, -1):
        if text[index] == ")":
            depth += 1
        elif text[index] == "(":
            depth -= 1
            if depth == 0:
                return index
    return None


def _addresses(text: str, start: int) -> bool:
    """Whether the final bracket is a base and index and not a macro's arguments or a sum."""
    inside = text[start:]
    if "%" in inside:
        return True
    before = text[:start].rstrip()
    return "," in inside and (not before or before[-1] in "+-)" or before[-1].isdigit())


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens: list[tuple[str, str]] = []
    position = 0
    text = text.rstrip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            return []
        kind, value, position = match.lastgroup, match[match.lastgroup], match.end()
        if kind == "register" and tokens and _ends_operand(tokens[-1]):
            tokens.append(("operator", "%"))
            kind, value = "name", value[1:]
        tokens.append((kind, value))
    return tokens


def _ends_operand(token: tuple[str, str]) -> bool:
    return token[0] in ("number", "name", "char") or token[1] == ")"


class _Unreadable(Exception):
    pass


class _Parser:
    """Precedence climbing over the tokens of one expression."""

    def __init__(self, tokens: list[tuple[str, str]], text: str) -> None:
        self._tokens = [*tokens, ("end", "")]
        self._text = text
        self._at = 0

    def whole(self) -> Expr:
        """The expression, UNKNOWN unless every token belongs to it."""
        try:
            found = self._binary(0, 0)
        except _Unreadable:
            return Expr(Kind.UNKNOWN, self._text.strip())
        if self._tokens[self._at][0] != "end":
            return Expr(Kind.UNKNOWN, self._text.strip())
        return found

    def _next(self) -> tuple[str, str]:
        token = self._tokens[self._at]
        self._at += 1
        return token

    def _binary(self, rank: int, depth: int) -> Expr:
        left = self._primary(depth)
        while True:
            kind, operator = self._tokens[self._at]
            if kind != "operator" or _RANKS.get(operator, -1) < rank:
                return left
            self._at += 1
            right = self._binary(_RANKS[operator] + 1, depth + 1)
            left = Expr(Kind.BINARY, operator, (left, right))

    def _primary(self, depth: int) -> Expr:
        if depth > MAX_DEPTH:
            raise _Unreadable
        kind, value = self._next()
        match kind, value:
            case ("number" | "char", _):
                return Expr(Kind.NUMBER, value)
            case ("string", _):
                return Expr(Kind.STRING, value[1:-1])
            case ("register", _) if value.startswith("%["):
                return Expr(Kind.UNKNOWN, value)
            case ("register", _):
                return Expr(Kind.REGISTER, value[1:])
            case ("name", _):
                return self._named(value, depth)
            case ("operator", "-" | "~" | "!" | "+"):
                return Expr(Kind.UNARY, value, (self._primary(depth + 1),))
            case ("operator", "("):
                inner = self._binary(0, depth + 1)
                self._expect(")")
                return inner
            case _:
                raise _Unreadable

    def _named(self, name: str, depth: int) -> Expr:
        callee = Expr(Kind.IDENTIFIER, name)
        if self._tokens[self._at] != ("operator", "("):
            return callee
        self._at += 1
        arguments: list[Expr] = []
        while self._tokens[self._at] != ("operator", ")"):
            if arguments:
                self._expect(",")
            arguments.append(self._binary(0, depth + 1))
        self._at += 1
        return Expr(Kind.CALL, args=(callee, *arguments))

    def _expect(self, value: str) -> None:
        if self._next() != ("operator", value):
            raise _Unreadable
