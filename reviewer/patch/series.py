"""Mails to series: versions, counters, covers, duplicates, and what reviewers quoted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from reviewer.finding import Skip
from reviewer.patch import subject as subjects
from reviewer.patch.letters import Letter, letters, quoted, salvaged
from reviewer.patch.mail import Mail
from reviewer.patch.subject import Subject
from reviewer.patch.threads import Group, grouped
from reviewer.patch.types import FileDiff, Patch, Remark, Series

if TYPE_CHECKING:
    from reviewer.patch.salvage import Salvaged

# Version, number, total and text of a subject.
_Name = tuple[int, int, int, str]


class Assembly(Struct, frozen=True):
    """The series of some mails, in order of their first mails, and how many mails there were.

    `patch_mails` are those that hold a patch or say so, `duplicates` those whose message-id or
    patch had come before.
    """

    series: tuple[Series, ...]
    mails: int
    patch_mails: int
    duplicates: int


def assemble(mails: Iterable[Mail]) -> Assembly:
    """The series that the mails hold, each version of each on its own.

    A reply that quotes a patch adds its remarks to it; where none of the mails is that patch, it
    stands in the patch's place. Mails are read one after the other and not kept, except for the
    text of such replies.
    """
    found: list[Letter] = []
    replies: list[tuple[int, Mail]] = []
    seen: set[str] = set()
    count = patch_mails = duplicates = 0
    for place, mail in enumerate(mails):
        count += 1
        if mail.message_id in seen:
            duplicates += 1
            continue
        if mail.message_id:
            seen.add(mail.message_id)
        own = letters(mail)
        found.extend(replace(letter, place=place) for letter in own)
        patch_mails += any(letter.patch for letter in own)
        if mail.quotes_diff and all(letter.is_aside for letter in own):
            replies.append((place, mail))
    groups = grouped(_with_replies(found, replies))
    copies = sum(_drop_copies(group) for group in groups)
    return Assembly(
        tuple(series for group in groups if (series := _series(group)).patches),
        count,
        patch_mails - copies,
        duplicates + copies,
    )


def in_order(mails: Iterable[Mail], title: str) -> Series:
    """The patches of the mails as one series in the order given, whatever their subjects count."""
    own = [letter for mail in mails for letter in letters(mail) if letter.patch]
    numbered = (
        replace(letter, subject=replace(letter.subject, number=number, total=len(own)))
        for number, letter in enumerate(own, 1)
    )
    series = _series(Group(letters={letter.subject.number: letter for letter in numbered}))
    return replace(series, title=title)


def _with_replies(found: Sequence[Letter], replies: Sequence[tuple[int, Mail]]) -> list[Letter]:
    """The letters with the remarks of the replies, and the replies whose patch is not there."""
    by_id: dict[str, int] = {}
    by_name: dict[_Name, int] = {}
    for at, letter in enumerate(found):
        if letter.patch:
            by_id.setdefault(letter.message_id, at)
            by_name.setdefault(_name(letter.subject), at)
    asides = {one.place for one in found if one.is_aside and one.patch and one.patch.files}
    remarks: dict[int, list[Remark]] = {}
    orphans: dict[_Name, list[Letter]] = {}
    for place, mail in replies:
        quotation = quoted(mail)
        if quotation is None:
            continue
        name = _name(subjects.parse(mail.subject))
        candidates = [by_id.get(one) for one in mail.parents] + [by_name.get(name)]
        original = next(
            (
                at
                for at in candidates
                if at is not None
                and found[at].place != place
                and _shares_hunk(found[at], quotation)
            ),
            None,
        )
        if original is None and place in asides:
            continue
        if original is None:
            orphans.setdefault(name, []).append(replace(salvaged(mail, quotation), place=place))
        else:
            remarks.setdefault(original, []).extend(quotation.remarks)
    kept = [
        _remarked(letter, remarks[at]) if at in remarks else letter
        for at, letter in enumerate(found)
    ]
    return [*kept, *map(_best, orphans.values())]


def _name(subject: Subject) -> _Name:
    return subject.version, subject.number, subject.total, subject.text.casefold()


def _shares_hunk(letter: Letter, quotation: Salvaged) -> bool:
    """Whether the reply quotes a hunk of the patch, or nothing that could tell."""
    hunks = _hunks(quotation.files)
    if letter.patch is None:
        return False
    return not hunks or not hunks.isdisjoint(_hunks(letter.patch.files))


def _hunks(files: Sequence[FileDiff]) -> set[tuple[str, int, int]]:
    return {(diff.path, hunk.old_start, hunk.new_start) for diff in files for hunk in diff.hunks}


def _remarked(letter: Letter, remarks: Sequence[Remark]) -> Letter:
    patch = letter.patch
    return replace(letter, patch=patch and replace(patch, remarks=(*patch.remarks, *remarks)))


def _best(quotations: Sequence[Letter]) -> Letter:
    """Of replies that quote one patch the one that quotes most of it, with the remarks of all."""
    best = max(quotations, key=lambda letter: letter.patch.hunks if letter.patch else 0)
    others = (letter.patch for letter in quotations if letter is not best)
    remarks = [remark for patch in others if patch for remark in patch.remarks]
    return replace(_remarked(best, remarks), place=quotations[0].place)


def _drop_copies(group: Group) -> int:
    """Takes out of the group what was sent again unchanged; how many mails that were."""
    changed = [
        letter
        for letter in group.resent
        if not letter.is_quotation and not _is_copy(letter, group.letters[letter.subject.number])
    ]
    copies = sum(not letter.is_quotation for letter in group.resent) - len(changed)
    group.resent = changed
    return copies


def _is_copy(letter: Letter, other: Letter) -> bool:
    if letter.patch is None or other.patch is None:
        return letter.patch is other.patch
    return _content(letter.patch) == _content(other.patch)


def _content(patch: Patch) -> list[tuple[object, ...]]:
    """What the patch changes, without where its lines stand in a mail."""
    return [
        (
            diff.change,
            diff.old_path,
            diff.new_path,
            diff.new_mode,
            hunk and (hunk.old_start, hunk.new_start),
            hunk and [(line.kind, line.text, line.newline) for line in hunk.lines],
        )
        for diff in patch.files
        for hunk in diff.hunks or (None,)
    ]


def _series(group: Group) -> Series:
    """The group as a value; without patches where it is a cover alone."""
    letters = dict(group.letters)
    skips = [skip for letter in letters.values() for skip in letter.skips]
    for letter in group.resent:
        number = letter.subject.number
        if patch := letters[number].patch:
            reason = f"patch {number} was sent again, changed; the last one counts"
            skips.append(Skip(patch.source, 0, reason, patch=number))
        letters[number] = letter
    lead = letters[min(letters)]
    patches = tuple(
        _renumbered(patch, number)
        for number, letter in sorted(letters.items())
        if (patch := letter.patch)
    )
    said = [letters[number].base for number in (0, 1) if number in letters]
    numbers = {patch.number for patch in patches}
    return Series(
        title=lead.subject.text,
        version=lead.subject.version,
        total=lead.subject.total,
        patches=patches,
        cover=lead.cover,
        base_commit=next((base.commit for base in said if base.commit), ""),
        change_id=next((base.change_id for base in said if base.change_id), ""),
        prerequisites=tuple(one for base in said for one in base.prerequisites),
        message_id=lead.message_id,
        prefixes=lead.subject.prefixes,
        missing=tuple(one for one in range(1, lead.subject.total + 1) if one not in numbers),
        skips=tuple(skips),
    )


def _renumbered(patch: Patch, number: int) -> Patch:
    if patch.number == number:
        return patch
    skips = tuple(replace(skip, patch=number) for skip in patch.skips)
    return replace(patch, number=number, skips=skips)
