"""What is shown on a terminal: colours where they are wanted, lines that fit, little or much as asked."""

import io
import os
import subprocess
import sys

import pytest

pty = pytest.importorskip("pty")

from stabcheck.terminal import columns as columns_of  # noqa: E402
from stabcheck.terminal import cut, folded, style_for  # noqa: E402
from tests.cli.terminal import stabcheck, terminal, visible  # noqa: E402

SOFTMAX = "import numpy as np\n\n\ndef f(z):\n    return np.exp(z) / np.sum(np.exp(z))\n"
LONG = (
    "import tensorflow as tf\n\n\ndef f(first_of_the_labels, second_of_the_labels, logits):\n"
    "    return -tf.reduce_sum(first_of_the_labels * second_of_the_labels * "
    "tf.math.log(tf.nn.softmax(logits)), axis=-1)  # a comment 文字文字\n"
)
CASES = """\
import numpy as np
import stabcheck


@stabcheck.gradient_case
def {name}():
    x = np.arange(3.0)
    return stabcheck.GradientCase(fn=lambda x: (x**2).sum(), args=(x,), grad=lambda x: {factor} * x)
"""


@pytest.fixture
def project(tmp_path):
    (tmp_path / "softmax.py").write_text(SOFTMAX)
    (tmp_path / "long.py").write_text(LONG)
    return tmp_path


