"""Completion, by a real bash: what Tab gives for commands, options, rules and gradient cases."""

import os
import shutil
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")

CASES = """\
import stabcheck
raise SystemExit("nobody may import this")

@stabcheck.gradient_case
def least_squares(): ...

@stabcheck.gradient_case
def logistic(): ...

def other(): ...
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a `stabcheck` of this environment in `bin`, the script of bash, and a file of cases."""
    home = tmp_path_factory.mktemp("completion")
    (home / "bin").mkdir()
    program = home / "bin" / "stabcheck"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m stabcheck "$@"\n')
    program.chmod(0o755)
    (home / "check.py").write_text(CASES)
    script = subprocess.run(
        [sys.executable, "-m", "stabcheck", "completion", "bash"], capture_output=True, text=True, check=True
    )
    (home / "script").write_text(script.stdout)
    return home


def environment(folder):
    return {**os.environ, "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}", "TERM": "dumb"}


def completed(folder, *words):
    """What bash offers for the last of the words."""
    script = """
source ./script
complete -p stabcheck >/dev/null || exit 9
compopt() { :; }
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
_stabcheck_completion stabcheck
printf '%s\\n' "${COMPREPLY[@]}"
"""
    done = subprocess.run(
        ["bash", "--norc", "-c", script, "bash", "stabcheck", *words],
        cwd=folder,
        env=environment(folder),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.split()


def test_commands(folder):
    assert {"lint", "diagnose", "triage", "explain", "rules", "completion"} <= set(completed(folder, ""))


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("lint", "--stat"), ["--statistics"]),
        (("lint", "--format", "s"), ["sarif"]),
        (("explain", "NS10"), ["NS101", "NS102", "NS105"]),
        (("explain", "naive-softm"), ["naive-softmax"]),
        (("lint", "--select", "NS201,NS10"), ["NS201,NS101", "NS201,NS105"]),
        (("diagnose", "check.py", "::"), ["least_squares", "logistic"]),
        (("triage", "check.py", "::", "log"), ["logistic"]),
    ],
)
def test_words(folder, words, expected):
    offered = completed(folder, *words)
    assert set(expected) <= set(offered)
    assert all(word.startswith(words[-1].replace("::", "")) for word in offered)


def test_tab_in_an_interactive_bash(folder):
    pytest.importorskip("pty")
    from tests.cli.terminal import terminal

    with terminal(["bash", "--norc", "--noprofile", "-i"], folder, 200, **environment(folder)) as bash:
        bash.press("bind 'set enable-bracketed-paste off'; source ./script; echo rea''dy\n")
        bash.read_until("\nready")
        bash.press("stabcheck expl\tnaive-softm\t")
        bash.read_until("stabcheck explain naive-softmax ")
        bash.press("\x15stabcheck diagnose check.py::le\t")
        bash.read_until("check.py::least_squares")
        bash.press("\x15exit\n")
        bash.read_all()
        assert "stabcheck explain naive-softmax " in bash.text
        assert "stabcheck diagnose check.py::least_squares" in bash.text


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_get_their_script_and_whole_words(folder, shell):
    run = [sys.executable, "-m", "stabcheck"]
    script = subprocess.run([*run, "completion", shell], capture_output=True, text=True, check=True).stdout
    assert f"_STABCHECK_COMPLETE={shell}_complete" in script
    words = {
        "zsh": {"COMP_WORDS": "stabcheck diagnose check.py::lo", "COMP_CWORD": "2"},
        "fish": {"COMP_WORDS": "stabcheck diagnose check.py::lo", "COMP_CWORD": "check.py::lo"},
    }[shell]
    done = subprocess.run(
        run,
        cwd=folder,
        env={**os.environ, **words, "_STABCHECK_COMPLETE": f"{shell}_complete"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "check.py::logistic" in done.stdout.replace("\\:", ":")
    assert "least_squares" not in done.stdout
