"""The commands: their own options, and the work each calls.

Nothing heavy is imported at the top: the parser, git and the rules load when a command needs them.
Annotations are left as values, since typer would have to compile each one from text at every start.
"""

import os
import sys
from collections.abc import Sequence
from copy import copy
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from reviewer.cli import hook
from reviewer.cli.conversion import convert_plainly
from reviewer.cli.options import REVIEWING, TELLING, command
from reviewer.cli.outcome import Code, complain, guarded
from reviewer.cli.settings import Settings

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
3 could not analyse. Every finding counts; with --baseline every new one."""

BASELINE_EPILOG = """\b
Examples:
  reviewer baseline arch/x86 --tree ~/linux --commit v6.12 -o ~/x86.baseline
  reviewer scan arch/x86 --tree ~/linux --baseline ~/x86.baseline"""


SUPPRESSIONS_EPILOG = """\b
Example:
  reviewer suppressions arch/x86 --tree ~/linux --suppressions ~/x86.suppressions"""

EXPLAIN_EPILOG = """\b
Examples:
  reviewer explain no-call-after-gs-reset     a rule
  reviewer explain kexec-stop                 a scenario of the simulator
  reviewer explain f50dcc24                   a finding that was printed lately"""

SIMULATE_EPILOG = """\b
Examples:
  reviewer simulate --tree ~/linux                          every scenario
  reviewer simulate kexec-stop --svg stop.svg               a drawing of what breaks
  reviewer simulate kexec-stop --format json >stop.json
  reviewer simulate --replay stop.json                      step through it
  reviewer simulate --show-program stop_this_cpu            what was cut

\b
Exit code: 0 every invariant holds, 1 one breaks, 2 the input is at fault,
3 could not analyse."""

INDEX_EPILOG = """\b
Example:
  reviewer index --tree ~/linux"""

B4_REVIEW_EPILOG = """\b
Example:
  reviewer b4-review b4/review/20260101-series"""

DIFF_EPILOG = """\b
Example:
  reviewer diff v1.mbox v2.mbox --tree ~/linux

