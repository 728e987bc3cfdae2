"""Lint and diagnose over real files, and the tables that come of it."""

import json

import pytest

import stabcheck
from stabcheck.terminal import Style
from stabcheck.triage import Triage, render
from tests.triage.programs import SOFTMAX

CASES = f"""\
import numpy as np
import stabcheck


{SOFTMAX}

def never_called(p):
    return np.log(1 - p * p)
"""
PLAIN = """\
import numpy as np

open("was-run", "w").close()


def f(z):
    return np.exp(z) / np.sum(np.exp(z))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("project")


@pytest.fixture(scope="module")
def result(folder) -> Triage:
    (folder / "cases.py").write_text(CASES)
    (folder / "plain.py").write_text(PLAIN)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        return stabcheck.triage(".")


def by_case(result, name):
    return [
        entry for entry in result.entries if entry.case is not None and entry.case.name.endswith(f"::{name}")
    ]


def test_the_package_can_be_called_and_is_a_package():
    assert stabcheck.triage.triage is not None
    assert stabcheck.triage.__doc__
    with pytest.raises(TypeError):
        stabcheck.triage(nonsense=1)


def test_a_failing_case_is_explained_by_the_finding_on_the_line(result):
    first, second = by_case(result, "large")
    assert (first.rank, first.status) in ((1, "confirmed"), (2, "confirmed"))
    assert (first.finding.code, first.finding.span.line, first.cause.kind) == ("NS101", 6, "overflow")
    # The logarithm of what underflowed beside it: a finding of its own, and a second cause of the same case.
    assert (second.finding.code, second.finding.span.line, second.cause.kind) == ("NS324", 10, "domain-error")
    assert second.rank > first.rank


def test_a_case_that_no_finding_explains_stands_alone(result):
    (entry,) = by_case(result, "misses_n")
    assert (entry.status, entry.finding, entry.cause.kind) == ("confirmed", None, "scale-error")


def test_a_sound_case_is_not_accused(result):
    assert by_case(result, "small") == []
    assert sum(report.verdict == "pass" for report in result.cases) == 1


def test_what_no_case_runs_is_unreached_and_files_without_cases_are_not_run(folder, result):
    assert result.errors == ()
    assert not (folder / "was-run").exists()
    assert [
        entry.status for entry in result.entries if entry.finding and entry.finding.path == "plain.py"
    ] == ["unreached"]


def test_one_case_can_be_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cases.py").write_text(CASES)
    only = stabcheck.triage("cases.py::misses_n")
    assert [report.name for report in only.cases] == ["cases.py::misses_n"]


def test_what_cannot_be_read_is_told_once_and_the_rest_is_done(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cases.py").write_text(CASES)
    (tmp_path / "broken.py").write_text("import stabcheck\n@stabcheck.gradient_case\ndef f(:\n")
    done = stabcheck.triage([".", "gone.py"])
    assert [error.path for error in done.errors] == ["broken.py", "gone.py"]
    assert len(done.cases) == 3


class TestJson:
    def test_the_fields(self, result):
        data = json.loads(render.as_json(result))
        assert set(data) == {"findings", "cases", "errors", "triage"}
        assert [entry["rank"] for entry in data["triage"]] == list(range(1, len(data["triage"]) + 1))
        for entry in data["triage"]:
            assert entry["status"] in ("confirmed", "reached", "unreached")
            assert entry["finding"] or entry["case"]
            assert entry["explanation"]

    def test_findings_and_cases_are_those_of_the_passes(self, result):
        data = json.loads(render.as_json(result))
        assert data["findings"] == json.loads(json.dumps(result.lint.to_dict()["findings"]))
        assert [case["name"] for case in data["cases"]] == [report.name for report in result.cases]


class TestTables:
    @pytest.mark.parametrize("width", [60, 80, 110, 140])
    def test_the_text_fits(self, result, width, monkeypatch):
        monkeypatch.setattr(render, "width", lambda: width)
        lines = render.text(result).split("\n")
        assert max(len(line) for line in lines[:-1]) <= max(width, 85)
        assert lines[-1].startswith("triage 3 cases: 2 fail, 1 pass")

    def test_the_text_says_where_what_and_why(self, result):
        text = str(result)
        for part in (
            "cases.py:6",
            "case large",
            "overflow",
            "NS101 naive-softmax",
            "scale-error",
            "unreached",
        ):
            assert part in text
        assert "\x1b" not in text
        assert "\x1b[31;1mconfirmed" in render.text(result, Style(colour=True))

    def test_github_has_a_row_an_entry(self, result):
        lines = render.github(result).split("\n")
        rows = [line for line in lines if line.startswith("|")]
        assert len(rows) == 2 + len(result.entries)
        bars = [row.replace("\\|", "").count("|") for row in rows]
        assert set(bars) == {6}

    def test_latex_has_a_row_an_entry_and_escapes(self, result):
        table = render.latex(result)
        assert table.count(r"\\") == 1 + len(result.entries)
        assert "misses\\_n" in table
        assert "{rlp{" in table


def test_nothing_to_say():
    empty = Triage(stabcheck.lint([]), (), (), ())
    assert str(empty) == "triage no gradient cases · 0 findings"
    for make in (render.github, render.html, render.latex, render.as_json):
        assert make(empty)
