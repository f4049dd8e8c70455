"""CONFIG_ symbols that words name and no Kconfig has."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

from reviewer.check.words.identifiers import is_slip, near_name
from reviewer.check.words.text import PatchText
from reviewer.check.words.types import Hit, Question
from reviewer.patch.late import late
from reviewer.patch.tree import NoTree, Tree

_CONFIG = late(r"(?<![\w-])CONFIG_([A-Z0-9]\w*[A-Z0-9])(?![\w*<{(/]|\.\.\.|-\*)")
_LOUD = late(r"(?:CONFIG_)?[A-Z][A-Z0-9_]+")
# Patterns that begin with a word are searched fast; `config X` in a help text does no harm.
_DEFINES = late(rb"config[ \t]+([A-Z0-9]\w*)")
_SOURCES = late(rb'source[ \t]+"?([^"\s]+)')
_ARCHITECTURE = late(r"arch/\$\(?(?:SRCARCH|HEADER_ARCH)\)?/(\S+)")
#: Where most Kconfig files are, and few symbols that a changelog names.
_WIDE = ("drivers/", "sound/", "net/", "fs/")
#: Kconfig files that a tree may have before it is no kernel's.
MAX_FILES = 20_000


def unknown_config(question: Question) -> Iterator[Hit]:
    """`CONFIG_NAME` that neither the series nor any Kconfig has, with the near one it may mean.

    Without a tree only slips of one letter from a symbol that the series has are spoken of.
    """
    patch = question.patch
    missing = {name: spoken for name, spoken in _named(patch).items() if not _is_said(name, patch)}
    if not missing:
        return
    ours = frozenset(
        word.removeprefix("CONFIG_") for word in patch.around.words if _LOUD.fullmatch(word)
    )
    if isinstance(question.tree, NoTree):
        for name, hit in missing.items():
            if near := next((one for one in sorted(ours) if is_slip(name, one)), ""):
                yield _told(hit, near)
        return
    wanted = frozenset(name.removesuffix("_MODULE") for name in missing)
    there = symbols(question.tree, wanted, (diff.path for diff in patch.patch.files))
    for name, hit in missing.items():
        if not there or name in there or name.removesuffix("_MODULE") in there:
            continue
        near = near_name(name, ours) or _plural(name, there) or near_name(name, there)
        if near:
            yield _told(hit, near)


def _told(hit: Hit, near: str) -> Hit:
    return Hit(hit.subject, hit.text, hit.location, hit.mail, f"CONFIG_{near}")


def _plural(name: str, there: frozenset[str]) -> str:
    """The symbol with an `S` more or less at its end."""
    return next((one for one in (f"{name}S", name.removesuffix("S")) if one in there), "")


def _named(patch: PatchText) -> dict[str, Hit]:
    """The symbols that the words name, each with its first place."""
    found: dict[str, Hit] = {}
    lines = [(patch.subject, patch.subject.text), *((one.line, one.words) for one in patch.spoken)]
    for line, words in lines:
        for match in _CONFIG.finditer(words):
            hit = Hit(match[0], line.text.strip(), line.location, line.mail)
            found.setdefault(match[1], hit)
    return found


def _is_said(name: str, patch: PatchText) -> bool:
    """Whether the series has the symbol, as a macro or as Kconfig spells it."""
    return bool({name, f"CONFIG_{name}", f"CONFIG_{name}_MODULE"} & patch.around.words)


def symbols(tree: Tree, wanted: frozenset[str], paths: Iterable[str]) -> frozenset[str]:
    """What the tree's Kconfig files define: all of it, or as much as was read to find `wanted`.

    The files above `paths` are read first, then the core's, those of all architectures last.
    """
    found: set[str] = set()
    seen: dict[str, None] = dict.fromkeys((*_above(paths), "Kconfig"))
    pending = deque(seen)
    late: set[str] = set()
    while pending and len(seen) < MAX_FILES and not wanted <= found:
        text = tree.read(pending.popleft()) or b""
        found.update(name.decode() for name in _DEFINES.findall(text))
        sources = [source.decode(errors="replace") for source in _SOURCES.findall(text)]
        late.update(match[1] for source in sources if (match := _ARCHITECTURE.fullmatch(source)))
        new = [one for one in sources if "$" not in one and one not in seen]
        seen.update(dict.fromkeys(new))
        pending.extendleft(one for one in new if not one.startswith(_WIDE))
        pending.extend(one for one in new if one.startswith(_WIDE))
        if not pending and late:
            listed = [
                path
                for path in tree.paths("arch")
                if path.count("/") > 1 and path.split("/", 2)[2] in late
            ]
            pending.extend(path for path in listed if path not in seen)
            seen.update(dict.fromkeys(listed))
            late = set()
    return frozenset(found)


def _above(paths: Iterable[str]) -> tuple[str, ...]:
    """The Kconfig files of the folders of the paths and of those above them, nearest first."""
    found: dict[str, None] = {}
    for path in sorted(set(paths)):
        folders = path.split("/")[:-1]
        for depth in range(len(folders), 0, -1):
            found["/".join((*folders[:depth], "Kconfig"))] = None
    return tuple(found)
