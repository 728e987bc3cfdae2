"""What is imported when: no framework ever, nothing heavy before it is needed."""

import subprocess
import sys

import pytest

FRAMEWORKS = {"tensorflow", "keras", "torch", "jax"}
EXTRAS = {"matplotlib", "nbformat", "pygls", "lsprotocol"}
SOFTMAX = "import numpy as np\n\n\ndef f(z):\n    return np.exp(z) / np.sum(np.exp(z))\n"


def imported(*arguments, cwd):
    """The top-level packages that a run of Python has imported at its end."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", *arguments], cwd=cwd, capture_output=True, text=True, check=False
    )
    lines = (line for line in done.stderr.splitlines() if line.startswith("import time:"))
    return {line.rpartition("|")[2].strip().partition(".")[0] for line in lines}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "plain.py").write_text("def f(x):\n    return x\n")
    (tmp_path / "bad.py").write_text(SOFTMAX)
    (tmp_path / "broken.py").write_text("def f(:\n")
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "absent"),
    [
        (["-c", "import stabcheck"], {"numpy", "libcst", "mpmath", "tabulate", "click", "pathspec"}),
        (["-c", "import stabcheck; stabcheck.gradient_case"], {"numpy", "libcst", "mpmath", "tabulate"}),
        (["-m", "stabcheck", "--version"], {"numpy", "libcst", "mpmath", "tabulate", "pathspec"}),
        (["-m", "stabcheck", "lint", "plain.py"], {"libcst", "mpmath", "tabulate", "pathspec"}),
        (["-m", "stabcheck", "lint", "bad.py"], {"libcst", "tabulate", "pathspec"}),
        (["-m", "stabcheck", "explain", "NS101"], {"libcst", "mpmath", "tabulate", "pathspec"}),
        (["-m", "stabcheck", "rules"], {"libcst", "mpmath", "pathspec"}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_imports(folder, arguments, absent):
    seen = imported(*arguments, cwd=folder)
    assert "stabcheck" in seen
    assert not seen & (FRAMEWORKS | EXTRAS | absent)


@pytest.mark.parametrize(
    ("body", "needed"),
    [
        ("(np.exp(z)  # of small z\n        - 1)", True),  # has a replacement, beside a comment
        ("np.exp(z) - 1", False),  # has a replacement, in a plain statement
        ("np.exp(z) / np.sum(np.exp(z))", False),  # found, but NumPy has nothing to write instead
        ("np.exp(-np.abs(z)) / 2", False),  # looked at, and nothing found
    ],
)
def test_libcst_is_imported_for_what_is_hard_to_replace_only(tmp_path, body, needed):
    (tmp_path / "a.py").write_text(f"import numpy as np\n\n\ndef f(z):\n    return {body}\n")
    seen = imported("-m", "stabcheck", "lint", "a.py", cwd=tmp_path)
    assert "stabcheck" in seen
    assert ("libcst" in seen) == needed
