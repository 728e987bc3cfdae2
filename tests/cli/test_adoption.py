"""Options of lint for code that is older than its linter."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from stabcheck.cli import run as stabcheck

OLD = """\
import numpy as np


def f(x):
    return np.exp(x) - 1


def g(y):
    return np.exp(y) - 1
"""
NEW = OLD + "\n\ndef h(z):\n    return np.exp(z) - 1\n"


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Calls lint in a folder that holds old.py; gives status, standard output and standard error."""
    monkeypatch.chdir(tmp_path)
    Path("old.py").write_text(OLD)

    def call(*arguments):
        status = stabcheck(["lint", *arguments])
        done = capsys.readouterr()
        return status, done.out, done.err

    return call


def places(output):
    return [(each["path"], each["line"]) for each in json.loads(output)["findings"]]


def found(run, *arguments):
    status, output, _ = run("--format", "json", *arguments)
    assert status == int(bool(places(output)))
    return places(output)


class TestBaseline:
    def test_only_new_findings_are_reported(self, run):
        assert found(run) == [("old.py", 5), ("old.py", 9)]
        assert run("--write-baseline", "known.json") == (0, "2 findings in 1 file known to known.json\n", "")
        assert found(run, "--baseline", "known.json") == []
        Path("old.py").write_text("# moved\n\n" + NEW.replace("def g", "def renamed"))
        assert found(run, "--baseline", "known.json") == [("old.py", 15)]

    @pytest.mark.parametrize("form", ["text", "json", "sarif", "github", "gitlab", "junit"])
    def test_in_every_format(self, run, form):
        run("--write-baseline", "known.json")
        status, output, _ = run("--format", form, "--baseline", "known.json")
        assert status == 0
        assert "NS201" not in output.replace("NS201 missing-expm1", "")
        Path("old.py").write_text(NEW)
        status, output, _ = run("--format", form, "--baseline", "known.json")
        assert status == 1
        assert "NS201" in output

    def test_as_a_setting_of_the_project_and_of_a_part_of_it(self, run, monkeypatch):
        Path("sub").mkdir()
        Path("sub/part.py").write_text(OLD)
        run("--write-baseline", "known.json")
        Path("stabcheck.toml").write_text('baseline = "known.json"\n')
        Path("sub/stabcheck.toml").write_text('extend = "../stabcheck.toml"\n')
        assert found(run) == []
        monkeypatch.chdir("sub")
        assert found(run) == found(run, "../old.py") == []
        Path("stabcheck.toml").write_text("")
        assert len(found(run)) == 2

    def test_what_is_fixed_is_told_if_it_was_looked_at(self, run):
        Path("other.py").write_text(OLD)
        run("--write-baseline", "known.json")
        Path("old.py").write_text("x = 1\n")
        told = "stabcheck: 2 findings of the baseline are fixed: --write-baseline known.json shrinks it\n"
        assert run("--baseline", "known.json")[2] == told
        assert run("--baseline", "known.json", "other.py")[2] == ""
        assert run("--baseline", "known.json", "--select", "NS1")[2] == ""
        assert run("--baseline", "known.json", "--quiet")[2] == ""
        Path("other.py").unlink()
        assert "4 findings of the baseline are fixed" in run("--baseline", "known.json", "old.py")[2]
        assert run("--write-baseline", "known.json")[1] == "0 findings in 0 files known to known.json\n"
        assert run("--baseline", "known.json")[2] == ""

    def test_fixes_leave_what_is_known(self, run):
        run("--write-baseline", "known.json")
        Path("old.py").write_text(NEW)
        assert run("--baseline", "known.json", "--fix")[0] == 0
        assert Path("old.py").read_text() == NEW.replace("np.exp(z) - 1", "np.expm1(z)")

    def test_standard_input(self, run, monkeypatch, tmp_path):
        run("--write-baseline", "known.json")
        (tmp_path / "in").write_text(NEW)
        with open("in") as file:
            monkeypatch.setattr("sys.stdin", file)
            name = ("--stdin-filename", "old.py")
            assert found(run, "--baseline", "known.json", *name, "-") == [("old.py", 13)]

    def test_a_part_of_the_files_renews_a_part_of_the_baseline(self, run):
        Path("other.py").write_text(OLD)
        run("--write-baseline", "known.json")
        first = Path("known.json").read_text()
        run("--write-baseline", "known.json", "old.py")
        assert Path("known.json").read_text() == first
        Path("old.py").write_text(NEW)
        assert run("--write-baseline", "known.json", "old.py")[1].startswith("5 findings in 2 files")
        assert found(run, "--baseline", "known.json") == []

    def test_a_file_that_cannot_be_read_keeps_its_entries(self, run):
        run("--write-baseline", "known.json")
        Path("old.py").write_text("def f(:\n")
        status, _, error = run("--write-baseline", "known.json")
        assert (status, "does not parse" in error) == (2, True)
        Path("old.py").write_text(OLD)
        assert found(run, "--baseline", "known.json") == []

    @pytest.mark.parametrize("option", ["--baseline", "--write-baseline"])
    def test_something_else_is_neither_read_nor_written(self, run, option):
        Path("known.json").write_text("{}")
        status, output, error = run(option, "known.json")
        assert (status, output) == (2, "")
        assert error == f"stabcheck: {option}: {self.shown(option)} is not a baseline of stabcheck\n"
        assert Path("known.json").read_text() == "{}"

    def shown(self, option):
        return os.path.abspath("known.json") if option == "--baseline" else "known.json"

    def test_a_baseline_that_there_is_not(self, run):
        status, output, error = run("--baseline", "none.json")
        assert (status, output) == (2, "")
        assert "--write-baseline" in error
        assert run("--write-baseline", "none/none.json")[0] == 2


