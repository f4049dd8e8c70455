"""Values as bytes for a cache: a tenth of the time that it takes to make them anew.

They are Python's own pickles, in which values that are shared stay shared. Reading calls the given
types and nothing else, and can change none of them, whoever wrote the bytes.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable
from enum import Enum
from io import BytesIO
from types import ModuleType
from typing import TypeVar

from msgspec import Struct

_T = TypeVar("_T")


def types_of(modules: Iterable[ModuleType]) -> frozenset[type]:
    """The public types of values that the modules define."""
    return frozenset(
        item
        for module in modules
        for name, item in vars(module).items()
        if isinstance(item, type) and issubclass(item, (Struct, Enum))
        if item.__module__ == module.__name__ and not name.startswith("_")
    )


def packed(value: object) -> bytes:
    """The value as bytes, which say nothing to another version of the program."""
    written = BytesIO()
    _Writer(written, pickle.HIGHEST_PROTOCOL).dump(value)
    return written.getvalue()


def unpacked(value: bytes, wanted: type[_T], made_of: Iterable[type]) -> _T | None:
    """What was packed, None where the bytes are no such value made of those types."""
    try:
        found = _Reader(value, made_of).load()
    except Exception:  # noqa: BLE001 - damaged bytes raise whatever they happen to mean
        return None
    return found if isinstance(found, wanted) else None


class _Writer(pickle.Pickler):
    def reducer_override(self, item: object) -> tuple[type[object], tuple[object]]:
        """Enumerations by their value: Python before 3.11.4 would name `getattr()`."""
        return (type(item), (item.value,)) if isinstance(item, Enum) else NotImplemented


class _Reader(pickle.Unpickler):
    def __init__(self, value: bytes, made_of: Iterable[type]) -> None:
        super().__init__(BytesIO(value))
        self._calls = {(each.__module__, each.__qualname__): each.__call__ for each in made_of}

    def find_class(self, module: str, name: str) -> Callable[..., object]:
        """What makes values of a type: not the type, to which bytes could give other attributes.

        Raises:
            UnpicklingError: the type is none of those.
        """
        if (module, name) in self._calls:
            return self._calls[module, name]
        raise pickle.UnpicklingError(f"{module}.{name}")
