"""Results of earlier runs: taken where nothing has changed, and nowhere else."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from click.testing import CliRunner

from stabcheck.cli import commands
from stabcheck.config import Configuration, Settings
from stabcheck.static import engine
from stabcheck.static import rules as loaded
from stabcheck.static.cache import Cache, folder, key, store
from stabcheck.static.cache.state import FileState, state_of
from stabcheck.static.run import run

EXPM1 = "import numpy as np\n\n\ndef f(x):\n    return np.exp(x) - 1\n"
CLEAN = "import numpy as np\n\n\ndef f(x):\n    return np.expm1(x)\n"
RULE = """# own-rule

Finds a sinh.

```toml
code = "NS199"
name = "own-rule"
severity = "warning"
summary = "a sinh"
fix = "absent"

[[pattern]]
find = "sinh($x)"
```
"""


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """A folder with a file that has a finding, one that has none, and one that does not parse; all old."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("STABCHECK_NO_CACHE", raising=False)
    for name, text in (("bad.py", EXPM1), ("good.py", CLEAN), ("broken.py", "def f(:\n")):
        put(tmp_path / name, text)
    return tmp_path


def put(path, text, age=100):
    path.write_text(text)
    then = path.stat().st_mtime_ns - age * 10**9
    os.utime(path, ns=(then, then))


def linted(tree, mode="report", **settings):
    """The outcome of a run, and the names of the files that were checked in it."""
    seen = []
    real = engine.check

    def noting(text, path, cards):
        seen.append(path)
        return real(text, path, cards)

    engine.check, kept = noting, engine.check
    try:
        done = run(
            ["."], Configuration(fixed=Settings(root=tree, **settings)), mode=mode, jobs=1, cache=Cache()
        )
    finally:
        engine.check = kept
    return done.result, done.remembered


def without(tree, **settings):
    return run(["."], Configuration(fixed=Settings(root=tree, **settings)), jobs=1).result


def test_a_second_run_takes_all_results_and_gives_the_same(tree):
    first, none = linted(tree)
    second, all_of_them = linted(tree)
    assert (none, all_of_them) == (0, 3)
    assert first == second == without(tree)
    assert [finding.code for finding in second.findings] == ["NS201", "NS000"]
    assert second.findings[0].fix is not None
    assert second.findings[0].witness is not None


def test_only_what_changed_is_checked_again(tree):
    linted(tree)
    put(tree / "good.py", EXPM1 + "\n", age=50)
    result, remembered = linted(tree)
    assert remembered == 2
    assert result == without(tree)
    assert len(result.findings) == 3


def test_a_file_that_was_touched_only_is_read_but_not_checked(tree):
    linted(tree)
    put(tree / "bad.py", EXPM1, age=50)
    assert linted(tree)[1] == 3
    # ... and its new time is known afterwards
    (index,) = indexes(tree)
    assert index["files"]["bad.py"][1] == (tree / "bad.py").stat().st_mtime_ns


def test_a_change_without_another_size_or_time_is_seen_if_the_file_is_young(tree):
    then = (tree / "bad.py").stat().st_mtime_ns + 100 * 10**9
    (tree / "bad.py").write_text(EXPM1)
    os.utime(tree / "bad.py", ns=(then, then))
    linted(tree)
    (tree / "bad.py").write_text(EXPM1.replace("exp", "sin"))
    os.utime(tree / "bad.py", ns=(then, then))
    assert linted(tree)[0] == without(tree)


def test_other_settings_are_another_matter(tree):
    linted(tree)
    result, remembered = linted(tree, ignore=("NS201",))
    assert remembered == 0
    assert [finding.code for finding in result.findings] == ["NS000"]
    assert linted(tree, fail_on="error", unsafe_fixes=True)[1] == 3  # these bear on no finding
    assert linted(tree)[0] == without(tree)


def test_a_rule_of_a_pack_that_is_edited_holds_at_once(tree):
    rules = tree / "rules"
    rules.mkdir()
    put(rules / "own-rule.md", RULE)
    put(tree / "own.py", "import numpy as np\n\n\ndef f(x):\n    return np.sinh(x) + np.cosh(x)\n")
    settings = {"extend_rules": (str(rules),)}
    assert "NS199" in {finding.code for finding in linted(tree, **settings)[0].findings}
    assert linted(tree, **settings)[1] == 4
    put(rules / "own-rule.md", RULE.replace('"sinh($x)"', '"tanh($x)"'))
    loaded.catalogue.cache_clear()  # as in another process
    loaded.rules.cache_clear()
    result, remembered = linted(tree, **settings)
    assert remembered == 0
    assert "NS199" not in {finding.code for finding in result.findings}


