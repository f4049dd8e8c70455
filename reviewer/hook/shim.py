"""The script that git runs: the hook that was there before, then this program.

It is plain `sh`, so that a foreign hook still runs when this program is gone, and so that a commit
without C or assembly starts no Python.
"""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

from reviewer.hook.events import OF_THE_INDEX, Event
from reviewer.review.scope import SUFFIXES
from reviewer.source.inserted.makefile import NAMES

MARKER = "# reviewer-hook: "
#: Not `.legacy`: the pre-commit framework gives that name to hooks it finds, ours among them.
KEPT = ".before-reviewer"


def shim(event: Event, *, python: str = sys.executable) -> str:
    """The text of the hook script for an event."""
    package = str(Path(__file__).parent)
    ours = f"{shlex.quote(python)} -P -m reviewer hook run {event}"
    kept = f"{event}{KEPT}"
    return f"""\
#!/bin/sh
{MARKER}{event}
# Made by `reviewer hook install`; `reviewer hook uninstall` takes it away.
# A hook that was here before is kept as {kept} and runs first.
{_before(event, kept)}{_filter(event)}\
if [ -x {shlex.quote(python)} ] && [ -d {shlex.quote(package)} ]; then
    exec {ours} "$@"{_redirected(event)}
fi
echo "reviewer: not installed any more, nothing was checked" >&2
echo "reviewer: the hook is $0" >&2
exit 0
"""


def is_shim(path: Path) -> bool:
    """Whether the file is a hook script of ours."""
    try:
        return path.is_file() and f"\n{MARKER}" in path.read_text("utf-8", "replace")[:500]
    except OSError:
        return False


def command(event: Event, *, python: str = sys.executable) -> str:
    """The same in a line, for a git that keeps hooks in its configuration and adds arguments."""
    ours = f"{shlex.quote(python)} -P -m reviewer hook run {event}"
    return f"{_untouched()} || {ours}" if event in OF_THE_INDEX else ours


def _before(event: Event, kept: str) -> str:
    """Runs the hook that was there before; both read the whole of what git writes to pre-push."""
    if event is not Event.PRE_PUSH:
        return f'kept="${{0%/*}}/{kept}"\n[ ! -x "$kept" ] || "$kept" "$@" || exit\n'
    return f"""\
kept="${{0%/*}}/{kept}"
input=$(mktemp) || exit
trap 'rm -f "$input"' EXIT
cat >"$input"
[ ! -x "$kept" ] || "$kept" "$@" <"$input" || exit
exec <"$input"
rm -f "$input"
"""


def _redirected(event: Event) -> str:
    """Nothing but pre-push reads standard input; a terminal must not be waited for."""
    return "" if event is Event.PRE_PUSH else " </dev/null"


def _filter(event: Event) -> str:
    """Ends the hook when the index holds no change of code."""
    return f"! {_untouched()} || exit 0\n" if event in OF_THE_INDEX else ""


def _untouched() -> str:
    """Succeeds where the index changes no code and nothing that says how code is compiled."""
    names = [*(f"*{suffix}" for suffix in SUFFIXES), *(f":(glob)**/{name}" for name in NAMES)]
    patterns = " ".join(map(shlex.quote, names))
    return f"git diff-index --cached --quiet HEAD -- {patterns} 2>/dev/null"
