from __future__ import annotations

from reviewer.finding import Location, Step, Trace
from reviewer.model.draw import columns

PLACE = Location("arch/x86/kernel/process.c", 26)
TRACE = Trace(
    (
        Step(Location("a.c", 1), "stop", "send(cpu)", "", "CPU 0"),
        Step(Location("", 0), "", "none", "", "CPU 0"),
        Step(Location("", 0), "", "<NMI>", "", "CPU 1"),
        Step(PLACE, "stop_this_cpu", "wbinvd()", "WBINVD begins", "CPU 1"),
        Step(Location("a.S", 3), "copy", "call <copy>", "breaks no-x", "CPU 0"),
    )
)

DRAWN = """\
CPU 0                             CPU 1
stop():
   send(cpu)
                                     <NMI>
                                  stop_this_cpu():
                                     wbinvd()  <- WBINVD begins
copy():
   call <copy>  <- breaks no-x
"""


def test_one_column_a_cpu_time_downwards() -> None:
    assert columns(TRACE, places=False) == DRAWN


def test_each_step_has_its_place() -> None:
    line = next(line for line in columns(TRACE).splitlines() if "wbinvd" in line)
    assert line.endswith("arch/x86/kernel/process.c:26")
