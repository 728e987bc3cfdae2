"""The rules are found from a wheel, from an sdist and from an editable install."""

import os
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest

pytest.importorskip("hatchling")
build = pytest.importorskip("build")

ROOT = Path(__file__).parents[2]
PROBE = """\
import stabcheck, stabcheck.static.cards as cards
print(stabcheck.__file__)
print(cards.builtin_folder())
print(len(cards.load()))
"""


def cards_in_the_tree():
    return sum(path.name != "README.md" for path in (ROOT / "rules").rglob("*.md"))


def make(kind, source, folder):
    """Build without isolation, so without a network."""
    command = [
        sys.executable,
        "-m",
        "build",
        "--no-isolation",
        f"--{kind}",
        "--outdir",
        str(folder),
        str(source),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    suffix = "*.whl" if kind == "wheel" else "*.tar.gz"
    (made,) = folder.glob(suffix)
    return made


def probe(folder):
    """What a Python that has `folder` before everything else finds, run from elsewhere."""
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", PROBE],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    package, rules, number = done.stdout.splitlines()
    return Path(package), Path(rules), int(number)


@pytest.fixture(scope="module")
def sdist(tmp_path_factory):
    return make("sdist", ROOT, tmp_path_factory.mktemp("sdist"))


def test_wheel(tmp_path):
    wheel = make("wheel", ROOT, tmp_path / "dist")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        archive.extractall(tmp_path / "site")
    package, rules, number = probe(tmp_path / "site")
    assert package.is_relative_to(tmp_path / "site")
    assert rules == tmp_path / "site" / "stabcheck" / "_rules"
    assert number == cards_in_the_tree()
    assert {name.split("/")[0] for name in names} == {"stabcheck", names[-1].split("/")[0]}
    assert "stabcheck/py.typed" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_sdist_makes_the_same_wheel(sdist, tmp_path):
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path / "source", filter="data")
    (source,) = (tmp_path / "source").iterdir()
    assert (source / "tests").is_dir()
    again = make("wheel", source, tmp_path / "again")
    direct = make("wheel", ROOT, tmp_path / "direct")
    with zipfile.ZipFile(again) as one, zipfile.ZipFile(direct) as other:
        assert sorted(one.namelist()) == sorted(other.namelist())
        assert all(one.read(name) == other.read(name) for name in one.namelist() if "RECORD" not in name)


def test_editable(tmp_path):
    """An editable wheel, as `pip install -e` makes it, points at the tree, where the rules are edited."""
    script = "import sys, hatchling.build as b; print(b.build_editable(sys.argv[1]))"
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(tmp_path / done.stdout.split()[-1]) as archive:
        names = archive.namelist()
        (path_file,) = [name for name in names if name.endswith(".pth")]
        folder = archive.read(path_file).decode().strip()
    assert not any("_rules" in name for name in names)
    package, rules, number = probe(Path(folder))
    assert package == ROOT / "stabcheck" / "__init__.py"
    assert rules == ROOT / "rules"
    assert number == cards_in_the_tree()


def test_what_is_installed_here_runs():
    """The command and the module are the same program."""
    script = Path(sysconfig.get_path("scripts")) / "stabcheck"
    module = subprocess.run([sys.executable, "-m", "stabcheck", "--version"], capture_output=True, check=True)
    if script.exists():
        assert subprocess.run([script, "--version"], capture_output=True, check=True).stdout == module.stdout
    assert module.stdout.startswith(b"stabcheck ")
