"""Letters to groups: which of them were sent as one version of one series."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct, field

from reviewer.patch.letters import Letter

_Version = tuple[int, int]


class Group(Struct):
    """The letters of one version of one series by their numbers, 0 for the cover.

    `resent` are later letters of a number that was taken, in order. `rooted` says that its first
    mail answers none.
    """

    rooted: bool = False
    letters: dict[int, Letter] = field(default_factory=dict)
    resent: list[Letter] = field(default_factory=list)

    @property
    def lead(self) -> Letter:
        """The letter that speaks for the series: the cover, else the lowest number."""
        return self.letters[min(self.letters)]

    def add(self, letter: Letter) -> None:
        """Adds a letter under its number, to `resent` where that is taken."""
        number = letter.subject.number
        if number in self.letters:
            self.resent.append(letter)
        else:
            self.letters[number] = letter


def grouped(letters: Sequence[Letter]) -> list[Group]:
    """The groups in order of their first letters; quotations come last in `letters`.

    Counted letters go together by version, total and thread; of threads that answer nothing, by
    sender, where their numbers complete each other. The others stand alone.
    """
    known = {
        letter.message_id: letter
        for letter in reversed(letters)
        if letter.message_id and not _is_alone(letter)
    }
    groups: list[Group] = []
    by_thread: dict[tuple[str, _Version], list[Group]] = {}
    anchors: dict[str, str] = {}
    for letter in letters:
        anchor = "" if _is_alone(letter) else _anchor(letter, known, anchors)
        thread = by_thread.setdefault((anchor, _version(letter)), []) if anchor else []
        group = _own(thread, letter)
        if group is None:
            group = Group()
            thread.append(group)
            groups.append(group)
        group.rooted |= not _is_alone(letter) and anchor == letter.message_id
        group.add(letter)
    whole = _completed(part for group in groups for part in _resendings(group))
    return sorted(whole, key=lambda group: min(one.place for one in group.letters.values()))


def _is_alone(letter: Letter) -> bool:
    return letter.is_aside or letter.subject.counter_inferred


def _version(letter: Letter) -> _Version:
    return letter.subject.version, letter.subject.total


def _anchor(letter: Letter, known: Mapping[str, Letter], anchors: dict[str, str]) -> str:
    """The message-id that the letters of a series share; `""` where nothing tells.

    It is that of its cover, else of its first patch, else of what that answers. `anchors` are those
    found before, and are added to.
    """
    trail: list[str] = []
    while letter.subject.number and letter.message_id not in anchors:
        own = letter.parents[0] if letter.parents else letter.message_id
        if not letter.message_id:
            return own
        trail.append(letter.message_id)
        anchors[letter.message_id] = own
        version = _version(letter)
        above = (known[one] for one in letter.parents if one in known)
        letter = next((one for one in above if _version(one) == version), letter)
    found = anchors.get(letter.message_id, letter.message_id)
    anchors.update(dict.fromkeys(trail, found))
    return found


def _own(thread: Sequence[Group], letter: Letter) -> Group | None:
    """The group of a thread that the letter belongs to: its sender's, else one that lacks it."""
    number = letter.subject.number
    same = (group for group in thread if letter.sender in ("", group.lead.sender))
    lacking = (group for group in thread if number not in group.letters)
    unsigned = (group for group in thread if not group.lead.sender)
    return next(same, None) or next(lacking, None) or next(unsigned, None)


def _resendings(group: Group) -> list[Group]:
    """The group, and apart from it what was sent again as a whole.

    A single letter sent again stays, to take the place of the first.
    """
    found = [group]
    while (last := found[-1]).resent:
        again = Group(rooted=last.rooted)
        for letter in last.resent:
            again.add(letter)
        if not set(last.letters) - {0} <= set(again.letters):
            break
        last.resent = []
        found.append(again)
    return found


def _completed(groups: Iterable[Group]) -> list[Group]:
    """The groups, those that answer nothing put together where they complete each other."""
    found: list[Group] = []
    last: dict[tuple[str, _Version, tuple[str, ...]], Group] = {}
    for group in groups:
        key = (group.lead.sender, _version(group.lead), group.lead.subject.prefixes)
        before = last.get(key)
        if not group.rooted:
            found.append(group)
        elif before is None or before.letters.keys() & group.letters.keys():
            found.append(group)
            last[key] = group
        else:
            before.letters.update(group.letters)
            before.resent += group.resent
    return found
