"""The rules on words on real mail: the seed review's whole list, and the alarms of two archives."""

from __future__ import annotations

import os
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from reviewer.check.words.names import Names, Nobody, TreeNames
from reviewer.check.words.run import check_words
from reviewer.check.words.text import PatchText
from reviewer.errors import InputError
from reviewer.finding import Finding
from reviewer.patch.intake import read
from reviewer.patch.rebuild import rebuild
from reviewer.patch.tree import open_tree
from reviewer.patch.types import Series
from reviewer.rule.load import load_rules
from reviewer.rule.types import RuleSet

pytestmark = pytest.mark.real

#: Rule, subject and a word of the line of the mail: all that is said of the seed mail.
SEED = {
    ("comment-cut-off", "(", "relocate_kernel()"),
    ("commit-cite", "1f5e7eb7868e", "1f5e7eb7868e"),
    ("misplaced-note", "Also", "Also,"),
    ("misspelt-word", "timesout", "timesout,"),
    ("no-more-after", "no more SEAMCALLs after the aforementioned WBINVDs", "SEAMCALLs"),
    ("no-more-after", "no function call is allowed after load_segments()", "allowed"),
    ("no-more-after", "no function call can be made after load_segments()", "load_segments()."),
    ("uncommented-percpu", "cache_state_incoherent", "DEFINE_PER_CPU(bool,"),
    ("unknown-function", "machine_check()", "machine_check()"),
    ("wrong-phrase", "despite it's", "despite"),
    ("wrong-phrase", "even SME is not", "SME,"),
    ("wrong-phrase", "has no harm", "harm."),
}


def named(variable: str) -> Path:
    """The path that the variable names."""
    value = os.environ.get(variable)
    if not value:
        pytest.skip(f"{variable} is not set")
    return Path(value)


@cache
def loaded_rules() -> RuleSet:
    return load_rules()


def said(series: Series, names: Names, tree: Path | None = None) -> list[Finding]:
    """What the rules that are not pedantic say of a series."""
    loaded = loaded_rules()
    rules = tuple(rule for rule in loaded.words if not rule.body.pedantic)
    rebuilt = rebuild(series, open_tree(tree))
    return [
        finding
        for patch, reviews in zip(series.patches, rebuilt.patches, strict=True)
        for finding in check_words(
            PatchText(series, patch, reviews), rules, names, loaded.vocabulary
        )
    ]


@pytest.mark.parametrize("variable", ["", "REVIEWER_KERNEL_6_12", "REVIEWER_KERNEL_7"])
def test_the_seed_mail(variable: str) -> None:
    seed = named("REVIEWER_SEED")
    tree = named(variable) if variable else None
    (series,) = read([seed]).series
    lines = seed.read_text(errors="replace").splitlines()
    names = TreeNames(open_tree(tree)) if tree else Nobody()
    found = said(series, names, tree)
    assert {(one.rule, one.subject) for one in found} == {(rule, name) for rule, name, _ in SEED}
    words = {(rule, name): word for rule, name, word in SEED}
    for one in found:
        assert one.mail
        assert one.mail.path == seed.name
        assert words[one.rule, one.subject] in lines[one.mail.line - 1]


def test_alarms_of_the_archive_stay_few_and_known() -> None:
    """Of these and of those with a tree 200 were drawn and judged; a new count wants judgement."""
    inputs = [named("REVIEWER_MBOX"), *sorted(named("REVIEWER_PATCHES").iterdir())]
    count: Counter[str] = Counter()
    for path in inputs:
        try:
            found = read([path]).series
        except InputError:
            continue
        for series in found:
            count.update(one.rule for one in said(series, Nobody()))
    assert count == {
        "misspelt-word": 143,
        "sign-off": 98,
        "commit-cite": 13,
        "doubled-word": 12,
        "uncommented-percpu": 12,
        "not-in-diff": 4,
        "comment-cut-off": 3,
        "unknown-function": 3,
        "co-developed-by": 2,
        "fixes-form": 2,
        "comment-under-condition": 1,
        "unknown-config": 1,
    }
