"""Ctrl-C, typed on a real terminal: what is known by then is told, no traceback, no process left behind."""

import os
import sys

import pytest

pytest.importorskip("pty")

from tests.cli.terminal import terminal, visible

SOFTMAX = "import numpy as np\n\n\ndef f(z):\n    return np.exp(z) / np.sum(np.exp(z))\n"
# Files that are called slow keep their process busy until somebody ends it.
LINT = """\
import os, pathlib, sys, time
from stabcheck.cli import run
from stabcheck.static import engine
check = engine.check

def checked(text, path, *rest):
    if "slow" in path:
        os.write(2, b"BUSY\\n")
        time.sleep(60)
    return check(text, path, *rest)

engine.check = checked
sys.exit(run(sys.argv[1:]))
"""
CASES = """\
import os, time
import numpy as np
import stabcheck

TERMINAL = os.open("/dev/tty", os.O_WRONLY)

def sleepy(x):
    os.write(TERMINAL, b"BUSY\\n")
    time.sleep(60)
    return (x**2).sum()

@stabcheck.gradient_case
def a_wrong():
    return stabcheck.GradientCase(fn=lambda x: (x**2).sum(), args=(np.arange(3.0),), grad=lambda x: 3 * x)

@stabcheck.gradient_case
def b_endless():
    return stabcheck.GradientCase(fn=sleepy, args=(np.arange(3.0),), grad=lambda x: 2 * x)

@stabcheck.gradient_case
def c_never_run():
    raise AssertionError
"""


def interrupted(arguments, cwd):
    """What is shown after Ctrl-C, and the status."""
    with terminal([sys.executable, *arguments], cwd, 200) as process:
        process.read_until("BUSY\n")
        process.press("\x03")
        status = process.read_all()
        with pytest.raises(ProcessLookupError):  # nobody of its group is left
            os.killpg(process.process.pid, 0)
        return status, visible(process.text.replace("^C", "").replace("BUSY\n", ""))


def test_lint_tells_what_it_has_read(tmp_path):
    for name in ("a", "b", "slow", "y", "z"):
        (tmp_path / f"{name}.py").write_text(SOFTMAX)
    status, lines = interrupted(["-c", LINT, "lint", "-j", "1"], tmp_path)
    assert status == 130
    assert [line[:4] for line in lines if "NS101" in line] == ["a.py", "b.py"]
    assert "2 findings in 2 files (2 errors)" in lines
    assert lines[-2:] == ["stabcheck: interrupted: 2 of 5 files read", ""]


def test_workers_end_with_it(tmp_path):
    for number in range(40):
        (tmp_path / f"f{number:02}.py").write_text(SOFTMAX if number < 16 else "x = 1\n")
    (tmp_path / "slow.py").write_text(SOFTMAX)
    (tmp_path / "sub").mkdir()
    for number in range(20):
        (tmp_path / "sub" / f"slow{number:02}.py").write_text(SOFTMAX)
    status, lines = interrupted(["-c", LINT, "lint", "-j", "2"], tmp_path)
    assert status == 130
    assert not any("Traceback" in line or "Exception" in line for line in lines)
    assert lines[-2].startswith("stabcheck: interrupted: ")
    assert lines[-2].endswith(" of 61 files read")


@pytest.mark.parametrize("command", ["diagnose", "triage"])
def test_cases_done_so_far_are_told(tmp_path, command):
    (tmp_path / "cases.py").write_text(CASES)
    status, lines = interrupted(["-m", "stabcheck", command, "cases.py"], tmp_path)
    text = "\n".join(lines)
    assert status == 130
    assert "scale-error" in text
    assert "interrupted in cases.py::b_endless; the rest was not run" in text
    assert "c_never_run" not in text
    assert "Traceback" not in text, text


def test_triage_while_it_reads(tmp_path):
    (tmp_path / "a.py").write_text(SOFTMAX)
    (tmp_path / "cases.py").write_text(CASES)
    (tmp_path / "slow.py").write_text(SOFTMAX)
    status, lines = interrupted(["-c", LINT, "triage", "-j", "1"], tmp_path)
    assert status == 130
    assert any("NS101" in line for line in lines)
    assert "stabcheck: interrupted: 2 of 3 files read, no case run" in lines


def test_a_report_for_machines_is_whole_and_says_so(tmp_path):
    import json

    for name in ("a", "slow"):
        (tmp_path / f"{name}.py").write_text(SOFTMAX)
    status, _ = interrupted(["-c", LINT, "lint", "-j", "1", "--format", "sarif", "-o", "out.sarif"], tmp_path)
    (run,) = json.loads((tmp_path / "out.sarif").read_text())["runs"]
    assert status == 130
    assert len(run["results"]) == 1
    assert run["invocations"][0]["executionSuccessful"] is False
    assert "interrupted" in run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"]


def test_json_says_that_it_is_not_all(tmp_path):
    import json

    for name in ("a", "slow"):
        (tmp_path / f"{name}.py").write_text(SOFTMAX)
    status, _ = interrupted(["-c", LINT, "lint", "-j", "1", "--format", "json", "-o", "out.json"], tmp_path)
    shown = json.loads((tmp_path / "out.json").read_text())
    assert (status, len(shown["findings"]), shown["interrupted"]) == (130, 1, "1 of 2 files read")
