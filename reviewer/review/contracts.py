"""A report with what the rules on contracts say: of all files of a contract, on both sides.

A patch seldom touches every file of a contract; the others are read from the tree as the series
has left them. A series that touches none of them costs no more than the look at its paths.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from reviewer.check.prefilter import contained, within
from reviewer.finding import Finding, Skip, Status
from reviewer.patch.types import Context, SourceFile
from reviewer.review.declared import assembly_asked_about, files_beside
from reviewer.review.order import order
from reviewer.review.scope import in_order
from reviewer.review.types import Report

if TYPE_CHECKING:
    from reviewer.patch.tree import Tree
    from reviewer.patch.types import FileReview, Patch
    from reviewer.rule.contract_types import Contract, ContractRule
    from reviewer.rule.types import RuleSet, Scope


def with_contracts(
    report: Report, reviews: Sequence[tuple[FileReview, ...]], rules: RuleSet, tree: Tree
) -> Report:
    """The report with the findings of the rules on contracts among its own.

    `reviews` are the rebuilt files of each patch, `tree` what the series applies to.
    """
    from reviewer.review.compare import Ledger, compare
    from reviewer.review.lines import ruler
    from reviewer.review.match import Side, Sides

    touched = {path for files in reviews for each in files for path in _paths(each)}
    active, paths = _asked(rules, touched, [each for files in reviews for each in files], tree)
    if not active:
        return report
    state = _state(paths, tree)
    ledger, skips = Ledger(), list(report.skips)
    patches = report.series.patches if report.series else ()
    known = _Known(_with_new_names(active, patches, reviews), rules)
    for patch, files in zip(patches, reviews, strict=True):
        mine = [each for each in files if _concerned(active, _paths(each))]
        earlier, later = dict(state), dict(state)
        for each in mine:
            for path in _paths(each):
                earlier.pop(path, None)
                later.pop(path, None)
            skips += _unknown(each, active, patch.number)
            if each.before:
                earlier[each.before.path] = each.before
            if each.after:
                later[each.after.path] = each.after
        if not mine:
            continue
        before, after = known(earlier), known(later)
        sides = [
            Sides(
                Side(old, ruler(old), before.get(path, ())),
                Side(new, ruler(new), after.get(path, ())),
            )
            for path in sorted({*earlier, *later})
            for old, new in ((earlier.get(path), later.get(path)),)
        ]
        ledger.enter(compare(patch.number, sides))
        state = {path: replace(each, changed=frozenset()) for path, each in later.items()}
    found = (*report.findings, *ledger.findings())
    return replace(
        report,
        findings=tuple(sorted(found, key=order)),
        skips=in_order(skips),
        rules=(*report.rules, *(rule.id for rule in active)),
    )


def _with_new_names(
    active: Iterable[ContractRule],
    patches: Sequence[Patch],
    reviews: Sequence[tuple[FileReview, ...]],
) -> tuple[ContractRule, ...]:
    """The rules, with the arguments and bits that they ask for under the series' names too."""
    from reviewer.review.renames import renames

    said: dict[str, str] = {}
    for patch, files in zip(patches, reviews, strict=True):
        for new, old in renames(patch, files).items():
            said[new] = said.get(old, old)

    def named(rule: ContractRule) -> ContractRule:
        fresh = tuple(new for new, old in said.items() if old in rule.body.by)
        return replace(rule, body=replace(rule.body, by=(*rule.body.by, *fresh)))

    return tuple(map(named, active))


def scanned_contracts(paths: Iterable[str], rules: RuleSet, tree: Tree) -> tuple[Finding, ...]:
    """What the rules say of the contracts of which one of the files is a part."""
    scanned = tuple(paths)
    active, wanted = _asked(rules, scanned, (), tree)
    if not active:
        return ()
    files = _state(wanted, tree)
    found = [each for part in _by_path(files, active, rules).values() for each in part]
    return tuple(sorted((replace(each, status=Status.EXISTING) for each in found), key=order))


