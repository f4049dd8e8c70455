"""Options and paths shared by all tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# The same examples in every run, so that a failure is the change's; to look for new ones:
# HYPOTHESIS_PROFILE=fuzz pytest
settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("fuzz", deadline=None, max_examples=1000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))

FIXTURES = Path(__file__).parent.parent / "fixtures"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--promote", action="store_true", help="rewrite the golden reports in fixtures/"
    )


@pytest.fixture
def promote(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--promote"))


@pytest.fixture
def minikernel() -> Path:
    return FIXTURES / "minikernel"