def test_a_pack_that_can_not_be_used_is_told_every_time(tree):
    rules = tree / "rules"
    rules.mkdir()
    put(rules / "own-rule.md", RULE.replace("sinh($x)", "sinh($x"))
    first, _ = linted(tree, extend_rules=(str(rules),))
    second, remembered = linted(tree, extend_rules=(str(rules),))
    assert remembered == 3
    assert first.errors == second.errors
    assert "own-rule.md" in second.errors[0].path


def test_the_key_tells_versions_folders_and_content_of_rules(tree, monkeypatch):
    before = key.key(Settings(root=tree), tree)
    assert key.key(Settings(root=tree), tree) == before
    monkeypatch.setattr(key, "__version__", "0.0")
    assert key.key(Settings(root=tree), tree) != before
    monkeypatch.undo()
    monkeypatch.chdir(tree.parent)
    assert key.key(Settings(root=tree), tree) != before
    monkeypatch.chdir(tree)
    # The same rules in another place, or at another time, are the same rules.
    monkeypatch.setattr(key, "own_files", lambda: tuple(f"{each} " for each in ()))
    assert key.key(Settings(root=tree), tree) != before


def indexes(tree):
    return [
        json.loads(path.read_text())
        for path in sorted((tree / ".stabcheck_cache").glob("*.json"))
        if path.name != "rules.json"
    ]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: "",
        lambda text: text[: len(text) // 2],
        lambda text: "[" * 100_000,
        lambda text: "\x80\x04 pickled",
        lambda text: "null",
        lambda text: text.replace('"files":', '"other":'),
        lambda text: text.replace('"code":', '"kode":'),
        lambda text: text.replace('"severity":"error"', '"severity":"fatal"'),
        lambda text: text.replace('"line":', '"line":"5","row":'),
        lambda text: json.dumps(
            {**json.loads(text), "files": {"bad.py": 5, "good.py": [1, 2], "broken.py": None}}
        ),
        lambda text: json.dumps({**json.loads(text), "key": "another"}),
        lambda text: json.dumps({**json.loads(text), "packs": 1}),
    ],
)
def test_what_is_corrupt_or_foreign_is_passed_over_and_replaced(tree, spoil):
    first, _ = linted(tree)
    (index,) = (path for path in (tree / ".stabcheck_cache").glob("*.json") if path.name != "rules.json")
    index.write_text(spoil(index.read_text()))
    assert linted(tree)[0] == first
    assert linted(tree) == (first, 3)


def test_what_goes_wrong_by_a_fault_is_not_remembered(tree, monkeypatch):
    def failing(text, path, cards):
        raise RuntimeError("a fault")

    monkeypatch.setattr(engine, "check", failing)
    done = run(["."], Configuration(fixed=Settings(root=tree)), jobs=1, cache=Cache())
    assert any("a fault" in error.message for error in done.result.errors)
    monkeypatch.undo()
    monkeypatch.chdir(tree)
    assert linted(tree)[0] == without(tree)


def test_a_fix_takes_clean_files_only_and_the_next_run_sees_the_fixed_text(tree):
    linted(tree)
    _, remembered = linted(tree, mode="fix")
    assert remembered == 1
    assert "expm1" in (tree / "bad.py").read_text()
    result, remembered = linted(tree)
    assert remembered == 2
    assert result == without(tree)


def test_the_folder_marks_itself_and_is_not_read(tree):
    linted(tree)
    made = tree / ".stabcheck_cache"
    assert (made / "CACHEDIR.TAG").read_text().startswith("Signature: 8a477f597d28d172789f06886806bc55")
    assert "*" in (made / ".gitignore").read_text().split()
    assert not list(made.glob("*.tmp"))


@pytest.mark.skipif(os.name != "posix", reason="what is read-only for whom differs")
def test_a_folder_that_can_not_be_made_is_no_error(tree):
    (tree / ".stabcheck_cache").write_text("a file in its place")
    assert linted(tree)[0] == without(tree)
    assert linted(tree)[1] == 0


