"""White space that a mail lost, put back by analogy with the lines of the tree around it.

What comes back is indentation and line ends; runs of blanks inside an added line stay as the mail
has them, unless the tree holds the same line among those the patch removes. The indentation is a
good guess in the kernel's style, not a formatter: only the tokens are certain.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Sequence

from reviewer.patch.late import late
from reviewer.patch.locate import bare, distinctive
from reviewer.patch.types import Line, LineKind

_TAB = 8
# No line of code is longer; what is behind does not move the indentation.
_LONGEST = 512
_STRING = late(rb'"(?:[^"\\]|\\.)*+"|\'(?:[^\'\\]|\\.)*+\'')
_LABEL = late(rb"[A-Za-z_]\w*:$")
_CASE = late(rb"(?:case\b|default\s*:)")
_CONTROLS = late(rb"(?:\}\s*)?(?:if|for|while|else|do|switch)\b|\w*for_each\w*\s*\(")


def restore(lines: Sequence[Line], added: Sequence[bytes], tree: Sequence[bytes]) -> list[bytes]:
    """The added lines of a hunk with the tree's white space.

    `lines` are the hunk's, `added` the text of its added lines in order, `tree` the lines of the
    tree that its context and removed lines matched, in order, with their line ends.
    """
    ending = b"\r\n" if tree and all(line.endswith(b"\r\n") for line in tree) else b"\n"
    twins = _Twins(lines, tree)
    flow = _Flow(next((_indent(line) for line in tree if line.strip()), b""))
    restored: list[bytes] = []
    matched = iter(tree)
    for line in lines:
        match line.kind:
            case LineKind.CONTEXT:
                flow.pass_over(next(matched))
                twins.leave()
            case LineKind.REMOVED:
                twins.reach(next(matched))
            case LineKind.ADDED:
                text = added[len(restored)].strip()
                whole = twins.of(text) or (flow.before(text) + text if text else b"")
                restored.append(whole.rstrip(b"\r\n") + (ending if line.newline else b""))
                flow.pass_over(whole)
    return restored


class _Twins:
    """The tree's lines that the hunk removes, found again among those it adds."""

    def __init__(self, lines: Sequence[Line], tree: Sequence[bytes]) -> None:
        olds = [line for line in lines if line.kind is not LineKind.ADDED]
        gone = [text for line, text in zip(olds, tree, strict=True) if _removed(line)]
        self._anywhere = {bare(text): text for text in reversed(gone) if distinctive([text])}
        self._passed: defaultdict[bytes, deque[bytes]] = defaultdict(deque)

    def reach(self, text: bytes) -> None:
        """Takes note of a removed line above those still to be added."""
        self._passed[bare(text)].append(text)

    def leave(self) -> None:
        """Forgets the removed lines above, for the change they belong to has ended."""
        self._passed.clear()

    def of(self, text: bytes) -> bytes:
        """The removed line that differs in white space only, `b""` where there is none."""
        key = bare(text)
        passed = self._passed.get(key)
        if key and passed:
            return passed.popleft()
        return self._anywhere.get(key, b"")


class _Flow:
    """Follows lines of C from above and proposes the indentation of the next one."""

    def __init__(self, indent: bytes) -> None:
        self._next = indent
        self._head = indent
        self._head_text = b""
        self._outer: bytes | None = None
        self._open: list[int] = []
        self._inside = False
        self._comment = False

    def before(self, text: bytes) -> bytes:
        """The indentation for a line with this text, given without white space around it."""
        if self._comment or self._open:
            return self._next
        if text.startswith(b"#") or (_LABEL.match(text) and not _CASE.match(text)):
            return b""
        if text.startswith(b"{") and self._outer is not None:
            return self._outer
        if text.startswith(b"}") or _CASE.match(text):
            return self._next.removesuffix(b"\t")
        return self._next

    def pass_over(self, line: bytes) -> None:
        """Takes note of a line that stands above those still to be indented."""
        text = line.strip().removesuffix(b"\\").rstrip()
        if not text or text.startswith(b"#"):
            return
        if self._comment or (text.startswith(b"/*") and b"*/" not in text):
            self._pass_over_comment(line, text)
            return
        if not self._inside:
            self._head = _indent(line)
            self._head_text = text[:_LONGEST]
        self._count(line)
        if self._open:
            self._inside = True
            self._next = _columns(self._open[-1])
        else:
            self._end_line(text)

    def _pass_over_comment(self, line: bytes, text: bytes) -> None:
        if not self._comment:
            self._head = _indent(line)
        self._comment = b"*/" not in text
        self._next = self._head + b" " if self._comment else self._head

    def _count(self, line: bytes) -> None:
        """Keeps the columns behind the brackets that are open."""
        code = _STRING.sub(lambda found: b"_" * len(found[0]), line[:_LONGEST].expandtabs(_TAB))
        for column, byte in enumerate(code, 1):
            if byte == ord("("):
                self._open.append(column)
            elif byte == ord(")") and self._open:
                self._open.pop()

    def _end_line(self, text: bytes) -> None:
        deeper = self._head + b"\t"
        self._inside = False
        if text.endswith((b"{", b":")):
            self._next, self._outer = deeper, None
        elif _CONTROLS.match(self._head_text) and not text.endswith((b";", b"}")):
            self._outer = self._head if self._outer is None else self._outer
            self._next = deeper
        elif text.endswith((b";", b"}", b",", b"*/")):
            self._next = self._head if self._outer is None else self._outer
            self._outer = None
        elif text.endswith((b"=", b"&&", b"||", b"|", b"+", b"?")):
            self._inside, self._next = True, deeper
        else:
            self._next = self._head


def _removed(line: Line) -> bool:
    return line.kind is LineKind.REMOVED


def _indent(line: bytes) -> bytes:
    return line[: len(line) - len(line.lstrip(b" \t"))]


def _columns(width: int) -> bytes:
    return b"\t" * (width // _TAB) + b" " * (width % _TAB)
