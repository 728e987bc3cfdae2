"""Every specimen of the NumPy zoo gets its verdict and its first cause."""

from __future__ import annotations

import pytest

import stabcheck
from tests.dynamic.zoo_numpy import ZOO


@pytest.mark.parametrize("specimen", ZOO, ids=lambda specimen: specimen.name)
def test_diagnosis(specimen):
    report = stabcheck.diagnose(name=specimen.name, **specimen.make())
    first = report.causes[0].kind if report.causes else None
    assert (report.verdict, first) == (specimen.verdict, specimen.cause), str(report)


def test_the_zoo_is_large_enough():
    assert len(ZOO) >= 70
    assert sum(specimen.suspicious for specimen in ZOO) >= 25
