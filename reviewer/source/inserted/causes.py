"""Instrumentation as a table: what asks for it, what it puts in, and what keeps it out.

The names are those of the compilers' run-time interfaces (gcc and clang: -pg, -fstack-protector,
-fsanitize=..., -fsanitize-coverage=...), not the kernel's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import PurePosixPath

from msgspec import Struct

from reviewer.source.conditions import FALSE, TRUE, Atom, Condition, conjoin, disjoin, negate
from reviewer.source.inserted.makefile import FLAGS, Assignment, flags, object_of, switched_on
from reviewer.source.types import Function


class Place(StrEnum):
    """What instrumentation stands at."""

    ENDS = "ends"  # a function's entry and exit
    BLOCKS = "blocks"  # where control can enter straight-line code
    ACCESSES = "accesses"  # reads and writes of memory
    CHECKS = "checks"  # indices, shifts and divisions, which may be undefined


class Cause(Struct, frozen=True):
    """One kind of instrumentation.

    `option` asks for it; `emits` matches the functions that it calls. It stays out of functions
    with one of the `attributes`, of objects with `variable := n`, and of those whose flags lack
    `removed` or have `added`; objects without `variable := y` get it where `blanket` is set, if
    there is such an option. `segment` says that the code put in reads per-CPU
    data; `breaks` that its functions do so in kernels that are run to be tested, as those with
    coverage are, while a sanitizer of memory or races is hardly ever run so far.
    """

    name: str
    option: str
    emits: re.Pattern[str]
    attributes: frozenset[str]
    variable: str = ""
    blanket: str = ""
    removed: tuple[str, ...] = ()
    added: str = ""
    segment: bool = False
    breaks: bool = False
    place: Place = Place.ACCESSES


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


CAUSES = (
    Cause(
        "function tracing",
        "CONFIG_FUNCTION_TRACER",
        re.compile(r"__fentry__|mcount|_mcount"),
        _words("notrace noinstr __cpuidle __naked"),
        removed=("-pg", "$(CC_FLAGS_FTRACE)"),
        place=Place.ENDS,
    ),
    Cause(
        "stack protector",
        "CONFIG_STACKPROTECTOR",
        re.compile(r"__stack_chk_fail"),
        _words("__no_stack_protector __naked"),
        removed=("-fstack-protector", "-fstack-protector-strong"),
        added="-fno-stack-protector",
        segment=True,
        place=Place.ENDS,
    ),
    Cause(
        "coverage",
        "CONFIG_KCOV",
        re.compile(r"__sanitizer_cov_\w+"),
        _words("noinstr __cpuidle __no_sanitize_coverage __naked"),
        variable="KCOV_INSTRUMENT",
        blanket="CONFIG_KCOV_INSTRUMENT_ALL",
        breaks=True,
        place=Place.BLOCKS,
    ),
    Cause(
        "address sanitizer",
        "CONFIG_KASAN",
        re.compile(r"__(?:asan|hwasan)_\w+"),
        _words("noinstr __cpuidle __no_sanitize_address __no_kasan_or_inline __naked"),
        variable="KASAN_SANITIZE",
    ),
    Cause(
        "memory sanitizer",
        "CONFIG_KMSAN",
        re.compile(r"__msan_\w+"),
        _words("noinstr __cpuidle __no_sanitize_memory __naked"),
        variable="KMSAN_SANITIZE",
    ),
    Cause(
        "thread sanitizer",
        "CONFIG_KCSAN",
        re.compile(r"__tsan_\w+"),
        _words("noinstr __cpuidle __no_kcsan __no_sanitize_thread __no_sanitize_or_inline __naked"),
        variable="KCSAN_SANITIZE",
    ),
    Cause(
        "undefined behaviour sanitizer",
        "CONFIG_UBSAN",
        re.compile(r"__ubsan_\w+"),
        _words("noinstr __no_sanitize_undefined __naked"),
        variable="UBSAN_SANITIZE",
        place=Place.CHECKS,
    ),
)


def instruments(cause: Cause, setting: Assignment) -> bool:
    """Whether a setting of a Makefile says anything about what the cause does to objects."""
    name, words = setting.variable, setting.value.split()
    if cause.variable and (name == cause.variable or name.startswith(f"{cause.variable}_")):
        return True
    if name.startswith("CFLAGS_REMOVE_"):
        return any(flag in words for flag in cause.removed)
    adds = name.startswith("CFLAGS_") or name in FLAGS
    return adds and bool(cause.added) and cause.added in words


def concerned(cause: Cause, setting: Assignment, stem: str) -> bool:
    """Whether a setting says anything about what the cause does to one object."""
    return object_of(setting) in ("", stem) and instruments(cause, setting)


class Inserted(Struct, frozen=True):
    """A cause that reaches a function, and the configuration in which it does."""

    cause: Cause
    condition: Condition


def inserted(function: Function, settings: tuple[Assignment, ...]) -> Iterator[Inserted]:
    """The instrumentation that a function of an object with these settings gets."""
    stem = PurePosixPath(function.location.path).stem
    for cause in CAUSES:
        if not cause.attributes.isdisjoint(function.attributes):
            continue
        out = [flags(settings, "CFLAGS_REMOVE", stem, flag) for flag in cause.removed]
        if cause.added:
            out.append(flags(settings, "CFLAGS", stem, cause.added))
        condition = conjoin(
            (Atom(cause.option), negate(disjoin(out)), _wanted(cause, settings, stem))
        )
        if condition != FALSE:
            yield Inserted(cause, condition)


def _wanted(cause: Cause, settings: tuple[Assignment, ...], stem: str) -> Condition:
    """Where the Makefile's variable has the object instrumented."""
    if not cause.variable:
        return TRUE
    usual = Atom(cause.blanket) if cause.blanket else TRUE
    return switched_on(settings, cause.variable, stem, usual)
