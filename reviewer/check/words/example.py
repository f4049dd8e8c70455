"""The mails that rules on words give as examples, executed."""

from __future__ import annotations

from reviewer.check.words.names import Nobody
from reviewer.check.words.run import check_words
from reviewer.check.words.text import PatchText
from reviewer.check.words.types import NO_EVENTS
from reviewer.patch.intake import STDIN, read
from reviewer.patch.rebuild import rebuild
from reviewer.patch.tree import NoTree
from reviewer.rule.types import ExampleKind, MailExample, Vocabulary, WordsRule


def reported(
    example: MailExample, rule: WordsRule, vocabulary: Vocabulary = NO_EVENTS
) -> tuple[int, ...]:
    """The lines of the mail that the rule speaks of, without a tree.

    Raises:
        InputError: the example holds no patch.
    """
    found = read([STDIN], example.code.encode())
    lines: set[int] = set()
    for series in found.series:
        rebuilt = rebuild(series, NoTree())
        for patch, reviews in zip(series.patches, rebuilt.patches, strict=True):
            text = PatchText(series, patch, reviews)
            for finding in check_words(text, (rule,), Nobody(), vocabulary):
                place = finding.mail or finding.location
                lines.add(place.line)
    return tuple(sorted(lines))


def complaint(example: MailExample, found: tuple[int, ...]) -> str:
    """What is wrong with the lines that were reported, `""` when they are the expected ones."""
    if example.kind is ExampleKind.MISS:
        caught = sorted(set(found) & set(example.guilty))
        return f"no longer missed: lines {caught}; make it a [[bad]]" if caught else ""
    if found == example.guilty:
        return ""
    return f"reported lines {list(found)}, expected {list(example.guilty)}"
