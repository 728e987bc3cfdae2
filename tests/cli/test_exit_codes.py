"""The command as people call it: exit status, one line for what is wrong, never a traceback."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

SOFTMAX = "import numpy as np\n\n\ndef f(z):\n    return np.exp(z) / np.sum(np.exp(z))\n"
CASES = """\
import numpy as np
import stabcheck


@stabcheck.gradient_case
def square():
    x = np.arange(3.0)
    return stabcheck.GradientCase(fn=lambda x: (x**2).sum(), args=(x,), grad=lambda x: {factor} * x)
"""


def stabcheck(*arguments, cwd, stdin="", **environment):
    return subprocess.run(
        [sys.executable, "-m", "stabcheck", *arguments],
        cwd=cwd,
        input=stdin.encode() if isinstance(stdin, str) else stdin,
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **environment},
    )


def told(done):
    """The lines on standard error, which must be ours and no traceback."""
    lines = done.stderr.decode().splitlines()
    assert all(line.startswith("stabcheck: ") for line in lines), lines
    return [line.removeprefix("stabcheck: ") for line in lines]


def interrupt(process, project, kill, busy=1):
    """Send what Ctrl-C sends, once so many processes have said that they are busy."""
    while len(list(project.glob("busy*"))) < busy:
        assert process.poll() is None
        time.sleep(0.05)
    time.sleep(0.2)
    kill(process.pid, signal.SIGINT)


@pytest.fixture
def project(tmp_path):
    (tmp_path / "bad.py").write_text(SOFTMAX)
    (tmp_path / "good.py").write_text("x = 1\n")
    return tmp_path


class TestStatus:
    def test_nothing_found(self, project):
        done = stabcheck("lint", "good.py", cwd=project)
        assert (done.returncode, done.stdout, done.stderr) == (0, b"no findings in 1 file\n", b"")

    def test_found(self, project):
        done = stabcheck("lint", cwd=project)
        assert (done.returncode, done.stderr) == (1, b"")
        assert done.stdout.decode().startswith("bad.py:5:12: NS101 ")

    @pytest.mark.parametrize(
        ("options", "status"),
        [
            (["--exit-zero"], 0),
            (["--fail-on", "error"], 1),
            (["--ignore", "NS1"], 0),
            (["--select", "NS2"], 0),
        ],
    )
    def test_options_that_change_it(self, project, options, status):
        assert stabcheck("lint", "bad.py", *options, cwd=project).returncode == status

    @pytest.mark.parametrize("verdict", [("2", 0, "pass"), ("3", 1, "fail")], ids=["pass", "fail"])
    @pytest.mark.parametrize("command", ["diagnose", "triage"])
    def test_cases(self, tmp_path, command, verdict):
        factor, status, expected = verdict
        (tmp_path / "cases.py").write_text(CASES.format(factor=factor))
        done = stabcheck(command, "cases.py", "--format", "json", cwd=tmp_path)
        assert (done.returncode, done.stderr) == (status, b"")
        assert [case["verdict"] for case in json.loads(done.stdout)["cases"]] == [expected]


class TestBadInput:
    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["lint", "gone.py"], "gone.py: no such file or folder"),
            (["lint", "--select", "NS999"], "--select: no rule has the code or name 'NS999'"),
            (["lint", "--select", "naive-sofmax"], "did you mean naive-softmax?"),
            (["lint", "--select", ""], "--select: names no rule"),
            (["lint", "--formt", "json"], "No such option"),
            (["lint", "--format", "xml"], "xml"),
            (["lint", "-j", "0"], "-j"),
            (["lint", "--config", "gone.toml"], "gone.toml: can't be read"),
            (["lint", "--config", "pyproject.toml", "--isolated"], "exclude each other"),
            (["lint", "-", "good.py"], "can't be combined"),
            (["lint", "-o", "gone/out.txt", "good.py"], "gone/out.txt: can't be written"),
            (["explain", "NS999"], "no rule has the code or name 'NS999'"),
            (["explain"], "Missing argument"),
            (["linnt"], "linnt"),
            (["diagnose", "gone.py"], "gone.py: no such file or folder"),
            (["diagnose", "good.py"], "good.py: no gradient cases"),
            (["diagnose", "good.py", "--budget", "soon"], "--budget: must be a positive time"),
            (["diagnose", "good.py::nothing"], "nothing"),
            (["triage", "gone.py"], "gone.py: no such file or folder"),
        ],
    )
    def test_one_line_and_status_2(self, project, arguments, message):
        done = stabcheck(*arguments, cwd=project)
        lines = told(done)
        assert done.returncode == 2
        assert len(lines) == 1
        assert message in lines[0]

    def test_a_broken_setting(self, project):
        (project / "pyproject.toml").write_text("[tool.stabcheck]\nignroe = []\n")
        done = stabcheck("lint", cwd=project)
        assert done.returncode == 2
        assert "pyproject.toml: [tool.stabcheck] ignroe: no such setting" in told(done)[0]

    def test_the_rest_is_done(self, project):
        (project / "broken.py").write_text("def f(:\n")
        (project / "latin.py").write_bytes(b"# a\n# b\nx = '\xe9'\n")
        (project / "empty").mkdir()
        done = stabcheck("lint", "--format", "json", "gone.py", "empty", ".", cwd=project)
        result = json.loads(done.stdout)
        assert done.returncode == 2
        assert [finding["code"] for finding in result["findings"]] == ["NS101", "NS000"]
        assert [error["path"] for error in result["errors"]] == ["gone.py", "empty", "broken.py", "latin.py"]
        assert [line.partition(":")[0] for line in told(done)] == [
            "gone.py",
            "empty",
            "broken.py",
            "latin.py",
        ]

    def test_a_case_that_raises_shows_the_users_frames_only(self, tmp_path):
        text = CASES.format(factor=2) + "\n\n@stabcheck.gradient_case\ndef broken():\n    return 1 / 0\n"
        (tmp_path / "cases.py").write_text(text)
        done = stabcheck("diagnose", "cases.py", "--format", "json", cwd=tmp_path)
        error = done.stderr.decode()
        assert done.returncode == 2
        assert [case["verdict"] for case in json.loads(done.stdout)["cases"]] == ["pass"]
        assert "ZeroDivisionError" in error
        assert os.path.join("stabcheck", "dynamic") not in error

    def test_names_with_newlines_stay_on_one_line(self, project):
        (project / "a\nb.py").write_text("def f(:\n")
        done = stabcheck("lint", "a\nb.py", cwd=project)
        assert len(told(done)) == 1


class TestStreams:
    def test_standard_input(self, project):
        done = stabcheck("lint", "-", "--stdin-filename", "sub/x.py", cwd=project, stdin=SOFTMAX)
        assert done.returncode == 1
        assert done.stdout.decode().startswith("sub/x.py:5:12: NS101")
        assert "return np.exp(z)" in done.stdout.decode()

    def test_standard_input_under_the_settings_of_its_name(self, project):
        (project / "sub").mkdir()
        (project / "sub" / "pyproject.toml").write_text('[tool.stabcheck]\nignore = ["NS101"]\n')
        arguments = ("lint", "-", "--stdin-filename", "sub/x.py")
        assert stabcheck(*arguments, cwd=project, stdin=SOFTMAX).returncode == 0

    def test_fixing_standard_input_writes_the_text(self, project):
        text = b"import tensorflow as tf\r\n\r\n\r\ndef f(x):\r\n    return tf.math.log(tf.nn.softmax(x))\r\n"
        done = stabcheck("lint", "-", "--fix", cwd=project, stdin=text)
        assert done.returncode == 0
        assert done.stdout == text.replace(b"tf.math.log(tf.nn.softmax(x))", b"tf.nn.log_softmax(x)")
        unchanged = stabcheck("lint", "-", "--fix", cwd=project, stdin=b"def f(:\r\n")
        assert (unchanged.returncode, unchanged.stdout) == (2, b"def f(:\r\n")

    def test_a_reader_that_goes_away(self, project):
        (project / "many.py").write_text(SOFTMAX + SOFTMAX.split("\n\n\n")[1] * 300)
        command = f"{sys.executable} -m stabcheck lint many.py --format json | head -c 10"
        done = subprocess.run(["bash", "-c", command], cwd=project, capture_output=True, check=False)
        assert (len(done.stdout), done.stderr) == (10, b"")

    @pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
    def test_output_that_cannot_be_written(self, project):
        with open("/dev/full", "wb") as full:
            done = subprocess.run(
                [sys.executable, "-m", "stabcheck", "lint"], cwd=project, stdout=full, stderr=-1, check=False
            )
        assert done.returncode == 2
        assert told(done) == ["can't write the output: No space left on device"]

    def test_interrupted(self, project):
        script = (
            "import pathlib, sys\n"
            "import stabcheck.cli.lint\n"
            "from stabcheck.cli import run\n"
            "pathlib.Path('busy').touch()\n"
            "sys.exit(run(['lint', '-']))\n"
        )
        process = subprocess.Popen(
            [sys.executable, "-c", script], cwd=project, stdin=-1, stdout=-1, stderr=-1
        )
        interrupt(process, project, os.kill)
        _, error = process.communicate(timeout=20)
        assert (process.returncode, error) == (130, b"stabcheck: interrupted\n")

    @pytest.mark.parametrize("everybody", [True, False], ids=["the whole group", "only the parent"])
    def test_interrupted_while_workers_are_busy(self, project, everybody):
        for i in range(40):
            (project / f"f{i}.py").write_text(SOFTMAX)
        script = (
            "import os, pathlib, sys, time\n"
            "from stabcheck.cli import run\n"
            "from stabcheck.static import engine\n"
            "def busy(text, *_):\n"
            "    if text:  # not what is loaded before workers start\n"
            "        pathlib.Path(f'busy{os.getpid()}').touch()\n"
            "        time.sleep(60)\n"
            "engine.check = busy\n"
            "sys.exit(run(['lint', '-j', '2']))\n"
        )
        process = subprocess.Popen(
            [sys.executable, "-c", script], cwd=project, stdout=-1, stderr=-1, start_new_session=True
        )
        interrupt(process, project, os.killpg if everybody else os.kill, busy=2)
        _, error = process.communicate(timeout=20)
        assert (process.returncode, error) == (130, b"stabcheck: interrupted: 0 of 42 files read\n")

    @pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
    def test_a_terminal_of_another_encoding(self, project, encoding):
        (project / "bad.py").write_text(
            SOFTMAX.replace("def f(z):", "def f(z):  # ∑ 💥").replace("z))\n", "z))  # √\n")
        )
        done = stabcheck("lint", "bad.py", cwd=project, PYTHONIOENCODING=encoding)
        assert (done.returncode, done.stderr) == (1, b"")

    def test_no_colours_but_on_a_terminal(self, project):
        assert b"\x1b" not in stabcheck("lint", cwd=project).stdout

    def test_control_characters_of_a_source_reach_no_terminal(self, project):
        (project / "bad.py").write_text(SOFTMAX.replace("np.exp(z) /", "np.exp(z) / '\x1b[2J' /"))
        assert b"\x1b" not in stabcheck("lint", "bad.py", cwd=project).stdout


def test_fixing_standard_input_leaves_the_report_to_a_file_or_standard_error(project):
    text = "import tensorflow as tf\n\n\ndef f(x):\n    return tf.math.log(tf.nn.softmax(x))\n"
    told = stabcheck("lint", "-", "--fix", cwd=project, stdin=text)
    filed = stabcheck("lint", "-", "--fix", "-o", "report.txt", cwd=project, stdin=text)
    assert told.stdout == filed.stdout
    assert b"tf.nn.log_softmax(x)" in filed.stdout
    assert filed.stderr == b""
    assert told.stderr.decode() == (project / "report.txt").read_text(encoding="utf-8")
    assert "1 fixed" in told.stderr.decode()
