"""Where in a tree a name is defined or spoken of, beyond what one file includes.

The build says which files become one kernel, and no header says which of them defines what it
declares, so the files nearest to the one that asks are looked through first: its folder, its
architecture, then the folders that every kernel is made of. Definitions in drivers and the like
are found for files of the same folder only.
"""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.source.index import definition
from reviewer.source.index.include_path import architecture
from reviewer.source.index.index import Index
from reviewer.source.index.store import content_key

#: Folders that are part of every kernel.
CORE = ("init", "kernel", "lib", "mm")


class Places:
    """The files of a tree by what they speak of, remembered by name."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self._defining: dict[tuple[str, str], tuple[str, ...]] = {}
        self._holding: dict[tuple[bytes, str], tuple[str, ...]] = {}

    def defining(self, name: str, near: str) -> tuple[str, ...]:
        """The C files that define the function for others, of the nearest folder that has one.

        The file `near` itself is left out.
        """
        key = (name, near.rpartition("/")[0])
        if key not in self._defining:
            self._defining[key] = self._nearest(name, near)
        return tuple(path for path in self._defining[key] if path != near)

    def _nearest(self, name: str, near: str) -> tuple[str, ...]:
        for folder in _folders(near):
            holding = self.holding(name.encode(), folder)
            if found := tuple(path for path in holding if self._defines(path, name)):
                return found
        return ()

    def _defines(self, path: str, name: str) -> bool:
        found = definition.functions(self.index.text(path) or b"", name, path)
        return any("static" not in function.attributes for function in found)

    def speaks_of(self, path: str, name: str) -> bool:
        """Whether the file defines or declares the function, or some file near it does."""
        text = self.index.text(path) or b""
        return bool(definition.declared(text, name) or self.defining(name, path))

    def holding(self, word: bytes, folder: str) -> tuple[str, ...]:
        """The C files below a folder that hold the bytes.

        What the tree has is remembered in the store as long as its files stay as they are.
        """
        key = (word, folder)
        if key not in self._holding:
            overlay = self.index.overlay
            kept = [path for path in self._in_tree(word, folder) if path not in overlay]
            kept += [
                path
                for path, text in overlay.items()
                if path.startswith(f"{folder}/") and path.endswith(".c") and word in text
            ]
            self._holding[key] = tuple(sorted(kept))
        return self._holding[key]

    def _in_tree(self, word: bytes, folder: str) -> list[str]:
        index = self.index.without_files()
        stamp = index.stamp(folder)
        key = content_key(b"\0".join((b"holding", stamp, folder.encode(), word)))
        note = index.store.note(key) if stamp else None
        if note is not None:
            return note.decode().split("\n") if note else []
        sources = (path for path in index.below(folder) if path.endswith(".c"))
        found = [path for path in sources if word in index.listed_text(path)]
        if stamp and all(path.isprintable() for path in found):
            index.store.put(key, "\n".join(found).encode())
        return found

    def around(self, word: bytes, near: str) -> Iterator[tuple[str, ...]]:
        """The C files that hold the bytes, of each folder that a file is near to in turn."""
        return (self.holding(word, folder) for folder in _folders(near))


def _folders(near: str) -> tuple[str, ...]:
    """The folders to look through for what a file speaks of, the nearest first."""
    arch = architecture(near)
    own = near.rpartition("/")[0]
    folders = dict.fromkeys((own, f"arch/{arch}" if arch else "", *CORE))
    return tuple(folder for folder in folders if folder)
