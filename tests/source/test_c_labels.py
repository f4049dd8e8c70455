from __future__ import annotations

from reviewer.source.types import Flow
from tests.source.lowering import lower_body, paths


def test_goto_forward_and_backward() -> None:
    assert paths(lower_body("if (a) goto out; g(); out: h();")) == ["+a h()", "-a g() h()"]
    assert paths(lower_body("again: g(); if (a) goto again;")) == ["g() +a g() -a", "g() -a"]


def test_label_at_the_end_of_a_block() -> None:
    assert paths(lower_body("if (a) goto out; g(); out:")) == ["+a", "-a g()"]


def test_computed_goto_leads_to_the_labels_whose_address_is_taken() -> None:
    body = "static void *t[] = { &&one, &&two };\ngoto *t[a];\n"
    body += "one: g(); return; two: h(); return; three: i();"
    assert paths(lower_body(body)) == ["g()", "h()"]


def test_computed_goto_leads_anywhere_if_no_address_is_seen() -> None:
    assert paths(lower_body("goto *p; one: g(); return; two: h();")) == ["g()", "h()"]


def test_asm_goto_leads_to_its_labels_and_on() -> None:
    function = lower_body('asm goto("jmp %l[out]" : : "r" (a) : "cc" : out); g(); out: h();')
    [with_g, without] = sorted(paths(function), key=len, reverse=True)
    assert with_g == without.replace(" h()", " g() h()")
    assert [edge.flow for edge in function.cfg.edges].count(Flow.GOTO) == 1


def test_goto_to_a_label_that_is_nowhere_leaves() -> None:
    assert paths(lower_body("if (a) goto lost; g();")) == ["+a", "-a g()"]


def test_goto_into_code_under_a_condition() -> None:
    body = "if (a) goto out;\ng();\n#ifdef CONFIG_A\nout:\nh();\n#endif"
    assert paths(lower_body(body)) == [
        "+a #CONFIG_A h()",
        "-a g() #!CONFIG_A",
        "-a g() #CONFIG_A h()",
    ]


def test_duplicate_labels_in_exclusive_arms() -> None:
    body = "if (a) goto out;\n#ifdef CONFIG_A\nout:\ng();\n#else\nout:\nh();\n#endif"
    assert "+a #CONFIG_A g()" in paths(lower_body(body))
    assert "+a #!CONFIG_A h()" in paths(lower_body(body))
