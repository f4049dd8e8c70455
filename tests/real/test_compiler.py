"""The program's predictions against gcc's objects: nothing is emitted that was not predicted."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.real.compare_compiler import rows
from tests.real.kernel_build import CONFIGURATIONS, OBJECTS, build

pytestmark = [pytest.mark.real, pytest.mark.slow]


@pytest.mark.parametrize("variable", ["REVIEWER_KERNEL_6_12", "REVIEWER_KERNEL_7"])
def test_nothing_is_emitted_that_was_not_predicted(variable: str) -> None:
    """REVIEWER_BUILD names a folder for the objects, which take minutes to build."""
    place, folder = os.environ.get(variable), os.environ.get("REVIEWER_BUILD")
    if not place or not folder:
        pytest.skip(f"{variable} or REVIEWER_BUILD is not set")
    tree, out = Path(place), Path(folder) / Path(place).name
    for name, options in CONFIGURATIONS.items():
        build(tree, out / name, options, OBJECTS)
    found = list(rows(tree, out))
    assert {row.configuration for row in found} == set(CONFIGURATIONS)
    assert {"machine_kexec", "stop_this_cpu", "native_stop_other_cpus"} <= {
        row.function for row in found
    }
    assert [row for row in found if row.emitted] == []
