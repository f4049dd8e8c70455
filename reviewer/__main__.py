"""`python -m reviewer`, and the entry point of the installed command."""

from __future__ import annotations

import gc
import sys


def main() -> None:
    """Runs the command line; a hook of git without loading the parser of the command line."""
    # Values are frozen and hardly ever form cycles: looking for them after every 700 allocations
    # is a tenth of a run.
    gc.set_threshold(200_000)
    try:
        _run(sys.argv[1:])
    finally:
        # Nor has what is left to be searched for cycles when the process ends: that takes longer
        # than many a review.
        gc.freeze()


def _run(words: list[str]) -> None:
    if words[:2] == ["hook", "run"]:
        from reviewer.hook.run import run

        sys.exit(run(words[2:]))
    from reviewer.cli.app import main as command_line

    command_line(words)


if __name__ == "__main__":
    main()
