"""Functions by how they are handed over: every spelling of every root."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from reviewer.check.registered import made_by, registered
from reviewer.rule.load import load_rules
from reviewer.rule.root import FUNCTION, spelling
from reviewer.rule.types import Root

ROOTS = load_rules().vocabulary.roots
PATH = "kernel/example.c"


def code(text: str) -> str:
    """A call as it is spelled, with an object where one is asked for."""
    call = spelling(text)
    assert call is not None
    given: list[str] = []
    objects: list[str] = []
    for number, pattern in enumerate(call.arguments):
        match pattern:
            case "_" | "...":
                given.append("0")
            case "@":
                given.append(f"f{number}")
            case str() if pattern.startswith(FUNCTION):
                given.append(f"&object{number}")
                member = pattern.removeprefix(FUNCTION)
                objects.append(f"struct s object{number} = {{\n\t{member} = f{number},\n}};\n")
            case _:
                given.append(pattern.replace("*", "X"))
    return "".join(objects) + f"{call.name.replace('*', '')}({', '.join(given)});\n"


def spellings() -> Iterator[tuple[Root, str]]:
    for root in ROOTS:
        for text in root.calls:
            yield root, text


@pytest.mark.parametrize(
    ("root", "text"), [pytest.param(*each, id=f"{each[0].name}: {each[1]}") for each in spellings()]
)
def test_a_call_hands_over_each_of_its_functions(root: Root, text: str) -> None:
    call = spelling(text)
    assert call is not None
    wanted = [f"f{i}" for i, each in enumerate(call.arguments) if each.startswith(FUNCTION)]
    found = list(registered(code(text), PATH, (replace(root, calls=(text,)),)))
    assert [each.function for each in found] == wanted
    assert all(each.root.name == root.name for each in found)
    others = [each for each in root.calls if each != text]
    assert not list(registered(code(text), PATH, (replace(root, calls=tuple(others)),)))


@pytest.mark.parametrize(
    ("root", "member"),
    [
        pytest.param(root, member, id=f"{root.name}: {member}")
        for root in ROOTS
        for member in root.members
    ],
)
def test_a_member_of_an_object_of_the_type_is_handed_over(root: Root, member: str) -> None:
    kind, field = member.split(".")
    text = (
        f"int x;\nstatic const struct {kind} ops = {{\n\t.name = {{ 0 }},\n\t.{field} = f,\n}};\n"
    )
    (found,) = registered(text, PATH, (root,))
    assert (found.function, found.location.line) == ("f", 4)
    assert not list(registered(text.replace(kind, "other"), PATH, (root,)))


def test_a_macro_defines_its_function() -> None:
    root = next(each for each in ROOTS if each.name == "task.syscall")
    assert made_by(("long", "SYSCALL_DEFINE3"), root) == "SYSCALL_DEFINE3"
    assert made_by(("long", "DEFINE_SYSCALL"), root) == ""


def test_what_a_state_says_decides() -> None:
    text = (
        'cpuhp_setup_state(CPUHP_AP_X_STARTING, "x", up, down);\ncpuhp_setup_state(s, "x", a, b);'
    )
    found = {each.function: each.root.name for each in registered(text, PATH, ROOTS)}
    assert found == {"up": "hotplug.starting", "down": "hotplug.starting"}


def test_an_object_is_found_by_what_is_stored_to_it() -> None:
    text = "nb->nb.notifier_call = f;\nregister_reboot_notifier(&nb->nb);\n"
    assert [each.function for each in registered(text, PATH, ROOTS)] == ["f"]


def test_a_definition_and_a_cast() -> None:
    text = (
        "int on_each_cpu(smp_call_func_t func, void *info, int wait);\n"
        "on_each_cpu((smp_call_func_t)f, NULL, 1);\n"
    )
    assert [each.function for each in registered(text, PATH, ROOTS)] == ["f"]


@pytest.mark.parametrize("text", ["f", "f()", "f(_)", "f(@", "1(@)"])
def test_what_hands_over_nothing_is_no_spelling(text: str) -> None:
    assert spelling(text) is None
