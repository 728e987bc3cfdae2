"""pre-commit itself runs the hooks on a throw-away repository, at `git commit`.

The hooks are those of the manifest; only their environment is the one of the tests, since making one needs a
network.
"""

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("pre_commit")

ROOT = Path(__file__).parents[2]
LOSS = "import tensorflow as tf\n\n\ndef f(x):\n    return tf.math.log(tf.nn.softmax(x))\n"
FIXED = LOSS.replace("tf.math.log(tf.nn.softmax(x))", "tf.nn.log_softmax(x)")


class Project:
    """A repository with the hooks installed."""

    def __init__(self, folder, *hooks):
        self.folder = folder / "project"
        self.environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("GIT_")},
            **{
                f"GIT_{who}_{what}": "someone@example.org"
                for who in ("AUTHOR", "COMMITTER")
                for what in ("NAME", "EMAIL")
            },
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "PRE_COMMIT_HOME": str(folder / "home"),
            "PRE_COMMIT_COLOR": "never",
            "PATH": f"{self.program(folder / 'bin')}{os.pathsep}{os.environ['PATH']}",
        }
        origin = self.hooks(folder / "hooks")
        self.folder.mkdir()
        self.run("git", "init", "-q")
        lines = "".join(f"  - id: {hook}\n    language: system\n" for hook in hooks)
        revision = self.run("git", "rev-parse", "HEAD", cwd=origin).stdout.strip()
        (self.folder / ".pre-commit-config.yaml").write_text(
            f"repos:\n- repo: {origin}\n  rev: {revision}\n  hooks:\n{lines}"
        )
        self.run(sys.executable, "-m", "pre_commit", "install")

    def program(self, folder):
        folder.mkdir()
        program = folder / "stabcheck"
        program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m stabcheck "$@"\n')
        program.chmod(0o755)
        return folder

    def hooks(self, folder):
        folder.mkdir()
        shutil.copy(ROOT / ".pre-commit-hooks.yaml", folder)
        self.run("git", "init", "-q", cwd=folder)
        self.run("git", "add", "-A", cwd=folder)
        self.run("git", "commit", "-qm", "hooks", cwd=folder)
        return folder

    def run(self, *command, cwd=None):
        return subprocess.run(
            command, cwd=cwd or self.folder, env=self.environment, check=True, capture_output=True, text=True
        )

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)

    def read(self, name):
        return (self.folder / name).read_text()

    def commit(self):
        """Stage everything and commit it: the status, and what is said."""
        self.run("git", "add", "-A")
        done = subprocess.run(
            ["git", "commit", "-m", "…"],
            cwd=self.folder,
            env=self.environment,
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        return done.returncode, done.stdout


def test_one_hook_stops_the_commit_the_other_fixes_and_the_next_commit_passes(tmp_path):
    project = Project(tmp_path, "stabcheck", "stabcheck-fix")
    project.write("loss.py", LOSS)
    project.write("other.py", "x = 1\n")
    status, output = project.commit()
    assert status == 1
    assert "loss.py:5:12: NS112" in output
    assert "write: tf.nn.log_softmax(x)" in output
    assert output.count("files were modified by this hook") == 1
    assert project.read("loss.py") == FIXED
    status, output = project.commit()
    assert (status, output.count("Passed")) == (0, 2)


def test_an_old_code_base_is_held_to_its_new_lines_only(tmp_path):
    project = Project(tmp_path, "stabcheck")
    project.write("old.py", LOSS)
    project.write("legacy/worse.py", LOSS)
    project.write("stabcheck.toml", 'baseline = "known.json"\nextend-exclude = ["legacy"]\n')
    project.run("stabcheck", "lint", "--write-baseline", "known.json")
    assert project.commit()[0] == 0
    project.write("old.py", f"# moved\n{LOSS}\n\ndef g(y):\n    return tf.math.log(tf.nn.softmax(y))\n")
    project.write("legacy/worse.py", f"# more\n{LOSS}")
    status, output = project.commit()
    assert status == 1
    assert "old.py:10:12: NS112" in output
    assert output.count("NS112") == 1
