"""The schema of JSON reports, as it is shipped and as strict as a test wants it."""

from __future__ import annotations

import json
from importlib import resources

Value = str | int | None | list["Value"] | dict[str, "Value"]
Table = dict[str, Value]

REPORT_SCHEMA: Table = json.loads(
    resources.files("reviewer.report").joinpath("schema.json").read_text()
)


def closed(schema: Table) -> Table:
    """The schema with every object closed: properties that it does not name are refused.

    Those of `suppressed` too, where the schema adds to what it says of a finding.
    """
    parts = {name: _closed(value) for name, value in schema.items()}
    return {**parts, "unevaluatedProperties": False} if "properties" in schema else parts


def _closed(value: Value) -> Value:
    match value:
        case dict():
            return closed(value)
        case list():
            return [_closed(each) for each in value]
        case _:
            return value
