"""The mails that rules on words give as examples, executed."""

from __future__ import annotations

import re

from msgspec import field

from reviewer.check.words.names import Nobody
from reviewer.check.words.patched import Patched
from reviewer.check.words.run import check_words
from reviewer.check.words.text import PatchText, SeriesText
from reviewer.check.words.types import NO_EVENTS
from reviewer.patch.intake import STDIN, read
from reviewer.patch.late import late
from reviewer.patch.rebuild import rebuild
from reviewer.patch.tree import NoTree
from reviewer.patch.types import FileChange, Series
from reviewer.rule.types import Vocabulary
from reviewer.rule.words_types import MailExample, WordsRule

_COMMIT = late(r"^From ([0-9a-f]{40}) .*\n(?:.+\n)*?Subject: (?:\[.*?\] )?(.*)", re.MULTILINE)


class _Told(NoTree, frozen=True):
    """A tree without files whose history are the commits that an example's `From` lines name."""

    titles: dict[str, str] = field(default_factory=dict)

    def title(self, commit: str) -> str | None:
        """The subject of the mail of that commit."""
        return next((one for name, one in self.titles.items() if name.startswith(commit)), "")


def reported(
    example: MailExample, rule: WordsRule, vocabulary: Vocabulary = NO_EVENTS
) -> tuple[int, ...]:
    """The lines of the mail that the rule speaks of.

    Where the first patch only adds files, these are the tree; without such a patch there is none.

    Raises:
        InputError: the example holds no patch.
    """
    found = read([STDIN], example.code.encode())
    lines: set[int] = set()
    for series in found.series:
        rebuilt = rebuild(series, NoTree())
        whole = SeriesText(series)
        state = Patched(_Told(dict(_COMMIT.findall(example.code))))
        tree = state if _has_tree(series) else NoTree()
        for patch, reviews in zip(series.patches, rebuilt.patches, strict=True):
            state.enter(patch, reviews)
            text = PatchText(series, patch, reviews, whole)
            for finding in check_words(text, (rule,), Nobody(), vocabulary, tree):
                place = finding.mail or finding.location
                lines.add(place.line)
    return tuple(sorted(lines))


def _has_tree(series: Series) -> bool:
    """Whether the first of several patches brings the files that the others are about."""
    first, *others = series.patches
    return bool(others) and all(diff.change is FileChange.ADD for diff in first.files)
