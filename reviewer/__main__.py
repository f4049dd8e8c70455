"""`python -m reviewer`, and the entry point of the installed command."""

from __future__ import annotations

from reviewer.cli.app import main

if __name__ == "__main__":
    main()
