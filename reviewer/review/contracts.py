"""A report with what the rules on contracts say: of all files of a contract, on both sides.

A patch seldom touches every file of a contract; the others are read from the tree as the series
has left them. A series that touches none of them costs no more than the look at its paths.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from reviewer.check.prefilter import within
from reviewer.finding import Finding, Skip, Status
from reviewer.patch.types import Context, SourceFile
from reviewer.review.order import order
from reviewer.review.scope import in_order
from reviewer.review.types import Report

if TYPE_CHECKING:
    from reviewer.patch.tree import Tree
    from reviewer.patch.types import FileReview
    from reviewer.rule.types import ContractRule, RuleSet


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
    active = concerned(rules, touched)
    if not active:
        return report
    state = _state(active, tree)
    ledger, skips = Ledger(), list(report.skips)
    patches = report.series.patches if report.series else ()
    for patch, files in zip(patches, reviews, strict=True):
        mine = [each for each in files if concerned(rules, _paths(each))]
        earlier, later = dict(state), dict(state)
        for each in mine:
            for path in _paths(each):
                earlier.pop(path, None)
                later.pop(path, None)
            skips += _unknown(each, patch.number)
            if each.before:
                earlier[each.before.path] = each.before
            if each.after:
                later[each.after.path] = each.after
        if not mine:
            continue
        before, after = _by_path(earlier, active, rules), _by_path(later, active, rules)
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


def scanned_contracts(paths: Iterable[str], rules: RuleSet, tree: Tree) -> tuple[Finding, ...]:
    """What the rules say of the contracts of which one of the files is a part."""
    active = concerned(rules, paths)
    if not active:
        return ()
    files = _state(active, tree)
    found = [each for part in _by_path(files, active, rules).values() for each in part]
    return tuple(sorted((replace(each, status=Status.EXISTING) for each in found), key=order))


def concerned(rules: RuleSet, paths: Iterable[str]) -> tuple[ContractRule, ...]:
    """The rules of whose files one of the paths is."""
    among = tuple(paths)
    return tuple(
        rule for rule in rules.contracts if any(within(rule.body.files, path) for path in among)
    )


def _by_path(
    files: Mapping[str, SourceFile], active: Iterable[ContractRule], rules: RuleSet
) -> dict[str, tuple[Finding, ...]]:
    from reviewer.check.contract import check_contracts

    found: dict[str, tuple[Finding, ...]] = {}
    for each in check_contracts(files.values(), active, rules.vocabulary):
        found[each.location.path] = (*found.get(each.location.path, ()), each)
    return found


def _paths(each: FileReview) -> set[str]:
    return {side.path for side in (each.before, each.after) if side}


def _state(active: Iterable[ContractRule], tree: Tree) -> dict[str, SourceFile]:
    """The files of the contracts as the tree has them."""
    found: dict[str, SourceFile] = {}
    for glob in sorted({glob for rule in active for glob in rule.body.files}):
        folder = glob.partition("*")[0].rpartition("/")[0] if "*" in glob else glob
        for path in tree.paths(folder):
            text = tree.read(path) if within((glob,), path) else None
            if text is not None:
                found[path] = SourceFile(path, text)
    return found


def _unknown(each: FileReview, patch: int) -> Iterable[Skip]:
    """Says that a file of a contract is only known by its hunks."""
    if each.context is Context.HUNK:
        path = each.diff.path
        yield Skip(path, 0, "only its hunks are known: not compared with the other side of its "
                   "contract", patch=patch)  # fmt: skip
