"""A JSON report in lines that a person reviews.

A line for each thing that the report says: what it is, its plain fields as far as they say
something, and a digest of all of it, so that whatever changes in the JSON changes a line. Steps
are places, indented beneath. Rules and verdicts, of which every report has nearly the same, are
named where they differ from those of a plain report.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import PurePosixPath

Value = str | int | None | list["Value"] | dict[str, "Value"]
Table = dict[str, Value]


def outline(report: str, plain: str | None = None) -> str:
    """The lines of what `--format json` prints.

    Where `plain`, another such report, is given, they leave out what both have of rules and
    verdicts.
    """
    document = json.loads(report)
    usual = json.loads(plain) if plain else {"rules": [], "verdicts": []}
    return "".join(f"{line}\n" for line in _lines(document, usual))


def _lines(document: Table, usual: Table) -> Iterator[str]:
    yield _plain(document)
    for series in _tables([document["series"]]):
        yield f"series {_plain(series)} {_digest(series)}"
        yield from (f"patch {_plain(patch)}" for patch in _tables(series["patches"]))
    yield from _rules(_strings(document["rules"]), _strings(usual["rules"]))
    for name, value in document.items():
        for item in _tables(value) if name != "verdicts" else ():
            yield f"{name.removesuffix('s')} {_plain(item)} {_digest(item)}"
            yield from _beneath(item)
    seen = {*map(_verdict, _tables(usual["verdicts"]))}
    verdicts = map(_verdict, _tables(document["verdicts"]))
    yield from (verdict for verdict in verdicts if verdict not in seen)


def _rules(ran: Iterable[str], usual: Iterable[str]) -> Iterator[str]:
    yield from (f"rule {rule}" for rule in sorted({*ran} - {*usual}))
    if missing := {*usual} - {*ran}:
        yield f"without {' '.join(sorted(missing))}"


def _verdict(verdict: Table) -> str:
    broken = (
        f" {each['invariant']}: cpus={each['cpus']} steps={len(_tables(each['steps']))}"
        for each in _tables(verdict["violations"])
    )
    return f"verdict {_plain(verdict)}{''.join(broken)} {_digest(verdict)}"


def _beneath(item: Table) -> Iterator[str]:
    """The places of an item, and its lists."""
    for name, value in item.items():
        match value:
            case {"path": str(path), "line": line}:
                yield f"    {name} {path}:{line}"
            case [{"line": _}, *_]:
                yield f"    {name} {_way(_tables(value))}"
            case [{}, *_]:
                yield f"    {name} {', '.join(map(_plain, _tables(value)))}"
            case [_, *_]:
                yield f"    {name} {', '.join(_strings(value))}"


def _plain(item: Table) -> str:
    """The words and numbers among the fields of an item, without those that say nothing."""
    fields = ((name, value) for name, value in item.items() if value)
    said = (f"{name}={_word(value)}" for name, value in fields if isinstance(value, str | int))
    return " ".join(said)


def _word(value: str | int) -> str:
    return f'"{value}"' if isinstance(value, str) and " " in value else f"{value}"


def _way(steps: Iterable[Table]) -> str:
    """Steps as `CPU 0: a.c 1 2 3, b.c 7`, with what each means for the rule behind its line."""
    turns = groupby(steps, key=lambda step: step.get("actor", ""))
    ways = ((actor, ", ".join(_files(turn))) for actor, turn in turns)
    return "; ".join(f"{actor}: {way}" if actor else way for actor, way in ways)


def _files(steps: Iterable[Table]) -> Iterator[str]:
    for path, group in groupby(steps, key=lambda step: PurePosixPath(str(step["path"])).name):
        yield " ".join([path or "-", *map(_line, group)])


def _line(step: Table) -> str:
    note = f"({step['note']})" if step.get("note") else ""
    return f"{step['line']}{note}"


def _digest(value: Value) -> str:
    return f"#{hashlib.sha256(json.dumps(value).encode()).hexdigest()[:8]}"


def _tables(value: Value) -> list[Table]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _strings(value: Value) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
