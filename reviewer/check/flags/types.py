"""What a check of a whole series is given, and what it says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from msgspec import Struct

from reviewer.check.bodies import Bodies
from reviewer.event.match import Matcher
from reviewer.finding import Location, Step
from reviewer.patch.types import SourceFile
from reviewer.rule.ending_types import EndingRule


class Hit(Struct, frozen=True):
    """A place after the series where something is wrong; `detail` says what."""

    subject: str
    text: str
    location: Location
    detail: str = ""
    function: str = ""
    steps: tuple[Step, ...] = ()
    condition: str = ""


class Question(Struct, frozen=True):
    """The files that a series touches, before it and after it, and who else has to do with them.

    `others` gives the files of the tree that the series leaves alone and that hold a word,
    `exists` says whether the tree has a file, `bodies` gives the functions of one.
    """

    rule: EndingRule
    matcher: Matcher
    before: Mapping[str, SourceFile]
    after: Mapping[str, SourceFile]
    others: Callable[[str], tuple[SourceFile, ...]]
    exists: Callable[[str], bool]
    bodies: Callable[[SourceFile], Bodies]


Check = Callable[[Question], Iterator[Hit]]
