"""`reviewer doctor`: what reviews here can rely on, and how to give them what is missing."""

from __future__ import annotations

import platform
import re
import subprocess
from collections.abc import Iterator
from importlib import metadata

from reviewer.cli.outcome import Code
from reviewer.cli.settings import Settings
from reviewer.cli.streams import Sink
from reviewer.errors import ReviewerError
from reviewer.patch.tree import Tree, is_kernel
from reviewer.report.safe import printable
from reviewer.report.version import VERSION
from reviewer.source.index.kept import MAX_KEPT
from reviewer.source.index.store import MAX_BYTES

_LIBRARIES = ("tree-sitter", "tree-sitter-c", "unidiff", "GitPython", "typer")
_VERSION = re.compile(r"^(VERSION|PATCHLEVEL|SUBLEVEL|EXTRAVERSION)\s*=[ \t]*(\S*)", re.MULTILINE)


def doctor(settings: Settings, *, cache: bool = False) -> Code:
    """Prints what was found; ANALYSIS when something a review needs is not there."""
    problems: list[str] = []
    lines = [f"reviewer: {VERSION}", f"python: {platform.python_version()}"]
    lines += _libraries(problems)
    lines += _git(problems)
    lines += _rules(settings, problems)
    lines += _tree(settings)
    lines += _cache(settings) if cache else ()
    lines += [f"problem: {problem}" for problem in problems] or ["everything needed is there"]
    Sink(None).write("".join(f"{printable(line)}\n" for line in lines))
    return Code.ANALYSIS if problems else Code.CLEAN


def _libraries(problems: list[str]) -> Iterator[str]:
    for name in _LIBRARIES:
        try:
            yield f"{name}: {metadata.version(name)}"
        except metadata.PackageNotFoundError:
            yield f"{name}: not installed"
            problems.append(f"{name} is missing: install reviewer with pip")


def _git(problems: list[str]) -> Iterator[str]:
    try:
        done = subprocess.run(["git", "--version"], capture_output=True, text=True, check=True)
        yield f"git: {done.stdout.removeprefix('git version').strip()}"
    except (OSError, subprocess.CalledProcessError):
        yield "git: not found"
        problems.append("git cannot be started: revisions, blobs and the index cannot be read")


def _rules(settings: Settings, problems: list[str]) -> Iterator[str]:
    try:
        rules = settings.rules
    except ReviewerError as error:
        yield "rules: they do not load"
        problems += str(error).splitlines()
        return
    events = len(rules.vocabulary.events)
    yield f"rules: {len(rules.rules)} with {events} events, digest {rules.digest}"


def _tree(settings: Settings) -> Iterator[str]:
    root, tree = settings.root, settings.tree
    if root is None:
        yield "tree: none found around the working directory"
        yield "context: blobs and hunks of the patches only; name a kernel tree with --tree"
        return
    yield f"tree: {tree.describe()}"
    kernel = _kernel(tree)
    if not is_kernel(tree):
        yield "kernel: none, this does not look like a Linux tree; name one with --tree"
    elif kernel:
        yield f"kernel: {kernel}"
    if (root / ".git").exists():
        yield "context: whole files, at the base commit where a series names it"
    else:
        yield "context: whole files as they stand; in a git repository also blobs and base commits"


def _cache(settings: Settings) -> Iterator[str]:
    status = settings.store.status()
    if status is None:
        yield "cache: empty; `reviewer index` fills it, reviews fill what they need"
        return
    limit = f"{MAX_BYTES / 1e6:.0f} MB"
    yield f"cache: {status.path}: {status.files} files in {status.size / 1e6:.1f} MB of {limit}"
    kept = settings.kept.status()
    if kept:
        count = "1 review" if kept.results == 1 else f"{kept.results} reviews"
        size, most = kept.size / 1e6, MAX_KEPT / 1e6
        yield f"cache: {kept.path}: {count} in {size:.1f} MB of {most:.0f} MB"
    yield "cache: it may be deleted at any time"


def _kernel(tree: Tree) -> str:
    """The kernel's version as its Makefile says it, `""` where it does not."""
    makefile = tree.read("Makefile") or b""
    found = dict(_VERSION.findall(makefile[:4096].decode("utf-8", "replace")))
    numbers = [found.get(name, "") for name in ("VERSION", "PATCHLEVEL", "SUBLEVEL")]
    version = ".".join(number for number in numbers if number)
    return f"{version}{found.get('EXTRAVERSION', '')}"
