"""Linting files: what is reported, in which order, by how many processes, and what goes wrong meanwhile."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

import stabcheck
from stabcheck.config import ConfigError, Configuration, Settings
from stabcheck.static import check as checking
from stabcheck.static import engine, processes, run
from stabcheck.static.rules import rules

SOFTMAX = """\
import numpy as np


def softmax(z):
    return np.exp(z) / np.sum(np.exp(z))
"""
LOG_SOFTMAX = """\
import tensorflow as tf


def loss(x):
    return tf.math.log(tf.nn.softmax(x))  # a comment
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_findings_by_file_and_position_with_paths_as_given(folder):
    (folder / "b.py").write_text(SOFTMAX + "\n\n" + SOFTMAX.replace("softmax", "again"))
    (folder / "a.py").write_text(LOG_SOFTMAX)
    result = stabcheck.lint([folder / "b.py", "a.py"])
    assert result.errors == ()
    found = [(finding.path, finding.span.line, finding.name) for finding in result.findings]
    assert found == [
        (str(folder / "b.py"), 5, "naive-softmax"),
        (str(folder / "b.py"), 12, "naive-softmax"),
        ("a.py", 5, "log-of-softmax"),
    ]


def test_one_path_is_a_path(folder):
    (folder / "a.py").write_text(SOFTMAX)
    assert stabcheck.lint("a.py") == stabcheck.lint(Path("a.py")) == stabcheck.lint(["a.py"])
    assert len(stabcheck.lint("a.py").findings) == 1
    assert [finding.code for finding in stabcheck.lint("a.py")] == [stabcheck.lint("a.py")[0].code]
    assert len(stabcheck.lint("a.py")) == 1


def test_linting_never_writes(folder):
    (folder / "pyproject.toml").write_text("[tool.stabcheck]\nfix = true\nunsafe-fixes = true\n")
    (folder / "a.py").write_text(LOG_SOFTMAX)
    assert len(stabcheck.lint("a.py").findings) == 1
    assert (folder / "a.py").read_text() == LOG_SOFTMAX


def test_processes_change_nothing(folder):
    for i in range(run.ENOUGH_FOR_PROCESSES + processes.CHUNK):
        (folder / f"f{i:02}.py").write_text([SOFTMAX, LOG_SOFTMAX, "x = 1\n", "def broken(:\n"][i % 4])
    alone = run.run(["."], Configuration(), jobs=1)
    spread = run.run([".", "gone.py"], Configuration(), jobs=2)
    alone, spread = alone.result.to_dict(), spread.result.to_dict()
    assert spread["findings"] == alone["findings"]
    assert spread["errors"] == [*alone["errors"], {"path": "gone.py", "message": "no such file or folder"}]
    assert len(alone["findings"]) > 20


def test_the_prefilter_changes_nothing(folder, monkeypatch):
    texts = [SOFTMAX, LOG_SOFTMAX, "x = 1\n", "def broken(:\n", "# exp(x) / sum(exp(x))\n", ""]
    for i, text in enumerate(texts):
        (folder / f"f{i}.py").write_text(text)
    quick = run.run(["."], Configuration(), jobs=1).result.to_dict()
    known = rules(Configuration().at(folder))
    monkeypatch.setattr(
        "stabcheck.static.rules.rules", lambda settings: replace(known, scan=lambda data: True)
    )
    assert run.run(["."], Configuration(), jobs=1).result.to_dict() == quick


