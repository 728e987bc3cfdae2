"""The pre-commit hooks: the manifest is valid, and what it calls does what it says."""

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOSS = "import tensorflow as tf\n\n\ndef f(x):\n    return tf.math.log(tf.nn.softmax(x))\n"


@pytest.fixture(scope="module")
def hooks():
    load_manifest = pytest.importorskip("pre_commit.clientlib").load_manifest
    return {hook["id"]: hook for hook in load_manifest(ROOT / ".pre-commit-hooks.yaml")}


def call(hook, *files, cwd):
    program, *arguments = shlex.split(hook["entry"])
    assert program == "stabcheck"
    command = [sys.executable, "-m", "stabcheck", *arguments, *hook["args"], *files]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def test_the_ids(hooks):
    assert set(hooks) == {"stabcheck", "stabcheck-fix"}
    assert all(hook["types"] == ["python"] and hook["require_serial"] for hook in hooks.values())


def test_one_reports_and_the_other_fixes(hooks, tmp_path):
    (tmp_path / "pyproject.toml").write_text('[tool.stabcheck]\nextend-exclude = ["legacy"]\n')
    (tmp_path / "legacy").mkdir()
    for name in ("a.py", "legacy/b.py"):
        (tmp_path / name).write_text(LOSS)
    done = call(hooks["stabcheck"], "a.py", "legacy/b.py", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (1, "")
    assert "a.py:5:12: NS112" in done.stdout
    assert "legacy" not in done.stdout
    done = call(hooks["stabcheck-fix"], "a.py", "legacy/b.py", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "tf.nn.log_softmax(x)" in (tmp_path / "a.py").read_text()
    assert (tmp_path / "legacy" / "b.py").read_text() == LOSS
