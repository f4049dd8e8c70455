"""The examples of rules on whole series, executed."""

from __future__ import annotations

from reviewer.check.flags.run import check_endings
from reviewer.finding import Finding
from reviewer.patch.types import SourceFile
from reviewer.rule.ending_types import EndingExample, EndingRule
from reviewer.rule.types import Vocabulary


def outcome(
    example: EndingExample, rule: EndingRule, vocabulary: Vocabulary
) -> tuple[Finding, ...]:
    """What the rule says of a series that makes the one files of the other."""
    before, after = _files(example.before), _files(example.after)
    return check_endings(
        before, after, (rule,), vocabulary, exists=lambda path: path in before or path in after
    )


def _files(named: tuple[tuple[str, str], ...]) -> dict[str, SourceFile]:
    return {path: SourceFile(path, text.encode()) for path, text in named}
