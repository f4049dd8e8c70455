"""The text around a diff: headers in the body, commit message, notes, trailers, base."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from msgspec import Struct

from reviewer.patch.headers import decoded_words, person
from reviewer.patch.late import late
from reviewer.patch.types import Trailer

_INBODY = late(r">?(From|Subject|Date)[ \t]*:[ \t]*(.*)", re.IGNORECASE)
_OTHER_HEADER = late(r"[A-Z][\w-]*: ")
_TRAILER = late(r"([A-Za-z][A-Za-z0-9-]*)[ \t]*:[ \t]+(\S.*)")
_TRAILER_NOTE = late(r"\[.*\]|\(cherry picked from commit .*")
# git's own marks of a trailer block (trailer.c); a quarter of the lines then suffices.
_GIT_TRAILER = late(r"Signed-off-by: |\(cherry picked from commit ")
_BASE = late(r"base-commit: ([0-9a-f]{7,64})\b")
_CHANGE_ID = late(r"change-id: (\S+)")
_PREREQUISITE = late(r"prerequisite-patch-id: ([0-9a-f]{40,64})\b")
_PATCH_BREAK = late(r"---\s*")
_SCISSORS = (">8", "8<", ">%", "%<")
_SCISSORS_LIMIT = 200
_SIGNATURE = "-- "


class Changelog(Struct, frozen=True):
    """What stands above a diff.

    `subject`, `author` and `date` are of headers at the start of the body, `""` where it has none;
    they overrule the mail's. `message` is the commit message with its trailers, `notes` what
    follows the first `---`. `start` is the index of the message's first line in the text above the
    diff.
    """

    message: str
    notes: str = ""
    subject: str = ""
    author: str = ""
    date: str = ""
    trailers: tuple[Trailer, ...] = ()
    start: int = 0


class Base(Struct, frozen=True):
    """What a cover or first patch says that it stands on."""

    commit: str = ""
    change_id: str = ""
    prerequisites: tuple[str, ...] = ()


def read(lines: Sequence[str], *, has_diff: bool = True) -> Changelog:
    """The text of `lines`, which end where the diff begins; without one, at the signature."""
    text = list(lines)
    if not has_diff:
        text = without_signature(text)
    whole = len(text)
    text = _below_scissors(text)
    said, begin = _inbody(text)
    at = next((at for at in range(begin, len(text)) if _PATCH_BREAK.fullmatch(text[at])), len(text))
    message = _trimmed(text[begin:at])
    first = next((index for index in range(begin, at) if text[index].strip()), at)
    return Changelog(
        "\n".join(message),
        "\n".join(_trimmed(text[at + 1 :])),
        said.get("subject", ""),
        person(said.get("from", "")),
        said.get("date", ""),
        trailers(message),
        whole - len(text) + first,
    )


def trailers(message: Sequence[str]) -> tuple[Trailer, ...]:
    """The `key: value` lines of the last paragraph, if that is a block of trailers by git's rule.

    Either all its lines are trailers, or one is git's own and a quarter are. Continuation lines
    are joined. Addresses that an archive hid are left out of the values.
    """
    block: list[str] = []
    for line in reversed(message):
        if not line.strip():
            if block:
                break
            continue
        block.append(line)
    block.reverse()
    found: list[Trailer] = []
    others = 0
    for line in block:
        if match := _TRAILER.fullmatch(line):
            found.append(Trailer(match[1], person(match[2].rstrip())))
        elif line[0] in " \t" and found:
            last = found.pop()
            found.append(Trailer(last.key, f"{last.value} {line.strip()}"))
        elif not _TRAILER_NOTE.match(line):
            others += 1
    signed = any(map(_GIT_TRAILER.match, block))
    enough = (not others and (signed or len(block) < len(message))) or (
        signed and len(found) * 3 >= others
    )
    return tuple(found) if enough else ()


def base(lines: Iterable[str]) -> Base:
    """The base-commit, change-id and prerequisite lines among `lines`, the first of each."""
    commit = change_id = ""
    prerequisites: list[str] = []
    for line in lines:
        if not line.startswith(("base-commit: ", "change-id: ", "prerequisite-patch-id: ")):
            continue
        if match := _BASE.match(line):
            commit = commit or match[1]
        elif match := _CHANGE_ID.match(line):
            change_id = change_id or match[1]
        elif match := _PREREQUISITE.match(line):
            prerequisites.append(match[1])
    return Base(commit, change_id, tuple(prerequisites))


def without_signature(lines: Sequence[str]) -> list[str]:
    """The lines above the last `-- `; for text without a diff, where the mark could be code."""
    for at in range(len(lines) - 1, -1, -1):
        if lines[at] == _SIGNATURE:
            return list(lines[:at])
    return list(lines)


def is_scissors(line: str) -> bool:
    """Whether git mailinfo cuts at the line: `-- >8 --`, also with words between.

    At least 8 columns, over a third of them perforation, less than half of that blanks.
    """
    text = line.strip()
    if not 8 <= len(text) <= _SCISSORS_LIMIT or not any(mark in text for mark in _SCISSORS):
        return False
    perforation = gap = at = 0
    inside = False
    while at < len(text):
        if text[at].isspace():
            perforation += inside
            gap += inside
        elif text[at] == "-":
            inside = True
            perforation += 1
        elif text.startswith(_SCISSORS, at):
            inside = True
            perforation += 2
            at += 1
        else:
            inside = False
        at += 1
    return len(text) < perforation * 3 and gap * 2 < perforation


def _below_scissors(lines: list[str]) -> list[str]:
    """The lines below the last scissors line above the first `---`."""
    start = 0
    for at, line in enumerate(lines):
        if _PATCH_BREAK.fullmatch(line):
            break
        if is_scissors(line):
            start = at + 1
    return lines[start:]


def _inbody(lines: Sequence[str]) -> tuple[dict[str, str], int]:
    """From, Subject and Date at the start of the body, and the index where the message begins."""
    said: dict[str, list[str]] = {}
    start = next((at for at, line in enumerate(lines) if line.strip()), len(lines))
    at = start
    name = ""
    while at < len(lines):
        line = lines[at]
        if match := _INBODY.fullmatch(line):
            name = match[1].lower()
            said.setdefault(name, [match[2]])
        elif line[:1] in (" ", "\t") and line.strip() and name:
            said[name].append(line.strip())
        elif not (line and said and _OTHER_HEADER.match(line)):
            break
        at += 1
    return {
        name: " ".join(decoded_words(" ".join(text)).split()) for name, text in said.items()
    }, at


def _trimmed(lines: Sequence[str]) -> list[str]:
    """The lines without trailing white space and without the blank lines around them."""
    text = "\n".join(line.rstrip() for line in lines).strip("\n")
    return text.split("\n") if text else []
