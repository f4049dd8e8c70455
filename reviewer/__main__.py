"""`python -m reviewer`, and the entry point of the installed command."""

from __future__ import annotations

import sys


def main() -> None:
    """Runs the command line; a hook of git without loading the parser of the command line."""
    if sys.argv[1:3] == ["hook", "run"]:
        from reviewer.hook.run import run

        sys.exit(run(sys.argv[3:]))
    from reviewer.cli.app import main as command_line

    command_line()


if __name__ == "__main__":
    main()
