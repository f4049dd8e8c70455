"""Where `#include` looks, by the architecture a file belongs to."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

#: The architecture of files that belong to none.
DEFAULT = "x86"
#: Headers that the kernel's build puts in front of every C file.
FORCED = ("include/linux/kconfig.h", "include/linux/compiler_types.h")

_ARCHITECTURE = re.compile(r"(?:^|/)arch/(\w+)/")


def architecture(path: str) -> str:
    """The architecture a path belongs to, `""` for none."""
    match = _ARCHITECTURE.search(path)
    return match[1] if match else ""


def folders(arch: str) -> tuple[str, ...]:
    """The folders of `#include <...>` in order."""
    return (
        f"arch/{arch}/include",
        f"arch/{arch}/include/generated",
        "include",
        f"arch/{arch}/include/uapi",
        "include/uapi",
    )


def locate(
    name: str, includer: str, *, system: bool, arch: str, exists: Callable[[str], bool]
) -> str:
    """The path in the tree that an `#include` in a file means, `""` for none.

    What `asm/` lacks is `asm-generic/`, as the build's generated wrappers say.
    """
    return next((path for path in _candidates(name, includer, system, arch) if exists(path)), "")


def _candidates(name: str, includer: str, system: bool, arch: str) -> Iterator[str]:
    if not system:
        folder = includer.rpartition("/")[0]
        relative = _normal(f"{folder}/{name}")
        if relative:
            yield relative
    for folder in folders(arch):
        path = _normal(f"{folder}/{name}")
        if path:
            yield path
    if name.startswith("asm/"):
        rest = name.removeprefix("asm/")
        yield f"include/asm-generic/{rest}"
        yield f"include/uapi/asm-generic/{rest}"


def _normal(path: str) -> str:
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            if not parts:
                return ""
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)
