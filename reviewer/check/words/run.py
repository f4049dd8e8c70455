"""Rules on words against a patch."""

from __future__ import annotations

import re

from reviewer.check.words import (
    claims,
    comments,
    identifiers,
    lazy,
    references,
    spelling,
    tags,
    untouched,
)
from reviewer.check.words.names import Names
from reviewer.check.words.text import PatchText
from reviewer.check.words.types import NO_EVENTS, Check, Hit, Question
from reviewer.errors import RuleError
from reviewer.finding import Finding, Status, told_apart
from reviewer.patch.tree import NoTree, Tree
from reviewer.rule.checks import check_named
from reviewer.rule.types import Vocabulary
from reviewer.rule.words_types import WordsRule

CHECKS: dict[str, Check] = {
    "cited-commit": lazy.cited_commits,
    "co-developed-by": tags.co_developers,
    "comment-cut-off": comments.cut_off,
    "comment-under-condition": comments.under_condition,
    "commit-cite": references.commit_cites,
    "defined-later": lazy.defined_later,
    "doubled-word": spelling.doubled,
    "fixes-form": references.fixes_form,
    "header-without-include": lazy.header_without_include,
    "misplaced-note": claims.misplaced_note,
    "misspelt": spelling.misspelt,
    "no-more-after": lazy.no_more,
    "not-in-diff": untouched.untouched,
    "not-removed": claims.not_removed,
    "only-moves": lazy.only_moves,
    "only-renames": lazy.only_renames,
    "phrase": spelling.phrases,
    "removed-while-used": lazy.removed_while_used,
    "repeated-paragraph": claims.repeated_paragraph,
    "sign-off": tags.sign_off,
    "still-needed": lazy.still_needed,
    "stray-white-space": lazy.stray_white_space,
    "tag-form": tags.tag_form,
    "tag-order": tags.tag_order,
    "two-changes": lazy.two_changes,
    "unchanged": lazy.unchanged,
    "uncommented-global": comments.uncommented_global,
    "uncommented-percpu": comments.uncommented_percpu,
    "unknown-config": lazy.unknown_config,
    "unknown-file": lazy.unknown_file,
    "unknown-function": identifiers.unknown_function,
    "unknown-symbol": identifiers.unknown_symbol,
    "used-before-added": lazy.used_before_added,
}
NO_TREE = NoTree()
#: In the place of a path in fingerprints.
CHANGELOG = "changelog"


def check_words(
    patch: PatchText,
    rules: tuple[WordsRule, ...],
    names: Names,
    vocabulary: Vocabulary = NO_EVENTS,
    tree: Tree = NO_TREE,
) -> tuple[Finding, ...]:
    """The findings of the rules in one patch; `vocabulary` is that of all rules.

    `tree` holds the files as the patch leaves them.

    Raises:
        RuleError: a rule names no check, or its words are no patterns.
    """
    found: list[Finding] = []
    for rule in rules:
        check = check_named(CHECKS, rule.body.check, rule.source)
        question = Question(patch, rule.body.words, names, vocabulary, tree)
        try:
            found += told_apart((_finding(rule, hit, patch) for hit in check(question)), _path)
        except re.error as error:
            raise RuleError(f"one of `words` is no pattern: {error}", path=rule.source) from error
    return tuple(found)


def _finding(rule: WordsRule, hit: Hit, patch: PatchText) -> Finding:
    message = rule.message.format(subject=hit.subject, text=hit.text, detail=hit.detail)
    return Finding(
        rule=rule.id,
        severity=rule.severity,
        message=message,
        location=hit.location,
        function="",
        subject=hit.subject,
        text=" ".join(hit.text.split()),
        status=Status.INTRODUCED,
        patch=patch.patch.number,
        mail=hit.mail,
    )


def _path(finding: Finding) -> str:
    """The path that names the finding: what the file of a mail is called says nothing."""
    return CHANGELOG if finding.mail == finding.location else finding.location.path
