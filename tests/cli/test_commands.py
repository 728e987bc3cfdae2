"""What the commands print."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from stabcheck import __version__
from stabcheck.cli import commands
from stabcheck.static.rules import catalogue

ROOT = Path(__file__).parents[2]
SOFTMAX = "import numpy as np\n\n\ndef f(z):\n    return np.exp(z) / np.sum(np.exp(z))\n"
LOSS = "import tensorflow as tf\n\n\ndef f(x):\n    return tf.math.log(tf.nn.softmax(x))\n"


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Calls a command in a fresh folder; gives status and standard output."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments):
        done = CliRunner().invoke(commands, arguments, standalone_mode=False)
        if done.exception is not None:
            raise done.exception
        return done.return_value, done.stdout

    return call


def test_version_and_help(run):
    assert run("--version") == (0, f"stabcheck {__version__}\n")
    for command in ("lint", "diagnose", "triage", "explain", "rules"):
        assert command in run("--help")[1]
        status, text = run(command, "--help")
        assert status == 0
        assert "Usage: stabcheck" in text or command in text


class TestLint:
    def test_json(self, run):
        Path("a.py").write_text(SOFTMAX)
        Path("b.py").write_text(LOSS)
        status, output = run("lint", "--format", "json")
        result = json.loads(output)
        assert (status, set(result)) == (1, {"findings", "errors"})
        first, second = result["findings"]
        place = {key: first[key] for key in ("path", "line", "column", "end_line", "end_column")}
        assert place == {"path": "a.py", "line": 5, "column": 12, "end_line": 5, "end_column": 41}
        assert (first["code"], first["name"], first["severity"]) == ("NS101", "naive-softmax", "error")
        assert first["message"]
        assert first["witness"]["dtype"] in ("float32", "float64")
        assert second["fix"]["safety"] == "safe"
        assert set(second["fix"]["edits"][0]) == {"line", "column", "end_line", "end_column", "text"}

    def test_text_marks_the_span(self, run):
        Path("a.py").write_text(SOFTMAX.replace("    return", "\treturn"))
        _, output = run("lint")
        head, source, marks, write, *_ = output.split("\n")
        assert head.startswith("a.py:5:9: NS101 ")
        assert marks.index("^") == source.index("np.exp(z) /")
        assert marks.count("^") == len("np.exp(z) / np.sum(np.exp(z))")
        assert write.startswith("  write: ")
        assert output.endswith("1 finding in 1 file (1 error)\n")

    def test_what_was_not_checked_is_counted(self, run):
        Path("a.py").write_text("x = 1\n")
        Path("broken.py").write_text("def f(:\n")
        assert run("lint")[1] == "no findings in 2 files; 1 file not checked\n"

    def test_github(self, run):
        Path("a,b.py").write_text(SOFTMAX)
        Path("broken.py").write_text("def f(:\n")
        status, output = run("lint", "--format", "github")
        first, second = output.splitlines()
        assert status == 2
        assert first.startswith(
            "::error file=a%2Cb.py,line=5,col=12,endColumn=41,title=NS101 naive-softmax::"
        )
        assert second.startswith("::error file=broken.py,line=1,")

    def test_diff_and_fix(self, run):
        Path("b.py").write_text(LOSS)
        status, output = run("lint", "--diff")
        assert (status, Path("b.py").read_text()) == (1, LOSS)
        assert "+    return tf.nn.log_softmax(x)\n" in output
        status, output = run("lint", "--fix")
        assert (status, output) == (0, "no findings in 1 file; 1 fixed\n")
        assert "tf.nn.log_softmax(x)" in Path("b.py").read_text()
        assert run("lint", "--diff") == (0, "")

    def test_the_output_file(self, run):
        Path("a.py").write_text(SOFTMAX)
        assert run("lint", "a.py", "--format", "json", "-o", "out.json") == (1, "")
        assert json.loads(Path("out.json").read_text())["errors"] == []

    def test_settings_of_another_file_and_of_none(self, run):
        Path("a.py").write_text(SOFTMAX)
        Path("pyproject.toml").write_text('[tool.stabcheck]\nignore = ["NS101"]\n')
        Path("other.toml").write_text('ignore = ["NS201"]\n')
        assert run("lint")[0] == 0
        assert run("lint", "--isolated")[0] == 1
        assert run("lint", "--config", "other.toml")[0] == 1


class TestRules:
    def test_every_rule_is_listed_and_explained(self, run):
        cards = catalogue()[0].cards
        text = run("rules")[1]
        items = {item["code"]: item for item in json.loads(run("rules", "--format", "json")[1])}
        for card in cards:
            assert card.name in text
            assert items[card.code]["name"] == card.name
            assert items[card.code]["page"] == card.page

    @pytest.mark.parametrize("name", ["NS101", "ns101", "naive-softmax"])
    def test_explain(self, run, name):
        status, output = run("explain", name)
        assert status == 0
        assert output.startswith("NS101 naive-softmax (error, ")
        assert "Why is this bad?" in output
        assert "```toml" not in output

    def test_the_tools_own_code_is_explained_too(self, run):
        assert "does not parse" in run("explain", "NS000")[1]

    def test_a_rule_of_a_pack_is_explained(self, run):
        page = catalogue()[0].find("NS101").page.replace("NS101", "XY001").replace("naive-softmax", "my-rule")
        Path("mine").mkdir()
        Path("mine/my-rule.md").write_text(page)
        Path("pyproject.toml").write_text('[tool.stabcheck]\nextend-rules = ["mine"]\n')
        assert run("explain", "XY001")[1].startswith("XY001 my-rule")

    def test_the_page_of_the_catalogue_is_current(self, run):
        assert run("rules", "--format", "markdown")[1] == (ROOT / "rules" / "README.md").read_text()


def test_the_dtype_to_assume(run):
    Path("a.py").write_text("import numpy as np\n\n\ndef f(x):\n    return np.log(1 + np.exp(x))\n")
    dtypes = []
    for arguments in (["--dtype", "float16"], ["--dtype", "float64"]):
        result = json.loads(run("lint", "--format", "json", *arguments)[1])
        dtypes.append([finding["witness"]["dtype"] for finding in result["findings"]])
    assert dtypes == [["float16"], ["float64"]]


def test_lists_of_rules_add_up(run):
    Path("a.py").write_text(SOFTMAX)
    assert run("lint", "--select", "NS2", "--select", "NS3,NS1")[0] == 1
    assert run("lint", "--select", "NS2", "--select", "NS3")[0] == 0


def test_what_is_left_out_of_the_catalogue_stands_on_its_page(run, tmp_path, monkeypatch):
    from stabcheck.static.render import catalogue as pages

    (tmp_path / "left-out.toml").write_text('[[entry]]\npattern = "a | b"\nreason = "too noisy"\n')
    monkeypatch.setattr(pages, "builtin_folder", lambda: tmp_path)
    assert "## Not rules" not in run("rules")[1]
    page = pages.markdown(())
    assert page.count("\n## ") == 1
    assert "a \\| b" in page
    assert "too noisy" in page
