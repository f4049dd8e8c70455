"""Options and paths shared by all tests."""

from __future__ import annotations

from pathlib import Path

import pytest

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
