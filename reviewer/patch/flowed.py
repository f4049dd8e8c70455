"""Text of format=flowed (RFC 3676) to the lines that were written."""

from __future__ import annotations

import re
from collections.abc import Sequence

from reviewer.patch.late import late

# A diff's context line with a tab and one blank before it: the sender did not stuff, whatever it
# declared, and its lines stand as they were written.
_UNSTUFFED = late(r"^ \t", re.MULTILINE)
_DIFF = late(r"^(?:diff --git |--- \S|@@ -)", re.MULTILINE)
_DIFF_LINE = late(r"[-+ \\]|@@ -|diff --git |index [0-9a-f]")
_SIGNATURE = "-- "


def unflowed(text: str, numbers: Sequence[int], *, delsp: bool) -> tuple[str, Sequence[int]]:
    """The text with soft line breaks joined and stuffing removed, and the number of each line.

    `numbers` are those of the lines of `text`. Within a diff and in quotations a line that starts
    like one of a diff is never joined to the one before: white space at a line's end is then the
    patch's own.
    """
    diff = _DIFF.search(text)
    if diff and _UNSTUFFED.search(text):
        return text, numbers
    diff_from = text.count("\n", 0, diff.start()) if diff else text.count("\n") + 1
    paragraphs: list[list[str]] = []
    kept: list[int] = []
    soft = False
    depth = 0
    for at, (line, number) in enumerate(zip(text.split("\n"), numbers, strict=False)):
        quotes = len(line) - len(line.lstrip(">"))
        content = line[quotes:].removeprefix(" ")
        joins = soft and quotes == depth and content != _SIGNATURE
        if joins and not ((at >= diff_from or quotes) and _DIFF_LINE.match(content)):
            if delsp:
                paragraphs[-1][-1] = paragraphs[-1][-1].removesuffix(" ")
            paragraphs[-1].append(content)
        else:
            paragraphs.append([">" * quotes + " " * bool(quotes), content])
            kept.append(number)
        depth = quotes
        soft = content.endswith(" ") and content != _SIGNATURE
    return "\n".join("".join(paragraph) for paragraph in paragraphs), kept
