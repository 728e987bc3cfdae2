"""Diagnoses for other programs: verdicts, causes and errors, each read back from the report."""

import re
from dataclasses import replace

import numpy as np
import pytest

from stabcheck.dynamic import diagnose
from stabcheck.dynamic.case_errors import CaseError
from stabcheck.dynamic.formats import github, junit, sarif
from stabcheck.dynamic.running import CaseResults, run
from tests.schemas import valid_junit, valid_sarif

CASES = """\
import numpy as np
import stabcheck


wrong = lambda x: 3 * x  # é


@stabcheck.gradient_case
def scaled():
    return stabcheck.GradientCase(fn=lambda x: (x**2).sum(), args=(np.arange(3.0),), grad=wrong)


@stabcheck.gradient_case
def kink():
    return stabcheck.GradientCase(fn=lambda x: np.abs(x).sum(), args=(np.zeros(2),), grad=np.sign)


@stabcheck.gradient_case
def right():
    return stabcheck.GradientCase(fn=lambda x: (x**2).sum(), args=(np.arange(3.0),), grad=lambda x: 2 * x)


@stabcheck.gradient_case
def raises():
    return 1 / 0
"""


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("formats")
    (folder / "some cases.py").write_text(CASES, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        yield run(["some cases.py"])


def line(text):
    """The line of `CASES` with this text."""
    return next(number for number, row in enumerate(CASES.split("\n"), start=1) if text in row)


def test_sarif(results):
    log = valid_sarif(sarif.render(results))
    told = {result["properties"]["case"].partition("::")[2]: result for result in log["results"]}
    assert set(told) == {"scaled", "kink"}
    assert (told["scaled"]["ruleId"], told["scaled"]["level"]) == ("scale-error", "error")
    assert (told["kink"]["ruleId"], told["kink"]["level"]) == ("non-differentiable", "warning")
    place = told["scaled"]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "some%20cases.py"
    assert place["region"]["startLine"] == line("lambda x: 3 * x")
    assert {rule["id"] for rule in log["tool"]["driver"]["rules"]} == {"scale-error", "non-differentiable"}
    (invocation,) = log["invocations"]
    assert invocation["executionSuccessful"] is False
    assert "ZeroDivisionError" in invocation["toolExecutionNotifications"][0]["message"]["text"]


def test_identities_of_causes_are_those_of_another_run(results):
    def identities(found):
        return [result["partialFingerprints"] for result in valid_sarif(sarif.render(found))["results"]]

    assert identities(results) == identities(run(["some cases.py"]))
    assert len({str(each) for each in identities(results)}) == 2


def test_junit(results):
    (suite,) = valid_junit(junit.render(results))
    outcomes = {case.get("name"): [child.tag for child in case] for case in suite}
    assert outcomes == {
        "scaled": ["failure"],
        "kink": ["skipped"],
        "right": [],
        f"run, line {line('1 / 0')}": ["error"],
    }
    assert suite.get("name") == "some cases.py"
    assert "scale-error" in suite[0][0].text
    assert "ZeroDivisionError" in suite[3][0].text


def test_github(results):
    lines = github.render(results).split("\n")
    assert [re.match(r"::(\w+) file=some cases.py,line=(\d+),", each).groups() for each in lines] == [
        ("error", str(line("lambda x: 3 * x"))),
        ("warning", str(line("np.abs(x)"))),
        ("error", str(line("1 / 0"))),
    ]
    assert "title=fail%3A scale-error::some cases.py::scaled: the gradient is 1.5 times" in lines[0]


def test_a_report_without_a_file_has_no_place():
    report = diagnose(lambda x: (x**2).sum(), np.arange(3.0), lambda x: 3 * x, name="mine")
    nowhere = tuple(replace(cause, location=None) for cause in report.causes)
    report = replace(report, path=None, line=None, causes=nowhere)
    found = CaseResults((report,), (CaseError("gone.py", "no such file or folder"),))
    (result,) = valid_sarif(sarif.render(found))["results"]
    assert (result["ruleId"], result["locations"]) == ("scale-error", [])
    suites = valid_junit(junit.render(found))
    assert [suite.get("name") for suite in suites] == ["stabcheck diagnose", "gone.py"]
    assert github.render(found) == "::error file=gone.py,line=1,title=stabcheck::no such file or folder"


def test_nothing_at_all_is_valid():
    assert valid_sarif(sarif.render(CaseResults()))["results"] == []
    assert [len(suite) for suite in valid_junit(junit.render(CaseResults()))] == [0]
    assert github.render(CaseResults()) == ""
