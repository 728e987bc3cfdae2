"""Which files are read: what is given, excluded, ignored, linked, named."""

import os

import pytest

from stabcheck.config import ConfigError, Configuration, Settings
from stabcheck.static.discover import Candidate, discover
from stabcheck.static.finding import Problem


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """Makes files below a fresh current folder: `tree("a.py", "b/.gitignore": "…")`."""
    monkeypatch.chdir(tmp_path)

    def make(*names, **contents):
        for name, text in [*((name, "") for name in names), *contents.get("files", {}).items()]:
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return tmp_path

    return make


def found(*paths, configuration=None):
    items = list(discover(paths, configuration or Configuration()))
    return [item.path if isinstance(item, Candidate) else item for item in items]


def test_order_is_that_of_names_and_paths_are_as_given(tree):
    tree("b.py", "a.py", "z/c.py", "m/d.py", "notes.txt", "stub.pyi")
    assert found(".") == ["a.py", "b.py", "m/d.py", "z/c.py"]
    assert found("z", "./m", "b.py") == ["z/c.py", "./m/d.py", "b.py"]
    assert found(os.path.abspath("m")) == [os.path.abspath("m/d.py")]


def test_each_file_comes_once(tree):
    tree("a.py", "m/d.py")
    assert found("m", "a.py", ".", "./a.py") == ["m/d.py", "a.py"]


def test_a_named_file_is_read_whatever_it_is_called_and_whatever_is_excluded(tree):
    tree("script", "build/a.py", files={".gitignore": "*.py\n"})
    assert found("script", "build/a.py") == ["script", "build/a.py"]
    force = Configuration({"force_exclude": True})
    assert found("script", "build/a.py", configuration=force) == ["script"]


def test_default_excludes_hold_below_a_folder_but_not_for_one_that_is_named(tree):
    tree("a.py", ".venv/lib/b.py", "build/c.py", "x/node_modules/d.py", "x/__pycache__/e.py")
    assert found(".") == ["a.py"]
    assert found("build") == ["build/c.py"]
    assert found(".venv/lib") == [".venv/lib/b.py"]


def test_exclude_replaces_and_extend_exclude_adds(tree):
    files = {"pyproject.toml": '[tool.stabcheck]\nextend-exclude = ["gen/*_pb2.py", "old"]\n'}
    tree("a.py", "gen/x_pb2.py", "gen/y.py", "old/b.py", "sub/old/c.py", "build/d.py", files=files)
    assert found(".") == ["a.py", "gen/y.py"]
    assert found("old") == ["old/b.py"]
    everything = Settings(exclude=("a.py",))
    assert found(".", configuration=Configuration(fixed=everything))[0] == "build/d.py"


class TestGitignore:
    def test_nested_files_and_negation(self, tree):
        files = {
            ".git/config": "",
            ".gitignore": "gen_*.py\n/top.py\nwhole/\n",
            "sub/.gitignore": "!gen_kept.py\n# a comment\nlocal.py\n",
        }
        tree(
            "a.py",
            "gen_a.py",
            "top.py",
            "whole/w.py",
            "sub/top.py",
            "sub/gen_kept.py",
            "sub/gen_b.py",
            "sub/local.py",
            files=files,
        )
        assert found(".") == ["a.py", "sub/gen_kept.py", "sub/top.py"]
        assert len(found(".", configuration=Configuration({"respect_gitignore": False}))) == 8

    def test_those_above_the_given_folder_hold_up_to_the_repository(self, tree):
        files = {".git/config": "", ".git/info/exclude": "mine.py\n", ".gitignore": "gen_*.py\nsub/x.py\n"}
        tree("sub/a.py", "sub/gen_a.py", "sub/x.py", "sub/mine.py", files=files)
        assert found("sub") == ["sub/a.py"]

    def test_a_named_folder_is_read_though_it_is_ignored(self, tree):
        tree("out/a.py", "out/gen_b.py", files={".git/config": "", ".gitignore": "out/\ngen_*\n"})
        assert found("out") == ["out/a.py"]

    def test_a_line_that_is_no_pattern_is_passed_over(self, tree):
        tree("a.py", "b.py", files={".gitignore": "!\n//\nb.py\n"})
        assert found(".") == ["a.py"]


class TestOddities:
    def test_links_that_loop_and_links_that_lead_nowhere(self, tree):
        root = tree("a.py", "sub/b.py")
        (root / "sub" / "up").symlink_to(root)
        (root / "self.py").symlink_to("self.py")
        (root / ".#lock.py").symlink_to("nobody@nowhere")
        (root / "link.py").symlink_to("a.py")
        assert found(".") == ["a.py", "link.py", "sub/b.py"]

    def test_a_fifo_in_a_folder_is_passed_over(self, tree):
        os.mkfifo(tree("a.py") / "pipe.py")
        assert found(".") == ["a.py"]

    def test_a_deep_tree(self, tree):
        root = tree("a.py")
        deep = root
        for _ in range(300):
            deep = deep / "d"
            deep.mkdir()
        (deep / "z.py").write_text("")
        assert len(found(".")) == 2

    def test_what_is_not_there_is_said_and_the_rest_is_done(self, tree):
        tree("a.py", "empty/readme.txt")
        assert found("gone.py", "a.py", "empty") == [
            Problem("gone.py", "no such file or folder"),
            "a.py",
            Problem("empty", "no Python files in this folder"),
        ]


class TestSettings:
    def test_the_nearest_table_holds(self, tree):
        files = {
            "pyproject.toml": '[tool.stabcheck]\nignore = ["NS1"]\n',
            "sub/pyproject.toml": "[project]\nname = 'x'\n",
            "sub/deep/pyproject.toml": '[tool.stabcheck]\nignore = ["NS2"]\n',
        }
        tree("a.py", "sub/b.py", "sub/deep/c.py", files=files)
        items = {item.path: item.settings.ignore for item in discover(["."], Configuration())}
        assert items == {"a.py": ("NS1",), "sub/b.py": ("NS1",), "sub/deep/c.py": ("NS2",)}

    def test_a_broken_table_on_the_way_is_told(self, tree):
        tree("a.py", "sub/b.py", files={"sub/pyproject.toml": "[tool.stabcheck]\nignroe = []\n"})
        with pytest.raises(
            ConfigError, match=r"sub/pyproject.toml: \[tool.stabcheck\] ignroe: no such setting"
        ):
            found(".")

    @pytest.mark.parametrize("force", ["", "force-exclude = true\n"])
    def test_patterns_of_an_extended_file_are_relative_to_it(self, tree, force):
        files = {
            "stabcheck.toml": 'extend-exclude = ["sub/gen_*.py", "old"]\n',
            "sub/stabcheck.toml": f'extend = "../stabcheck.toml"\nextend-exclude = ["tmp/*.py"]\n{force}',
        }
        tree("sub/a.py", "sub/gen_b.py", "sub/old/c.py", "sub/tmp/d.py", "sub/sub/gen_e.py", files=files)
        kept = ["sub/a.py", "sub/sub/gen_e.py"]
        assert found(".") == kept
        every = ["sub/a.py", "sub/gen_b.py", "sub/old/c.py", "sub/sub/gen_e.py", "sub/tmp/d.py"]
        assert found(*every) == (kept if force else every)