def plain(*arguments, cwd, **environment):
    """Status, standard output and standard error where there is no terminal."""
    clean = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "FORCE_COLOR")}
    done = subprocess.run(
        [sys.executable, "-m", "stabcheck", *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        env={**clean, **environment},
    )
    return done.returncode, done.stdout, done.stderr


class TestWidth:
    @pytest.mark.parametrize("columns", [60, 200])
    def test_lines_fit(self, project, columns):
        status, text = stabcheck("lint", cwd=project, columns=columns)
        lines = visible(text)
        assert status == 1
        assert max(map(columns_of, lines)) <= columns
        assert "tf.nn.log_softmax(logits)" in text

    def test_a_wide_terminal_has_each_message_on_a_line(self, project):
        _, text = stabcheck("lint", "softmax.py", cwd=project, columns=200)
        first, source, *_ = visible(text)
        assert first.startswith("softmax.py:5:12: NS101 ")
        assert first.endswith("gives nan, exact is 1")
        assert source == "    return np.exp(z) / np.sum(np.exp(z))"

    def test_a_narrow_one_folds_it_and_says_the_same(self, project):
        wide, narrow = (
            visible(stabcheck("lint", "softmax.py", cwd=project, columns=columns)[1]) for columns in (200, 60)
        )
        assert len(narrow) > len(wide)
        assert " ".join(narrow).split() == " ".join(wide).split()

    def test_the_marks_stay_under_what_they_mark(self, project):
        lines = visible(stabcheck("lint", "long.py", cwd=project, columns=60)[1])
        marks = next(line for line in lines if set(line.strip()) == {"^"})
        source = lines[lines.index(marks) - 1]
        assert source[marks.index("^") :].startswith("tf.math.log(tf.nn.softm")
        assert source.startswith("    …")

    def test_without_a_terminal_a_finding_is_one_line_whatever_columns_says(self, project):
        _, text, _ = plain("lint", "softmax.py", cwd=project, COLUMNS="60")
        assert text.split("\n")[0].endswith("gives nan, exact is 1")

    def test_triage_fits(self, project):
        _, text = stabcheck("triage", cwd=project, columns=60)
        assert max(map(columns_of, visible(text))) <= 80  # its columns have a least width


class Stream(io.StringIO):
    def __init__(self, terminal):
        super().__init__()
        self.terminal = terminal

    def isatty(self):
        return self.terminal


class TestColours:
    @pytest.mark.parametrize(
        ("on_terminal", "environment", "coloured"),
        [
            (True, {}, True),
            (True, {"NO_COLOR": "1"}, False),
            (True, {"NO_COLOR": ""}, True),
            (True, {"TERM": "dumb"}, False),
            (True, {"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
            (False, {}, False),
            (False, {"FORCE_COLOR": "1"}, True),
            (False, {"FORCE_COLOR": "1", "TERM": "dumb"}, True),
        ],
    )
    def test_the_environment_says(self, monkeypatch, on_terminal, environment, coloured):
        for name in ("NO_COLOR", "FORCE_COLOR"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("TERM", "xterm")
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        assert style_for(Stream(on_terminal)).colour == coloured

    def test_on_a_terminal(self, project):
        assert "\x1b[31;1mNS101\x1b[0m" in stabcheck("lint", "softmax.py", cwd=project)[1]

    @pytest.mark.parametrize(
        ("arguments", "environment"), [((), {"NO_COLOR": "1"}), (("--color", "never"), {})]
    )
    def test_not_on_a_terminal_that_wants_none(self, project, arguments, environment):
        _, text = stabcheck("lint", "softmax.py", *arguments, cwd=project, **environment)
        assert "\x1b[" not in "".join(visible(text, escapes=True))

    def test_in_a_pipe_only_if_asked_for(self, project):
        text = plain("lint", "softmax.py", "--color", "always", cwd=project, NO_COLOR="1")[1]
        assert "\x1b[31;1mNS101\x1b[0m" in text
        assert "\x1b" not in plain("lint", "--format", "json", cwd=project, FORCE_COLOR="1")[1]

    def test_a_file_has_none_even_if_the_command_runs_on_a_terminal(self, project):
        stabcheck("lint", "softmax.py", "-o", "out.txt", cwd=project, columns=60)
        text = (project / "out.txt").read_text(encoding="utf-8")
        assert text.split("\n")[0].endswith("gives nan, exact is 1")
        assert "\x1b" not in text


class TestHowMuch:
    def test_quiet_says_findings_only(self, project):
        status, text, error = plain("lint", "softmax.py", "-q", cwd=project)
        assert (status, error) == (1, "")
        assert "NS101" in text
        assert "1 finding" not in text

    def test_quiet_says_nothing_where_nothing_is(self, project):
        (project / "clean.py").write_text("x = 1\n")
        assert plain("lint", "clean.py", "--quiet", cwd=project) == (0, "", "")

    def test_verbose_says_what_was_done(self, project):
        (project / "pyproject.toml").write_text("[tool.stabcheck]\nfix = false\n")
        status, text, error = plain("lint", "--verbose", cwd=project)
        assert (status, text) == plain("lint", cwd=project)[:2]
        lines = error.splitlines()
        assert all(line.startswith("stabcheck: ") for line in lines)
        assert "stabcheck: 2 files read" in lines
        assert f"stabcheck: settings of {project / 'pyproject.toml'} hold below {project}" in lines
        assert any(line.startswith("stabcheck: reading: ") and line.endswith(" s") for line in lines)

    def test_not_both(self, project):
        status, _, error = plain("lint", "-q", "-v", cwd=project)
        assert (status, error) == (2, "stabcheck: --quiet and --verbose exclude each other\n")

    def test_errors_are_told_even_quietly(self, project):
        status, _, error = plain("lint", "-q", "gone.py", cwd=project)
        assert (status, error) == (2, "stabcheck: gone.py: no such file or folder\n")

    def test_cases(self, tmp_path):
        (tmp_path / "good.py").write_text(CASES.format(name="good", factor=2))
        (tmp_path / "bad.py").write_text(CASES.format(name="bad", factor=3))
        assert plain("triage", "good.py", "-q", cwd=tmp_path) == (0, "", "")
        status, text, error = plain("diagnose", "bad.py", "good.py", "-q", cwd=tmp_path)
        assert (status, error) == (1, "")
        assert "scale-error" in text
        assert "good.py" not in text


class TestProgress:
    SLOW = (
        "import sys, time\n"
        "from stabcheck.cli import run\n"
        "from stabcheck.cli import progress\n"
        "from stabcheck.static import engine\n"
        "progress.PATIENCE = {patience}\n"
        "check = engine.check\n"
        "engine.check = lambda *given: (time.sleep(0.05), check(*given))[1]\n"
        "sys.exit(run(['lint', '-j', '1', *sys.argv[1:]]))\n"
    )

    @pytest.mark.parametrize(
        ("patience", "arguments", "shown"), [(0.1, (), True), (60, (), False), (0.1, ("-q",), False)]
    )
    def test_a_bar_comes_after_a_while_and_goes(self, project, patience, arguments, shown):
        for number in range(8):
            (project / f"f{number}.py").write_text(SOFTMAX)
        script = self.SLOW.format(patience=patience)
        with terminal(
            [sys.executable, "-c", script, *arguments], project, 60, stdout=subprocess.PIPE
        ) as process:
            process.read_all()
            findings = process.process.stdout.read().decode()
            process.process.stdout.close()
        assert findings.count("NS101") == 9
        assert ("reading" in process.text) == shown
        if shown:
            assert "10/10" in process.text
            assert "\n" not in process.text
            assert process.text.endswith("\r\x1b[K\x1b[?25h")

    def test_no_bar_in_a_log(self, project):
        done = subprocess.run(
            [sys.executable, "-c", self.SLOW.format(patience=0)],
            cwd=project,
            capture_output=True,
            check=False,
        )
        assert done.stderr == b""


class TestFolding:
    def test_what_fits_stays_in_a_line(self):
        assert folded("a b c", 5) == "a b c"
        assert folded("a b c", 4) == "a b\nc"
        assert folded("a b c", None) == "a b c"

    def test_lead_and_indent_count(self):
        assert folded("aa bb cc", 8, lead=4, indent="  ") == "aa\n  bb cc"

    def test_long_words_stay_in_one_piece(self):
        assert folded("a " + "b" * 20 + " c", 8) == "a\n" + "b" * 20 + "\nc"

    def test_wide_characters_take_two_columns(self):
        assert folded("文文 文文", 8) == "文文\n文文"
        assert cut("a文文", 4) == "a文"
        assert cut("e\u0301x", 1) == "e\u0301"
