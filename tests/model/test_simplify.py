from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reviewer.model.simplify import simplify
from reviewer.model.text import parse, show
from reviewer.model.types import Act, Instruction, Program
from reviewer.source.conditions import TRUE, Atom, Condition, conjoin, disjoin, negate
from tests.model.cutting import cut, runs

PLACES = 6
LOCALS = ("%a", "%b")
VISIBLE = (Act.FLUSH_BEGIN, Act.MASK_CLEAR, Act.HALT, Act.IRQ_OFF)

atoms = st.sampled_from(("%a", "%b", "flag", "active")).map(Atom)
conditions: st.SearchStrategy[Condition] = st.recursive(
    st.one_of(st.just(TRUE), atoms, atoms.map(negate)),
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=2).map(conjoin),
        st.lists(inner, min_size=2, max_size=2).map(disjoin),
    ),
    max_leaves=3,
)
places = st.integers(0, PLACES - 1)
#: Nothing leads on from the exit.
sources = st.integers(0, PLACES - 2)
plain = st.builds(
    Instruction, source=sources, target=places, act=st.sampled_from(VISIBLE), guard=conditions
)
joints = st.builds(Instruction, source=sources, target=places, guard=conditions)
assignments = st.builds(
    Instruction,
    source=sources,
    target=places,
    act=st.just(Act.ASSIGN),
    variable=st.sampled_from(LOCALS),
    value=conditions,
    guard=conditions,
)
#: Both locals are written somewhere: one that never is may have either value.
WRITTEN = tuple(Instruction(0, 0, Act.ASSIGN, name, Atom(name)) for name in LOCALS)
programs = st.lists(st.one_of(plain, joints, assignments), max_size=12).map(
    lambda items: Program("p", PLACES, 0, PLACES - 1, (*WRITTEN, *items))
)


@given(programs, st.booleans(), st.booleans())
def test_a_simpler_program_has_the_same_runs(program: Program, active: bool, flag: bool) -> None:
    simple = simplify(program, {"active": active})
    facts = {"active": active, "flag": flag}
    assert runs(simple, facts) == runs(program, facts)


@given(programs, st.booleans())
def test_what_is_simple_stays_as_it_is(program: Program, active: bool) -> None:
    once = simplify(program, {"active": active})
    assert len(simplify(once, {}).instructions) == len(once.instructions)


@given(programs)
def test_an_input_is_in_no_condition_afterwards(program: Program) -> None:
    assert "active" not in show(simplify(program, {"active": True}))


def simplified(text: str, **inputs: bool) -> str:
    return show(simplify(parse(text), inputs))


def test_an_assignment_that_nobody_reads_is_no_step() -> None:
    text = "0 -> 1: %a := flag\n1 -> exit: flush.begin"
    assert simplified(text) == "program program\n0 -> exit: flush.begin\n"


def test_a_value_that_is_the_same_on_every_way_is_put_in() -> None:
    text = (
        "0 -> 1: %a := 1\n1 -> 2: none if %a\n1 -> 3: none if !%a\n"
        "2 -> exit: halt\n3 -> exit: store"
    )
    assert simplified(text) == "program program\n0 -> exit: halt\n"


def test_a_store_after_a_store_says_nothing_new_until_a_flush() -> None:
    text = "0 -> 1: store\n1 -> 2: store\n2 -> 3: flush.end\n3 -> exit: store"
    assert simplified(text, stores_alias=True).count("store") == 2
    assert "store" not in simplified(text, stores_alias=False)


def test_a_call_counts_only_where_gs_may_be_invalid() -> None:
    text = "0 -> 1: call\n1 -> 2: gs.invalid\n2 -> 3: call\n3 -> 4: gs.valid\n4 -> exit: call"
    assert simplified(text).count("call") == 1


def test_a_loop_that_only_idles_vanishes() -> None:
    assert simplified("0 -> 0: none\n0 -> exit: flush.begin").count("->") == 1


def test_a_variable_that_nothing_writes_may_have_either_value() -> None:
    text = "0 -> 1: none if %a\n0 -> exit: none if !%a\n1 -> exit: halt"
    assert runs(simplify(parse(text), {}), {}) == {frozenset(), frozenset({Act.HALT})}


def test_code_of_several_functions_becomes_few_steps() -> None:
    text = "static void g(int x) { x = x + 1; }\nvoid f(void) { g(1); g(2); wbinvd(); }"
    assert len(simplify(cut(text), {}).instructions) == 2