class TestWhatGoesWrong:
    def test_a_file_that_does_not_parse_is_a_finding_and_an_error_and_the_rest_is_done(self, folder):
        (folder / "a.py").write_text("x = 1\ndef broken(:\n    pass\n")
        (folder / "b.py").write_text(SOFTMAX)
        result = stabcheck.lint(".")
        assert [finding.code for finding in result.findings] == ["NS000", "NS101"]
        first = result.findings[0]
        assert (first.path, first.span.line, first.severity) == ("a.py", 2, "error")
        assert [(problem.path, problem.message) for problem in result.errors] == [
            ("a.py", "line 2: does not parse: invalid syntax")
        ]

    @pytest.mark.parametrize(
        ("data", "message"),
        [
            (b"x = 1\0", "null bytes"),
            (b"\n\nx = '\xff'", "line 3 is not utf-8"),
            (b"print 'python 2'\n", "does not parse"),
            (b"x = " + b"(" * 500 + b")" * 500, "does not parse"),
            (b"x = " + b"-" * 100_000 + b"1", "nested"),
        ],
    )
    def test_content_that_is_not_python(self, folder, data, message):
        (folder / "a.py").write_bytes(data)
        result = stabcheck.lint("a.py")
        assert len(result.errors) == 1
        assert message in result.errors[0].message

    @pytest.mark.parametrize(
        "data", [b"", b"\xef\xbb\xbf", b"\x0c\n", b"# only a comment", b"x\r\n\x0c\r\ny\r"]
    )
    def test_odd_content_that_is_python(self, folder, data):
        (folder / "a.py").write_bytes(data)
        assert stabcheck.lint("a.py") == stabcheck.static.LintResult((), ())

    def test_a_rule_that_stumbles_takes_no_other_file_with_it(self, folder, monkeypatch):
        (folder / "a.py").write_text(SOFTMAX + "# the bad one\n")
        (folder / "b.py").write_text(SOFTMAX)
        check = engine.check

        def stumbling(text, path, cards):
            if "the bad one" in text:
                raise ZeroDivisionError("in a\nrule")
            return check(text, path, cards)

        monkeypatch.setattr(engine, "check", stumbling)
        result = stabcheck.lint(".")
        assert [finding.path for finding in result.findings] == ["b.py"]
        assert [problem.path for problem in result.errors] == ["a.py"]
        assert "fault of stabcheck's own: ZeroDivisionError: in a rule" in result.errors[0].message

    def test_a_file_that_takes_for_ever_is_given_up_and_named(self, folder, monkeypatch):
        (folder / "a.py").write_text(SOFTMAX + "# the endless one\n")
        (folder / "b.py").write_text(SOFTMAX)
        check = engine.check

        def endless(text, path, cards):
            while "the endless one" in text:
                pass
            return check(text, path, cards)

        monkeypatch.setattr(engine, "check", endless)
        monkeypatch.setattr(checking, "MOST_SECONDS", 2)
        result = stabcheck.lint(".")
        assert [finding.path for finding in result.findings] == ["b.py"]
        (problem,) = result.errors
        assert problem.path == "a.py"
        assert problem.message == "not checked to the end: it takes more than 2 s; exclude it"

    def test_a_file_that_kills_its_process_is_named(self, folder, monkeypatch):
        for i in range(run.ENOUGH_FOR_PROCESSES):
            (folder / f"f{i:02}.py").write_text(SOFTMAX)
        check = engine.check

        def deadly(text, path, cards):
            if path == "f07.py":
                os._exit(9)
            return check(text, path, cards)

        monkeypatch.setattr(engine, "check", deadly)
        result = run.run(["."], Configuration(), jobs=2).result
        assert [problem.path for problem in result.errors] == ["f07.py"]
        assert len(result.findings) == run.ENOUGH_FOR_PROCESSES - 1

    def test_a_pack_with_a_broken_card_is_left_out_and_told(self, folder):
        (folder / "pyproject.toml").write_text('[tool.stabcheck]\nextend-rules = ["mine"]\n')
        (folder / "mine").mkdir()
        (folder / "mine" / "my-rule.md").write_text("# my-rule\n\nno block\n")
        (folder / "a.py").write_text(SOFTMAX)
        result = stabcheck.lint("a.py")
        assert [finding.code for finding in result.findings] == ["NS101"]
        assert result.errors[0].path.endswith("my-rule.md")

    def test_a_rule_that_there_is_not(self, folder):
        (folder / "a.py").write_text(SOFTMAX)
        with pytest.raises(ConfigError, match="no rule has the code or name 'NS02'"):
            stabcheck.lint("a.py", settings=Settings(select=("NS02",)))


class TestSilence:
    def test_comments_and_per_file_ignores(self, folder):
        (folder / "pyproject.toml").write_text('[tool.stabcheck.per-file-ignores]\n"ref_*.py" = ["NS1"]\n')
        (folder / "a.py").write_text(
            SOFTMAX.replace("(z))\n", "(z))  # stabcheck: ignore[NS101] -- bounded\n")
        )
        (folder / "ref_b.py").write_text(SOFTMAX)
        assert stabcheck.lint(".").findings == ()


class TestFix:
    FIXED = LOG_SOFTMAX.replace("tf.math.log(tf.nn.softmax(x))", "tf.nn.log_softmax(x)")

    def test_fixes_are_written_and_what_remains_is_reported(self, folder):
        (folder / "a.py").write_bytes(LOG_SOFTMAX.replace("\n", "\r\n").encode())
        (folder / "b.py").write_text(SOFTMAX)
        done = run.run(["."], Configuration(), mode="fix")
        assert (folder / "a.py").read_bytes() == self.FIXED.replace("\n", "\r\n").encode()
        assert [finding.path for finding in done.result.findings] == ["b.py"]
        assert sum(len(result.fixed) for result in done.results) == 1
        assert run.run(["a.py"], Configuration(), mode="fix").result.findings == ()

    def test_a_diff_writes_nothing(self, folder):
        (folder / "a.py").write_text(LOG_SOFTMAX)
        done = run.run(["."], Configuration(), mode="diff")
        assert (folder / "a.py").read_text() == LOG_SOFTMAX
        diff = done.results[-1].diff
        assert diff.startswith("--- a/a.py\n+++ b/a.py\n")
        assert "+    return tf.nn.log_softmax(x)  # a comment\n" in diff

    def test_what_is_silenced_is_not_fixed(self, folder):
        text = LOG_SOFTMAX.replace("# a comment", "# noqa: NS112")
        (folder / "a.py").write_text(text)
        run.run(["."], Configuration(), mode="fix")
        assert (folder / "a.py").read_text() == text
