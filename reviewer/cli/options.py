"""The options that several commands have, each written once, and how a function becomes a command.

Annotations are left as values, since typer would have to compile each one from text at every start.
"""

from collections.abc import Callable
from enum import StrEnum
from inspect import Parameter, signature
from pathlib import Path
from typing import Annotated

import typer

from reviewer.cli.outcome import Code, FailOn, guarded
from reviewer.cli.settings import Settings, statuses
from reviewer.cli.streams import Colour
from reviewer.hook.config import TIME_BUDGET

#: A command's function: it takes words of the command line, and a Settings where it wants one.
Work = Callable[..., Code]


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


#: What b4 calls, which must hear of trouble in the format as well.
_OF_B4 = frozenset({Format.B4, Format.B4_REVIEW})

#: Each option by the field of Settings that it fills: its annotation and its default.
SHARED: dict[str, tuple[object, object]] = {
    "tree_path": (
        Annotated[
            Path | None,
            typer.Option(
                "--tree",
                metavar="DIR",
                help="Kernel tree or repository; by default the one around the working directory.",
            ),
        ],
        None,
    ),
    "rule_paths": (
        Annotated[
            list[Path] | None,
            typer.Option(
                "--rules", metavar="PATH", help="More rules: a file or folder; repeatable."
            ),
        ],
        None,
    ),
    "format": (
        Annotated[Format, typer.Option("--format", help="How to print the report.")],
        Format.TEXT,
    ),
    "output": (
        Annotated[
            Path | None,
            typer.Option("--output", "-o", metavar="FILE", help="Write the report there."),
        ],
        None,
    ),
    "fail_on": (
        Annotated[
            FailOn, typer.Option("--fail-on", help="The least severity that makes the exit code 1.")
        ],
        FailOn.ERROR,
    ),
    "show": (
        Annotated[
            str,
            typer.Option(
                "--show",
                metavar="LIST",
                help="Findings to print: introduced, moved, existing, fixed or all, "
                "comma-separated. JSON holds all of them always.",
            ),
        ],
        "",
    ),
    "colour": (
        Annotated[Colour, typer.Option("--color", help="When to colour the text report.")],
        Colour.AUTO,
    ),
    "pedantic": (
        Annotated[
            bool,
            typer.Option(
                "--pedantic", help="Run the rules too whose findings are often a matter of taste."
            ),
        ],
        False,
    ),
    "suppression_list": (
        Annotated[
            Path | None,
            typer.Option(
                "--suppressions",
                metavar="FILE",
                help="Findings not to report: a fingerprint and a reason a line.",
            ),
        ],
        None,
    ),
    "baseline_list": (
        Annotated[
            Path | None,
            typer.Option(
                "--baseline",
                metavar="FILE",
                help="Findings that were there already, as `reviewer baseline` wrote them.",
            ),
        ],
        None,
    ),
    "time_budget": (
        Annotated[
            float,
            typer.Option(
                "--time-budget",
                metavar="SECONDS",
                help="The most that a file, a contract or a scenario may take before it is "
                "given up and said to be not analysed; 0 for no limit.",
            ),
        ],
        TIME_BUDGET,
    ),
    "only": (
        Annotated[
            list[str] | None,
            typer.Option(
                "--only", metavar="RULE", help="Run that rule or scenario alone; repeatable."
            ),
        ],
        None,
    ),
    "no_cache": (
        Annotated[
            bool,
            typer.Option(
                "--no-cache", help="Neither read nor write what earlier runs have found out."
            ),
        ],
        False,
    ),
    "quiet": (
        Annotated[
            bool, typer.Option("--quiet", "-q", help="Only findings and what was not analysed.")
        ],
        False,
    ),
    "verbose": (
        Annotated[
            bool,
            typer.Option(
                "--verbose",
                "-v",
                help="Name every file and print remarks; show tracebacks of bugs.",
            ),
        ],
        False,
    ),
}
#: What decides which findings there are, and what decides how they are told.
REVIEWING = (
    "tree_path", "rule_paths", "suppression_list", "baseline_list", "time_budget", "no_cache",
)  # fmt: skip
TELLING = ("format", "output", "fail_on", "show", "colour", "quiet", "verbose")


def command(
    app: typer.Typer,
    *fields: str,
    name: str | None = None,
    short: str | None = None,
    epilog: str | None = None,
) -> Callable[[Work], Work]:
    """Makes commands of functions that give the code to end with; an error becomes one as well.

    `short` is what the list of commands says of it, on one line of a narrow terminal. `fields` are
    those of Settings that the command has options for. The function has its own
    options as parameters, and `settings` where it wants them.
    """

    def make(work: Work) -> Work:
        own = signature(work).parameters
        shared = {field: SHARED[field] for field in fields}

        def run(**words: object) -> None:
            given = {field: words.pop(field) for field in fields}

            def action() -> Code:
                if "settings" in own:
                    words["settings"] = settings_of(given)
                return work(**words)

            raise typer.Exit(_ended(action, given))

        parameters = [each for each in own.values() if each.name != "settings"]
        parameters += [
            Parameter(field, Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
            for field, (annotation, default) in shared.items()
        ]
        run.__doc__ = work.__doc__
        own_words = [each.replace(kind=Parameter.KEYWORD_ONLY) for each in parameters]
        # Typer asks for the signature, which no type of a function has.
        run.__signature__ = signature(work).replace(parameters=own_words)  # type: ignore[attr-defined]
        run.__annotations__ = {each.name: each.annotation for each in parameters}
        app.command(name=name or work.__name__, short_help=short, epilog=epilog)(run)
        return work

    return make


def settings_of(given: dict[str, object]) -> Settings:
    """The settings that values of shared options, by field, make up.

    Raises:
        InputError: `--show` names no status.
    """
    from msgspec.structs import replace

    values = dict(given)
    if "show" in values:
        values["show"] = statuses(str(values["show"]))
    for field in ("rule_paths", "only"):
        several = values.pop(field, None)
        values[field] = tuple(several) if isinstance(several, list) else ()
    return replace(Settings(), **values)


def _ended(action: Callable[[], Code], given: dict[str, object]) -> Code:
    verbose = given.get("verbose") is True
    if given.get("format") not in _OF_B4:
        return guarded(action, verbose=verbose)
    from reviewer.cli.b4 import speaking_b4

    return speaking_b4(lambda: guarded(action, verbose=verbose), str(given["format"]))