class TestIgnores:
    def test_are_written_with_their_reason(self, run):
        assert run("--add-ignores", "--reason", "small") == (0, "2 findings silenced in 1 file\n", "")
        told = "  # stabcheck: ignore[NS201] -- small\n"
        assert Path("old.py").read_text() == OLD.replace(" - 1\n", " - 1" + told)
        assert found(run) == []
        assert run("--add-ignores") == (0, "0 findings silenced in 0 files\n", "")

    def test_only_for_what_is_new(self, run):
        run("--write-baseline", "known.json")
        Path("old.py").write_text(NEW)
        run("--add-ignores", "--baseline", "known.json")
        assert Path("old.py").read_text() == NEW.rstrip() + "  # stabcheck: ignore[NS201]\n"

    def test_a_file_that_does_not_parse_is_told(self, run):
        Path("bad.py").write_text("def f(:\n")
        status, output, error = run("--add-ignores")
        assert (status, output) == (2, "2 findings silenced in 1 file\n")
        assert "bad.py: line 1: does not parse" in error

    def test_a_notebook_is_left_as_it_is(self, run):
        cell = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": OLD}
        text = json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 4})
        Path("a.ipynb").write_text(text)
        status, _, error = run("--add-ignores", "a.ipynb")
        assert (status, Path("a.ipynb").read_text()) == (1, text)
        assert "2 findings can't be silenced by a comment: a.ipynb:cell 1:5, a.ipynb:cell 1:9" in error

    def test_unused_ones_are_reported_and_fixed(self, run):
        Path("old.py").write_text("x = 1  # stabcheck: ignore[NS201]\ny = 2  # noqa: E501\n")
        assert found(run) == []
        assert found(run, "--report-unused-ignores") == found(run, "--select", "NS001,NS201")
        assert found(run, "--report-unused-ignores") == [("old.py", 1)]
        assert run("--report-unused-ignores", "--fix")[0] == 0
        assert Path("old.py").read_text() == "x = 1\ny = 2  # noqa: E501\n"


class TestChanged:
    @pytest.fixture(autouse=True)
    def repository(self, run):
        for name in ("GIT_AUTHOR", "GIT_COMMITTER"):
            os.environ[f"{name}_NAME"] = os.environ[f"{name}_EMAIL"] = "someone@example.org"
        self.git("init", "-q")
        self.git("add", "-A")
        self.git("commit", "-qm", "old")
        Path("old.py").write_text(NEW)
        yield
        for name in ("GIT_AUTHOR", "GIT_COMMITTER"):
            del os.environ[f"{name}_NAME"], os.environ[f"{name}_EMAIL"]

    def git(self, *arguments):
        subprocess.run(["git", *arguments], check=True)

    @pytest.mark.parametrize(
        "spelt",
        [("--changed-since", "HEAD"), ("--changed-since=HEAD",), ("--diff=HEAD",), ("--diff", "HEAD")],
    )
    def test_only_changed_lines(self, run, spelt):
        Path("new.py").write_text(OLD)
        assert found(run, *spelt) == [("new.py", 5), ("new.py", 9), ("old.py", 13)]
        assert found(run, *spelt, "old.py") == found(run, "old.py", *spelt) == [("old.py", 13)]

    def test_fixes_only_changed_lines(self, run):
        assert run("--changed-since", "HEAD", "--fix")[0] == 0
        assert Path("old.py").read_text() == NEW.replace("np.exp(z) - 1", "np.expm1(z)")

    def test_the_flag_is_what_it_was(self, run):
        status, output, _ = run("--diff")
        assert (status, output.count("+    return np.expm1")) == (1, 3)
        assert run("--diff", "old.py") == run("old.py", "--diff") == run("--diff", "--select", "ALL")
        assert run("--diff", "--changed-since", "HEAD")[1].count("+    return np.expm1") == 1
        assert run("--diff", "--diff", "HEAD")[1].count("+    return np.expm1") == 1
        Path("HEAD").mkdir()
        Path("HEAD/a.py").write_text(OLD)
        assert run("--diff", "HEAD")[1].count("+    return np.expm1") == 2

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (("--diff", "none.py"), "--diff none.py: this is neither a path nor a git revision"),
            (("--diff=none",), "--changed-since none: git knows no such revision"),
            (("--changed-since", "none"), "--changed-since none: git knows no such revision"),
        ],
    )
    def test_no_revision(self, run, arguments, message):
        status, output, error = run(*arguments)
        assert (status, output) == (2, "")
        assert error.startswith(f"stabcheck: {message}")
        assert error.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("--reason", "x"),
        ("--add-ignores", "--fix"),
        ("--add-ignores", "--diff"),
        ("--add-ignores", "--write-baseline", "x"),
        ("--write-baseline", "x", "--changed-since", "HEAD"),
        ("--write-baseline", "x", "--baseline", "x"),
        ("--write-baseline", "x", "--diff"),
        ("--write-baseline", "x", "-"),
        ("--add-ignores", "-"),
        ("--changed-since", "HEAD", "-"),
    ],
)
def test_what_excludes_each_other_is_one_line(run, arguments):
    status, output, error = run(*arguments)
    assert (status, output, error.count("\n")) == (2, "", 1)
    assert Path("old.py").read_text() == OLD
    assert not Path("x").exists()
