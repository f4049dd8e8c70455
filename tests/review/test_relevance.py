"""Which files load the parser, the index and the simulator."""

from __future__ import annotations

from reviewer.patch.rebuild import Rebuilt
from reviewer.patch.types import FileChange, FileDiff, FileReview, SourceFile
from reviewer.review.relevance import RuleBook, concerns_scenario, open_book
from reviewer.rule.files import RuleFile
from reviewer.rule.load import parse_rules

EVENT = """
[[event]]
name = "door.open"
doc = "The door opens."
c = ["open_door()"]

[[event]]
name = "door.pass"
doc = "Somebody goes through."
c = ["pass_door()"]
"""
RULE = """
kind = "window"
title = "Nobody goes through an open door"
severity = "error"
message = "{subject} goes through"
rationale = "It is cold."
limits = ["None."]
references = ["none"]
[window]
opens = ["door.open"]
forbids = ["door.pass"]
[[bad]]
title = "goes through"
code = '''
void f(void)
{
	open_door();
	pass_door();	/* bad */
}
'''
[[good]]
title = "waits"
code = '''
void f(void)
{
	open_door();
}
'''
"""


def book() -> RuleBook:
    files = (RuleFile("events.toml", "events.toml", EVENT), RuleFile("r.toml", "r.toml", RULE))
    return open_book(parse_rules(files))


def rebuilt(path: str, before: bytes, after: bytes) -> Rebuilt:
    diff = FileDiff(FileChange.MODIFY, path, path)
    review = FileReview(diff, SourceFile(path, before), SourceFile(path, after))
    return Rebuilt(((review,),), "no tree")


def test_a_word_of_a_rule_on_either_side_concerns_the_rules() -> None:
    assert book().concerns(rebuilt("a.c", b"open_door();\n", b"\n"))
    assert book().concerns(rebuilt("a.c", b"\n", b"open_door();\n"))


def test_other_code_does_not_concern_them() -> None:
    assert not book().concerns(rebuilt("a.c", b"shut();\n", b"shut_it();\n"))


def test_a_file_of_a_scenario_is_simulated_and_another_is_not() -> None:
    assert concerns_scenario(rebuilt("arch/x86/kernel/process.c", b"", b""))
    assert not concerns_scenario(rebuilt("drivers/none/such.c", b"", b""))
