"""The same output of cases from a Dask cluster as from this machine."""

import pytest

from stabcheck.cli import run

pytest.importorskip("distributed")

CASES = """\
import os
import numpy as np
from stabcheck import GradientCase, gradient_case

rng = np.random.default_rng(0)


@gradient_case
def mean():
    x = rng.normal(size=5)
    return GradientCase(fn=lambda x: np.mean(x**2), args=x, grad=lambda x: {factor} * x / 5)


@gradient_case
def many():
    cases = {{}}
    for power in (2, 3):
        x = rng.normal(size=3)
        cases[power] = GradientCase(
            fn=lambda x, power=power: np.sum(x**power),
            args=x,
            grad=lambda x, power=power: power * x ** (power - 1),
        )
    return cases


@gradient_case
def ends():
    os._exit({factor})


@gradient_case
def overflows():
    return GradientCase(fn=lambda x: np.sum(np.log(1 + np.exp(x))), args=np.array([800.0 + {factor}]))
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sub").mkdir()
    (tmp_path / "a.py").write_text(CASES.format(factor=1))
    (tmp_path / "sub" / "c.py").write_text(CASES[: CASES.index("@gradient_case\ndef many")].format(factor=3))
    (tmp_path / "broken.py").write_text("import nowhere_to_be_found  # gradient_case\n")
    return tmp_path


def outcome(capfd, *arguments):
    status = run(arguments)
    told = capfd.readouterr()
    return status, told.out, told.err


@pytest.mark.parametrize(
    ("arguments", "status", "found"),
    [
        (("diagnose", ".", "gone.py"), 2, "scale-error"),
        (("triage", "a.py::overflows", "--format", "json", "--seed", "3"), 1, '"confirmed"'),
    ],
)
def test_the_output_is_the_same_byte_for_byte(folder, scheduler, capfd, arguments, status, found):
    here = outcome(capfd, *arguments)
    assert outcome(capfd, *arguments, "--executor", scheduler) == here
    assert here[0] == status
    assert found in here[1]
    assert ("ends ended the process with exit status 1" in here[2]) == (status == 2)


def test_what_is_wrong_with_a_cluster_is_one_line(folder, scheduler, capfd, monkeypatch):
    monkeypatch.setattr("stabcheck.cluster._missing", list)
    status, out, err = outcome(capfd, "diagnose", "a.py", "--executor", scheduler)
    assert (status, out) == (2, "")
    assert err.count("\n") == 1
    assert f"has no folder {folder} (where it was asked for)" in err
