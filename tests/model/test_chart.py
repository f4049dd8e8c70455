from __future__ import annotations

from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from reviewer.finding import Location, Situation, Step, Trace
from reviewer.model.chart import Message, chart, messages
from tests.model.test_draw import TRACE

SVG = "{http://www.w3.org/2000/svg}"


def step(actor: int, text: str, note: str = "") -> Step:
    return Step(Location("a.c", 1), "f", text, note, f"CPU {actor}")


RACE = (
    step(0, "send(cpu)", "sends irq"),
    step(0, "send(all)", "sends nmi"),
    step(2, "<irq interrupt>"),
    step(1, "<NMI>"),
    step(1, "wbinvd()", "WBINVD begins"),
    step(0, "call swap_pages", "memory belongs to the new kernel; breaks no-x"),
)


def test_an_interrupt_is_a_message_from_its_last_sender() -> None:
    assert messages(RACE) == (Message(0, 2, "irq"), Message(1, 3, "nmi"))
    again = (RACE[0], step(0, "send(cpu)", "sends irq"), RACE[2])
    assert messages(again) == (Message(1, 2, "irq"),)


def test_an_interrupt_that_nobody_sent_has_no_arrow() -> None:
    assert messages(RACE[2:]) == ()
    assert messages((step(1, "send(self)", "sends nmi"), RACE[3])) == ()


def arrows(text: str) -> list[ElementTree.Element]:
    lines = ElementTree.fromstring(text).iter(f"{SVG}line")
    return [line for line in lines if "marker-end" in line.attrib]


def test_an_arrow_leads_down_from_sender_to_receiver() -> None:
    first, second = arrows(chart(Trace(RACE), "race"))
    for arrow in (first, second):
        assert int(arrow.attrib["x1"]) < int(arrow.attrib["x2"])
        assert int(arrow.attrib["y1"]) < int(arrow.attrib["y2"])
    assert [arrow[0].text for arrow in (first, second)] == ["irq", "nmi"]


def test_a_flush_that_does_not_end_is_a_bar_to_the_bottom() -> None:
    root = ElementTree.fromstring(chart(Trace(RACE), "race"))
    (bar,) = (rect for rect in root.iter(f"{SVG}rect") if len(rect))
    assert int(bar.attrib["y"]) + int(bar.attrib["height"]) > int(root.attrib["height"]) - 22


def test_the_pair_that_races_has_rings_and_the_machine_frames_the_chart() -> None:
    run = (*RACE[:4], replace(RACE[4], races=True), replace(RACE[5], races=True))
    stands = (Situation("CPU 1", ("inside <WBINVD>",)),)
    root = ElementTree.fromstring(chart(Trace(run, stands, stands), "race"))
    rings = [each for each in root.iter(f"{SVG}circle") if each.attrib["r"] == "8"]
    assert len(rings) == 2
    said = [each.text or "" for each in root.iter(f"{SVG}text")]
    assert sum("inside <WBINVD>" in text for text in said) == 2
    assert any("race: either could have come first" in text for text in said)
    bottom = max(float(each.attrib["y"]) for each in root.iter(f"{SVG}text"))
    assert bottom < int(root.attrib["height"])


def test_a_chart_escapes_its_text() -> None:
    drawn = chart(TRACE, "a < b")
    assert "<title>a &lt; b</title>" in drawn
    assert "call &lt;copy&gt;" in drawn


steps = st.builds(
    step,
    st.integers(0, 2),
    st.one_of(st.text(max_size=60), st.sampled_from(("<NMI>", "<irq interrupt>", "none"))),
    st.sampled_from(("", "sends irq", "sends nmi", "WBINVD begins", "WBINVD ends", "breaks x")),
)


@given(st.lists(steps, max_size=8))
def test_any_run_can_be_drawn(run: list[Step]) -> None:
    drawn = chart(Trace(tuple(run)), "title")
    assert drawn.startswith("<svg ")
    assert drawn.endswith("</svg>\n")
    assert len(arrows_by_text(drawn)) == len(messages(run))


def arrows_by_text(drawn: str) -> list[str]:
    return [line for line in drawn.splitlines() if "marker-end" in line]
