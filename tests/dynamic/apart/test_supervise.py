"""What a case does to its process is one line, and the other cases still run."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from stabcheck.cli import run
from stabcheck.dynamic import running
from stabcheck.dynamic.apart import supervise
from stabcheck.dynamic.running import Options

pytestmark = pytest.mark.skipif(
    os.name != "posix", reason="cases run in processes of their own on POSIX only"
)

HEAD = """\
import ctypes, os, re, threading, time
import numpy as np
from stabcheck import GradientCase, gradient_case

X = np.linspace(0.5, 1.5, 4)


def gradient(x):
    return 2 * x


def square(x):
    return np.sum(x**2)

"""
WORST = (
    HEAD
    + """
def crashes(x):
    return ctypes.string_at(0)

def is_killed(x):
    os.kill(os.getpid(), 9)

def closes(x):
    os.closerange(3, 64)
    return square(x)

def comes_back_twice(x):
    os.fork()
    return square(x)

@gradient_case
def worst():
    bad = (crashes, square, is_killed, closes, comes_back_twice)
    return {fn.__name__: GradientCase(fn=fn, args=X, grad=gradient) for fn in bad}

@gradient_case
def made_never():
    os._exit(3)

@gradient_case
def last():
    return GradientCase(fn=square, args=X, grad=gradient)
"""
)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_whatever_becomes_of_a_process_there_is_an_answer(folder):
    (folder / "worst.py").write_text(WORST)
    (folder / "dies.py").write_text("import os\nos._exit(0)  # no gradient_case\n")
    (folder / "script.py").write_text("import os\nos._exit(4)\n")
    names = ["worst.py", "dies.py", "script.py"]
    results = supervise.run(names, options=Options(timeout=60), scripts=True)
    assert [(report.name, report.verdict) for report in results.reports] == [
        ("worst.py::worst[square]", "pass"),
        ("worst.py::worst[comes_back_twice]", "pass"),
        ("worst.py::last", "pass"),
    ]
    lines = {text: number for number, text in enumerate(WORST.split("\n"), start=1)}
    crashed, made, never = (lines[f"def {name}:"] for name in ("crashes(x)", "worst()", "made_never()"))
    assert [(error.path, error.line, error.message) for error in results.errors] == [
        (
            "worst.py",
            crashed + 1,
            "worst[crashes] ended the process by SIGSEGV (a segmentation fault), in crashes",
        ),
        (
            "worst.py",
            made,
            "worst[is_killed] ended the process by SIGKILL (killed, perhaps as the memory was used up)",
        ),
        ("worst.py", made, "worst[closes] closed file descriptors that were not its own"),
        ("worst.py", never, "made_never ended the process with exit status 3"),
        ("dies.py", None, "importing it ended the process with exit status 0"),
        ("script.py", None, "the script ended the process with exit status 4"),
    ]


def test_what_takes_no_notice_of_its_time_limit_is_given_up(folder, monkeypatch):
    monkeypatch.setattr(supervise, "_GRACE", 0.5)
    text = "from stabcheck import gradient_case\n\n\ndef deaf():\n    sum(range(10**15))\n\n\n"
    text += "@gradient_case\ndef never():\n    deaf()\n\n\n@gradient_case\ndef other():\n    return 1\n"
    (folder / "cases.py").write_text(text)
    first, second = supervise.run(["cases.py"], options=Options(timeout=2)).errors
    said = "never was given up after 2 s, in deaf, where no exception ends it"
    assert (first.path, first.line, first.message) == ("cases.py", 5, said)
    assert "returned type int" in second.message


@pytest.mark.parametrize("jobs", [1, 2])
def test_the_results_are_those_of_this_process(folder, jobs):
    for number in range(4):
        wrong = HEAD.replace("2 * x", f"{number} * x") + WORST[WORST.index("@gradient_case\ndef last") :]
        (folder / f"f{number}.py").write_text(wrong)
    (folder / "raises.py").write_text(HEAD + "@gradient_case\ndef no():\n    return 1 / 0\n")
    (folder / "script.py").write_text("print('nothing to see')\n")
    (folder / "empty").mkdir()
    targets = [".", "f1.py::last", "f2.py::lest", "empty", "gone.py", "script.py"]
    here = running.run(targets, scripts=True)
    there = supervise.run(targets, scripts=True, jobs=jobs)
    assert there.to_dict() == here.to_dict()
    assert [str(report) for report in there.reports] == [str(report) for report in here.reports]
    assert [report.verdict for report in here.reports] == ["fail", "fail", "pass", "fail", "fail"]
    assert len(here.errors) == 5


def test_what_a_triage_needs_comes_back_too(folder, capsys):
    text = "import numpy as np\nfrom stabcheck import GradientCase, gradient_case\n\n\n"
    text += "def f(x):\n    return np.sum(np.log(1 + np.exp(x)))\n\n\n@gradient_case\ndef far():\n"
    text += "    return GradientCase(fn=f, args=np.array([800.0]), grad=lambda x: 1 / (1 + np.exp(-x)))\n"
    (folder / "cases.py").write_text(text)
    assert run(["triage", "cases.py", "--format", "json"]) == 1
    shown = json.loads(capsys.readouterr().out)
    first = shown["triage"][0]
    assert (first["status"], first["finding"]["code"], first["case"]["name"]) == (
        "confirmed",
        "NS105",
        "cases.py::far",
    )


def test_ctrl_c_that_only_the_parent_hears_is_passed_on(folder):
    cases = HEAD + (
        "@gradient_case\ndef a_right():\n    return GradientCase(fn=square, args=X, grad=gradient)\n\n"
        "def waits(x):\n    open('busy', 'w').close()\n"
        "    while True:\n        time.sleep(60)\n\n"
        "@gradient_case\ndef b_waits():\n    return GradientCase(fn=waits, args=X, grad=gradient)\n"
    )
    (folder / "cases.py").write_text(cases)
    process = subprocess.Popen(
        [sys.executable, "-m", "stabcheck", "diagnose", "cases.py"],
        stdout=-1,
        stderr=-1,
        start_new_session=True,
    )
    while not (folder / "busy").exists():
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    out, error = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"PASS  cases.py::a_right" in out
    assert error == b"stabcheck: cases.py: interrupted in cases.py::b_waits; the rest was not run\n"
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)
