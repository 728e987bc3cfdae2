"""Cases of files and folders are found and run; what is broken is one line, and the rest goes on."""

from __future__ import annotations

import json
import os
import sys
import textwrap

import pytest

from stabcheck.dynamic.collect import Unit, collect
from stabcheck.dynamic.running import Options, run

SOUND = """
import numpy as np
import stabcheck

@stabcheck.gradient_case
def sound():
    return stabcheck.GradientCase(fn=lambda x: np.sum(x**2), args=np.ones(3), grad=lambda x: 2 * x)

@stabcheck.gradient_case
def halved():
    return stabcheck.GradientCase(fn=lambda x: np.sum(x**2), args=np.ones(3), grad=lambda x: x)
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def write(name, text):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
        return name

    return write


def only_error(results):
    (error,) = results.errors
    assert "\n" not in error.message
    return error


def test_a_file_gives_a_report_a_case(folder):
    results = run([folder("cases.py", SOUND)])
    assert [(r.name, r.path, r.line, r.verdict) for r in results.reports] == [
        ("cases.py::sound", "cases.py", 6, "pass"),
        ("cases.py::halved", "cases.py", 10, "fail"),
    ]
    assert results.errors == ()


def test_json_has_the_fixed_fields(folder):
    found = json.loads(json.dumps(run([folder("cases.py", SOUND), "missing.py"]).to_dict()))
    assert set(found) == {"cases", "errors"}
    for case in found["cases"]:
        assert {"name", "path", "line", "verdict", "causes", "steps"} <= set(case)
        for cause in case["causes"]:
            assert {"kind", "explanation", "suggestion", "evidence", "location"} <= set(cause)
    assert found["errors"][0]["path"] == "missing.py"


def test_causes_name_the_file_as_the_user_did(folder):
    (folder("deep/cases.py", SOUND))
    (_, report) = run([os.path.join("deep", "cases.py")]).reports
    assert report.causes[0].location.path == os.path.join("deep", "cases.py")


def test_one_case_is_chosen_by_name(folder):
    results = run([folder("cases.py", SOUND) + "::halved"])
    assert [report.name for report in results.reports] == ["cases.py::halved"]


def test_one_of_several_cases_is_chosen_by_key(folder):
    name = folder(
        "many.py",
        """
        import stabcheck

        @stabcheck.gradient_case
        def powers():
            return {
                "2": stabcheck.GradientCase(fn=lambda x: x**2, args=2.0, grad=lambda x: 2 * x),
                "3": stabcheck.GradientCase(fn=lambda x: x**3, args=2.0, grad=lambda x: 3 * x**2),
            }
        """,
    )
    assert [report.name for report in run([name]).reports] == ["many.py::powers[2]", "many.py::powers[3]"]
    assert [report.name for report in run([name + "::powers[3]"]).reports] == ["many.py::powers[3]"]
    assert "powers[3]" in only_error(run([name + "::powers[30]"])).message


def test_a_folder_runs_only_files_that_speak_of_cases(folder):
    folder("a/cases.py", SOUND)
    folder("a/script.py", "raise SystemExit('this must never be imported')")
    folder("a/.hidden/cases.py", SOUND)
    folder("a/__pycache__/cases.py", SOUND)
    results = run(["a"])
    assert [report.path for report in results.reports] == [os.path.join("a", "cases.py")] * 2
    assert results.errors == ()


def test_unknown_cases_are_named_with_what_is_near(folder):
    error = only_error(run([folder("cases.py", SOUND) + "::halfed"]))
    assert error.message == "no case 'halfed'; did you mean halved?"


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("missing.py", "no such file or folder"),
        ("missing/", "no such file or folder"),
        ("notes.txt", "not a Python file"),
        ("plain.py", "no gradient cases here: mark a function with @stabcheck.gradient_case"),
        ("empty", "no gradient cases here: mark a function with @stabcheck.gradient_case"),
        ("empty::case", "empty is a folder: name the file that holds case"),
        ("broken.py", "does not parse: '(' was never closed"),
        ("leaves.py", "calls sys.exit(3) when imported"),
        ("raises.py", "importing it raised ZeroDivisionError: division by zero"),
        ("without.py", "TensorFlow is not installed: pip install 'stabcheck[tensorflow]'"),
    ],
)
def test_bad_targets_are_one_clear_line(folder, monkeypatch, target, said):
    folder("notes.txt", "gradient_case")
    folder("plain.py", "x = 1")
    folder("empty/readme.md", "nothing")
    folder("broken.py", "import stabcheck\nf(  # gradient_case")
    folder("leaves.py", "import sys\nsys.exit(3)")
    folder("raises.py", "def f():\n    return 1 / 0\n\nf()")
    folder("without.py", "import tensorflow as tf")
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    assert only_error(run([target, folder("cases.py", SOUND)])).message == said
    assert len(run([target, "cases.py"]).reports) == 2


def test_files_without_cases_are_no_error_where_cases_are_optional(folder):
    assert run([folder("plain.py", "x = 1")], empty_ok=True).errors == ()


def test_a_case_that_raises_shows_the_users_frames_only(folder):
    text = """
        import json
        import stabcheck

        def parse(x):
            return json.loads("{") + x

        @stabcheck.gradient_case
        def unreadable():
            return stabcheck.GradientCase(fn=parse, args=1.0, grad=lambda x: 1.0)
        """
    results = run([folder("cases.py", textwrap.dedent(text) + SOUND)])
    error = only_error(results)
    assert error.message.startswith("unreadable raised JSONDecodeError: Expecting property name")
    assert error.line == 6
    assert 'json.loads("{")' in error.traceback
    assert "json/decoder.py" not in error.traceback
    assert "stabcheck/dynamic" not in error.traceback
    assert len(results.reports) == 2


def test_a_case_function_that_raises_or_leaves_or_returns_nothing(folder):
    name = folder(
        "cases.py",
        """
        import sys
        import stabcheck

        @stabcheck.gradient_case
        def raises():
            return {}["missing"]

        @stabcheck.gradient_case
        def leaves():
            sys.exit("bye")

        @stabcheck.gradient_case
        def nothing():
            pass
        """,
    )
    messages = [error.message for error in run([name]).errors]
    assert messages[0] == "raises raised KeyError: 'missing'"
    assert messages[1] == "leaves called sys.exit('bye')"
    assert "nothing() returned None" in messages[2]


def test_control_c_keeps_what_is_done(folder):
    name = folder(
        "cases.py",
        SOUND
        + """
