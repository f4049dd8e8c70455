"""Programs as text: what `--show-program` prints, and what reads it back.

    program stop
    0 -> 1: flush.begin if flag  # arch/x86/kernel/process.c:26 stop_this_cpu: wbinvd()
    1 -> 2: flush.end
    0 -> 2: none if !flag
    2 -> exit: mask.clear

Locations are numbers from 0, where the program starts; `exit` is its end. `x := condition` is an
assignment. `parse(show(program))` is the program.
"""

from __future__ import annotations

import re

from reviewer.errors import InputError
from reviewer.finding import Location
from reviewer.model.types import Act, Instruction, Program
from reviewer.source.conditions import (
    FALSE,
    TRUE,
    Atom,
    Condition,
    Constant,
    conjoin,
    disjoin,
    negate,
    render,
)

_LINE = re.compile(
    r"(?P<source>\d+) -> (?P<target>\d+|exit): "
    r"(?:(?P<variable>[%\w.]+) := (?P<value>[^#]*?)|(?P<act>[\w.]+)(?: (?P<argument>[%\w.]+))??)"
    r"(?: if (?P<guard>[^#]*?))?"
    r"(?:  #(?: (?P<path>[^\s:]+):(?P<number>\d+))?(?: (?P<function>\w+))?(?:: (?P<text>.*))?)?"
)
_TOKEN = re.compile(r"\s*([%\w.]+|&&|\|\||[!()])")


def show(program: Program) -> str:
    """The program's text, an instruction a line, sorted by where it starts."""
    lines = [f"program {program.name}"]
    for item in sorted(program.instructions, key=lambda item: (item.source, item.target)):
        target = "exit" if item.target == program.exit else str(item.target)
        lines.append(f"{item.source} -> {target}: {does(item)}{_origin(item)}")
    return "\n".join(lines) + "\n"


def does(item: Instruction) -> str:
    """What an instruction does, and when."""
    done = f"{item.act} {item.variable}".rstrip()
    if item.act is Act.ASSIGN:
        done = f"{item.variable} := {shown_condition(item.value)}"
    return done if item.guard == TRUE else f"{done} if {shown_condition(item.guard)}"


def shown_condition(condition: Condition) -> str:
    """The condition as `parse` reads it back."""
    if isinstance(condition, Constant):
        return str(int(condition.value))
    return render(condition)


def _origin(item: Instruction) -> str:
    place = f" {item.location.path}:{item.location.line}" if item.location.path else ""
    function = f" {item.function}" if item.function else ""
    text = f": {item.text}" if item.text else ""
    return f"  #{place}{function}{text}" if place or function or text else ""


def parse(text: str, path: str = "") -> Program:
    """The program; raises InputError with path and line where the text is no program."""
    name = "program"
    rows: list[tuple[int, re.Match[str]]] = []
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if stripped.startswith("program "):
            name = stripped.removeprefix("program ")
        elif stripped:
            match = _LINE.fullmatch(stripped)
            if match is None:
                raise InputError("no instruction", path=path, line=number)
            rows.append((number, match))
    places = [
        int(row[part]) for _, row in rows for part in ("source", "target") if row[part] != "exit"
    ]
    leave = max(places, default=-1) + 1
    instructions = tuple(_instruction(row, leave, path, number) for number, row in rows)
    return Program(name, leave + 1, 0, leave, instructions)


def _instruction(row: re.Match[str], leave: int, path: str, number: int) -> Instruction:
    act = row["act"] or Act.ASSIGN
    if act not in set(Act):
        raise InputError(f"unknown action {act!r}", path=path, line=number)
    return Instruction(
        source=int(row["source"]),
        target=leave if row["target"] == "exit" else int(row["target"]),
        act=Act(act),
        variable=row["variable"] or row["argument"] or "",
        value=_read(row["value"] or "1", path, number),
        guard=_read(row["guard"] or "1", path, number),
        text=row["text"] or "",
        function=row["function"] or "",
        location=Location(row["path"] or "", int(row["number"] or 0)),
    )


def _read(text: str, path: str, number: int) -> Condition:
    tokens = _TOKEN.findall(text)
    if "".join(tokens) != re.sub(r"\s+", "", text):
        raise InputError(f"no condition: {text!r}", path=path, line=number)
    tokens.append("")
    at = 0

    def either() -> Condition:
        nonlocal at
        arms = [both()]
        while tokens[at] == "||":
            at += 1
            arms.append(both())
        return disjoin(arms)

    def both() -> Condition:
        nonlocal at
        arms = [one()]
        while tokens[at] == "&&":
            at += 1
            arms.append(one())
        return conjoin(arms)

    def one() -> Condition:
        nonlocal at
        token = tokens[at]
        at += 1
        if token == "!":
            return negate(one())
        if token == "(":
            inner = either()
            if tokens[at] != ")":
                raise InputError(f"unclosed parenthesis: {text!r}", path=path, line=number)
            at += 1
            return inner
        if not token or token in ("&&", "||", ")"):
            raise InputError(f"no condition: {text!r}", path=path, line=number)
        return {"1": TRUE, "0": FALSE}.get(token) or Atom(token)

    condition = either()
    if tokens[at]:
        raise InputError(f"no condition: {text!r}", path=path, line=number)
    return condition
