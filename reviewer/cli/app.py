"""The commands: parse the arguments, call the work, end with its code.

Nothing heavy is imported at the top: the parser, git and the rules load when a command needs them.
Annotations are left as values, since typer would have to compile each one from text at every start.
"""

import os
import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from reviewer.cli import hook
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
    B4 = "b4"
    B4_REVIEW = "b4-review"
    SARIF = "sarif"
    RDJSON = "rdjson"
    GITHUB = "github"
    JUNIT = "junit"
    REPLY = "reply"
    HTML = "html"


class VerdictFormat(StrEnum):
    """How verdicts of the simulator are printed."""

    TEXT = "text"
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

app.add_typer(hook.app)

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
Pedantic = Annotated[
    bool,
    typer.Option(
        "--pedantic", help="Run the rules too whose findings are often a matter of taste."
    ),
]
Suppressions = Annotated[
    Path | None,
    typer.Option(
        "--suppressions",
        metavar="FILE",
        help="Findings not to report: a fingerprint and a reason a line.",
    ),
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
    command = next(iter(sys.argv[1:] if words is None else words), "")
    app(args=words, prog_name="reviewer", default_map=_configured(command))


def _configured(command: str) -> dict[str, dict[str, object]]:
    """The values that are set for the command; nothing is read for one that takes none."""
    if command not in {"check", "scan", "explain", "rules", "doctor"}:
        return {}
    from reviewer.cli.config import defaults, settings

    return defaults(settings(os.environ, Path.cwd()))


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
    pedantic: Pedantic = False,
    suppressions: Suppressions = None,
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
            suppression_list=suppressions,
            verbose=verbose,
            pedantic=pedantic,
        )
        return work(sort_targets(targets or (), staged=staged), settings)

    def ended() -> Code:
        return guarded(action, verbose=verbose)

    if report_format in (Format.B4, Format.B4_REVIEW):
        from reviewer.cli.b4 import speaking_b4

        raise typer.Exit(speaking_b4(ended, report_format.value))
    raise typer.Exit(ended())


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
def simulate(
    scenarios: Annotated[
        list[str] | None,
        typer.Argument(metavar="SCENARIO", help="Ids of scenarios; by default every one."),
    ] = None,
    tree: Tree = None,
    cpus: Annotated[
        int,
        typer.Option("--cpus", metavar="N", help="Search exactly N CPUs instead of any number."),
    ] = 0,
    svg: Annotated[
        Path | None,
        typer.Option("--svg", metavar="FILE", help="Draw the first counterexample as a chart."),
    ] = None,
    promela: Annotated[
        bool, typer.Option("--promela", help="Write the models for SPIN instead of searching.")
    ] = False,
    replay: Annotated[
        Path | None,
        typer.Option("--replay", metavar="FILE", help="Step through the runs of a JSON output."),
    ] = None,
    show_program: Annotated[
        str,
        typer.Option("--show-program", metavar="FUNCTION", help="Print a function's automaton."),
    ] = "",
    verdict_format: Annotated[
        VerdictFormat, typer.Option("--format", help="How to print the verdicts.")
    ] = VerdictFormat.TEXT,
    verbose: Verbose = False,
) -> None:
    """Search every interleaving of CPUs, cut from the tree's own code, for a broken invariant."""

    def action() -> Code:
        from reviewer.cli.simulate import Wanted
        from reviewer.cli.simulate import simulate as work

        return work(
            Wanted(
                names=tuple(scenarios or ()),
                tree=tree,
                cpus=cpus,
                svg=svg,
                promela=promela,
                replay=replay,
                program=show_program,
                as_json=verdict_format is VerdictFormat.JSON,
            )
        )

    raise typer.Exit(guarded(action, verbose=verbose))


@app.command()
def index(
    tree: Tree = None,
    jobs: Annotated[
        int, typer.Option("--jobs", "-j", min=0, help="Processes; 0 for one each CPU.")
    ] = 0,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Read a whole tree into the cache, so that reviews find its definitions at once."""

    def action() -> Code:
        from reviewer.cli.index import index as work
        from reviewer.cli.settings import Settings

        return work(Settings(tree_path=tree, quiet=quiet), jobs)

    raise typer.Exit(guarded(action, verbose=verbose))


@app.command()
def doctor(
    tree: Tree = None,
    rules: Rules = None,
    cache: Annotated[
        bool, typer.Option("--cache", help="Also say where the cache is and what it holds.")
    ] = False,
    verbose: Verbose = False,
) -> None:
    """Say what reviews here can rely on, what is missing, and how to give it."""

    def action() -> Code:
        from reviewer.cli.doctor import doctor as work
        from reviewer.cli.settings import Settings

        return work(Settings(tree_path=tree, rule_paths=tuple(rules or ())), cache=cache)

    raise typer.Exit(guarded(action, verbose=verbose))


@app.command(name="b4-review")
def b4_review(
    branch: Annotated[
        str, typer.Argument(metavar="BRANCH", help="A branch of `b4 review`; HEAD by default.")
    ] = "HEAD",
    tree: Tree = None,
    rules: Rules = None,
    verbose: Verbose = False,
) -> None:
    """Leave comments on the series of a b4 review branch, for the maintainer to adopt or drop."""

    def action() -> Code:
        from reviewer.cli.b4 import review_branch
        from reviewer.cli.settings import Settings

        return review_branch(branch, Settings(tree_path=tree, rule_paths=tuple(rules or ())))

    raise typer.Exit(guarded(action, verbose=verbose))


@app.command()
def config(
    origin: Annotated[
        bool, typer.Option("--show-origin", help="Say which file or variable set each value.")
    ] = False,
) -> None:
    """Show the options that are set in the environment and in git's configuration."""

    def action() -> Code:
        from reviewer.cli.config import show

        return show(origin=origin)

    raise typer.Exit(guarded(action))


@app.command()
def diff(
    old: Annotated[Path, typer.Argument(metavar="V1", help="The mails of one version.")],
    new: Annotated[Path, typer.Argument(metavar="V2", help="Those of the next.")],
    tree: Tree = None,
    rules: Rules = None,
    fail_on: FailOnChoice = FailOn.ERROR,
    verbose: Verbose = False,
) -> None:
    """Say which findings a new version of a series fixes, keeps and adds."""

    def action() -> Code:
        from reviewer.cli.diff import compare_versions
        from reviewer.cli.settings import Settings

        settings = Settings(tree_path=tree, rule_paths=tuple(rules or ()), fail_on=fail_on)
        return compare_versions(old, new, settings)

    raise typer.Exit(guarded(action, verbose=verbose))
