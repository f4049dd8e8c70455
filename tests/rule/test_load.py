from __future__ import annotations

from pathlib import Path

import pytest

from reviewer.errors import RuleErrors
from reviewer.rule.files import RuleFile
from reviewer.rule.load import load_rules, parse_rules
from reviewer.rule.types import Window
from reviewer.rule.words import load_words

EVENTS = """\
[[event]]
name = "door.open"
doc = "opens"
c = ["open_door(_)"]

[[event]]
name = "door.close"
doc = "closes"
c = ["close_door(_)"]
"""

RULE = '''\
kind = "window"
title = "No call with the door open"
severity = "error"
message = "{subject} with the door open"
rationale = "It is cold."
limits = ["none known"]
references = ["door.h"]

[window]
opens = ["door.open"]
forbids = ["call"]
permits = ["door"]
closes = ["door.close"]

[[bad]]
title = "called"
code = """
void f(void)
{
	open_door(1);
	g(); /* bad */
}
"""

[[good]]
title = "closed"
code = """
title = 1;
void f(void) { open_door(1); close_door(1); g(); }
"""
'''


def problems(rule: str, events: str = EVENTS, name: str = "no-call.toml") -> list[str]:
    """What is wrong with the two files, as a person reads it."""
    with pytest.raises(RuleErrors) as caught:
        parse_rules(
            [RuleFile("events.toml", "events/e.toml", events), RuleFile("r.toml", name, rule)]
        )
    return [str(problem) for problem in caught.value.problems]


def test_a_rule_comes_out_as_it_was_written() -> None:
    rules = parse_rules(
        [RuleFile("e.toml", "events/e.toml", EVENTS), RuleFile("r.toml", "door/no-call.toml", RULE)]
    )
    (rule,) = rules.rules
    assert rule.id == "no-call"
    assert rule.source == "door/no-call.toml"
    assert isinstance(rule.body, Window)
    assert rule.body.opens == ("door.open",)
    assert [example.guilty for example in rule.examples] == [(4,), ()]
    assert rule.examples[0].code.startswith("void f(void)\n{\n\topen_door(1);\n")
    assert [event.name for event in rules.vocabulary.events] == ["door.open", "door.close"]
    assert len(rules.digest) == 12


def test_five_mistakes_are_five_problems_with_file_and_line() -> None:
    broken = (
        RULE.replace('severity = "error"', 'severity = "fatal"')
        .replace('rationale = "It is cold."\n', "")
        .replace('forbids = ["call"]', 'forbids = ["window.open"]')
        .replace("g(); /* bad */", "g();")
        .replace('limits = ["none known"]', 'limits = ["none known"]\ncolour = "red"')
    )
    assert problems(broken) == [
        "r.toml:1: `rationale` is missing",
        "r.toml:3: unknown severity `fatal` (one of error, warning, info)",
        "r.toml:6: unknown key `colour` (one of kind, title, severity, message, rationale, limits,"
        " references, scope, window, rank, bad, good, miss)",
        "r.toml:11: unknown event `window.open`",
        "r.toml:17: example without a guilty line: mark it with /* bad */",
    ]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (
            'kind = "window"',
            'kind = "door"',
            "r.toml:1: unknown kind `door` (one of window, order, pairing, typestate, coverage, "
            "context, contract, series, protocol, words)",
        ),
        ("{subject}", "{color}", "r.toml:4: `{color}` is no field of a message"),
        ("{subject}", "{subject", "r.toml:4: `message` is no template"),
        ('permits = ["door"]', "permits = []", "r.toml:12: `permits` is an empty list"),
        ('permits = ["door"]', "permits = 3", "r.toml:12: `permits` must be a list of texts"),
        ('"door"]', '"door",\n  "wall"]', "r.toml:13: unknown event `wall`"),
        ('"call"]', '"call", "call"]', "r.toml:11: `call` stands twice in `forbids`"),
        ("[window]", '[scope]\ncondition = "A || B"\n[window]', "r.toml:10: cannot read condition"),
        ("title = 1;", "title = 1; /* bad */", "r.toml:27: a good example marks a line"),
        ('title = "closed"', "title = 4", "r.toml:26: `title` must be a text"),
        ("[[good]]", "[[miss]]", "r.toml:1: no [[good]] example"),
        ("kind =", "kind = =", "r.toml:1: Invalid value"),
        ("[window]", "[wndow]", "r.toml:9: unknown key `wndow`"),
    ],
)  # fmt: skip
def test_each_mistake_is_told_where_it_is(old: str, new: str, problem: str) -> None:
    assert any(found.startswith(problem) for found in problems(RULE.replace(old, new, 1)))


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("open_door(_)", "open(", "4: pattern `open(`: ends too early at column 6"),
        ('name = "door.close"', 'name = "door.open"', "7: event `door.open` is defined twice"),
        ('name = "door.close"', 'name = "call"', "7: event `call` is defined twice"),
        ('name = "door.close"', 'name = "Door"', "7: `Door` is no event name"),
        ('doc = "opens"\n', "", "1: `doc` is missing"),
        ('c = ["open_door(_)"]\n', "", "2: event `door.open` has no spelling"),
    ],
)
def test_each_mistake_of_a_vocabulary_is_told_where_it_is(old: str, new: str, problem: str) -> None:
    found = problems(RULE, EVENTS.replace(old, new, 1))
    assert any(text.startswith(f"events.toml:{problem}") for text in found)


def test_an_event_that_no_rule_speaks_of_is_a_problem() -> None:
    wall = '[[event]]\nname = "wall"\ndoc = "stands"\nc = ["wall()"]\n'
    assert problems(RULE, f"{EVENTS}\n{wall}") == ["events.toml:12: no rule speaks of event `wall`"]


def test_two_rules_of_one_name_are_a_problem() -> None:
    files = [
        RuleFile("e.toml", "events/e.toml", EVENTS),
        RuleFile("a.toml", "a/no-call.toml", RULE),
        RuleFile("b.toml", "b/no-call.toml", RULE),
    ]
    with pytest.raises(RuleErrors) as caught:
        parse_rules(files)
    assert [str(problem) for problem in caught.value.problems] == [
        "b.toml:1: rule `no-call` is defined twice (see a.toml)"
    ]


def test_extra_rules_join_the_shipped_ones(tmp_path: Path) -> None:
    shipped = load_rules()
    (tmp_path / "events.toml").write_text(EVENTS)
    (tmp_path / "no-call.toml").write_text(RULE)
    both = load_rules([tmp_path])
    assert {rule.id for rule in both.rules} == {rule.id for rule in shipped.rules} | {"no-call"}
    assert both.digest != shipped.digest


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RuleErrors, match=r"none\.toml: cannot be read"):
        load_rules([tmp_path / "none.toml"])


def test_rules_on_words_load_without_the_others() -> None:
    alone = load_words()
    assert alone.words == load_rules().words
    assert not alone.rules
    assert not alone.vocabulary.events
