"""The command that tests a project's own rules."""

import json
from pathlib import Path

import pytest

from stabcheck.cli import run as stabcheck
from tests.static.test_pack import CARD


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("mine").mkdir()
    Path("mine/README.md").write_text("# My rules\n")
    Path("mine/one-minus-tanh-squared.md").write_text(CARD)

    def call(*arguments):
        status = stabcheck(["test-rules", *arguments])
        done = capsys.readouterr()
        return status, done.out, done.err

    return call


def broken():
    path = Path("mine/one-minus-tanh-squared.md")
    path.write_text(CARD.replace("found: 1 - np", "found: 2 - np"))


def test_a_line_a_card(run):
    assert run("mine") == (0, "ok    MY201 one-minus-tanh-squared (3 examples)\n1 card, 0 failed\n", "")
    assert run("mine", "--quiet") == (0, "", "")


def test_what_fails_is_told(run):
    broken()
    status, output, error = run("mine")
    assert (status, error) == (1, "")
    head, told, last, _ = output.split("\n")
    assert (head, last) == ("FAIL  MY201 one-minus-tanh-squared", "1 card, 1 failed")
    assert told.startswith(
        "      mine/one-minus-tanh-squared.md:25: expected 2 - np.tanh(x) ** 2; found there:"
    )


def test_json(run):
    broken()
    status, output, _ = run("mine", "--format", "json")
    (card,) = json.loads(output)["cards"]
    assert (status, card["ok"], card["code"], len(card["failures"])) == (1, False, "MY201", 1)


def test_the_folders_of_the_settings(run):
    assert run()[0] == 2
    Path("stabcheck.toml").write_text('extend-rules = ["mine"]\n')
    assert run()[1] == "ok    MY201 one-minus-tanh-squared (3 examples)\n1 card, 0 failed\n"


@pytest.mark.parametrize(
    ("folder", "said"),
    [("none", "no such folder"), ("empty", "no cards"), ("mine/README.md", "no such folder")],
)
def test_what_cannot_be_tested_is_one_line(run, folder, said):
    Path("empty").mkdir()
    status, output, error = run(folder)
    assert (status, output) == (2, "")
    assert said in error
    assert error.count("\n") == 1
