"""The two names of a file in a diff: quoting, prefixes, and names that must not be used.

The quoting is that of git's `quote.c` (C escapes, octal bytes); the prefixes are `a/` and `b/`,
those of `diff.mnemonicPrefix`, the `x.orig/` against `x/` and the `f~name` against `f` of diffs
made by hand, and none.
"""

from __future__ import annotations

from reviewer.patch.late import late

DEV_NULL = "/dev/null"

_ESCAPES = {"a": 7, "b": 8, "t": 9, "n": 10, "v": 11, "f": 12, "r": 13, '"': 34, "\\": 92}
_NAMES = {code: name for name, code in _ESCAPES.items()}
_ESCAPE = late(r"\\([0-3][0-7]{2}|.)")
_PREFIX = late(r"[abciow12]/")
_BACKUPS = (".orig", ".old", ".bak", "~")
_DATE = late(
    r"\s(?:\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[.\d]*(?: [+-]\d{4})?"
    r"|(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4})$"
)
_NEVER = late(r"\s(?:1970-01-01|1969-12-31)\s")
# Linux' PATH_MAX; it also bounds the search for the blank between two unquoted names.
_LONGEST = 4096


def quote(name: str) -> str:
    """The name as git prints it: in double quotes with escapes when it holds unusual bytes."""
    raw = name.encode("utf-8", "surrogateescape")
    if all(0x20 <= byte < 0x7F and byte not in b'"\\' for byte in raw):
        return name
    shown = (
        f"\\{_NAMES[byte]}"
        if byte in _NAMES
        else chr(byte)
        if 0x20 <= byte < 0x7F
        else f"\\{byte:03o}"
        for byte in raw
    )
    return f'"{"".join(shown)}"'


def unquote(text: str) -> str:
    """The name that `text` quotes, with quotes or without; `text` itself when it is not quoted."""
    if not (len(text) >= 2 and text[0] == text[-1] == '"'):
        return text
    raw = bytearray()
    at = 1
    for escape in _ESCAPE.finditer(text, 1, len(text) - 1):
        raw += text[at : escape.start()].encode("utf-8", "surrogateescape")
        code = escape[1]
        if len(code) == 3:
            raw.append(int(code, 8))
        elif code in _ESCAPES:
            raw.append(_ESCAPES[code])
        else:
            raw += escape[0].encode("utf-8", "surrogateescape")
        at = escape.end()
    raw += text[at:-1].encode("utf-8", "surrogateescape")
    return raw.decode("utf-8", "surrogateescape")


def header_name(text: str) -> str:
    """The name on a `--- ` or `+++ ` line without its time stamp, unquoted."""
    if text.startswith('"'):
        close = _closing_quote(text)
        return unquote(text[: close + 1]) if close else text
    name, tab, _ = text.partition("\t")
    return name if tab else _DATE.sub("", text[:_LONGEST]).rstrip()


def may_be_absent(text: str) -> bool:
    """Whether a `--- ` or `+++ ` line has no time stamp, or the one GNU diff gives an absent file.

    An empty side without a time stamp is an absent file for git apply too.
    """
    return header_name(text) == text.rstrip() or _NEVER.search(text[:_LONGEST]) is not None


def git_names(text: str) -> tuple[str, str] | None:
    """The two names after `diff --git `, prefixes kept, or None where they cannot be told apart.

    Unquoted names with blanks are split where both halves name the same file; blanks at the end
    belong to the name only if the other name has them too.
    """
    return _git_names(text.rstrip("\r")) or _git_names(text.rstrip())


def _git_names(text: str) -> tuple[str, str] | None:
    if len(text) > 4 * _LONGEST:
        return None
    if text.startswith('"'):
        close = _closing_quote(text)
        old, new = text[: close + 1], text[close + 2 :]
        return (unquote(old), unquote(new)) if close and new else None
    if text.endswith('"'):
        old, blank, new = text.partition(' "')
        return (old, unquote('"' + new)) if blank and old else None
    old, blank, new = text.partition(" ")
    if blank and old and new and " " not in new:
        return old, new
    for at in (index for index, char in enumerate(text) if char == " "):
        old, new = text[:at], text[at + 1 :]
        if old == new or ("/" in old and old.partition("/")[2] == new.partition("/")[2]):
            return old, new
    return None


def without_prefixes(old: str, new: str) -> tuple[str, str]:
    """Both names as they stand in the tree, from the names of an old and a new file that exist."""
    if _PREFIX.match(old) and _PREFIX.match(new) and old[0] != new[0]:
        return old[2:], new[2:]
    if any(old.startswith(prefix) and new.startswith(prefix) for prefix in ("a/", "b/", "./")):
        old, new = old[2:], new[2:]
    if old == new or any(old.startswith(new + backup) for backup in _BACKUPS):
        return new, new
    old_top, _, old_rest = old.partition("/")
    new_top, _, new_rest = new.partition("/")
    if old_rest and old_rest == new_rest and not {old_top, new_top} & {"", ".", ".."}:
        return old_rest, new_rest
    return old, new


def without_prefix(name: str) -> str:
    """The name of an added or deleted file, whose other side is `/dev/null`."""
    return name[2:] if name.startswith(("a/", "b/")) else name.removeprefix("./")


def hostile(name: str) -> str:
    """Why the name must not be looked up in a tree, `""` when it may."""
    if not name:
        return "empty path"
    if "\0" in name:
        return "path with a NUL byte"
    if name.startswith("/"):
        return "absolute path"
    if ".." in name.split("/"):
        return "path that leaves the tree"
    if len(name) > _LONGEST:
        return "path longer than 4096 characters"
    return ""


def _closing_quote(text: str) -> int:
    """The index of the quote that ends the quoted name at the start of `text`, 0 for none."""
    at = 1
    while at < min(len(text), 4 * _LONGEST):
        if text[at] == "\\":
            at += 1
        elif text[at] == '"':
            return at
        at += 1
    return 0
