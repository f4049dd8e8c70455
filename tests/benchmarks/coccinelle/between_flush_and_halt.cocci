// Calls and stores between the flush of the caches and the halt of the CPU.
virtual report

@calls exists@
position opened, at;
expression called;
expression list arguments;
@@
(
wbinvd@opened()
|
native_wbinvd@opened()
|
wbnoinvd@opened()
)
... when any
called@at(arguments)
... when any
(
native_halt()
|
halt()
)

@stores exists@
position opened, at;
expression place, value;
@@
(
wbinvd@opened()
|
native_wbinvd@opened()
|
wbnoinvd@opened()
)
... when any
place@at = value
... when any
(
native_halt()
|
halt()
)

@script:python@
opened << calls.opened;
at << calls.at;
called << calls.called;
@@
print(f"{at[0].file}:{at[0].line}: {called} after the flush at {opened[0].line}")

@script:python@
opened << stores.opened;
at << stores.at;
@@
print(f"{at[0].file}:{at[0].line}: store after the flush at {opened[0].line}")
