from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from reviewer.model.code import Reader
from reviewer.model.scenario import remember
from reviewer.model.scenario_file import load_scenarios
from reviewer.patch.types import SourceFile
from reviewer.review.sides import Judged, Side, differences, side

STOP = next(each for each in load_scenarios() if each.id == "kexec-stop")
PROCESS = "arch/x86/kernel/process.c"
FLUSH = "\tif (this_cpu_read(cache_state_incoherent))\n\t\twbinvd();\n"


def reader(root: Path, old: str = "", new: str = "") -> Reader:
    def read(path: str) -> SourceFile | None:
        file = root / path
        if not file.exists():
            return None
        text = file.read_text()
        return SourceFile(path, (text.replace(old, new) if path == PROCESS else text).encode())

    return read


def marked(before: Side) -> Side:
    """The side with verdicts that no search gives."""
    return Side(
        {
            name: Judged(each.system, replace(each.verdict, states=-1))
            for name, each in before.judged.items()
        },
        (),
    )


def test_what_is_the_same_is_not_searched_again(minikernel: Path) -> None:
    memory = remember()
    before = marked(side(STOP, reader(minikernel), memory, None))
    moved = reader(minikernel, "struct cpumask cpus", "/* Those. */\nstruct cpumask cpus")
    after = side(STOP, moved, memory, before)
    assert {each.verdict.states for each in after.judged.values()} == {-1}
    for name, each in after.judged.items():
        assert list(differences(before.judged[name], each)) == []


def test_what_differs_is_searched(minikernel: Path) -> None:
    memory = remember()
    before = marked(side(STOP, reader(minikernel), memory, None))
    after = side(STOP, reader(minikernel, FLUSH, ""), memory, before)
    assert after.judged["sme-active"].verdict.states > 0


def test_a_difference_names_what_came_and_what_went(minikernel: Path) -> None:
    memory = remember()
    before = side(STOP, reader(minikernel), memory, None)
    after = side(STOP, reader(minikernel, FLUSH, ""), memory, before)
    found = list(differences(before.judged["sme-active"], after.judged["sme-active"]))
    assert [each.text for each in found] == [
        "irq now halts without WBINVD, no longer after WBINVD in stop_this_cpu()",
        "nmi now halts without WBINVD, no longer after WBINVD in stop_this_cpu()",
    ]
    for each in found:
        assert each.before.steps
        assert each.after.steps
    back = differences(after.judged["sme-active"], before.judged["sme-active"])
    assert next(back).text == (
        "irq now halts after WBINVD in stop_this_cpu(), no longer without WBINVD"
    )
