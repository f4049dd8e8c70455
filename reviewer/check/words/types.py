"""What a check of words says, and what it is given."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec import Struct

from reviewer.check.words.names import Names
from reviewer.check.words.text import PatchText
from reviewer.finding import Location
from reviewer.patch.tree import NoTree, Tree
from reviewer.rule.types import Vocabulary

NO_EVENTS = Vocabulary(())


class Hit(Struct, frozen=True):
    """A place where words are wrong: `subject` is the word or name, `detail` what it should be.

    `text` is the line as it stands, `mail` its line in the mail.
    """

    subject: str
    text: str
    location: Location
    mail: Location | None
    detail: str = ""


class Question(Struct, frozen=True):
    """What a check is asked about: a patch, the rule's own words, and who knows the tree.

    `vocabulary` is that of all rules: how events are spelled. `tree` holds the files as the patch
    leaves them, none where the patch is for another project.
    """

    patch: PatchText
    words: tuple[str, ...]
    names: Names
    vocabulary: Vocabulary = NO_EVENTS
    tree: Tree = NoTree()


Check = Callable[[Question], Iterator[Hit]]
