from __future__ import annotations

import pytest

from reviewer.check.words.references import commit_cites, fixes_form
from tests.check.words.mails import hits, mail


@pytest.mark.parametrize(
    ("changelog", "details"),
    [
        ('Since commit 1f5e7eb7868e ("mini: stop") it is so.', []),
        ('Since commit\n1f5e7eb7868e ("mini:\nstop") it is so.', []),
        ('Commit\n\n  1f5e7eb7868e ("mini: stop")\n\ndid it.', []),
        ("Since commit 1f5e7eb7868e it is so.", ["no title follows it"]),
        ('Commit\n\n  1f5e7eb7868e: ("mini: stop")\n\ndid it.', ["`:` follows the hash"]),
        (
            'Commit 1f5e7eb7868e "mini: stop" did it.',
            ["its title is not in parentheses and quotes"],
        ),
        ('Commit 1f5e7eb ("mini: stop") did it.', ["a hash of 7 digits, 12 are asked for"]),
        ('Commit 1f5e7eb7868e ("mini: stop"), then commit 1f5e7eb7868e again.', []),
        ("[ Upstream commit 1f5e7eb7868e0123456789012345678901234567 ]", []),
        ("[commit 1f5e7eb7868e in the other tree]", []),
        ("commit 1f5e7eb7868e0123456789012345678901234567 upstream.", []),
        ("Commit 20200401 of the calendar, commit message and commit deadbee-like.", []),
    ],
)
def test_commit_cites(changelog: str, details: list[str]) -> None:
    assert [hit.detail for hit in hits(commit_cites, mail(changelog))] == details


@pytest.mark.parametrize(
    ("trailer", "details"),
    [
        ('Fixes: 1f5e7eb7868e ("mini: stop")', []),
        ("Fixes: https://example.org/1", []),
        ('Fixes: 1f5e7eb ("mini: stop")', ["its hash has 7 digits"]),
        ('Fixes: 1f5e7eb7868e("mini: stop")', ["it has another form"]),
        ('Fixes: 1f5e7eb7868e ("mini:\nstop")', ["it is wrapped over two lines"]),
        ("Fixes: 1f5e7eb7868e0123456789012345678901234567", ["it has another form"]),
    ],
)
def test_fixes_form(trailer: str, details: list[str]) -> None:
    assert [hit.detail for hit in hits(fixes_form, mail(f"Go.\n\n{trailer}"))] == details
