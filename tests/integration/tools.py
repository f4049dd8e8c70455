"""Programs of others that the tests run: on PATH, or installed beside this interpreter."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

_BESIDE = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
REVIEWER = f"{sys.executable} -P -m reviewer"


def tool(name: str) -> str:
    """The path of a program; `""` where it is not installed."""
    return shutil.which(name, path=_BESIDE) or ""


def needs(name: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(not tool(name), reason=f"{name} is not installed")


def python_of(script: str) -> str:
    """The interpreter in the first line of an installed Python program."""
    return Path(tool(script)).read_text().split("\n", 1)[0].removeprefix("#!").strip()
