"""Rules on whole series against the files that a series touches."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache, partial

from msgspec import Struct
from msgspec.structs import replace

from reviewer.check.bodies import Bodies
from reviewer.check.flags import news, platforms
from reviewer.check.flags.types import Check, Hit, Question
from reviewer.check.prefilter import within
from reviewer.event.match import Matcher, compile_vocabulary
from reviewer.finding import Finding, Status, Trace, told_apart
from reviewer.patch.types import SourceFile
from reviewer.rule.checks import check_named
from reviewer.rule.ending_types import EndingRule
from reviewer.rule.types import EventType, Vocabulary
from reviewer.source.read import read

CHECKS: Mapping[str, Check] = {
    "always-true": news.always_true,
    "declared-otherwise": news.declared_otherwise,
    "never-cleared": news.never_cleared,
    "never-read": news.never_read,
    "never-set": news.never_set,
    "never-used": news.never_used,
    "not-yet-used": news.never_used,
    "platform-lost": platforms.lost,
    "platform-lost-meanwhile": platforms.lost,
}
#: Checks that say that something is nowhere, which a patch that nobody sent may have.
NOWHERE = frozenset({"always-true", "never-cleared", "never-read", "never-set", "never-used"})
#: Checks that are asked of each patch, and say what a later one mends.
MEANWHILE = frozenset({"not-yet-used", "platform-lost-meanwhile"})
#: Checks of what several lines say together: a finding is of the patch from which on it is there.
JOINT = frozenset({"platform-lost"})

#: Checks for which files that the series leaves alone may be what is wrong.
AROUND = frozenset({"declared-otherwise"})


def nobody(_: str) -> tuple[SourceFile, ...]:
    """No other file of a tree."""
    return ()


def check_endings(
    before: Mapping[str, SourceFile],
    after: Mapping[str, SourceFile],
    rules: Iterable[EndingRule],
    vocabulary: Vocabulary,
    others: Callable[[str], tuple[SourceFile, ...]] = nobody,
    exists: Callable[[str], bool] = lambda _: False,
) -> tuple[Finding, ...]:
    """What the rules say of a series that makes of the files before it those after it.

    Raises:
        RuleError: a rule names no check.
    """
    found: list[Finding] = []
    for rule in rules:
        check = check_named(CHECKS, rule.body.check, rule.source)
        words = _lexicon(rule.events, vocabulary)
        old, new = _inside(before, rule), _inside(after, rule)
        bodies = partial(_bodies, words)
        question = Question(rule, words.matcher, old, new, nobody, exists, bodies)
        around = rule.body.flag or rule.body.check in AROUND
        if around or next(check(question), None) is not None:
            hits = check(replace(question, others=others))
            found += told_apart(_finding(rule, hit) for hit in hits)
    return tuple(found)


class _Lexicon(Struct, frozen=True, eq=False):
    """A rule's words and those of all rules, made ready; equal only to itself."""

    matcher: Matcher


@lru_cache(maxsize=8)
def _lexicon(events: tuple[EventType, ...], vocabulary: Vocabulary) -> _Lexicon:
    return _Lexicon(compile_vocabulary(Vocabulary((*events, *vocabulary.events))))


@lru_cache(maxsize=64)
def _bodies(words: _Lexicon, file: SourceFile) -> Bodies:
    """The functions of a file; a series is asked about several times, most files are the same."""
    return Bodies(read(file), words.matcher)


def _inside(files: Mapping[str, SourceFile], rule: EndingRule) -> dict[str, SourceFile]:
    scope = rule.scope
    return {
        path: file
        for path, file in files.items()
        if within(scope.paths, path) and not within(scope.exclude, path)
    }


def _finding(rule: EndingRule, hit: Hit) -> Finding:
    return Finding(
        rule=rule.id,
        severity=rule.severity,
        message=rule.message.format(
            subject=hit.subject, text=hit.text, detail=hit.detail, function=hit.function
        ),
        location=hit.location,
        function=hit.function,
        subject=hit.subject,
        text=hit.text,
        condition=hit.condition,
        trace=Trace(hit.steps),
        status=Status.INTRODUCED,
    )
