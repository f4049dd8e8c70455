"""What commands share: where the tree is, the rules in force, how to print."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from reviewer.cli.outcome import FailOn
from reviewer.cli.streams import Colour, in_colour
from reviewer.errors import InputError
from reviewer.finding import Status
from reviewer.hook.config import TIME_BUDGET

if TYPE_CHECKING:
    from reviewer.patch.tree import Tree
    from reviewer.report.style import Style
    from reviewer.review.choices import Choices
    from reviewer.review.suppress import Entry
    from reviewer.rule.types import RuleSet
    from reviewer.source.index.index import Index
    from reviewer.source.index.kept import Kept
    from reviewer.source.index.store import Store


class Settings(Struct, frozen=True, dict=True):
    """The options that several commands have. Tree and rules are opened when first asked for."""

    tree_path: Path | None = None
    rule_paths: tuple[Path, ...] = ()
    format: str = "text"
    output: Path | None = None
    fail_on: FailOn = FailOn.ERROR
    show: frozenset[Status] = frozenset()
    colour: Colour = Colour.AUTO
    quiet: bool = False
    verbose: bool = False
    suppression_list: Path | None = None
    baseline_list: Path | None = None
    pedantic: bool = False
    time_budget: float = TIME_BUDGET
    no_cache: bool = False
    only: tuple[str, ...] = ()

    @cached_property
    def root(self) -> Path | None:
        """The tree's directory: the one named, else the kernel tree around the working directory.

        Raises:
            InputError: the named one is no directory.
        """
        from reviewer.patch.tree import Directory, is_kernel, open_tree, tree_around

        if self.tree_path is not None:
            open_tree(self.tree_path)
            return self.tree_path
        around = tree_around(Path.cwd())
        return around if around and is_kernel(Directory(around)) else None

    @cached_property
    def suppressions(self) -> tuple[Entry, ...]:
        """The findings that are not to be reported.

        Raises:
            InputError: a line of the list is no entry.
        """
        from reviewer.review.suppress import read_list

        return read_list(self.suppression_list) if self.suppression_list else ()

    @cached_property
    def baseline(self) -> tuple[Entry, ...] | None:
        """The findings that were there already, None without a baseline.

        Raises:
            InputError: a line of it is no entry.
        """
        from reviewer.review.suppress import read_list

        return read_list(self.baseline_list) if self.baseline_list else None

    @property
    def choices(self) -> Choices:
        """What was chosen of the review itself.

        Raises:
            InputError: a line of a list is no entry.
        """
        from reviewer.review.choices import Choices

        return Choices(
            self.suppressions,
            self.baseline,
            self.pedantic or bool(self.only),
            self.time_budget,
            self.only or None,
        )

    def style(self, *, several: bool = False) -> Style:
        """How the report is to be printed."""
        from reviewer.report.style import Style

        return Style(
            show=self.show,
            colour=in_colour(self.colour, self.output),
            brief=self.quiet,
            full=self.verbose,
            several=several,
        )

    @property
    def repository(self) -> Path:
        """The repository of revisions and index: the tree named, else the one around us.

        Raises:
            InputError: there is none.
        """
        from reviewer.patch.tree import tree_around

        found = self.tree_path or tree_around(Path.cwd())
        if found is None:
            raise InputError("no git repository here", remedy="name one with --tree")
        return found

    @cached_property
    def tree(self) -> Tree:
        """The tree at `root`, or none."""
        from reviewer.patch.tree import open_tree

        return open_tree(self.root)

    @cached_property
    def store(self) -> Store:
        """The facts of headers in the user's cache directory."""
        from reviewer.source.index.store import Store

        return Store(self.cache)

    @property
    def cache(self) -> Path | None:
        """Where facts may be kept, None for nowhere."""
        from reviewer.source.index.cache import default_path

        return None if self.no_cache else default_path()

    @cached_property
    def kept(self) -> Kept:
        """The reviews that were made before."""
        from reviewer.source.index.kept import Kept

        return Kept(self.cache.parent / "reviews" if self.cache else None)

    @cached_property
    def rules_digest(self) -> str:
        """What names the rules that are not the shipped ones; nothing is parsed for it.

        Raises:
            RuleErrors: a file of --rules cannot be read.
        """
        from reviewer.rule.files import digest_of, rule_files

        return digest_of(rule_files(self.rule_paths)) if self.rule_paths else ""

    def index(self, tree: Tree) -> Index | None:
        """A tree as symbols, None where it is no kernel."""
        from reviewer.source.index.index import open_index

        return open_index(tree, self.store)

    @cached_property
    def base_remark(self) -> str:
        """What a reader should know of the base beyond its name."""
        from reviewer.patch.tree import is_kernel

        if self.root is None:
            return "only what blobs and hunks show; name a kernel tree with --tree"
        return "" if is_kernel(self.tree) else "this does not look like a Linux tree"

    @cached_property
    def words(self) -> RuleSet:
        """The rules on words, for a series that changes no code.

        Raises:
            RuleErrors: with every problem of their files; of every file with --rules.
        """
        from reviewer.rule.words import load_words

        return self.rules if self.rule_paths or self.only else load_words()

    @cached_property
    def rules(self) -> RuleSet:
        """The shipped rules and those of --rules, or those of --only among them.

        Raises:
            RuleErrors: with every problem of every rule file.
            InputError: --only names no rule.
        """
        rules = self._every_rule()
        if not self.only:
            return rules
        from reviewer.rule.chosen import chosen
        from reviewer.rule.files import shipped_folder

        scenarios = (path.stem for path in (shipped_folder() / "scenarios").glob("*.toml"))
        return chosen(rules, self.only, tuple(scenarios))

    def _every_rule(self) -> RuleSet:
        if self.rule_paths:
            from reviewer.rule.load import load_rules

            return load_rules(self.rule_paths)
        from reviewer.cli.shipped import shipped_rules
        from reviewer.source.index.kept import Kept

        return shipped_rules(Kept(self.cache.parent / "rules" if self.cache else None))


def statuses(words: str) -> frozenset[Status]:
    """The statuses named in a comma-separated list; `all` names every one.

    Raises:
        InputError: one of them is none.
    """
    names = [word.strip() for word in words.split(",") if word.strip()]
    if "all" in names:
        return frozenset(Status)
    unknown = [name for name in names if name not in list(Status)]
    if unknown:
        known = ", ".join((*Status, "all"))
        raise InputError(f"--show: no status {unknown[0]!r}", remedy=f"one or more of {known}")
    return frozenset(Status(name) for name in names)
