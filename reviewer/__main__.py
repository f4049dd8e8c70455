"""`python -m reviewer`, and the entry point of the installed command."""

from __future__ import annotations

import gc
import sys


def main() -> None:
    """Runs the command line; a hook of git without loading the parser of the command line."""
    # Values are frozen and hardly ever form cycles: looking for them after every 700 allocations
    # is a tenth of a run.
    gc.set_threshold(50_000)
    if sys.argv[1:3] == ["hook", "run"]:
        from reviewer.hook.run import run

        sys.exit(run(sys.argv[3:]))
    from reviewer.cli.app import main as command_line

    command_line()


if __name__ == "__main__":
    main()
