"""The manual page, made of what the command line says of itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import typer

from reviewer.cli.outcome import Code
from reviewer.cli.streams import Sink
from reviewer.hook.config import KEYS
from reviewer.report.version import VERSION

if TYPE_CHECKING:
    from typer.core import TyperCommand, TyperGroup

_ORDER = """\
An option of the command line wins over the environment, that over git's configuration, in which a
repository's own file wins over the user's. Files of a tree set nothing."""
_EXIT = {
    Code.CLEAN: "nothing at or above --fail-on was found",
    Code.FINDINGS: "something was",
    Code.INPUT: "the input or the command line is at fault",
    Code.ANALYSIS: "it could not be analysed",
}


def print_manual(app: typer.Typer) -> Code:
    """Prints the page in roff's man macros: commands, options, variables and exit codes."""
    Sink(None).write("".join(f"{line}\n" for line in _page(app)))
    return Code.CLEAN


def _page(app: typer.Typer) -> Iterator[str]:
    from typer.core import TyperGroup

    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    commands = list(_commands(group, "reviewer"))
    yield f'.TH REVIEWER 1 "" "reviewer {VERSION}" "User Commands"'
    yield ".SH NAME"
    yield r"reviewer \- find ordering, per\-CPU and cache\-coherency bugs in kernel patches"
    yield ".SH SYNOPSIS"
    for name, command in commands:
        own = (each for each in command.params if not each.opts[0].startswith("-"))
        words = "".join(f" [{(each.metavar or '').strip('[].')}]" for each in own)
        yield f".B {_escaped(name)}"
        yield f"[\\fIOPTION\\fR]...{_escaped(words)}"
        yield ".br"
    yield from (".SH DESCRIPTION", *_text(group.help), ".SH OPTIONS", *_options(group))
    yield ".SH COMMANDS"
    for name, command in commands:
        yield f".SS {_escaped(name)}"
        yield from _text(command.help)
        yield from _options(command)
        yield from _verbatim(command.epilog)
    yield from (".SH ENVIRONMENT AND CONFIGURATION", *_text(_ORDER))
    for key in KEYS.values():
        yield from (".TP", f'.BR {key.variable} ", " {key.git}')
        yield f"\\-\\-{_escaped(_option(key.git))}"
    yield from (".TP", ".B NO_COLOR", "no colours unless they are asked for")
    yield ".SH EXIT STATUS"
    for code, said in _EXIT.items():
        yield from (".TP", f".B {code.value}", *_text(said))


def _commands(group: TyperGroup, name: str) -> Iterator[tuple[str, TyperCommand]]:
    """Every command with its whole name, those of groups inside too; what git calls apart."""
    from typer.core import TyperCommand, TyperGroup

    for own, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from _commands(command, f"{name} {own}")
        elif isinstance(command, TyperCommand) and not command.hidden:
            yield f"{name} {own}", command


def _options(command: TyperCommand | TyperGroup) -> Iterator[str]:
    from typer.core import TyperOption

    for parameter in command.params:
        if isinstance(parameter, TyperOption) and parameter.help:
            names = ", ".join(rf"\fB{_escaped(name)}\fR" for name in parameter.opts)
            value = "" if parameter.is_flag else f" {parameter.metavar or 'VALUE'}"
            yield from (".TP", f"{names}\\fI{_escaped(value)}\\fR", *_text(parameter.help))


def _option(key: str) -> str:
    """The option that a key of git's configuration sets."""
    name = key.removeprefix("reviewer.")
    return {"failon": "fail-on", "timebudget": "time-budget"}.get(name, name)


def _text(text: str | None) -> Iterator[str]:
    yield from (_escaped(" ".join(part.split())) for part in (text or "").split("\n\n"))


def _verbatim(text: str | None) -> Iterator[str]:
    """Examples, line by line."""
    lines = [line for line in (text or "").splitlines() if line != "\b"]
    if lines:
        yield from (".PP", ".nf", *map(_escaped, lines), ".fi")


def _escaped(text: str) -> str:
    """Text in which nothing means anything to roff."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq")
    return f"\\&{escaped}" if escaped.startswith(".") else escaped
