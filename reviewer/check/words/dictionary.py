"""codespell's list of misspellings, looked up in the file itself.

The list is sorted without regard to case, so that the lines with the first letters of a word are
found with a few comparisons; nothing is parsed beforehand. Entries that codespell itself holds for
doubtful are left out.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

#: Letters of a word by which its lines are found: with three there are a hundred of them at most.
PREFIX = 3


@lru_cache(maxsize=1)
def _data() -> bytes:
    """The list with a line feed at both ends; empty where codespell is not installed."""
    spec = find_spec("codespell_lib")
    for folder in spec.submodule_search_locations or () if spec else ():
        path = Path(folder) / "data" / "dictionary.txt"
        if path.is_file():
            return b"\n" + path.read_bytes()
    return b"\n"


@lru_cache(maxsize=65536)
def correction(word: str) -> str:
    """What a lower-case word should be, `""` where it is none of the misspellings."""
    data = _data()
    key = f"\n{word}->".encode()
    low, high = _range(word[:PREFIX])
    at = data.find(key, low, high)
    if at < 0:
        return ""
    start = at + len(key)
    return _shown(data[start : data.index(b"\n", start)].decode())


@lru_cache(maxsize=65536)
def _range(prefix: str) -> tuple[int, int]:
    """Where the lines that begin with the prefix stand, with the line feeds around them."""
    return _place(prefix.encode()), _place(prefix.encode() + b"\xff")


def _place(prefix: bytes) -> int:
    """Where the first line stands that does not sort before the prefix: at its line feed above."""
    data = _data()
    low, high = 0, len(data) - 1
    while low < high:
        middle = data.rfind(b"\n", low, (low + high) // 2 + 1)
        end = data.find(b"\n", middle + 1)
        if data[middle + 1 : end].lower() < prefix:
            low = end
        else:
            high = middle
    return min(low + 1, len(data)) if prefix.endswith(b"\xff") else low


def _shown(entry: str) -> str:
    """The corrections of an entry; those after the last comma are a reason to disable it."""
    words = [part.strip() for part in entry.split(",")]
    if len(words) > 1 and words[-1]:
        return ""
    return " or ".join(word for word in words if word)
