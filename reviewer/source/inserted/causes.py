"""Instrumentation as a table: what asks for it, what it puts in, and what keeps it out.

The names are those of the compilers' run-time interfaces (gcc and clang: -pg, -fstack-protector,
-fsanitize=..., -fsanitize-coverage=...), not the kernel's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from msgspec import Struct

from reviewer.source.conditions import FALSE, Atom, Condition, conjoin, disjoin, negate
from reviewer.source.inserted.makefile import Assignment, flags, switched_off
from reviewer.source.types import Function


class Cause(Struct, frozen=True):
    """One kind of instrumentation.

    `option` asks for it; `emits` matches the functions that it calls. It stays out of functions
    with one of the `attributes`, of objects with `variable := n`, and of those whose flags lack
    `removed` or have `added`. `segment` says that it reads per-CPU data itself,
    `statements` that it goes between a function's statements, not only to its entry or exit.
    """

    name: str
    option: str
    emits: re.Pattern[str]
    attributes: frozenset[str]
    variable: str = ""
    removed: tuple[str, ...] = ()
    added: str = ""
    segment: bool = False
    statements: bool = True


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


CAUSES = (
    Cause(
        "function tracing",
        "CONFIG_FUNCTION_TRACER",
        re.compile(r"__fentry__|mcount|_mcount"),
        _words("notrace noinstr __cpuidle __naked"),
        removed=("-pg", "$(CC_FLAGS_FTRACE)"),
        statements=False,
    ),
    Cause(
        "stack protector",
        "CONFIG_STACKPROTECTOR",
        re.compile(r"__stack_chk_fail"),
        _words("__no_stack_protector __naked"),
        removed=("-fstack-protector", "-fstack-protector-strong"),
        added="-fno-stack-protector",
        segment=True,
        statements=False,
    ),
    Cause(
        "coverage",
        "CONFIG_KCOV",
        re.compile(r"__sanitizer_cov_\w+"),
        _words("noinstr __cpuidle __no_sanitize_coverage __naked"),
        variable="KCOV_INSTRUMENT",
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
    ),
)


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
        off = switched_off(settings, cause.variable, stem) if cause.variable else FALSE
        out = [flags(settings, "CFLAGS_REMOVE", stem, flag) for flag in cause.removed]
        if cause.added:
            out.append(flags(settings, "CFLAGS", stem, cause.added))
        condition = conjoin((Atom(cause.option), negate(disjoin((off, *out)))))
        if condition != FALSE:
            yield Inserted(cause, condition)
