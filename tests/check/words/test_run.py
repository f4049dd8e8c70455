from __future__ import annotations

import pytest
from msgspec.structs import replace

from reviewer.check.words.names import Nobody
from reviewer.check.words.run import check_words
from reviewer.errors import RuleError
from reviewer.finding import Finding, Location, Severity, Status
from reviewer.rule.words_types import Words, WordsRule
from tests.check.words.mails import mail, patch

RULE = WordsRule(
    id="doubled",
    title="A word stands twice",
    severity=Severity.WARNING,
    message="`{subject}` stands in `{text}`",
    body=Words("doubled-word"),
    rationale="",
    limits=(),
    references=(),
    source="words/doubled.toml",
)


def findings(text: str, rule: WordsRule = RULE) -> tuple[Finding, ...]:
    return check_words(patch(text), (rule,), Nobody())


def test_a_finding_says_where_and_what() -> None:
    text = mail("Start.\n\nIt is the the CPU.")
    (finding,) = findings(text)
    line = text.splitlines().index("It is the the CPU.") + 1
    assert finding.mail == finding.location == Location("-", line)
    assert (finding.status, finding.patch) == (Status.INTRODUCED, 1)
    assert finding.message == "`the the` stands in `It is the the CPU.`"


def test_a_fingerprint_holds_neither_line_nor_file_of_the_mail() -> None:
    (one,) = findings(mail("It is the the CPU."))
    (other,) = findings(mail("More above.\n\nIt is the the CPU."))
    assert one.location != other.location
    assert one.fingerprint == other.fingerprint


def test_equal_findings_are_told_apart() -> None:
    twice = findings(mail("The the CPU.\n\nGo.\n\nThe the CPU."))
    assert [finding.ordinal for finding in twice] == [0, 1]
    assert len({finding.fingerprint for finding in twice}) == 2


def test_a_rule_without_a_check_is_an_error() -> None:
    with pytest.raises(RuleError, match=r"doubled\.toml: no check `nothing` \(one of"):
        findings(mail("Go."), replace(RULE, body=Words("nothing")))


def test_words_that_are_no_pattern_are_an_error() -> None:
    with pytest.raises(RuleError, match=r"doubled\.toml: one of `words` is no pattern"):
        findings(mail("Go."), replace(RULE, body=Words("phrase", ("(->x",))))
