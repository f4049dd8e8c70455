// Calls between the reset of GS and its restore or the jump, in the function and in its callers.
virtual report

@wrapper@
identifier opens != load_segments;
@@
opens(...) { <+... load_segments(...) ...+> }

@direct exists@
symbol gs;
position opened, at;
expression called;
expression list arguments;
@@
load_segments@opened(...)
... when any
    when != loadsegment(gs, ...)
    when != relocate_kernel(...)
called@at(arguments)

@wrapped exists@
identifier wrapper.opens;
position opened, at;
expression called;
expression list arguments;
@@
opens@opened(...)
... when any
    when != loadsegment(gs, ...)
    when != relocate_kernel(...)
called@at(arguments)

@script:python@
opened << direct.opened;
at << direct.at;
called << direct.called;
@@
print(f"{at[0].file}:{at[0].line}: {called} after load_segments at {opened[0].line}")

@script:python@
opened << wrapped.opened;
at << wrapped.at;
called << wrapped.called;
@@
print(f"{at[0].file}:{at[0].line}: {called} after a reset at {opened[0].line}")