def test_where_results_are_kept_can_be_said(tree, monkeypatch):
    put(tree / "pyproject.toml", '[tool.stabcheck]\ncache-dir = "kept"\n')
    cli = CliRunner()
    first = cli.invoke(commands, ["lint", "bad.py"])
    assert (tree / "kept" / "CACHEDIR.TAG").is_file()
    assert not (tree / ".stabcheck_cache").exists()
    assert cli.invoke(commands, ["lint", "bad.py"]).output == first.output
    cli.invoke(commands, ["lint", "--cache-dir", "other", "bad.py"])
    assert (tree / "other").is_dir()
    monkeypatch.setenv("STABCHECK_CACHE_DIR", str(tree / "third"))
    cli.invoke(commands, ["lint", "bad.py"])
    assert (tree / "third").is_dir()
    cli.invoke(commands, ["lint", "--no-cache", "--cache-dir", "fourth", "bad.py"])
    assert not (tree / "fourth").exists()


def test_parallel_runs_leave_a_whole_index(tree):
    for number in range(12):
        put(tree / f"more{number}.py", EXPM1)
    expected = without(tree)
    with ThreadPoolExecutor(4) as pool:
        outcomes = list(
            pool.map(
                lambda _: run(["."], Configuration(fixed=Settings(root=tree)), jobs=1, cache=Cache()),
                range(8),
            )
        )
    assert all(done.result == expected for done in outcomes)
    assert linted(tree) == (expected, 15)


def test_indexes_do_not_pile_up(tree, monkeypatch):
    linted(tree)
    made = tree / ".stabcheck_cache"
    old = made / "0badcafe.json"
    put(old, "{}", age=40 * 24 * 3600)
    put(made / "half.json.1.tmp", "{}", age=2 * 3600)
    linted(tree, ignore=("NS2",))
    assert not old.exists()
    assert not (made / "half.json.1.tmp").exists()
    monkeypatch.setattr(folder, "_MOST_FILES", 3)
    for number in range(5):
        linted(tree, ignore=(f"NS10{number + 1}",))
    assert len(list(made.glob("*.json"))) <= 3 + 1


def test_files_that_are_not_read_any_more_are_forgotten(tree, monkeypatch):
    linted(tree)
    (tree / "bad.py").unlink()
    monkeypatch.setattr(store, "_UNUSED", -1)
    put(tree / "good.py", CLEAN + "\n", age=50)
    linted(tree)
    assert indexes(tree)[0]["files"] == {}


def test_a_state_says_what_can_be_relied_on(tmp_path):
    put(tmp_path / "a.py", "x")
    old = state_of(str(tmp_path / "a.py"))
    assert old.is_like(old)
    (tmp_path / "a.py").write_text("x")
    young = state_of(str(tmp_path / "a.py"))
    assert not young.is_like(young)
    assert state_of(str(tmp_path)) is None
    assert state_of(str(tmp_path / "none.py")) is None
    assert not FileState(1, 2, 3).is_like(FileState(1, 2, 4))


_WARM = """
import sys
from stabcheck.cli import run
status = run(["lint", "."])
heavy = {"numpy", "libcst", "mpmath", "stabcheck.static.engine", "stabcheck.static.rules", "stabcheck.ops"}
sys.exit(9 if heavy & set(sys.modules) else status)
"""


def test_a_warm_run_loads_neither_rules_nor_engine(tree):
    outputs = []
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", _WARM], cwd=tree, capture_output=True, text=True, check=False
        )
        outputs.append((done.returncode, done.stdout, done.stderr))
    assert outputs[0][0] == 9  # a cold one does
    assert outputs[1][0] == 2  # broken.py
    assert outputs[0][1:] == outputs[1][1:]


def test_processes_and_the_cache_change_nothing(tree):
    for number in range(30):
        put(tree / f"more{number}.py", EXPM1 if number % 3 else CLEAN)
    configuration = Configuration(fixed=Settings(root=tree))
    expected = without(tree)
    spread = run(["."], configuration, jobs=2, cache=Cache())
    assert spread.result == expected
    again = run(["."], configuration, jobs=2, cache=Cache())
    assert again.result == expected
    assert again.remembered == 33
    assert Path(tree / ".stabcheck_cache").is_dir()
