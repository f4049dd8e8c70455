"""What of SARIF 2.1.0 this program uses, held strictly: no property the standard does not know.

Written from the standard's text. The published schema is used as well where a test finds it.
"""

from __future__ import annotations

import jsonschema
from msgspec import Struct, convert

Schema = dict[str, object]


def _object(required: str = "", **properties: object) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": required.split(),
        "additionalProperties": False,
    }


def _list(items: object, least: int = 0) -> Schema:
    return {"type": "array", "items": items, "minItems": least}


_TEXT: Schema = {"type": "string", "minLength": 1}
_COUNT: Schema = {"type": "integer", "minimum": 1}
_MESSAGE = _object("text", text=_TEXT)
_BAG: Schema = {"type": "object"}
_LOCATION = _object(
    "physicalLocation",
    id=_COUNT,
    message=_MESSAGE,
    physicalLocation=_object(
        "artifactLocation",
        artifactLocation=_object("uri", uri={"type": "string", "pattern": r"^[\w%./~-]+$"}),
        region=_object("startLine", startLine=_COUNT, endLine=_COUNT),
    ),
    logicalLocations=_list(_object("name kind", name=_TEXT, kind={"const": "function"})),
)
_STEP = _object(
    "location",
    location=_LOCATION,
    executionOrder=_COUNT,
    importance={"enum": ["important", "essential", "unimportant"]},
)
_LEVEL = {"enum": ["none", "note", "warning", "error"]}
_RESULT = _object(
    "ruleId ruleIndex kind level message locations partialFingerprints",
    ruleId=_TEXT,
    ruleIndex={"type": "integer", "minimum": 0},
    kind={"const": "fail"},
    level=_LEVEL,
    message=_MESSAGE,
    locations=_list(_LOCATION, 1),
    relatedLocations=_list(_LOCATION),
    partialFingerprints={"type": "object", "additionalProperties": {"type": "string"}},
    baselineState={"enum": ["new", "unchanged", "updated", "absent"]},
    suppressions=_list(
        _object("kind", kind={"enum": ["inSource", "external"]}, justification=_TEXT)
    ),
    codeFlows=_list(
        _object(
            "threadFlows",
            threadFlows=_list(_object("locations", id=_TEXT, locations=_list(_STEP, 1)), 1),
        )
    ),
    properties=_BAG,
)
_RUN = _object(
    "tool results",
    tool=_object(
        "driver",
        driver=_object("name", name=_TEXT, version=_TEXT, rules=_list(_object("id", id=_TEXT))),
    ),
    columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
    automationDetails=_object("", description=_MESSAGE),
    invocations=_list(
        _object(
            "executionSuccessful",
            executionSuccessful={"type": "boolean"},
            toolExecutionNotifications=_list(
                _object("message", level=_LEVEL, message=_MESSAGE, locations=_list(_LOCATION))
            ),
        )
    ),
    results=_list(_RESULT),
)
_LOG = _object(
    "version runs",
    **{"$schema": {"type": "string"}},
    version={"const": "2.1.0"},
    runs=_list(_RUN, 1),
)


class _Rule(Struct):
    id: str


class _Driver(Struct):
    rules: tuple[_Rule, ...]


class _Tool(Struct):
    driver: _Driver


class _Result(Struct, rename="camel"):
    rule_id: str
    rule_index: int


class _Run(Struct):
    tool: _Tool
    results: tuple[_Result, ...]


class _Log(Struct):
    runs: tuple[_Run, ...]


def validate(log: dict[str, object]) -> None:
    """Raises when the log is none, or refers to a rule that it does not list."""
    jsonschema.Draft202012Validator(_LOG).validate(log)
    for run in convert(log, _Log).runs:
        ids = [rule.id for rule in run.tool.driver.rules]
        assert len(set(ids)) == len(ids)
        assert all(ids[each.rule_index] == each.rule_id for each in run.results)
