"""A tree of a few files of our own, patches against it as mails, and a way to run the program."""

from __future__ import annotations

from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from difflib import unified_diff
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest

from reviewer.cli.app import main

PATH = "arch/x86/kernel/mini.c"
SOURCE = """\
#include <linux/kexec.h>

void prepare(struct kimage *image);
void announce(void);
void account(void);

void mini_kexec(struct kimage *image)
{
\tprepare(image);
\tannounce();

\tload_segments();
\timage->start = 0;
}

int unrelated(int x)
{
\treturn x + 1;
}
"""
#: The call that is added after the GS reset.
BAD = SOURCE.replace("\timage->start = 0;\n", "\timage->start = 0;\n\taccount();\n")


@dataclass(frozen=True, slots=True)
class Result:
    """What a run ended with and printed."""

    code: int
    out: str
    err: str


def run(*words: str | Path, stdin: bytes = b"") -> Result:
    """Runs the program in this process; an exception that escapes it is raised here."""
    out, err = _stream(), _stream()
    with (
        pytest.MonkeyPatch.context() as patch,
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        patch.setattr("sys.stdin", TextIOWrapper(BytesIO(stdin)))
        with pytest.raises(SystemExit) as ended:
            main([str(word) for word in words])
    code = ended.value.code
    assert isinstance(code, int)
    return Result(code, _text(out), _text(err))


def _stream() -> TextIOWrapper:
    return TextIOWrapper(BytesIO(), encoding="utf-8")


def _text(stream: TextIOWrapper) -> str:
    stream.seek(0)
    return stream.read()


def make_tree(root: Path, **files: str) -> Path:
    """A directory that looks like a kernel tree; `files` go below arch/x86/kernel."""
    for name in ("Kconfig", "MAINTAINERS"):
        root.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("mini\n")
    (root / "Makefile").write_text(
        "VERSION = 6\nPATCHLEVEL = 99\nSUBLEVEL = 0\nEXTRAVERSION = -mini\n"
    )
    source = root / PATH
    source.parent.mkdir(parents=True, exist_ok=True)
    source.write_text(SOURCE)
    for name, text in files.items():
        source.with_name(name).write_text(text)
    return root


def diff(old: str, new: str, path: str = PATH) -> str:
    """The difference as git prints it, without an index line."""
    lines = old.splitlines(keepends=True)
    found = unified_diff(lines, new.splitlines(keepends=True), f"a/{path}", f"b/{path}")
    return f"diff --git a/{path} b/{path}\n" + "".join(
        _with_section(line, lines) if line.startswith("@@ ") else line for line in found
    )


def _with_section(header: str, old: list[str]) -> str:
    """A hunk's header with the last line above the hunk that begins with a word."""
    start = int(header.split()[1].removeprefix("-").split(",")[0])
    above = [line for line in old[: start - 1] if line[0].isalpha()]
    return f"{header.rstrip()} {above[-1]}" if above else header


def mail(subject: str, patch: str, *, tag: str = "PATCH", number: int = 1) -> str:
    """One mail with a patch."""
    return (
        f"From: A Developer <developer@example.org>\n"
        f"Subject: [{tag}] {subject}\n"
        f"Date: Mon, 1 Jan 2024 00:00:0{number} +0000\n"
        f"Message-Id: <{number}.mini@example.org>\n"
        f"\n"
        f"{subject}, in words.\n"
        f"\n"
        f"Signed-off-by: A Developer <developer@example.org>\n"
        f"---\n"
        f"{patch}"
        f"-- \n"
        f"2.39.5\n"
    )


def mbox(*mails: str) -> str:
    """A mailbox of mails."""
    line = "From developer@example.org Mon Jan  1 00:00:00 2024\n"
    return "".join(f"{line}{each}\n" for each in mails)
