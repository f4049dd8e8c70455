"""Words of the command line made into values without pydantic.

Typer (0.29) converts them through pydantic, whose import alone costs more than everything else
that a check of a small patch does. Earlier versions convert in plain Python and are left alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from pathlib import Path
from typing import Protocol, get_args, get_origin

import typer
from typer.core import TyperArgument, TyperOption

#: The method by which a parameter of typer 0.29 tells what converts its values.
_HOOK = "get_runtime_param"


class Descriptor(Protocol):
    """What typer knows of a parameter's type."""

    annotation: object


class Parameter(Protocol):
    """A parameter as typer 0.29 has it."""

    type_descriptor: Descriptor


class Conversion:
    """Converts the words of one parameter to what its annotation says."""

    def __init__(self, annotation: object) -> None:
        self.annotation = annotation

    def coerce(self, value: object, param: object, ctx: object) -> object:
        """The value, or the values of a list, as the command takes them.

        Raises:
            typer.BadParameter: a word that is no number or no member of the enum.
        """
        if get_origin(self.annotation) is list:
            kind = get_args(self.annotation)[0]
            words = value if isinstance(value, Iterable) else ()
            return [_converted(kind, word) for word in words]
        return None if value is None else _converted(self.annotation, value)


def convert_plainly() -> None:
    """Makes typer ask `Conversion` for the values of every parameter, in this process."""
    for kind in (TyperArgument, TyperOption):
        if hasattr(kind, _HOOK):
            setattr(kind, _HOOK, _conversion)


def _conversion(parameter: Parameter) -> Conversion:
    return Conversion(parameter.type_descriptor.annotation)


def _converted(kind: object, value: object) -> object:
    if kind is Path:
        return Path(str(value))
    if kind is int or kind is float:
        try:
            number = int(str(value)) if kind is int else float(str(value))
        except ValueError:
            raise typer.BadParameter(f"{value!r} is not a number") from None
        if not 0 <= number < float("inf"):
            raise typer.BadParameter(f"{value!r} is less than 0 or no number")
        return number
    if isinstance(kind, type) and issubclass(kind, Enum):
        try:
            return kind(value)
        except ValueError:
            known = ", ".join(str(member.value) for member in kind)
            raise typer.BadParameter(f"{value!r} is not one of {known}") from None
    return value
