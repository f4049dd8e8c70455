"""The version of the program and of its rules."""

from __future__ import annotations

from reviewer.cli.outcome import Code
from reviewer.cli.streams import Sink
from reviewer.report.version import VERSION


def print_version() -> Code:
    """Prints the version and the digest of the shipped rules.

    Raises:
        RuleErrors: the shipped rules cannot be read.
    """
    from reviewer.rule.files import digest_of, rule_files

    Sink(None).write(f"reviewer {VERSION} (rules {digest_of(rule_files())})\n")
    return Code.CLEAN