def concerned(rules: RuleSet, paths: Iterable[str]) -> tuple[ContractRule, ...]:
    """The rules that look at the paths as they stand."""
    among = tuple(paths)
    return tuple(
        rule
        for rule in rules.contracts
        if any(
            contained(rule.body.scope, path)
            for path in among
            if path.endswith(".S") or not rule.body.about_every
        )
    )


def _asked(
    rules: RuleSet, touched: Iterable[str], reviews: Sequence[FileReview], tree: Tree
) -> tuple[tuple[ContractRule, ...], frozenset[str]]:
    """The rules that have something to say about the paths, and the files they have to see.

    Where files are touched by a series, `reviews` say how.
    """
    among = tuple(touched)
    active: list[ContractRule] = []
    wanted: set[str] = set()
    beside: dict[Scope, tuple[str, ...]] = {}
    for rule in rules.contracts:
        body = rule.body
        if not body.about_every:
            if any(contained(body.scope, path) for path in among):
                active.append(rule)
                wanted.update(_matching(body, tree))
            continue
        if body.scope not in beside:
            asked = assembly_asked_about(rule, reviews, tree) if reviews else _scanned(body, among)
            beside[body.scope] = tuple(files_beside(rule, sorted(asked), tree))
        if beside[body.scope]:
            active.append(rule)
            wanted.update(beside[body.scope])
    return tuple(active), frozenset(wanted)


def _scanned(body: Contract, paths: Iterable[str]) -> frozenset[str]:
    """The assembly files to look at of those that are scanned.

    Those that cost too much are left out unless nothing else is asked for.
    """
    every = frozenset(path for path in paths if path.endswith(".S") and contained(body.scope, path))
    return frozenset(path for path in every if not within(body.touched, path)) or every


def _matching(body: Contract, tree: Tree) -> Iterator[str]:
    """The tree's files of a contract that names its functions."""
    for glob in body.files:
        folder = glob.partition("*")[0].rpartition("/")[0] if "*" in glob else glob
        yield from (path for path in tree.paths(folder) if contained(body.scope, path))


def _concerned(active: Iterable[ContractRule], paths: Iterable[str]) -> bool:
    """Whether one of the paths is a file of one of the rules."""
    among = tuple(paths)
    return any(contained(rule.body.scope, path) for rule in active for path in among)


def _by_path(
    files: Mapping[str, SourceFile], active: Iterable[ContractRule], rules: RuleSet
) -> dict[str, tuple[Finding, ...]]:
    from reviewer.check.contract import check_contracts

    found: dict[str, tuple[Finding, ...]] = {}
    for each in check_contracts(files.values(), active, rules.vocabulary):
        found[each.location.path] = (*found.get(each.location.path, ()), each)
    return found


class _Known:
    """Findings by the contents of the files: what one patch leaves is what the next one finds."""

    def __init__(self, active: Sequence[ContractRule], rules: RuleSet) -> None:
        self._active = active
        self._rules = rules
        self._found: dict[tuple[object, ...], dict[str, tuple[Finding, ...]]] = {}

    def __call__(self, files: Mapping[str, SourceFile]) -> dict[str, tuple[Finding, ...]]:
        """The findings of the files taken together, by path."""
        key = tuple((path, each.text, each.context) for path, each in sorted(files.items()))
        if key not in self._found:
            self._found[key] = _by_path(files, self._active, self._rules)
        return self._found[key]


def _paths(each: FileReview) -> set[str]:
    return {side.path for side in (each.before, each.after) if side}


def _state(paths: Iterable[str], tree: Tree) -> dict[str, SourceFile]:
    """The files as the tree has them."""
    texts = ((path, tree.read(path)) for path in sorted(paths))
    return {path: SourceFile(path, text) for path, text in texts if text is not None}


def _unknown(each: FileReview, active: Iterable[ContractRule], patch: int) -> Iterable[Skip]:
    """Says that a file of a contract is only known by its hunks."""
    path = each.diff.path
    named = [rule for rule in active if path.endswith(".S") or not rule.body.about_every]
    if each.context is Context.HUNK and _concerned(named, (path,)):
        yield Skip(path, 0, "only its hunks are known: not compared with the other side of its "
                   "contract", patch=patch)  # fmt: skip
