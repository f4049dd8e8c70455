"""codespell's list of misspellings, looked up in the file itself.

The list is sorted without regard to case, so a word costs a few comparisons and nothing is parsed
beforehand. Entries that codespell itself holds for doubtful are left out.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path


@lru_cache(maxsize=1)
def _data() -> bytes:
    """The list with a line feed at both ends; empty where codespell is not installed."""
    spec = find_spec("codespell_lib")
    for folder in spec.submodule_search_locations or () if spec else ():
        path = Path(folder) / "data" / "dictionary.txt"
        if path.is_file():
            return b"\n" + path.read_bytes()
    return b"\n"


def correction(word: str) -> str:
    """What a lower-case word should be, `""` where it is none of the misspellings."""
    data = _data()
    key = f"{word}->".encode()
    low, high = 0, len(data) - 1
    while low < high:
        middle = data.rfind(b"\n", 0, (low + high) // 2 + 1)
        if middle < low:
            middle = low
        end = data.find(b"\n", middle + 1)
        end = len(data) if end < 0 else end
        line = data[middle + 1 : end]
        if line.startswith(key):
            return _shown(line[len(key) :].decode())
        if line.lower() < key:
            if end >= high:
                break
            low = end
        elif middle <= low:
            break
        else:
            high = middle
    return ""


def _shown(entry: str) -> str:
    """The corrections of an entry; those after the last comma are a reason to disable it."""
    words = [part.strip() for part in entry.split(",")]
    if len(words) > 1 and words[-1]:
        return ""
    return " or ".join(word for word in words if word)
