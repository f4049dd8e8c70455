"""What a push sends that the remote does not have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from reviewer.hook.place import git
from reviewer.patch.git import read_commits
from reviewer.patch.types import Series


def pushed(
    top: Path, arguments: Sequence[str], environment: Mapping[str, str], stdin: Iterable[str]
) -> Iterator[Series]:
    """One series for each branch that is created or moved, of the commits new to the remote.

    `arguments` are the remote's name and address; `stdin` has `local-ref sha remote-ref sha`
    lines. The pre-commit framework reads these itself and sets PRE_COMMIT_REMOTE_NAME and the
    two commits instead, though not for a branch that shares nothing with the remote.
    """
    remote = environment.get("PRE_COMMIT_REMOTE_NAME") or (arguments[0] if arguments else "")
    for tip, known in _updates(environment, stdin):
        had = [known] if _has(top, known) else []
        series = read_commits(top, tip, (*had, *_branches(top, remote)))
        if series.patches:
            yield series


def _updates(environment: Mapping[str, str], stdin: Iterable[str]) -> Iterator[tuple[str, str]]:
    """What each branch will point to, and what it points to over there, `""` for nothing."""
    if "PRE_COMMIT_REMOTE_NAME" in environment:
        branch = environment.get("PRE_COMMIT_LOCAL_BRANCH", "HEAD")
        yield (
            environment.get("PRE_COMMIT_TO_REF") or branch,
            environment.get("PRE_COMMIT_FROM_REF", ""),
        )
        return
    for line in stdin:
        _, tip, _, known = line.split()
        if tip.strip("0"):
            yield tip, known if known.strip("0") else ""


def _has(top: Path, commit: str) -> bool:
    """Whether the commit is here: after a push by somebody else it is not."""
    kind = f"{commit}^{{commit}}"
    return bool(commit and git(top, "rev-parse", "--verify", "--quiet", kind, fails=True))


def _branches(top: Path, remote: str) -> tuple[str, ...]:
    """The commits that the remote's branches pointed to when it was last asked."""
    listing = git(top, "for-each-ref", "--format=%(objectname)", f"refs/remotes/{remote}/")
    return tuple(sorted(set(listing.split()))) if remote else ()
