// Per-CPU accesses between the reset of GS and its restore or the jump.
virtual report

@direct exists@
symbol gs, current;
position opened, at;
expression variable, value;
@@
load_segments@opened(...)
... when any
    when != loadsegment(gs, ...)
    when != relocate_kernel(...)
(
this_cpu_read@at(variable)
|
__this_cpu_read@at(variable)
|
raw_cpu_read@at(variable)
|
this_cpu_write@at(variable, value)
|
__this_cpu_write@at(variable, value)
|
this_cpu_ptr@at(variable)
|
raw_cpu_ptr@at(variable)
|
per_cpu_ptr@at(variable, smp_processor_id())
|
smp_processor_id@at()
|
raw_smp_processor_id@at()
|
preempt_count@at()
|
current@at
)

@script:python@
opened << direct.opened;
at << direct.at;
@@
print(f"{at[0].file}:{at[0].line}: per-CPU access after load_segments at {opened[0].line}")
