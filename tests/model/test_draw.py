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
   send(cpu)                                                          a.c:1
                                     <NMI>
                                  stop_this_cpu():
                                     wbinvd()  <- WBINVD begins       arch/x86/kernel/process.c:26
copy():
   call <copy>  <- breaks no-x                                        a.S:3
"""


def test_one_column_a_cpu_time_downwards_each_step_with_its_place() -> None:
    assert columns(TRACE) == DRAWN