@stabcheck.gradient_case
def interrupted():
    raise KeyboardInterrupt

@stabcheck.gradient_case
def never():
    raise RuntimeError
""",
    )
    results = run([name, "missing.py"])
    assert len(results.reports) == 2
    assert "interrupted in cases.py::interrupted" in only_error(results).message


def test_shapes_that_do_not_fit_are_a_diagnosis(folder):
    name = folder(
        "cases.py",
        """
        import numpy as np
        import stabcheck

        weights = np.ones((3, 2))

        def product(x):
            return np.sum(x @ weights)

        @stabcheck.gradient_case
        def misfit():
            return stabcheck.GradientCase(fn=product, args=np.ones((4, 2)), grad=lambda x: x)
        """,
    )
    results = run([name])
    (report,) = results.reports
    (cause,) = report.causes
    assert (report.verdict, cause.kind) == ("fail", "shape-mismatch")
    assert (cause.location.path, cause.location.line) == ("cases.py", 8)
    assert "x (4, 2), weights (3, 2)" in cause.explanation


def test_files_beside_and_packages_can_be_imported(folder):
    folder("loose/helper.py", "scale = 2.0")
    folder(
        "loose/cases.py", SOUND.replace("import stabcheck", "import stabcheck\nfrom helper import scale", 1)
    )
    folder("pack/__init__.py", "")
    folder("pack/inner.py", "scale = 2.0")
    folder(
        "pack/cases.py", SOUND.replace("import stabcheck", "import stabcheck\nfrom .inner import scale", 1)
    )
    before = list(sys.path), os.getcwd()
    results = run(["loose", "pack"])
    assert results.errors == ()
    assert len(results.reports) == 4
    assert (list(sys.path), os.getcwd()) == before


def test_what_user_code_prints_stays_out_of_the_report(folder, capsys):
    folder(
        "cases.py", "print('loud')\n" + SOUND.replace("def sound():", "def sound():\n    print('noise')", 1)
    )
    assert len(run(["cases.py"]).reports) == 2
    assert capsys.readouterr().out == ""


def test_a_file_that_has_changed_is_read_again(folder):
    folder("cases.py", SOUND)
    assert len(collect(Unit("cases.py")).cases) == 2
    folder("cases.py", SOUND.replace("def halved", "def other").replace("def sound", "def other"))
    assert [case.declared.name for case in collect(Unit("cases.py")).cases] == ["other"]


def test_the_command_lines_options_reach_the_cases(folder):
    names = []
    run([folder("cases.py", SOUND)], options=Options(seed=5, full=True), started=names.append)
    assert names == ["cases.py::sound", "cases.py::halved"]


class TestTimeLimit:
    ENDLESS = """\
import stabcheck


def loss(x):
    while True:
        try:
            x = x + 1
        except Exception:
            pass


@stabcheck.gradient_case
def endless():
    return stabcheck.GradientCase(fn=loss, args=1.0, grad=lambda x: 1.0)


@stabcheck.gradient_case
def endless_to_make():
    import time
    time.sleep(1e6)


@stabcheck.gradient_case
def square():
    return stabcheck.GradientCase(fn=lambda x: x**2, args=3.0, grad=lambda x: 2 * x)
"""

    def test_a_case_that_never_ends_is_named_with_its_line_and_the_others_run(self, folder):
        folder("endless.py", self.ENDLESS)
        results = run(["endless.py"], options=Options(timeout=0.3))
        assert [report.verdict for report in results.reports] == ["pass"]
        first, second = results.errors
        assert first.message == "endless was given up after 0.3 s, in loss"
        assert first.line in range(5, 10)
        assert second.message == "endless_to_make was given up after 0.3 s, in endless_to_make"

    def test_a_file_that_never_ends_to_be_imported(self, folder):
        folder("stuck.py", "import stabcheck  # gradient_case\nwhile True:\n    pass\n")
        (error,) = run(["stuck.py"], options=Options(timeout=0.3)).errors
        assert error.message.startswith("importing it was given up after 0.3 s")
        assert error.line in (2, 3)
