"""Hooks put beside those of others, and taken away without a trace."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from reviewer.errors import InputError
from reviewer.hook import place
from reviewer.hook.events import Event, Means
from reviewer.hook.place import CONFIG_HOOKS, Place, git
from reviewer.hook.shim import KEPT, command, is_shim, shim

#: What the pre-commit framework calls a hook that it found.
_MOVED = ".legacy"


def install(
    repository: Path, events: Sequence[Event], *, means: Means = Means.AUTO, shared: bool = False
) -> Iterator[str]:
    """Installs the hooks; a line for each.

    Raises:
        InputError: not a repository, or the hooks are those of every repository and `shared` is
            not said.
    """
    if means is Means.CONFIG or (means is Means.AUTO and place.git_version() >= CONFIG_HOOKS):
        yield from _configure(repository, events)
        return
    where = place.find(repository)
    if where.shared and not shared:
        raise InputError(
            "core.hooksPath of the user or the system names them: every repository runs them",
            path=str(where.folder),
            remedy="--shared installs there all the same",
        )
    if where.tracked:
        yield f"{where.folder} is in the work tree: git will list the hooks as files"
    where.folder.mkdir(parents=True, exist_ok=True)
    for event in events:
        yield f"{event}: {_install(where, event)}"


def status(repository: Path) -> Iterator[str]:
    """A line for each event: whether the hook is there, and what else is.

    Raises:
        InputError: not a repository.
    """
    where = place.find(repository)
    for event in Event:
        yield f"{event}: {_status(where, event)}"


def uninstall(repository: Path) -> Iterator[str]:
    """Takes every hook of ours away and puts back what was there before; a line for each.

    Raises:
        InputError: not a repository.
    """
    where = place.find(repository)
    for event in Event:
        if _configured(repository, event):
            git(repository, "config", "--local", "--remove-section", f"hook.reviewer-{event}")
            yield f"{event}: removed from the configuration"
        for path in (where.folder / event, where.folder / f"{event}{_MOVED}"):
            if is_shim(path):
                yield f"{event}: {_remove(path, where.folder / f'{event}{KEPT}')}"


def _install(where: Place, event: Event) -> str:
    path, kept = where.folder / event, where.folder / f"{event}{KEPT}"
    if is_shim(where.folder / f"{event}{_MOVED}"):
        return "there already, started by the hook that took its place"
    said = "installed"
    if is_shim(path):
        said = "installed anew"
    elif os.path.lexists(path):
        if os.path.lexists(kept):
            raise InputError(
                "is in the way", path=str(kept), remedy="`reviewer hook uninstall`, or move it"
            )
        path.rename(kept)
        said = f"installed; the hook that was there runs first, as {kept.name}"
    _write(path, shim(event))
    return said


def _write(path: Path, text: str) -> None:
    """Writes a whole executable file or none."""
    new = path.with_name(f".{path.name}.reviewer-new")
    new.write_text(text)
    new.chmod(0o755)
    new.replace(path)


def _remove(path: Path, kept: Path) -> str:
    if os.path.lexists(kept):
        kept.replace(path)
        return f"removed; the hook that was there is {path.name} again"
    path.unlink()
    return "removed"


def _status(where: Place, event: Event) -> str:
    path, kept = where.folder / event, where.folder / f"{event}{KEPT}"
    if _configured(where.repository, event):
        key = f"hook.reviewer-{event}.enabled"
        said = git(where.repository, "config", "--type=bool", "--get", key, fails=True)
        off = f", but switched off by {key}" if said.strip() == "false" else ""
        return f"installed in the configuration{off}"
    if is_shim(path):
        return f"installed, after {kept.name}" if kept.exists() else "installed"
    if is_shim(where.folder / f"{event}{_MOVED}"):
        return "installed, started by the hook that took its place"
    return "not installed, another hook is there" if os.path.lexists(path) else "not installed"


def _configure(repository: Path, events: Sequence[Event]) -> Iterator[str]:
    """Hooks as `hook.NAME.event` and `hook.NAME.command`, which take nobody's file."""
    for event in events:
        name = f"hook.reviewer-{event}"
        git(repository, "config", "--local", "--replace-all", f"{name}.event", event)
        git(repository, "config", "--local", "--replace-all", f"{name}.command", command(event))
        yield f"{event}: installed in the configuration"


def _configured(repository: Path, event: Event) -> bool:
    key = f"hook.reviewer-{event}.command"
    return bool(git(repository, "config", "--local", "--get", key, fails=True))
