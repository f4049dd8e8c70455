"""A report with what the rules on whole series say: of the files as the last patch leaves them.

A finding is of the patch that brought the line it speaks of. What a series does not show is looked
for in the tree, near the files that it touches, and only when a rule would speak otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from reviewer.finding import Finding, Location, Skip
from reviewer.patch.types import HunkFate, LineKind, SourceFile
from reviewer.review.order import order
from reviewer.review.renames import under_old_names
from reviewer.review.scope import in_order, is_code
from reviewer.review.types import Report
from reviewer.rule.types import Scope

if TYPE_CHECKING:
    from reviewer.patch.rebuild import Rebuilt
    from reviewer.patch.tree import Tree
    from reviewer.patch.types import FileReview, Series
    from reviewer.rule.ending_types import EndingRule
    from reviewer.rule.types import RuleSet

#: So many bytes of the tree are read for one name; then nobody can say.
MAX_BYTES = 160 << 20

Files = Mapping[str, SourceFile]
_NOTHING = SourceFile("", b"")
#: A line that may declare a member of a structure; a local's is as good.
_MEMBER = re.compile(rb"\s+(?:\w+\s+)+\w+\s*(?:\[[^\]]*\])?;")


def with_endings(
    report: Report, rebuilt: Rebuilt, rules: RuleSet, *, pedantic: bool = False
) -> Report:
    """The report with the findings of the rules on whole series among its own.

    The pedantic rules only run when asked for.
    """
    states = _states(rebuilt.patches)
    running = tuple(rule for rule in rules.endings if pedantic or not rule.body.pedantic)
    if report.series is None or not states[-1] or not running:
        return report
    ids = (*report.rules, *(rule.id for rule in running))
    active = tuple(rule for rule in running if _concerns(rule, states))
    if not active:
        return replace(report, rules=ids)
    restored, names = under_old_names(report.series, rebuilt)
    states = _states(restored.patches)
    ending = _Ending(report.series, restored.patches, states, rebuilt.tree, rules)
    found = [*report.findings, *map(names.given, ending.findings(active))]
    skips = in_order([*report.skips, *ending.skips])
    return replace(report, findings=tuple(sorted(found, key=order)), skips=skips, rules=ids)


def _concerns(rule: EndingRule, states: tuple[Files, ...]) -> bool:
    """Whether a file that the rule may speak of changes in the series.

    What is new has a line with one of the rule's marks that was not there before, or is a member
    of a structure where some file of the series has such marks.
    """
    words = [word.encode() for word in rule.body.marks]
    first, last = states[0], states[-1]
    members = not rule.body.flag and any(
        word in file.text for file in last.values() for word in words
    )
    for path in {*first, *last}:
        texts = last.get(path, _NOTHING).text, first.get(path, _NOTHING).text
        after, before = (_marked(text, words) for text in texts)
        if after - before or (rule.body.flag and before):
            return True
        if members and texts[0] != texts[1]:
            added = set(texts[0].split(b"\n")) - set(texts[1].split(b"\n"))
            if any(_MEMBER.match(line) for line in added):
                return True
    return False


def _marked(text: bytes, words: list[bytes]) -> set[bytes]:
    """The lines with one of the words."""
    if not any(word in text for word in words):
        return set()
    return {line for line in text.split(b"\n") if any(word in line for word in words)}


def _states(reviews: Sequence[tuple[FileReview, ...]]) -> tuple[Files, ...]:
    """The code that the series touches: before it, and after each of its patches."""
    first: dict[str, SourceFile] = {}
    made: set[str] = set()
    for files in reviews:
        for each in files:
            if each.before and each.before.path not in made and is_code(each.before.path):
                first.setdefault(each.before.path, each.before)
            made |= {side.path for side in (each.before, each.after) if side}
    states: list[Files] = [first]
    for files in reviews:
        state = dict(states[-1])
        for each in files:
            if each.before and (each.after is None or each.after.path != each.before.path):
                state.pop(each.before.path, None)
            if each.after and is_code(each.after.path):
                state[each.after.path] = each.after
        states.append(state)
    return tuple(states)


class _Ending(Struct):
    """One series at its end."""

    series: Series
    reviews: Sequence[tuple[FileReview, ...]]
    states: tuple[Files, ...]
    tree: Tree
    rules: RuleSet
    skips: list[Skip] = field(default_factory=list)
    holding: dict[tuple[str, tuple[str, ...]], tuple[SourceFile, ...]] = field(default_factory=dict)

    def findings(self, active: Sequence[EndingRule]) -> Iterator[Finding]:
        """What the rules say, each finding with the patch that brought it."""
        from reviewer.check.flags.run import JOINT, MEANWHILE, NOWHERE

        for rule in active:
            if rule.body.check in MEANWHILE:
                if len(self.series.patches) > 1:
                    yield from self._meanwhile(rule)
                continue
            if rule.body.check in JOINT:
                yield from self._joint(rule)
                continue
            for finding in self._check(rule, self.states[-1], _others(self, rule)):
                if rule.body.check in NOWHERE and self._unseen(finding.subject):
                    reason = f"{finding.subject}: {self._unseen(finding.subject)}: not judged"
                    skip = Skip(finding.location.path, finding.location.line, reason)
                    self.skips += [skip] if skip not in self.skips else []
                else:
                    yield self._placed(finding)

    def _check(
        self, rule: EndingRule, state: Files, others: Callable[[str], tuple[SourceFile, ...]]
    ) -> tuple[Finding, ...]:
        from reviewer.check.flags.run import check_endings

        return check_endings(
            self.states[0], state, (rule,), self.rules.vocabulary, others, self.tree.exists
        )

    def _joint(self, rule: EndingRule) -> Iterator[Finding]:
        """What is wrong at the end, at the place and of the patch from which on it is."""
        for finding in self._check(rule, self.states[-1], _others(self, rule)):
            since = finding
            number = self.series.patches[-1].number
            for patch, state in zip(self.series.patches[::-1], self.states[:0:-1], strict=True):
                here = self._check(rule, state, _others(self, rule))
                found = next((each for each in here if each.subject == finding.subject), None)
                if found is None:
                    break
                since, number = found, patch.number
            yield replace(since, message=finding.message, patch=number)

    def _meanwhile(self, rule: EndingRule) -> Iterator[Finding]:
        """What a patch leaves wrong and a later one of the series mends."""
        found = [
            {each.subject: each for each in self._check(rule, state, _others(self, rule))}
            for state in self.states[1:]
        ]
        for at, here in enumerate(found):
            for subject in sorted(here.keys() - (found[at - 1].keys() if at else set())):
                mended = next(
                    (later for later, there in enumerate(found[at:], at) if subject not in there),
                    None,
                )
                if mended is not None:
                    number = self.series.patches[mended].number
                    message = f"{here[subject].message} until patch {number}"
                    patch = self.series.patches[at].number
                    yield replace(here[subject], message=message, patch=patch)

    def _unseen(self, name: str) -> str:
        """Why it is not known who uses the name, `""` where it is."""
        series = self.series
        if series.missing or len(series.patches) < series.total:
            return "patches of the series are missing"
        word = re.compile(rf"\b{re.escape(name)}\b")
        for patch, files in zip(series.patches, self.reviews, strict=True):
            whole = {
                each.diff.path
                for each in files
                if all(applied.fate is not HunkFate.FAILED for applied in each.hunks)
            }
            for diff in patch.files:
                if diff.path not in whole and any(
                    line.kind is LineKind.ADDED and word.search(line.text) for line in diff.lines
                ):
                    return f"{diff.path} has it in what does not apply or is no code"
        return ""

    def _placed(self, finding: Finding) -> Finding:
        """The finding at the line as the patch left it that brought the line."""
        path = finding.location.path
        text = _line(self.states[-1][path], finding.location.line)
        for number, (earlier, later) in enumerate(zip(self.states, self.states[1:], strict=False)):
            new = later.get(path)
            old = earlier.get(path)
            if new is None or (old and text in old.text.split(b"\n")):
                continue
            lines = new.text.split(b"\n")
            if text in lines:
                place = Location(path, lines.index(text) + 1)
                return replace(
                    finding,
                    location=place,
                    patch=self.series.patches[number].number,
                    cause=place,
                    cause_text=f"+{text.decode('utf-8', 'replace')}",
                )
        return replace(finding, patch=self.series.patches[-1].number)


def _line(file: SourceFile, number: int) -> bytes:
    lines = file.text.split(b"\n")
    return lines[number - 1] if 0 < number <= len(lines) else b""


def _others(ending: _Ending, rule: EndingRule) -> Callable[[str], tuple[SourceFile, ...]]:
    """Who gives the files of the tree that the series leaves alone and that hold a word."""
    from reviewer.check.words.names import around

    touched = frozenset(path for state in ending.states for path in state)
    globs = rule.scope.paths
    folders = around(touched) if globs == Scope().paths else tuple(map(_folder, globs))

    def others(name: str) -> tuple[SourceFile, ...]:
        key = (name, folders)
        if key not in ending.holding:
            ending.holding[key] = tuple(_holding(ending, name, touched, folders))
        return ending.holding[key]

    return others


def _folder(glob: str) -> str:
    """The folder that everything the glob names is in."""
    return glob.partition("*")[0].rpartition("/")[0]


def _holding(
    ending: _Ending, name: str, touched: frozenset[str], folders: tuple[str, ...]
) -> Iterator[SourceFile]:
    literal, left = name.encode(), MAX_BYTES
    word = re.compile(rb"\b" + literal + rb"\b")
    seen: set[str] = set()
    for folder in folders:
        for path in ending.tree.paths(folder):
            if path in seen or path in touched or not is_code(path):
                continue
            seen.add(path)
            text = ending.tree.read(path) or b""
            left -= len(text)
            if literal in text and word.search(text):
                yield SourceFile(path, text)
            if left < 0:
                reason = f"{name}: who else in the tree has that name was not looked up to the end"
                ending.skips.append(Skip(path, 0, reason))
                return
