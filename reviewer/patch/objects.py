"""The objects of one git repository, through GitPython and its `git cat-file --batch`.

git is imported and started at the first question. Answers are None where an object is absent;
a repository that git refuses to read is an error. All questions go to one process, so that one
that is broken off would leave its answer to the next: no alarm disturbs them.
"""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from reviewer.errors import AnalysisError, InputError
from reviewer.patch.alarm import undisturbed
from reviewer.patch.invocation import ENVIRONMENT, SETTINGS, complaint

if TYPE_CHECKING:
    from git import Blob, Repo, Submodule, Tree

    Entry = Blob | Tree | Submodule

# git knows this tree whether or not a repository holds it.
EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"

_LINK = 0o120000


class Objects:
    """The object database of the repository at a path.

    Raises:
        InputError: git refuses the repository, from any method.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._folders: dict[tuple[str, str], Tree | None] = {}

    @undisturbed
    def commit(self, revision: str) -> str | None:
        """The full name of the commit that a revision means; the empty tree's is its own."""
        if revision == EMPTY_TREE:
            return revision
        found = self._header(revision + "^{commit}")
        return found[0] if found else None

    @undisturbed
    def title(self, name: str) -> str | None:
        """The subject of a commit, `""` where the history lacks it, None where that is cut off."""
        found = self._header(name)
        if not found or found[1] != "commit":
            return None if self._is_shallow else ""
        message = bytes(self._repo.git.get_object_data(found[0])[3]).partition(b"\n\n")[2]
        subject = message.strip().partition(b"\n\n")[0]
        return " ".join(subject.decode("utf-8", "surrogateescape").split())

    @property
    def _is_shallow(self) -> bool:
        return (Path(self._repo.common_dir) / "shallow").exists()

    @undisturbed
    def blob(self, name: str, most: int) -> bytes | None:
        """The bytes of the blob with that name or abbreviation, if they are at most `most`."""
        found = self._header(name)
        if not found or found[1] != "blob" or found[2] > most:
            return None
        return bytes(self._repo.git.get_object_data(found[0])[3])

    @undisturbed
    def file(self, commit: str, path: str, most: int) -> bytes | None:
        """The bytes of a regular file of a commit, if they are at most `most`."""
        found = self._blob(commit, path)
        if found is None or found.size > most:
            return None
        return bytes(found.data_stream.read())

    @undisturbed
    def size(self, commit: str, path: str) -> int | None:
        """The size of a regular file of a commit."""
        found = self._blob(commit, path)
        return None if found is None else found.size

    @undisturbed
    def exists(self, commit: str, path: str) -> bool:
        """Whether a commit has a file or folder of that name."""
        return self._entry(commit, path) is not None

    @undisturbed
    def names(self, commit: str, below: str) -> list[str]:
        """The regular files of a commit at or below a path, all of them for `""`."""
        listing = self._repo.git.ls_tree(
            "-r",
            "-z",
            "--full-tree",
            commit,
            "--",
            *([below] if below else []),
            stdout_as_string=False,
        )
        entries = (entry.partition(b"\t") for entry in bytes(listing).split(b"\0") if entry)
        return [os.fsdecode(name) for kind, _, name in entries if kind.startswith(b"100")]

    def _header(self, name: str) -> tuple[str, str, int] | None:
        """The full name, kind and size of an object."""
        try:
            full, kind, size = self._repo.git.get_object_header(name)
        except ValueError:  # GitPython's word for a name that is missing or ambiguous
            return None
        return os.fsdecode(full), os.fsdecode(kind), size  # bytes, whatever the annotation says

    def _blob(self, commit: str, path: str) -> Blob | None:
        from git import Blob

        found = self._entry(commit, path)
        return found if isinstance(found, Blob) and found.mode != _LINK else None

    def _entry(self, commit: str, path: str) -> Entry | None:
        """What a commit has under that name."""
        above, _, name = path.rpartition("/")
        folder = self._folder(commit, above)
        return None if folder is None else _within(folder, name)

    def _folder(self, commit: str, path: str) -> Tree | None:
        """A folder of a commit; each is read once."""
        from git import Tree

        if (commit, "") not in self._folders:
            self._folders[commit, ""] = self._repo.tree(commit)
        folder = self._folders[commit, ""]
        key = ""
        for name in path.split("/") if path else ():
            if folder is None:
                return None
            key = f"{key}/{name}"
            if (commit, key) not in self._folders:
                found = _within(folder, name)
                self._folders[commit, key] = found if isinstance(found, Tree) else None
            folder = self._folders[commit, key]
        return folder

    @cached_property
    def _repo(self) -> Repo:
        try:
            import git
        except ImportError as error:  # GitPython looks for the program when it is imported
            raise AnalysisError("git cannot be started", remedy="install git") from error
        try:
            repo = git.Repo(self._root, expand_vars=False)
        except git.InvalidGitRepositoryError as error:
            raise InputError("not a git repository", path=str(self._root)) from error
        repo.git.set_persistent_git_options(c=list(SETTINGS))
        repo.git.update_environment(**ENVIRONMENT)
        if "GIT_DIR" in os.environ:  # a hook's environment names the hook's repository
            repo.git.update_environment(GIT_DIR=str(Path(repo.git_dir).resolve()))
        try:
            repo.git.rev_parse("--git-dir")
        except git.GitCommandError as error:
            raise complaint(self._root, str(error.stderr)) from error
        return repo


def _within(folder: Tree, name: str) -> Entry | None:
    try:
        return folder[name]
    except KeyError:
        return None
