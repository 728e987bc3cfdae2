"""`stabcheck diagnose script.py`: a program is run as it stands, and its own checks are diagnosed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from stabcheck.dynamic.running import run

SCRIPT = """
import sys
import numpy as np

rng = np.random.default_rng(0)
X, y = rng.normal(size=(40, 6)), rng.normal(size=40)
w = rng.normal(size=6)


def loss(w):
    return np.mean((X @ w - y) ** 2)


def gradient(w):
    return 2 * X.T @ (X @ w - y)


def numeric_gradient(f, x, h=1e-5):
    return np.array([(f(x + h * e) - f(x - h * e)) / (2 * h) for e in np.eye(x.size)])


print("begins")
print(np.allclose(gradient(w) / 40, numeric_gradient(loss, w)))
print(np.allclose(gradient(w), numeric_gradient(loss, w)))
print(np.allclose(1.0, 2.0))
print("ends", sys.argv)
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(here: Path, text: str, name: str = "script.py") -> str:
    (here / name).write_text(text)
    return name


def test_a_failed_comparison_is_a_case_at_its_line(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    results = run([written(here, SCRIPT)], scripts=True)
    assert results.errors == ()
    (report,) = results.reports
    assert (report.path, report.line, report.verdict) == ("script.py", 24, "fail")
    assert report.name == "allclose: a gradient against a central difference of loss, h = 1e-05"
    cause = report.causes[0]
    assert cause.kind == "scale-error"
    assert cause.location is not None
    assert (cause.location.path, cause.location.line) == ("script.py", 14)
    captured = capfd.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines() == ["begins", "True", "False", "False", f"ends ['{here / 'script.py'}']"]


def test_numpy_and_the_process_are_as_before(here: Path) -> None:
    before = (np.allclose, np.testing.assert_allclose, list(sys.meta_path), list(sys.argv), list(sys.path))
    run([written(here, SCRIPT)], scripts=True)
    after = (np.allclose, np.testing.assert_allclose, list(sys.meta_path), list(sys.argv), list(sys.path))
    assert before == after
    assert "gradient" not in vars(sys.modules["__main__"])


ENDINGS = {
    "assert np.max(np.abs(gradient(w) - numeric_gradient(loss, w))) < 1e-4": (["scale-error"], None),
    "np.testing.assert_allclose(gradient(w), numeric_gradient(loss, w))": (["scale-error"], None),
    "raise ValueError('no such luck')": ([], "the script raised ValueError: no such luck"),
    "sys.exit(3)": ([], "the script ended with sys.exit(3)"),
    "sys.exit(0)": ([], "no gradient cases here, and no gradient check was seen"),
    "pass": ([], "no gradient cases here, and no gradient check was seen"),
    "def broken(:": ([], "does not parse"),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_how_a_script_ends(here: Path, ending: str) -> None:
    kinds, message = ENDINGS[ending]
    head = SCRIPT.partition('print("begins")')[0]
    results = run([written(here, head + ending + "\n")], scripts=True)
    assert [report.causes[0].kind for report in results.reports] == kinds
    assert len(results.errors) == (message is not None)
    assert message is None or message in results.errors[0].message


def test_an_exception_after_an_explained_check_is_still_told(here: Path) -> None:
    results = run([written(here, SCRIPT + "\n1 / 0\n")], scripts=True)
    assert len(results.reports) == 1
    assert "ZeroDivisionError" in results.errors[0].message
    assert results.errors[0].line == 28


def test_a_check_in_a_loop_is_diagnosed_a_few_times(here: Path) -> None:
    loop = "for _ in range(9):\n    np.allclose(gradient(w), numeric_gradient(loss, w))\n"
    results = run([written(here, SCRIPT.partition('print("begins")')[0] + loop)], scripts=True)
    assert len(results.reports) == 5


def test_a_script_that_never_ends_is_given_up(here: Path) -> None:
    from stabcheck.dynamic.running import Options

    results = run([written(here, "while True:\n    pass\n")], scripts=True, options=Options(timeout=0.2))
    assert "the script was given up after 0.2 s" in results.errors[0].message


def test_files_with_cases_and_folders_are_never_run_as_scripts(here: Path) -> None:
    written(here, "raise SystemExit('was run')", "never.py")
    cases = "import stabcheck\nimport numpy as np\n@stabcheck.gradient_case\ndef square():\n"
    cases += "    return stabcheck.GradientCase(lambda x: x**2, np.array(3.0), lambda x: 2 * x)\n"
    cases += "if __name__ == '__main__':\n    raise SystemExit('was run')\n"
    results = run([str(here)], scripts=True)
    assert [error.message for error in results.errors] == [
        "no gradient cases here: mark a function with @stabcheck.gradient_case"
    ]
    results = run([written(here, cases, "cases.py")], scripts=True)
    assert [report.verdict for report in results.reports] == ["pass"]


def test_without_scripts_nothing_is_run_as_one(here: Path) -> None:
    results = run([written(here, "if __name__ == '__main__':\n    raise SystemExit('was run')\n")])
    assert results.errors[0].message.startswith("no gradient cases here: mark")


def test_the_command_line(here: Path) -> None:
    pytest.importorskip("scipy")
    checks = "from scipy.optimize import check_grad\nprint(check_grad(loss, lambda w: gradient(w) / 40, w))\n"
    written(here, SCRIPT + checks)
    command = [sys.executable, "-m", "stabcheck", "diagnose", "script.py"]
    environment = {**os.environ, "COLUMNS": "100"}
    done = subprocess.run(
        [*command, "--format", "json"], capture_output=True, text=True, check=False, env=environment
    )
    found = json.loads(done.stdout)
    assert [(case["line"], case["verdict"]) for case in found["cases"]] == [(24, "fail"), (28, "pass")]
    assert found["passed"] == 0
    assert found["cases"][1]["name"] == "scipy.optimize.check_grad of loss, h = 1.49e-08"
    assert done.returncode == 1
    assert "begins" in done.stderr
    written(here, "print('nothing to check')\n")
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 2
    assert "no gradient check was seen" in done.stderr
    assert "Traceback" not in done.stderr


SPARSE = """
import numpy as np


def loss(w):
    return np.sum(np.sin(w) ** 2)


def grad_check_sparse(f, x, analytic_grad, num_checks, h=1e-5):
    for i in range(num_checks):
        ix = tuple([np.random.randint(m) for m in x.shape])
        oldval = x[ix]
        x[ix] = oldval + h
        fxph = f(x)
        x[ix] = oldval - h
        fxmh = f(x)
        x[ix] = oldval
        grad_numerical = (fxph - fxmh) / (2 * h)
        grad_analytic = analytic_grad[ix]
        rel_error = abs(grad_numerical - grad_analytic) / (abs(grad_numerical) + abs(grad_analytic))
        print("numerical: %f analytic: %f, relative error: %e" % (grad_numerical, grad_analytic, rel_error))


w = np.arange(1.0, 7.0)
grad_check_sparse(loss, w, FACTOR * np.sin(2 * w), 20)
"""


@pytest.mark.parametrize(("factor", "verdict", "kinds"), [("3", "fail", ["scale-error"]), ("1", "pass", [])])
def test_an_error_that_is_printed_is_diagnosed_once(here: Path, factor: str, verdict: str, kinds: list[str]):
    written(here, SPARSE.replace("FACTOR", factor))
    done = run(["script.py"], scripts=True)
    (report,) = done.reports
    assert (report.verdict, [cause.kind for cause in report.causes]) == (verdict, kinds)
    assert not done.errors


def test_a_printed_error_that_is_asserted_afterwards_is_one_case(here: Path):
    written(here, SCRIPT.replace('print("ends", sys.argv)', "").replace("print(np.allclose", "# ") + """
error = np.max(np.abs(gradient(w) - numeric_gradient(loss, w)))
print("largest difference", error)
assert error < 1e-6
""")  # fmt: skip
    done = run(["script.py"], scripts=True)
    assert [report.causes[0].kind for report in done.reports] == ["scale-error"]
    assert done.reports[0].line == len((here / "script.py").read_text().splitlines())
    assert not done.errors


def test_other_numbers_that_are_printed_are_none(here: Path):
    written(here, SCRIPT.replace('print("ends", sys.argv)', "").replace("print(np.allclose", "# ") + """
for _ in range(3):
    step = numeric_gradient(loss, w)
    w = w - step
    print(w, step, np.linalg.norm(step), np.linalg.norm(w), loss(w), np.dot(w, step))
""")  # fmt: skip
    done = run(["script.py"], scripts=True)
    assert not done.reports
    assert "no gradient check was seen" in done.errors[0].message


def test_an_entry_of_what_a_call_returns_is_compared(here: Path):
    written(here, """
import numpy as np


def loss(w):
    return np.sum(np.exp(w))


w, eps = np.ones(4), 1e-4
for i in range(4):
    moved = w.copy()
    moved[i] += eps
    slope = (loss(moved) - loss(w)) / eps
    assert abs(slope - np.exp(w)[i]) < 1e-6
""")  # fmt: skip
    done = run(["script.py"], scripts=True)
    assert [cause.kind for cause in done.reports[0].causes] == ["one-sided-difference"]


IN_PLACE = """
import numpy as np

w, rows = np.array([0.3, -1.2, 0.7]), np.random.default_rng(0).normal(size=(9, 3))


def loss():
    return np.mean(np.tanh(rows @ w))


analytic = rows.T @ (1 - np.tanh(rows @ w) ** 2)
for i in range(3):
    w[i] += 1e-7
    above = loss()
    w[i] -= 2e-7
    below = loss()
    w[i] += 1e-7
    numeric = (above - below) / 2e-7
    print("relative error", abs(numeric - analytic[i]) / max(abs(numeric), abs(analytic[i])))
"""


def test_a_check_that_prints_each_entry_is_told_of_once(here: Path):
    written(here, IN_PLACE)
    (report,) = run(["script.py"], scripts=True).reports
    assert (report.verdict, report.causes[0].kind) == ("fail", "scale-error")
    assert report.causes[0].evidence["factor"] == pytest.approx(9, rel=1e-5)
