"""Ways from roots in other files to the functions of one file, searched for rules on context.

The files of the nearest folder that speak of the function are asked who registers or calls it; who
calls those callers is not. A function that many files speak of is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from msgspec import Struct

from reviewer.check.bodies import Bodies
from reviewer.check.registered import asked, words_of
from reviewer.check.roots import handed_over
from reviewer.rule.types import Context, Rule

#: Files that speak of one function before it is taken for one of everybody's.
MAX_FILES = 6


class Caller(Struct, frozen=True):
    """A file that may lead to functions of another one.

    `names` are those functions, `using` names of bodies of the file that speak of one of them,
    however indirectly.
    """

    bodies: Bodies
    names: frozenset[str]
    using: frozenset[str]


def leading(bodies: Bodies, rule: Rule, opens: Iterable[frozenset[str]]) -> Iterator[Caller]:
    """The files with roots of the rule that may come to one of the literals in this file."""
    if not isinstance(rule.body, Context) or not rule.body.abroad or bodies.sight is None:
        return
    names = frozenset(_for_others(bodies, bodies.using(opens)))
    roots = asked(bodies.matcher.vocabulary, rule.body.roots)
    words = tuple(dict.fromkeys(word for root in roots for word in words_of(root)))
    found = {path: None for name in sorted(names) for path in _files(bodies, name, words)}
    for path in found:
        home = bodies.file(path)
        caller = Caller(home, names, home.using(frozenset({name}) for name in sorted(names)))
        handed = names - home.by_name.keys()
        if any(handed_over(home, rule, caller.using, home)) or any(
            handed_over(bodies, rule, handed, home)
        ):
            yield caller


def _for_others(bodies: Bodies, names: frozenset[str]) -> Iterator[str]:
    """The functions among the names that other files can call."""
    for name in names:
        own = bodies.by_name.get(name, ())
        if any(body.is_function and not body.is_static for body in own):
            yield name


def _files(bodies: Bodies, name: str, words: tuple[str, ...]) -> Iterator[str]:
    """The other files that speak of the function, of the nearest folder in which any does.

    None where too many do.
    """
    if bodies.sight is None:
        return
    spoken = re.compile(rf"\b{name}\b")
    for files in bodies.sight.speaking(name):
        found = {
            path: text
            for path, text in files.items()
            if path != bodies.unit.path and spoken.search(text)
        }
        if len(found) > MAX_FILES:
            return
        if found:
            yield from (path for path, text in found.items() if any(word in text for word in words))
            return
