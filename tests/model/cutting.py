"""Programs of a few lines of code, under the shipped vocabulary."""

from __future__ import annotations

from collections.abc import Mapping

from reviewer.model.code import Code, Reader, code_of
from reviewer.model.cut import Cutter
from reviewer.model.scenario import remember, words
from reviewer.model.terms import Terms
from reviewer.model.types import Act, Instruction, Program
from reviewer.patch.types import SourceFile
from reviewer.source.conditions import FALSE, TRUE, Atom, Condition, atoms, evaluate
from reviewer.source.types import Expr, Kind

FLAG = "dirty_flag"


def reader(files: Mapping[str, str]) -> Reader:
    def read(path: str) -> SourceFile | None:
        return SourceFile(path, files[path].encode()) if path in files else None

    return read


def code(files: Mapping[str, str], config: Condition = TRUE) -> Code:
    return code_of(files, reader(files), remember().shelf, config)


def terms(inputs: tuple[tuple[str, Condition], ...] = (), returns: Condition = FALSE) -> Terms:
    return Terms("flag", frozenset({FLAG}), inputs, {}, returns, words().actions)


def cut(
    text: str | Mapping[str, str],
    name: str = "f",
    *,
    boot: bool = False,
    inputs: Mapping[str, str] | None = None,
    config: Condition = TRUE,
) -> Program:
    """The function's program as it is cut, before anything is simplified."""
    files = {"a.c": text} if isinstance(text, str) else text
    meant = tuple((glob, Atom(fact)) for glob, fact in (inputs or {}).items())
    call = Expr(Kind.CALL, args=(Expr(Kind.IDENTIFIER, name),))
    return Cutter(code(files, config), terms(meant), boot).program(name, call)


def flushes(program: Program, **facts: bool) -> set[bool]:
    """Whether the program flushes before it ends, of all ways through it; facts begin as given."""
    return {Act.FLUSH_END in seen for seen in runs(program, facts)}


def runs(program: Program, facts: Mapping[str, bool]) -> set[frozenset[Act]]:
    """The actions, without those that join or assign, of each way to the end of a program."""
    outgoing: dict[int, list[Instruction]] = {}
    for item in program.instructions:
        outgoing.setdefault(item.source, []).append(item)
    names = {
        name for item in program.instructions for name in (*atoms(item.guard), *atoms(item.value))
    }
    start = frozenset((name, facts.get(name, False)) for name in names)
    pending = [(program.entry, start, frozenset[Act]())]
    known = set(pending)
    while pending:
        at, values, seen = pending.pop()
        state = dict(values)
        for item in outgoing.get(at, ()):
            if not evaluate(item.guard, state):
                continue
            after = dict(state)
            if item.act is Act.ASSIGN:
                after[item.variable] = evaluate(item.value, state)
            acts = seen if item.act in (Act.NONE, Act.ASSIGN) else seen | {item.act}
            reached = (item.target, frozenset(after.items()), acts)
            if reached not in known:
                known.add(reached)
                pending.append(reached)
    return {seen for at, _, seen in known if at == program.exit}
