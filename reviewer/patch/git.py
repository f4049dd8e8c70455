"""Commits and the index of a repository as a series.

Plumbing commands only: they read none of the user's diff settings, and what they would still run
(external diffs, text conversion, fsmonitor) is switched off. What is staged goes through git, so
that GIT_INDEX_FILE counts, as it must in a pre-commit hook under `git commit -a`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from reviewer.errors import InputError
from reviewer.finding import Skip
from reviewer.patch.changelog import trailers
from reviewer.patch.diff import ParsedDiff, parse_numbered
from reviewer.patch.invocation import run
from reviewer.patch.late import late
from reviewer.patch.objects import EMPTY_TREE
from reviewer.patch.transport import Numbered
from reviewer.patch.types import Patch, Series

# More are an archive, not a series.
MAX_COMMITS = 2_000

_DIFF = (
    "-p", "-r", "-U3", "-M", "--full-index", "--no-color", "--no-ext-diff", "--no-textconv",
    "--no-relative", "--inter-hunk-context=0", "--submodule=short", "--src-prefix=a/",
    "--dst-prefix=b/",
)  # fmt: skip
_FORMAT = "--format=%H%x00%P%x00%an <%ae>%x00%B%x00"
_RANGE = late(r"\.\.|\^[!@-]")
STAGED = "staged changes"
_UNMERGED = "* Unmerged path "


class _Commit(Struct, frozen=True):
    """A commit's own words."""

    name: str
    parents: tuple[str, ...]
    author: str
    message: str

    @property
    def subject(self) -> str:
        """The first paragraph in one line."""
        return " ".join(self._paragraphs[0].split())

    @property
    def body(self) -> str:
        """What follows the first paragraph."""
        return self._paragraphs[2].strip("\n")

    @property
    def _paragraphs(self) -> tuple[str, str, str]:
        return self.message.strip().partition("\n\n")


def read_range(repository: Path, revisions: str) -> Series:
    """The commits of a revision range, oldest first, one patch each; `X` means `X^..X`.

    Merges are skipped and said. `base_commit` is the parent of the first commit, the empty tree
    where it has none.

    Raises:
        InputError: not a repository, no such revision, or more than `MAX_COMMITS` commits.
    """
    wanted = revisions if _RANGE.search(revisions) else f"{revisions}^!"
    return _series(repository, _commits(repository, wanted), f"commits {revisions}")


def read_commits(repository: Path, tip: str, known: Sequence[str]) -> Series:
    """The commits that lead to `tip` and to none of the commits in `known`; as `read_range`.

    Raises:
        InputError: as for `read_range`.
    """
    excluded = (f"^{commit}" for commit in known)
    return _series(repository, _commits(repository, tip, *excluded), f"commits up to {tip[:12]}")


def _series(repository: Path, commits: list[_Commit], title: str) -> Series:
    single = [commit for commit in commits if len(commit.parents) < 2]
    diffs = _diffs(repository, [commit.name for commit in single])
    patches = tuple(
        _patch(number, commit, diff)
        for number, (commit, diff) in enumerate(zip(single, diffs, strict=True), 1)
    )
    merges = [commit for commit in commits if len(commit.parents) > 1]
    return Series(
        title=patches[0].subject if len(patches) == 1 else title,
        version=1,
        total=len(patches),
        patches=patches,
        base_commit=(patches[0].parent or EMPTY_TREE) if patches else "",
        skips=tuple(
            Skip(
                "", 0, f"commit {merge.name[:12]} is a merge and was not looked at: {merge.subject}"
            )
            for merge in merges
        ),
    )


def read_staged(repository: Path) -> Series:
    """What is staged, as a series of one patch, or of none when nothing is.

    `base_commit` is HEAD, the empty tree before the first commit.

    Raises:
        InputError: not a repository.
    """
    asked = run(repository, "cat-file", "--batch-check", stdin=b"HEAD^{commit}\n").split()
    head = asked[0].decode() if len(asked) == 3 else EMPTY_TREE
    text = _text(run(repository, "diff-index", "--cached", *_DIFF, head, "--"))
    diff = _parsed(text)
    unmerged = [line.removeprefix(_UNMERGED) for line in text if line.startswith(_UNMERGED)]
    skips = (*diff.skips, *(Skip(path, 0, "not merged yet", patch=1) for path in unmerged))
    patch = Patch(1, STAGED, "", "", diff.files, parent=head, skips=skips)
    patches = (patch,) if diff.files or skips else ()
    return Series(STAGED, 1, len(patches), patches, base_commit=head)


def _commits(repository: Path, *revisions: str) -> list[_Commit]:
    """The commits that the revisions select, parents before children."""
    listing = run(
        repository, "rev-list", "--reverse", "--topo-order", "--no-commit-header",
        "--encoding=UTF-8", f"--max-count={MAX_COMMITS + 1}", _FORMAT, "--end-of-options",
        *revisions, "--",
    )  # fmt: skip
    fields = listing.decode("utf-8", "surrogateescape").split("\0")[:-1]
    commits = [
        _Commit(name.strip(), tuple(parents.split()), author, message)
        for name, parents, author, message in zip(*[iter(fields)] * 4, strict=True)
    ]
    if len(commits) > MAX_COMMITS:
        raise InputError(
            f"more than {MAX_COMMITS} commits in {' '.join(revisions)[:99]}",
            remedy="name a shorter range",
        )
    return commits


def _diffs(repository: Path, names: Sequence[str]) -> Iterator[ParsedDiff]:
    """The diff of each commit to its parent, in the same order.

    git prints a commit's name on a line of its own above its diff; no line of a diff is one.
    """
    if not names:
        return
    request = "".join(f"{name}\n" for name in names).encode()
    output = run(repository, "diff-tree", "--stdin", "--root", "--always", *_DIFF, stdin=request)
    lines = _text(output)
    heads = set(names)
    starts = [index for index, line in enumerate(lines) if line in heads]
    for start, end in pairwise([*starts, len(lines)]):
        yield _parsed(lines[start + 1 : end])


def _patch(number: int, commit: _Commit, diff: ParsedDiff) -> Patch:
    return Patch(
        number,
        commit.subject,
        commit.author,
        commit.body,
        diff.files,
        trailers=trailers(commit.body.split("\n")),
        commit=commit.name,
        parent="".join(commit.parents),
        skips=tuple(replace(skip, patch=number) for skip in diff.skips),
    )


def _parsed(lines: Sequence[str]) -> ParsedDiff:
    """The diff in git's output, whose lines stand in no mail and so have no number there."""
    return parse_numbered(Numbered(lines, [0] * len(lines)), source="")


def _text(output: bytes) -> list[str]:
    return output.decode("utf-8", "surrogateescape").split("\n")
