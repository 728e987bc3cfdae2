"""Reports as JSON that every reader accepts: no NaN and no Infinity, whatever the function gives."""

from __future__ import annotations

import json
import subprocess
import sys
from math import isfinite

import numpy as np
import pytest

import stabcheck

X = np.array([0.0, 1.0, 2.0])

DIAGNOSED = {
    "right": (lambda x: np.sum(x**2), lambda x: 2 * x, {}),
    "constant": (lambda x: 1.0, np.zeros_like, {}),
    "no gradient there": (lambda x: np.sum(np.sqrt(x)), lambda x: 0.5 / np.sqrt(x), {}),
    "nan": (lambda x: np.sum(x) * np.nan, np.ones_like, {}),
    "inf": (lambda x: np.sum(1 / x), lambda x: -(x**-2.0), {}),
    "missing": (lambda x: np.sum(x**2), lambda x: None, {}),
    "kink": (lambda x: np.sum(np.abs(x)), np.sign, {}),
    "jump": (lambda x: np.sum(np.floor(x)), np.zeros_like, {}),
    "random": (lambda x: np.sum(x) + np.random.default_rng().normal(), np.ones_like, {}),
    "out of the domain": (lambda x: np.sum(np.log(x + 0.01)), lambda x: 1 / (x + 0.01), {"step": 0.1}),
    "second order": (lambda x: np.sum(x**3), lambda x: 3 * x**2, {"order": 2}),
    "no time": (lambda x: np.sum(x**2), lambda x: 3 * x, {"budget": 1e-9}),
    "empty": (lambda x: np.sum(x[:0]), lambda x: np.zeros(3), {}),
}


def refused(literal):
    raise AssertionError(f"{literal} is no JSON")


def strictly(text):
    return json.loads(text, parse_constant=refused)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", DIAGNOSED)
def test_a_report_is_strict_json(name):
    fn, grad, keywords = DIAGNOSED[name]
    report = stabcheck.diagnose(fn, X, grad, **keywords)
    data = strictly(json.dumps(report.to_dict()))
    assert data["verdict"] == report.verdict
    for step in data["steps"]:
        for key in ("step", "error", "bar", "numeric", "analytic"):
            assert isinstance(step[key], str) or step[key] is None or isfinite(step[key])


CASES = """
import numpy as np
from stabcheck import GradientCase, gradient_case


@gradient_case
def infinite():
    x = np.array([0.0, 1.0, 2.0])
    return {
        "root": GradientCase(fn=lambda x: np.sum(np.sqrt(x)), args=x, grad=lambda x: 0.5 / np.sqrt(x)),
        "pole": GradientCase(fn=lambda x: np.sum(1 / x), args=x, grad=lambda x: -1 / x**2),
        "nan": GradientCase(fn=lambda x: np.sum(np.log(x - 1)), args=x, grad=lambda x: 1 / (x - 1)),
    }
"""


@pytest.mark.parametrize("command", ["diagnose", "triage", "lint"])
def test_commands_write_strict_json(tmp_path, command):
    (tmp_path / "cases.py").write_text(CASES)
    done = subprocess.run(
        [sys.executable, "-m", "stabcheck", command, "cases.py", "--format", "json"],
        capture_output=True,
        check=False,
        text=True,
        timeout=120,
        cwd=tmp_path,
    )
    data = strictly(done.stdout)
    if command != "lint":
        assert len(data["cases"]) == 3
        assert all(case["causes"] for case in data["cases"])
