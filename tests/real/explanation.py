"""Why something that was predicted of a function is not in the object gcc made of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from reviewer.check.bodies import Bodies
from tests.real.disassembly import Emitted
from tests.real.emitted import Emission

#: Functions that gcc replaces by code of its own where it likes to.
BUILTINS = frozenset(("memcpy", "memset", "memmove", "memcmp", "strlen", "strcmp", "strcpy"))


class Why(StrEnum):
    """Reasons, the first that holds counts."""

    INLINED = "inlined"  # the prediction says that it may be
    JUMPED = "jumped to at the end"  # a call and a return made one
    OUTLINED = "in a function that is called"  # on the way to it another function was left alone
    ALTERNATIVE = "in an alternative"  # put in at boot
    BUILTIN = "code instead of a call"
    NO_FUNCTION = "no function"  # a word of a macro that was read as a call
    DEAD = "dead code"  # the compiler knows that the branch is not taken
    NOTHING_TO_INSTRUMENT = "nothing to instrument"
    NOT_CONFIGURED = "condition not set"  # predicted, and not emitted, in another configuration


@dataclass(frozen=True)
class Object:
    """An object and what is known of its source: functions, calls in alternatives, bodies.

    `anywhere` is what is predicted of the function in some configuration.
    """

    functions: Mapping[str, Emitted]
    alternatives: frozenset[str]
    bodies: Bodies
    anywhere: set[str]


def explained(function: str, target: str, emissions: Iterable[Emission], around: Object) -> Why:
    """The reason why none of the emissions is in the function."""
    there = around.functions[function]
    here = there.calls | there.jumps
    sure = [item for item in emissions if not item.maybe]
    if not sure:
        return Why.INLINED
    if target in there.jumps:
        return Why.JUMPED
    if all(not here.isdisjoint(item.chain[1:]) for item in sure):
        return Why.OUTLINED
    if target in around.alternatives:
        return Why.ALTERNATIVE
    if target in BUILTINS:
        return Why.BUILTIN
    return Why.DEAD if _is_function(target, around) else Why.NO_FUNCTION


def _is_function(target: str, around: Object) -> bool:
    """Whether the source declares the target, or it is no name of one."""
    sight = around.bodies.sight
    known = target in around.bodies.by_name or not target.isidentifier()
    return known or (sight is not None and sight.explains(target))
