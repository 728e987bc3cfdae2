"""Triage for other programs: each finding with its status, each cause that no finding explains, each case."""

import pytest

from stabcheck.static.rules import catalogue
from stabcheck.triage import formats, triage
from tests.schemas import valid_junit, valid_sarif

CASES = """\
import numpy as np
import stabcheck


def softmax(z):
    return np.exp(z) / np.sum(np.exp(z))


def unreached(x):
    return np.log(1 + x)


def gradient(z):
    p = softmax(z)
    p[0] -= 1
    return p


@stabcheck.gradient_case
def overflows():
    z = np.array([1.0, 800.0, 3.0])
    return stabcheck.GradientCase(fn=lambda z: -np.log(softmax(z)[0]), args=(z,), grad=gradient)


@stabcheck.gradient_case
def scaled():
    return stabcheck.GradientCase(fn=lambda x: (x**2).sum(), args=(np.arange(3.0),), grad=lambda x: 3 * x)
"""


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    folder = tmp_path_factory.mktemp("formats")
    (folder / "cases.py").write_text(CASES)
    (folder / "broken.py").write_text("def f(:\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        yield triage(".")


def test_sarif(result):
    log = valid_sarif(formats.sarif(result, catalogue()[0].by_code))
    told = {each["ruleId"]: each.get("properties", {}) for each in log["results"]}
    assert set(told) == {"NS000", "NS101", "NS203", "NS324", "scale-error"}
    assert (told["NS101"]["status"], told["NS101"]["cases"]) == ("confirmed", ["cases.py::overflows"])
    assert told["NS203"]["status"] == "unreached"
    assert told["scale-error"]["case"] == "cases.py::scaled"
    assert log["invocations"][0]["executionSuccessful"] is False
    levels = {each["ruleId"]: each["level"] for each in log["results"]}
    assert levels["scale-error"] == "error"


def test_junit_has_one_suite_a_file(result):
    root = valid_junit(formats.junit(result))
    suites = {suite.get("name"): [case.get("name").partition(",")[0] for case in suite] for suite in root}
    assert suites == {
        "broken.py": ["NS000 syntax-error"],
        "cases.py": [
            "overflows",
            "scaled",
            "NS101 naive-softmax",
            "NS203 missing-log1p",
            "NS324 log-of-probability",
        ],
    }
