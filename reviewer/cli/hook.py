"""`reviewer hook`: git's hooks of a repository."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import typer

from reviewer.cli.outcome import Code, guarded
from reviewer.cli.settings import Settings
from reviewer.cli.streams import Sink
from reviewer.hook.events import Event, Means
from reviewer.report.safe import printable

EPILOG = """\b
Examples:
  reviewer hook install               every hook, beside those that are there
  reviewer hook install pre-push sendemail-validate
  reviewer hook uninstall             everything as it was before

\b
Hooks print on stderr, are silent when there is nothing to say, and stop git
only for an error that is introduced. `--no-verify` goes past them."""

app = typer.Typer(
    name="hook",
    help="Put reviews into the hooks of a git repository.",
    epilog=EPILOG,
    no_args_is_help=True,
)

Repository = Annotated[
    Path | None,
    typer.Option("--tree", metavar="DIR", help="The repository; by default the one around us."),
]


@app.command()
def install(
    events: Annotated[
        list[Event] | None, typer.Argument(metavar="[EVENT]...", help="By default all.")
    ] = None,
    tree: Repository = None,
    means: Annotated[
        Means, typer.Option("--as", help="Scripts, or the configuration (git 2.54 and later).")
    ] = Means.AUTO,
    shared: Annotated[
        bool, typer.Option("--shared", help="Even into hooks that every repository runs.")
    ] = False,
) -> None:
    """Install hooks; one that is there already is kept and runs first."""
    from reviewer.hook.install import install as work

    wanted = events or list(Event)
    _run(lambda: work(Settings(tree).repository, wanted, means=means, shared=shared))


@app.command()
def status(tree: Repository = None) -> None:
    """Say which hooks are installed."""
    from reviewer.hook.install import status as work

    _run(lambda: work(Settings(tree).repository))


@app.command()
def uninstall(tree: Repository = None) -> None:
    """Take the hooks away and put back those that were there before."""
    from reviewer.hook.install import uninstall as work

    _run(lambda: work(Settings(tree).repository))


@app.command(
    hidden=True, context_settings={"ignore_unknown_options": True, "help_option_names": []}
)
def run(
    words: Annotated[list[str], typer.Argument(metavar="EVENT [ARGUMENT]...")],
) -> None:
    """Do what git's hook does; git calls this."""
    from reviewer.hook.run import run as work

    raise typer.Exit(work(words))


def _run(work: Callable[[], Iterator[str]]) -> None:
    def action() -> Code:
        sink = Sink(None)
        for line in work():
            sink.write(f"{printable(line)}\n")
        return Code.CLEAN

    raise typer.Exit(guarded(action))
