"""The same output from a Dask cluster as from this machine, and a line for what is wrong with one."""

import sys
from contextlib import contextmanager

import pytest

from stabcheck import cluster
from stabcheck.cli import run

pytest.importorskip("distributed")

SOFTPLUS = "import numpy as np\n\n\ndef f(x):\n    return np.log(1 + np.exp(x))\n"
EXPM1 = "import numpy as np\n\n\ndef f(x):\n    return np.exp(x) - 1\n"


@pytest.fixture
def tree(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for number in range(40):
        text = SOFTPLUS if number % 4 == 0 else EXPM1 if number % 4 == 1 else f"x = {number}\n"
        (tmp_path / f"f{number:02}.py").write_text(text)
    (tmp_path / "broken.py").write_text("def f(:\n")
    (tmp_path / "latin.py").write_bytes(b"# caf\xe9\nx = 1\n")
    tests = tmp_path / "tests"
    tests.mkdir()
    (tests / "quiet.py").write_text(SOFTPLUS)
    (tmp_path / "pyproject.toml").write_text('[tool.stabcheck.per-file-ignores]\n"tests/*" = ["NS105"]\n')
    return tmp_path


def outcome(capsys, *arguments):
    status = run(["lint", *arguments])
    told = capsys.readouterr()
    return status, told.out, told.err


@pytest.mark.parametrize("form", ["text", "json"])
def test_the_output_is_the_same_byte_for_byte(tree, scheduler, capsys, form):
    here = outcome(capsys, "--format", form, "--jobs", "1")
    there = outcome(capsys, "--format", form, "--executor", scheduler)
    assert there == here
    assert here[0] == 2
    assert "NS105" in here[1]
    assert "quiet.py" not in here[1]


def test_fixes_are_made_here(tree, scheduler, capsys):
    shown = outcome(capsys, "--diff", "--jobs", "1")
    assert outcome(capsys, "--diff", "--executor", scheduler) == shown
    outcome(capsys, "--fix", "--executor", scheduler)
    assert "expm1" in (tree / "f01.py").read_text()


def test_what_is_wrong_with_a_cluster_is_one_line(tree, scheduler, capsys, monkeypatch):
    for address, told in (
        ("tcp://localhost:1", "must be dask://HOST:PORT"),
        ("dask://localhost", "must be dask://HOST:PORT"),
        ("dask://127.0.0.1:1", "no scheduler answers"),
    ):
        monkeypatch.setattr(cluster, "_PATIENCE", 1)
        status, out, err = outcome(capsys, "--executor", address)
        assert (status, out) == (2, "")
        assert err.count("\n") == 1
        assert told in err


def test_a_worker_with_another_version_is_named(tree, scheduler, capsys, monkeypatch):
    monkeypatch.setattr(cluster, "__version__", "0.0")
    status, _, err = outcome(capsys, "--executor", scheduler)
    assert status == 2
    assert "has stabcheck" in err
    assert err.count("\n") == 1


def test_packs_that_workers_do_not_see_are_named(tree, scheduler, capsys, monkeypatch):
    monkeypatch.setattr(cluster, "_missing", lambda folders: [f"{folders[0]}/nowhere"])
    (tree / "rules").mkdir()
    (tree / "pyproject.toml").write_text('[tool.stabcheck]\nextend-rules = ["rules"]\n')
    status, _, err = outcome(capsys, "--executor", scheduler)
    assert status == 2
    assert "nowhere (extend-rules)" in err


def test_without_distributed_the_extra_is_named(tree, capsys, monkeypatch):
    @contextmanager
    def missing():
        monkeypatch.setitem(sys.modules, "distributed", None)
        yield

    with missing():
        status, _, err = outcome(capsys, "--executor", "dask://localhost:8786")
    assert status == 2
    assert "pip install stabcheck[dask]" in err
