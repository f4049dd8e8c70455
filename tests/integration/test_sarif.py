"""SARIF as its own makers read it: their validator, and the published schema that comes with it.

`npm install @microsoft/sarif-multitool` brings both; its `node_modules/.bin` has to be on PATH.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import jsonschema
import pytest

from tests.cli.mini import BAD, SOURCE, diff, mail, make_tree, mbox, run
from tests.cli.test_bad_input_formats import INPUTS
from tests.conftest import FIXTURES
from tests.integration.tools import needs, tool

pytestmark = needs("sarif-multitool")
RULE = "no-call-after-gs-reset"
SEVERAL = mbox(
    mail("mini: account", diff(SOURCE, BAD), number=1),
    mail("mini: add two", diff(SOURCE, SOURCE.replace("x + 1", "x + 2")), number=2),
)


def schema() -> dict[str, object]:
    """The published schema, as the validator ships it."""
    packages = Path(tool("sarif-multitool")).resolve().parent.parent
    found = json.loads((packages / "sarif-multitool-linux/sarif-2.1.0.json").read_text())
    assert isinstance(found, dict)
    return found


def validate(text: str, scratch: Path) -> None:
    jsonschema.Draft202012Validator(schema()).validate(json.loads(text))
    path = scratch / "log.sarif"
    path.write_text(text)
    done = subprocess.run(
        [tool("sarif-multitool"), "validate", str(path)],
        capture_output=True, text=True, timeout=120, check=False, cwd=scratch,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert ": error " not in done.stdout, done.stdout


@pytest.mark.parametrize(
    "name", ["query-after-load-segments", "bisection-hazard", "flush-only-where-encrypted"]
)
def test_a_series_with_proofs(name: str, tmp_path: Path) -> None:
    series = FIXTURES / "series" / name / "series.mbox"
    words = ("check", series, "--tree", FIXTURES / "minikernel", "--show", "all")
    validate(run(*words, "--format", "sarif").out, tmp_path)


def test_several_series_and_suppressed_findings(tmp_path: Path) -> None:
    tree = make_tree(tmp_path / "linux")
    words = ("check", "-", "--tree", tree, "--format", "sarif")
    text = run(*words, stdin=SEVERAL.encode()).out
    validate(text, tmp_path)
    found = json.loads(text)["runs"][0]["results"][0]["partialFingerprints"]["reviewer/v1"]
    (tmp_path / "list").write_text(f"{found} it is a macro\n")
    text = run(*words, "--suppressions", tmp_path / "list", stdin=SEVERAL.encode()).out
    assert json.loads(text)["runs"][0]["results"][0]["suppressions"]
    validate(text, tmp_path)


def test_a_scan_under_a_baseline(tmp_path: Path) -> None:
    tree = make_tree(tmp_path / "linux", **{"bad.c": BAD})
    run("baseline", tree, "-o", tmp_path / "baseline")
    make_tree(tree, **{"worse.c": BAD})
    words = ("--baseline", tmp_path / "baseline", "--show", "all", "--format", "sarif")
    validate(run("scan", tree, *words).out, tmp_path)


@pytest.mark.parametrize("name", [name for name in INPUTS if name != "ten-megabytes"])
def test_bad_input(name: str, tmp_path: Path) -> None:
    tree = make_tree(tmp_path / "linux")
    given = INPUTS[name]
    data = given if isinstance(given, bytes) else given.encode()
    text = run("check", "-", "--tree", tree, "--format", "sarif", stdin=data).out
    if text:
        jsonschema.Draft202012Validator(schema()).validate(json.loads(text))
