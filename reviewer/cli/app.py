"""The commands: parse the arguments, call the work, end with its code.

Nothing heavy is imported at the top: the parser, git and the rules load when a command needs them.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from reviewer.cli.conversion import convert_plainly
from reviewer.cli.outcome import Code, FailOn, guarded
from reviewer.cli.streams import Colour

CHECK_EPILOG = """\b
Examples:
  reviewer check HEAD~3..             the last three commits
  reviewer check --staged             what is about to be committed
  reviewer check 000*.patch           a series as format-patch wrote it
  reviewer check inbox.mbox           every series in a mailbox, one report each
  b4 am -o - MSGID | reviewer check - --tree ~/linux

\b
Exit code: 0 clean, 1 findings at or above --fail-on, 2 the input is at fault,
3 could not analyse. Only what the series introduces or moves counts."""

SCAN_EPILOG = """\b
Examples:
  reviewer scan arch/x86 --tree ~/linux
  reviewer scan arch/x86/kernel/process.c --format json

\b
Exit code: 0 clean, 1 findings at or above --fail-on, 2 the input is at fault,
3 could not analyse. Every finding counts."""


class Format(StrEnum):
    """Names of the report formats."""

    TEXT = "text"
    TERSE = "terse"
    JSON = "json"


app = typer.Typer(
    name="reviewer",
    help="Reviews Linux kernel patch series for ordering, per-CPU and cache-coherency bugs.",
    epilog="`reviewer COMMAND --help` shows a command's options and examples.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Tree = Annotated[
    Path | None,
    typer.Option(
        "--tree",
        metavar="DIR",
        help="Kernel tree or repository; by default the one around the working directory.",
    ),
]
Rules = Annotated[
    list[Path] | None,
    typer.Option("--rules", metavar="PATH", help="More rules: a file or folder; repeatable."),
]
FormatChoice = Annotated[Format, typer.Option("--format", help="How to print the report.")]
Output = Annotated[
    Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write the report there.")
]
FailOnChoice = Annotated[
    FailOn, typer.Option("--fail-on", help="The least severity that makes the exit code 1.")
]
Show = Annotated[
    str,
    typer.Option(
        "--show",
        metavar="LIST",
        help="Findings to print: introduced, moved, existing, fixed or all, comma-separated. "
        "JSON holds all of them always.",
    ),
]
ColourChoice = Annotated[Colour, typer.Option("--color", help="When to colour the text report.")]
Quiet = Annotated[
    bool, typer.Option("--quiet", "-q", help="Only findings and what was not analysed.")
]
Verbose = Annotated[
    bool,
    typer.Option(
        "--verbose", "-v", help="Name every file and print remarks; show tracebacks of bugs."
    ),
]


def main(words: Sequence[str] | None = None) -> None:
    """Runs the command line (without `words` the process's own) and exits with its code."""
    convert_plainly()
    app(args=words, prog_name="reviewer")


def _version(wanted: bool) -> None:
    if wanted:
        from reviewer.cli.version import print_version

        raise typer.Exit(guarded(print_version))


@app.callback()
def reviewer(
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_version,
            is_eager=True,
            help="Print the version and the digest of the rules, and exit.",
        ),
    ] = False,
) -> None:
    """The options before a command."""


@app.command(epilog=CHECK_EPILOG)
def check(
    targets: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="RANGE|FILE|-",
            help="A revision range, or mails, mailboxes, Maildirs and folders of patches, or - "
            "for stdin. What exists as a file is read as a file.",
        ),
    ] = None,
    staged: Annotated[
        bool, typer.Option("--staged", help="Check what is staged in the index.")
    ] = False,
    tree: Tree = None,
    rules: Rules = None,
    report_format: FormatChoice = Format.TEXT,
    output: Output = None,
    fail_on: FailOnChoice = FailOn.ERROR,
    show: Show = "",
    color: ColourChoice = Colour.AUTO,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Review patch series: what they introduce, where, and the line of the diff that did it."""

    def action() -> Code:
        from reviewer.cli.check import check as work
        from reviewer.cli.settings import Settings, statuses
        from reviewer.cli.targets import sort_targets

        settings = Settings(
            tree_path=tree,
            rule_paths=tuple(rules or ()),
            format=report_format.value,
            output=output,
            fail_on=fail_on,
            show=statuses(show),
            colour=color,
            quiet=quiet,
            verbose=verbose,
        )
        return work(sort_targets(targets or (), staged=staged), settings)

    raise typer.Exit(guarded(action, verbose=verbose))


@app.command(epilog=SCAN_EPILOG)
def scan(
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="PATH", help="C and assembly files, or folders of them."),
    ],
    jobs: Annotated[
        int,
        typer.Option("--jobs", "-j", metavar="N", help="Processes; 0: one a CPU."),
    ] = 0,
    tree: Tree = None,
    rules: Rules = None,
    report_format: FormatChoice = Format.TEXT,
    output: Output = None,
    fail_on: FailOnChoice = FailOn.ERROR,
    color: ColourChoice = Colour.AUTO,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Audit files or a whole tree as they stand."""

    def action() -> Code:
        from reviewer.cli.scan import scan as work
        from reviewer.cli.settings import Settings

        settings = Settings(
            tree_path=tree,
            rule_paths=tuple(rules or ()),
            format=report_format.value,
            output=output,
            fail_on=fail_on,
            colour=color,
            quiet=quiet,
            verbose=verbose,
        )
        return work(paths, settings, jobs)

    raise typer.Exit(guarded(action, verbose=verbose))


@app.command()
def explain(
    name: Annotated[
        str, typer.Argument(metavar="RULE|FINGERPRINT", help="A rule's id, or a finding's.")
    ],
    report: Annotated[
        Path | None,
        typer.Option(
            "--report", metavar="FILE", help="The JSON report that holds the fingerprint."
        ),
    ] = None,
    rules: Rules = None,
    verbose: Verbose = False,
) -> None:
    """Say why a rule exists, what it misses, and show code it reports and code it does not."""

    def action() -> Code:
        from reviewer.cli.explain import explain as work
        from reviewer.cli.settings import Settings

        return work(name, Settings(rule_paths=tuple(rules or ())), report)

    raise typer.Exit(guarded(action, verbose=verbose))


@app.command(name="rules")
def list_rules(
    events: Annotated[
        bool, typer.Option("--events", help="List the events that rules speak of instead.")
    ] = False,
    rules: Rules = None,
    verbose: Verbose = False,
) -> None:
    """List the rules."""

    def action() -> Code:
        from reviewer.cli import explain
        from reviewer.cli.settings import Settings

        settings = Settings(rule_paths=tuple(rules or ()))
        return explain.list_events(settings) if events else explain.list_rules(settings)

    raise typer.Exit(guarded(action, verbose=verbose))


@app.command()
def doctor(tree: Tree = None, rules: Rules = None, verbose: Verbose = False) -> None:
    """Say what reviews here can rely on, what is missing, and how to give it."""

    def action() -> Code:
        from reviewer.cli.doctor import doctor as work
        from reviewer.cli.settings import Settings

        return work(Settings(tree_path=tree, rule_paths=tuple(rules or ())))

    raise typer.Exit(guarded(action, verbose=verbose))