\b
Exit code: 0 nothing is new, 1 what V2 adds has findings at or above --fail-on,
2 the input is at fault, 3 could not analyse."""


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

Paths = Annotated[
    list[Path], typer.Argument(metavar="PATH", help="C and assembly files, or folders of them.")
]
Jobs = Annotated[
    int, typer.Option("--jobs", "-j", metavar="N", min=0, help="Processes; 0: one a CPU.")
]


def main(words: Sequence[str] | None = None) -> None:
    """Runs the command line (without `words` the process's own) and exits with its code."""
    convert_plainly()
    if sys.__stderr__ is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123
    if sys.__stdout__ is None:
        complain("standard output is closed")
        sys.exit(Code.INPUT)
    name = next(iter(sys.argv[1:] if words is None else words), "")
    _with(name)(args=words, prog_name="reviewer", default_map=_configured(name))


def _with(name: str) -> typer.Typer:
    """The application with the command of that name alone, with all where there is none.

    typer makes a parser of every command it has at every start.
    """
    named = [each for each in app.registered_commands if each.name == name]
    if not named:
        return app
    alone = copy(app)
    alone.registered_commands, alone.registered_groups = named, []
    return alone


def _configured(name: str) -> dict[str, dict[str, object]]:
    """The values that are set for the command; nothing is read for one that takes none."""
    if not name or name.startswith("-") or name in {"hook", "config", "man"}:
        return {}
    from reviewer.cli.config import defaults

    return {name: defaults()}


def _version(wanted: bool) -> None:
    if wanted:
        from reviewer.cli.version import print_version

        raise typer.Exit(guarded(print_version))


def _names(incomplete: str) -> list[str]:
    """The rules whose id begins so, for a shell."""
    from reviewer.rule.files import rule_files

    stems = {Path(each.relative).stem for each in rule_files()}
    return sorted(stem for stem in stems if stem.startswith(incomplete))


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


@command(
    app, *REVIEWING, "only", "pedantic", *TELLING,
    short="Review patches, series, mailboxes or commits.", epilog=CHECK_EPILOG,
)  # fmt: skip
def check(
    settings: Settings,
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
) -> Code:
    """Review patch series: what they introduce, where, and the line of the diff that did it."""
    from reviewer.cli.check import check as work
    from reviewer.cli.targets import sort_targets

    return work(sort_targets(targets or (), staged=staged), settings)


@command(app, *REVIEWING, "only", *TELLING, epilog=SCAN_EPILOG)
def scan(settings: Settings, paths: Paths, jobs: Jobs = 0) -> Code:
    """Audit files or a whole tree as they stand."""
    from reviewer.cli.scan import scan as work

    return work(paths, settings, jobs)


@command(
    app, "tree_path", "rule_paths", "suppression_list", "time_budget", "output", "quiet", "verbose",
    short="Write down what a tree has, to be told what is new.", epilog=BASELINE_EPILOG,
)  # fmt: skip
def baseline(
    settings: Settings,
    paths: Paths,
    commit: Annotated[
        str, typer.Option("--commit", metavar="REV", help="Scan that commit, not what is on disk.")
    ] = "",
    jobs: Jobs = 0,
) -> Code:
    """Write down the findings a tree has, so that `--baseline` reports only what is new."""
    from reviewer.cli.lists import baseline as work

    return work(paths, settings, jobs, commit)


@command(
    app, "tree_path", "rule_paths", "suppression_list", "time_budget", "quiet", "verbose",
    short="Say which suppressions suppress nothing any more.", epilog=SUPPRESSIONS_EPILOG,
)  # fmt: skip
def suppressions(settings: Settings, paths: Paths, jobs: Jobs = 0) -> Code:
    """Say which suppressions, of the list and in comments, still suppress something."""
    from reviewer.cli.lists import suppressions as work

    return work(paths, settings, jobs)


@command(
    app, "rule_paths", "verbose",
    short="Explain a rule, a scenario or a finding.", epilog=EXPLAIN_EPILOG,
)  # fmt: skip
def explain(
    settings: Settings,
    name: Annotated[
        str,
        typer.Argument(
            metavar="RULE|FINGERPRINT",
            help="A rule's id, or a finding's.",
            autocompletion=_names,
        ),
    ],
    report: Annotated[
        Path | None,
        typer.Option(
            "--report",
            metavar="FILE",
            help="The JSON report that holds the fingerprint; by default what was found last.",
        ),
    ] = None,
) -> Code:
    """Say why a rule exists, what it misses, and show code it reports and code it does not."""
    from reviewer.cli.explain import explain as work

    return work(name, settings, report)


@command(app, "rule_paths", "verbose", name="rules")
def list_rules(
    settings: Settings,
    events: Annotated[
        bool, typer.Option("--events", help="List the events that rules speak of instead.")
    ] = False,
) -> Code:
    """List the rules."""
    from reviewer.cli import explain

    return explain.list_events(settings) if events else explain.list_rules(settings)


@command(
    app, "tree_path", "verbose",
    short="Search the interleavings of kexec for a broken order.", epilog=SIMULATE_EPILOG,
)  # fmt: skip
def simulate(
    settings: Settings,
    scenarios: Annotated[
        list[str] | None,
        typer.Argument(metavar="SCENARIO", help="Ids of scenarios; by default every one."),
    ] = None,
    cpus: Annotated[
        int,
        typer.Option("--cpus", metavar="N", help="Search exactly N CPUs; 0: any number."),
    ] = 0,
    memory: Annotated[
        int,
        typer.Option("--memory", metavar="MB", help="End a search that needs more memory."),
    ] = 2048,
    svg: Annotated[
        Path | None,
        typer.Option("--svg", metavar="FILE", help="Draw the first counterexample, or automaton."),
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
    dot: Annotated[
        bool, typer.Option("--dot", help="Print the automaton in Graphviz's language.")
    ] = False,
    verdict_format: Annotated[
        VerdictFormat, typer.Option("--format", help="How to print the verdicts.")
    ] = VerdictFormat.TEXT,
) -> Code:
    """Search every interleaving of CPUs, cut from the tree's own code, for a broken invariant."""
    from reviewer.cli.simulate import Wanted
    from reviewer.cli.simulate import simulate as work

    return work(
        Wanted(
            names=tuple(scenarios or ()),
            tree=settings.tree_path,
            cpus=cpus,
            memory=memory,
            svg=svg,
            promela=promela,
            replay=replay,
            program=show_program,
            dot=dot,
            as_json=verdict_format is VerdictFormat.JSON,
        )
    )


@command(
    app, "tree_path", "quiet", "verbose",
    short="Read a tree into the cache, for faster reviews.", epilog=INDEX_EPILOG,
)  # fmt: skip
def index(settings: Settings, jobs: Jobs = 0) -> Code:
    """Read a whole tree into the cache, so that reviews find its definitions at once."""
    from reviewer.cli.index import index as work

    return work(settings, jobs)


@command(
    app, "tree_path", "rule_paths", "verbose", short="Say what is installed and what is missing."
)  # fmt: skip
def doctor(
    settings: Settings,
    cache: Annotated[
        bool, typer.Option("--cache", help="Also say where the cache is and what it holds.")
    ] = False,
) -> Code:
    """Say what reviews here can rely on, what is missing, and how to give it."""
    from reviewer.cli.doctor import doctor as work

    return work(settings, cache=cache)


@command(
    app, *REVIEWING, "verbose", name="b4-review",
    short="Leave comments on a b4 review branch.", epilog=B4_REVIEW_EPILOG,
)  # fmt: skip
def b4_review(
    settings: Settings,
    branch: Annotated[
        str, typer.Argument(metavar="BRANCH", help="A branch of `b4 review`; HEAD by default.")
    ] = "HEAD",
) -> Code:
    """Leave comments on the series of a b4 review branch, for the maintainer to adopt or drop."""
    from reviewer.cli.b4 import review_branch

    return review_branch(branch, settings)


@command(
    app, *REVIEWING, "fail_on", "verbose",
    short="Compare what two versions of a series do.", epilog=DIFF_EPILOG,
)  # fmt: skip
def diff(
    settings: Settings,
    old: Annotated[Path, typer.Argument(metavar="V1", help="The mails of one version.")],
    new: Annotated[Path, typer.Argument(metavar="V2", help="Those of the next.")],
) -> Code:
    """Say what a new version of a series fixes, keeps and adds, and which comments it answers."""
    from reviewer.cli.diff import compare_versions

    return compare_versions(old, new, settings)


@command(app, short="Show the options that are set for good.")
def config(
    origin: Annotated[
        bool, typer.Option("--show-origin", help="Say which file or variable set each value.")
    ] = False,
) -> Code:
    """Show the options that are set in the environment and in git's configuration."""
    from reviewer.cli.config import show

    return show(origin=origin)


@command(app, short="Print the manual page.")
def man() -> Code:
    """Print the manual page, for `man -l` or /usr/share/man/man1/reviewer.1."""
    from reviewer.cli.man import print_manual

    return print_manual(app)
