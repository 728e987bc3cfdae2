"""The report as text: short enough for one screen, narrow enough for a hundred columns."""

from __future__ import annotations

import numpy as np
import pytest

import stabcheck
from tests.dynamic.zoo_numpy import ZOO

SOME = [specimen for specimen in ZOO if specimen.verdict != "pass"][::4] + ZOO[-12::4]


@pytest.mark.parametrize("specimen", SOME, ids=lambda specimen: specimen.name)
def test_a_report_fits_on_a_screen(specimen):
    report = stabcheck.diagnose(name=specimen.name, **specimen.make())
    lines = str(report).splitlines()
    assert len(lines) <= 35
    assert max(map(len, lines[1:])) <= 100
    assert lines[0].startswith(report.verdict.upper())


def test_rungs_are_left_out_where_there_is_much_to_say():
    x = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)
    report = stabcheck.diagnose(
        lambda x: np.sum(np.sin(x)), x, np.cos, step=("forward", 1e-6), tolerance=1e-7
    )
    lines = str(report).splitlines()
    rows = [line for line in lines if "±" in line]
    assert len(report.causes) == 3
    assert len(lines) <= 35
    assert 6 <= len(rows) < len({step.step for step in report.steps})
    sharpest = min((step for step in report.steps if step.dtype == "float32"), key=lambda step: step.bar)
    assert any(row.strip().startswith(f"{sharpest.step:.1e}") for row in rows)
    assert len(report.steps) > len(rows)  # the report itself has them all
