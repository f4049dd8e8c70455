"""What of SARIF 2.1.0 this program uses, held strictly: no property the standard does not know.

Written from the standard's text. The published schema is used as well where a test finds it.
"""

from __future__ import annotations

from typing import cast

import jsonschema

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


def validate(log: dict[str, object]) -> None:
    """Raises when the log is none, or refers to a rule that it does not list."""
    jsonschema.Draft202012Validator(_LOG).validate(log)
    for run in cast("list[dict[str, dict[str, dict[str, list[dict[str, str]]]]]]", log["runs"]):
        ids = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
        results = cast("list[dict[str, object]]", run["results"])
        assert len(set(ids)) == len(ids)
        assert all(ids[cast("int", each["ruleIndex"])] == each["ruleId"] for each in results)
