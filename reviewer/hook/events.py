"""The moments at which git asks, and how to go past the answer."""

from __future__ import annotations

from enum import StrEnum


class Event(StrEnum):
    """The hooks that are installed, by git's names."""

    PRE_COMMIT = "pre-commit"
    COMMIT_MSG = "commit-msg"
    PRE_PUSH = "pre-push"
    PRE_APPLYPATCH = "pre-applypatch"
    SENDEMAIL_VALIDATE = "sendemail-validate"


class Means(StrEnum):
    """How git is told of a hook: by scripts, or in its configuration where it reads that."""

    AUTO = "auto"
    FILES = "files"
    CONFIG = "config"


#: Events at which the index holds what is judged, so that an index without code ends them.
OF_THE_INDEX = frozenset({Event.PRE_COMMIT, Event.COMMIT_MSG, Event.PRE_APPLYPATCH})
#: What goes on although something was found.
WAYS_OUT = {
    Event.PRE_COMMIT: "git commit --no-verify",
    Event.COMMIT_MSG: "git commit --no-verify",
    Event.PRE_PUSH: "git push --no-verify",
    Event.PRE_APPLYPATCH: "git -c core.hooksPath=/dev/null am --continue",
    Event.SENDEMAIL_VALIDATE: "git send-email --no-validate",
}
