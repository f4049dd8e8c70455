"""Ways from roots in other files to the functions of one file, searched for rules on context.

What is searched is text: which functions of a file use a name, what a file hands over. Only where a
way is found so are files parsed and the way followed as code. The files looked at are those of the
nearest folder that speak of a function: its own folder, its architecture, the core of the kernel,
and those that a series touches. A function that many files speak of is left alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from msgspec import Struct

from reviewer.check.prefilter import Need, in_scope, need_of, spelled
from reviewer.check.registered import asked, made_by, registered, words_of
from reviewer.patch.types import Context as Extent
from reviewer.patch.types import SourceFile
from reviewer.rule.types import Context, Root, Rule, RuleSet, Vocabulary
from reviewer.source.index import outline
from reviewer.source.index.index import Index
from reviewer.source.index.outline import Balance, Outline
from reviewer.source.index.places import CORE, Places

#: Files that speak of one function before it is taken for one of everybody's.
MAX_FILES = 6
#: Calls from file to file that are followed.
MAX_LEVELS = 3
#: Texts looked into in search of a way.
MAX_SEEN = 40


class Way(Struct, frozen=True, order=True):
    """Where control starts: a function of the file `home` that the file `registering` hands over.

    A `function` without a name is any of the home's that does by itself what the rule starts at.
    """

    home: str
    registering: str
    function: str = ""


@lru_cache(maxsize=4)
def callers_in(index: Index) -> Callers:
    """The callers in one state of a tree."""
    return Callers(index)


def may_lead(
    file: SourceFile, rule: Rule, wanted: Need, vocabulary: Vocabulary, index: Index
) -> bool:
    """Whether roots of other files may lead to what the rule looks for in the file."""
    if not isinstance(rule.body, Context) or not rule.body.abroad:
        return False
    if not wanted.met(file.text, in_tree=True):
        return False
    return callers_in(index).may_lead(file, sought(rule.body, wanted, vocabulary))


def led_to(file: SourceFile, rules: RuleSet, index: Index) -> tuple[str, ...]:
    """The other files with what a rule looks for that the changed functions of a file may come to.

    One call further only, and where the changed lines themselves hand something over, or begin or
    end what holds a task: to look beneath every call that some patch changes takes longer than
    all the rest of a review.
    """
    if not file.path.endswith(".c") or file.context is Extent.HUNK or not file.changed:
        return ()
    changed = outline.lines_at(file.text, file.changed)
    vocabulary = rules.vocabulary
    telling = [
        (rule, each)
        for rule in rules.rules
        if isinstance(rule.body, Context) and rule.body.abroad
        if (each := sought(rule.body, need_of(rule.body, vocabulary), vocabulary)).told_by(changed)
    ]
    words = outline.words_at(file.text, file.changed) if telling else frozenset()
    return tuple(
        dict.fromkeys(
            path
            for rule, each in telling
            for path in callers_in(index).beneath(file.path, words, each)
            if in_scope(rule, path)
        )
    )


class Sought(Struct, frozen=True):
    """What of a rule is looked for in texts.

    Control starts where one of the `words` is; who calls holding something by the `balance` is
    no caller.
    """

    body: Context
    roots: tuple[Root, ...]
    words: tuple[bytes, ...]
    balance: Balance
    opens: tuple[tuple[bytes, ...], ...]

    def told_by(self, text: bytes) -> bool:
        """Whether the text has a word of where control starts, or of what is held."""
        words = (*self.words, *self.balance.off, *self.balance.on)
        return any(word in text for word in words)


@lru_cache(maxsize=64)
def sought(body: Context, wanted: Need, vocabulary: Vocabulary) -> Sought:
    """What a rule looks for that has this body."""
    roots = asked(vocabulary, body.roots)
    words = (frozenset({word}) for root in roots for word in words_of(root))
    off = (entry for each in body.protections for entry in each.off)
    on = (entry for each in body.protections for entry in each.on)
    return Sought(
        body,
        roots,
        _longest((*words, *spelled(body.bare, vocabulary))),
        Balance(_longest(spelled(off, vocabulary)), _longest(spelled(on, vocabulary))),
        tuple(tuple(item.encode() for item in each) for each in wanted.opens if each),
    )


def _longest(alternatives: Iterable[frozenset[str]]) -> tuple[bytes, ...]:
    """The longest literal of each alternative, once."""
    return tuple(dict.fromkeys(max(each, key=len).encode() for each in alternatives if each))


class Callers:
    """Who calls functions or hands them over in one state of a tree, as far as texts say."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._places = Places(index)
        self._led: dict[tuple[str, bytes, Sought], bool] = {}
        self._names: dict[tuple[str, bytes, Sought], frozenset[str]] = {}
        self._users: dict[tuple[str, str, Balance], dict[str, Outline]] = {}
        self._given: dict[tuple[str, tuple[Root, ...]], frozenset[str]] = {}
        self._speaking: dict[tuple[str, str], tuple[str, ...]] = {}
        self._beside: tuple[str, dict[str, bytes]] = ("", {})

    def may_lead(self, file: SourceFile, wanted: Sought) -> bool:
        """Whether some way leads to what the file itself has."""
        key = (file.path, file.text, wanted)
        if key not in self._led:
            names = ((name, file.path) for name in self.asking(file.path, file.text, wanted))
            self._led[key] = self.leads(names, wanted, MAX_LEVELS)
        return self._led[key]

    def asking(self, path: str, text: bytes, wanted: Sought) -> frozenset[str]:
        """The functions others can call that may come to what is looked for in the file."""
        key = (path, text, wanted)
        if key not in self._names:
            inner = outline.holding(text, wanted.opens, wanted.balance)
            outer = outline.using(text, inner, wanted.balance)
            found = {**outer, **inner}.values()
            self._names[key] = frozenset(each.name for each in found if not each.is_static)
        return self._names[key]

    def beneath(self, path: str, words: frozenset[str], wanted: Sought) -> Iterator[str]:
        """The files near the path with what is looked for in a function that a word names."""
        near = dict.fromkeys(
            other
            for first, *_ in wanted.opens
            for paths in self._around(first, path, down=True)
            for other in paths
        )
        for other in near:
            if not words.isdisjoint(self.asking(other, self._text(other), wanted)):
                yield other

    def leads(self, names: Iterable[tuple[str, str]], wanted: Sought, levels: int) -> bool:
        """Whether control starts somewhere that may come to one of the functions.

        They are given with their files. Where too much would have to be looked at it may.
        """
        pending = list(names)
        known = set(pending)
        seen: set[str] = set()
        for _ in range(levels):
            further: list[tuple[str, str]] = []
            for name, home in pending:
                for path in self.files(name, home):
                    seen.add(path)
                    if len(seen) > MAX_SEEN or any(self.begun(path, name, home, wanted)):
                        return True
                    further += ((each, path) for each in self.others(path, name, wanted))
            pending = [each for each in dict.fromkeys(further) if each not in known]
            known.update(pending)
        return False

    def others(self, path: str, name: str, wanted: Sought) -> frozenset[str]:
        """The functions of the file that use the one of that name and that others can call."""
        users = self._using(path, name, wanted)
        return frozenset(each.name for each in users.values() if not each.is_static)

    def _using(self, path: str, name: str, wanted: Sought) -> dict[str, Outline]:
        key = (path, name, wanted.balance)
        if key not in self._users:
            self._users[key] = outline.using(self._text(path), (name,), wanted.balance)
        return self._users[key]

    def begun(self, path: str, name: str, home: str, wanted: Sought) -> Iterator[Way]:
        """Where control starts in the file and may come to the function, which `home` defines."""
        users = self._using(path, name, wanted)
        if wanted.body.bare and users:
            text = self._text(path)
            if any(word in text for word in wanted.words):
                yield Way(path, path)
        for each in users.values():
            if each.macro and any(made_by((each.macro,), root) for root in wanted.roots):
                yield Way(path, path, each.name)
        handed = self._handed(path, wanted)
        yield from (Way(path, path, each) for each in sorted(handed & users.keys()))
        if name in handed and name not in users:
            yield Way(home, path, name)

    def _handed(self, path: str, wanted: Sought) -> frozenset[str]:
        """The functions that the file hands over in one of the ways asked for."""
        key = (path, wanted.roots)
        if key not in self._given:
            text = self._text(path)
            found = frozenset[str]()
            if any(word in text for word in wanted.words):
                said = registered(text.decode("utf-8", "replace"), path, wanted.roots)
                found = frozenset(each.function for each in said)
            self._given[key] = found
        return self._given[key]

    def files(self, name: str, near: str) -> tuple[str, ...]:
        """The other files that speak of the function, none where too many do."""
        key = (name, near)
        if key not in self._speaking:
            found = next(filter(None, self._around(name.encode(), near, down=False)), ())
            touched = (path for path in self._index.touched if path != near)
            also = (path for path in touched if name.encode() in self._text(path))
            every = tuple(dict.fromkeys((*found, *also)))
            self._speaking[key] = every if len(every) <= MAX_FILES else ()
        return self._speaking[key]

    def _around(self, word: bytes, near: str, *, down: bool) -> Iterator[tuple[str, ...]]:
        """The other files with the word in them, of each folder in turn, the nearest first.

        They are files that may call one near them, or with `down` that it may call.
        """
        own = near.rpartition("/")[0]
        top, *rest = near.split("/")
        if top not in (*CORE, "arch"):
            texts = self._in_folder(own)
            yield tuple(path for path, text in texts.items() if path != near and word in text)
            if not down:
                return
        arch = (own, f"arch/{rest[0]}") if top == "arch" else (own,) if top in CORE else ()
        for folder in dict.fromkeys((*arch, *CORE)):
            yield tuple(path for path in self._places.holding(word, folder) if path != near)

    def _in_folder(self, folder: str) -> dict[str, bytes]:
        """The texts of the C files in a folder; those of one folder are remembered."""
        if self._beside[0] != folder:
            paths = (path for path in self._index.inside(folder) if path.endswith(".c"))
            self._beside = folder, {path: self._index.passing_text(path) for path in paths}
        return self._beside[1]

    def _text(self, path: str) -> bytes:
        return self._beside[1].get(path) or self._index.passing_text(path)
