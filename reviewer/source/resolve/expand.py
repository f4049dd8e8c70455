"""One step of macro expansion, as C text.

An argument's effects count where it is written, so an argument that does something is replaced by
its parameter's name, a local of the text; a name, a number, a type or a string is put in as it is.
What is pasted, made a string or called is always put in as it is written.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from msgspec import Struct

from reviewer.source.format import render
from reviewer.source.types import Expr, Kind, Macro

TOKEN = re.compile(
    r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'|[A-Za-z_]\w*|\d[\w.]*|##|\s+|.', re.DOTALL
)
_WORD = re.compile(r"[A-Za-z_]\w*\Z")
_AS_WRITTEN = frozenset((Kind.IDENTIFIER, Kind.NUMBER, Kind.TYPE, Kind.STRING))
#: Longer texts are not taken as code.
MAX_TEXT = 20_000


class Expansion(Struct, frozen=True):
    """A replacement list with the arguments in it, and the names in it that are locals."""

    text: str
    locals: tuple[str, ...]


def expand(
    macro: Macro, arguments: tuple[Expr, ...], plain: Callable[[str], str] = str
) -> Expansion | None:
    """The macro's replacement list for these arguments, None for too long a text.

    `plain` is the name that a name given as an argument stands for.
    """
    values, names = _bound(macro.parameters or (), arguments)
    tokens = [match[0] for match in TOKEN.finditer(macro.body)]
    placed: list[str] = []
    local: dict[str, None] = {}
    for index, token in enumerate(tokens):
        if token not in values:
            placed.append(token)
            continue
        given = values[token]
        before, after = beside(tokens, index, -1), beside(tokens, index, 1)
        if before == "#":
            while placed.pop() != "#":
                pass
            placed.append(quoted(", ".join(render(item) for item in given)))
        elif "##" in (before, after) or (before in (".", ">") and _is_field(tokens, index)):
            placed.append(", ".join(render(item) for item in given))
        elif after == "(" and len(given) == 1 and given[0].kind is Kind.IDENTIFIER:
            placed.append(given[0].name)
        else:
            placed.append(
                ", ".join(
                    _argument(item, name, local, plain)
                    for item, name in zip(given, names[token], strict=True)
                )
            )
    text = "".join(paste(_without_nothing(placed)))
    return Expansion(text, tuple(local)) if len(text) <= MAX_TEXT else None


def hangs_on_names(macro: Macro) -> bool:
    """Whether what the macro calls depends on the words of its arguments: pasted, or called."""
    if not macro.parameters:
        return False
    return "##" in macro.body or any(
        re.search(rf"\b{re.escape(each)}\s*\(", macro.body) for each in macro.parameters
    )


def _without_nothing(tokens: list[str]) -> list[str]:
    """The tokens without commas before arguments that are none: no call is written like that."""
    done: list[str] = []
    nothing = False
    for token in tokens:
        nothing = nothing or token == ""
        if token == ")" and nothing and next(filter(str.strip, reversed(done)), "") == ",":
            while done.pop() != ",":
                pass
        nothing = nothing and (token == "" or token.isspace())
        done.append(token)
    return done


def _bound(
    parameters: tuple[str, ...], arguments: tuple[Expr, ...]
) -> tuple[dict[str, tuple[Expr, ...]], dict[str, tuple[str, ...]]]:
    """The arguments of each parameter, and the local that stands for each."""
    values: dict[str, tuple[Expr, ...]] = {}
    names: dict[str, tuple[str, ...]] = {}
    for index, parameter in enumerate(parameters):
        if parameter.endswith("..."):
            word = parameter[:-3].strip() or "__VA_ARGS__"
            values[word] = arguments[index:]
            names[word] = tuple(f"{word}_{place}" for place in range(len(arguments[index:])))
        else:
            values[parameter] = arguments[index : index + 1]
            names[parameter] = (parameter,) * len(values[parameter])
    return values, names


def _argument(item: Expr, name: str, local: dict[str, None], plain: Callable[[str], str]) -> str:
    if item.kind not in _AS_WRITTEN:
        local[name] = None
        return name
    if item.kind is Kind.IDENTIFIER:
        word = plain(item.name)
        local[word] = None
        return word
    return render(item)


def _is_field(tokens: list[str], index: int) -> bool:
    """Whether the token names a member: after `.` or `->`."""
    before = "".join(token for token in tokens[:index] if not token.isspace())
    return before.endswith((".", "->"))


def beside(tokens: list[str], index: int, step: int) -> str:
    """The next token that is no blank, in one direction."""
    index += step
    while 0 <= index < len(tokens):
        if not tokens[index].isspace():
            return tokens[index]
        index += step
    return ""


def paste(tokens: list[str]) -> list[str]:
    """The tokens with `##` done: it joins words, and drops a comma before nothing."""
    done: list[str] = []
    pending = False
    for token in tokens:
        if token == "##":
            while done and done[-1].isspace():
                done.pop()
            pending = True
        elif pending and token.isspace():
            continue
        elif pending:
            pending = False
            if done and done[-1] == ",":
                if token == "":
                    done.pop()
                else:
                    done.append(f" {token}")
            elif done:
                done[-1] += token
            else:
                done.append(token)
        else:
            done.append(token)
    if pending and done and done[-1] == ",":
        done.pop()
    return done


def quoted(text: str) -> str:
    """The text as a string literal."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def alias(macro: Macro) -> str:
    """The name that an object-like macro stands for, `""` when it is more than a name."""
    body = macro.body.strip()
    while body.startswith("(") and body.endswith(")"):
        body = body[1:-1].strip()
    return body if macro.parameters is None and _WORD.match(body) and body != macro.name else ""
