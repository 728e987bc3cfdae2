"""What lint tells other programs: places, fixes, identities and errors, each read back from the report."""

import json
import re
from pathlib import Path
from urllib.parse import unquote

import pytest
from click.testing import CliRunner

from stabcheck.cli import commands
from stabcheck.static.rules import catalogue
from tests.schemas import valid_junit, valid_sarif

SOFTMAX = "import numpy as np\n\n\ndef f(z):\n    return np.exp(z) / np.sum(np.exp(z))\n"
LOSS = "import tensorflow as tf\n\n\ndef f(x):\n    return tf.math.log(tf.nn.softmax(x))\n"
EMOJI = 'import numpy as np\n\n\ndef f(z):\n    s = "💥é"; return np.exp(z) / np.sum(np.exp(z))\n'
NEEDS_IMPORT = "from jax.numpy import exp, log\n\n\ndef f(x):\n    return log(1 + exp(x))\n"


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Calls lint in a fresh folder; gives status and standard output."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments, stdin=None):
        done = CliRunner().invoke(commands, ["lint", *arguments], standalone_mode=False, input=stdin)
        if done.exception is not None:
            raise done.exception
        return done.return_value, done.stdout

    return call


@pytest.fixture
def project(tmp_path):
    """Files whose names and contents are awkward, one with nothing in it, and one that does not parse."""
    (tmp_path / "sub dir").mkdir()
    (tmp_path / "sub dir" / "a,é%.py").write_text(EMOJI, encoding="utf-8")
    (tmp_path / "crlf.py").write_bytes(LOSS.replace("\n", "\r\n").encode())
    (tmp_path / "tab.py").write_text(SOFTMAX.replace("    ", "\t"))
    (tmp_path / "module.py").write_text(NEEDS_IMPORT)
    (tmp_path / "clean.py").write_text("x = 1\n")
    (tmp_path / "broken.py").write_text("def f(:\n")
    return tmp_path


def text_at(region, text):
    """What stands in a region of SARIF, whose columns count code points."""
    lines = text.split("\n")[region["startLine"] - 1 : region["endLine"]]
    lines[-1] = lines[-1][: region["endColumn"] - 1]
    lines[0] = lines[0][region["startColumn"] - 1 :]
    return "\n".join(lines)


def written(result):
    """The text of the file that a result is about, as Python reads it."""
    location = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert location["uriBaseId"] == "%SRCROOT%"
    return Path(unquote(location["uri"])).read_text(encoding="utf-8")


class TestSarif:
    def test_places(self, run, project):
        status, output = run(".", "gone.py", "--format", "sarif")
        log = valid_sarif(output)
        assert status == 2
        assert log["columnKind"] == "unicodeCodePoints"
        shown = {
            result["ruleId"]: text_at(result["locations"][0]["physicalLocation"]["region"], written(result))
            for result in log["results"]
        }
        assert shown.pop("NS000") == ":"
        assert shown == {
            "NS101": "np.exp(z) / np.sum(np.exp(z))",
            "NS112": "tf.math.log(tf.nn.softmax(x))",
            "NS105": "log(1 + exp(x))",
        }
        functions = {
            result["locations"][0].get("logicalLocations", [{}])[0].get("fullyQualifiedName")
            for result in log["results"]
        }
        assert functions == {None, "f"}

    def test_what_could_not_be_read_is_told_and_the_run_no_success(self, run, project):
        invocation = valid_sarif(run(".", "gone.py", "--format", "sarif")[1])["invocations"][0]
        told = [
            (each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], each["message"]["text"])
            for each in invocation["toolExecutionNotifications"]
        ]
        assert invocation["executionSuccessful"] is False
        assert told == [
            ("broken.py", "line 1: does not parse: invalid syntax"),
            ("gone.py", "no such file or folder"),
        ]

    def test_nothing_found(self, run, project):
        status, output = run("clean.py", "--format", "sarif")
        log = valid_sarif(output)
        assert (status, log["results"], log["tool"]["driver"]["rules"]) == (0, [], [])
        assert log["invocations"] == [{"executionSuccessful": True, "toolExecutionNotifications": []}]

    def test_rules_carry_their_page(self, run, project):
        log = valid_sarif(run("--format", "sarif")[1])
        rules = log["tool"]["driver"]["rules"]
        assert [rule["id"] for rule in rules] == sorted(rule["id"] for rule in rules)
        for result in log["results"]:
            assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        for rule in rules:
            card = catalogue()[0].by_code.get(rule["id"])
            if card is not None:
                block = re.search(r"```toml\n.*?\n```\n", card.page, re.DOTALL)[0]
                page = re.sub(r"\n{3,}", "\n\n", card.page.replace(block, "", 1))
                assert page.split("\n", 1)[1].strip() == rule["help"]["markdown"]
                levels = {"error": "error", "warning": "warning", "info": "note"}
                assert rule["defaultConfiguration"]["level"] == levels[card.severity]

    @pytest.mark.parametrize(("text", "name"), [(LOSS, "a.py"), (NEEDS_IMPORT, "a.py"), (LOSS * 2, "b c.py")])
    def test_fixes_are_those_that_lint_makes(self, run, tmp_path, text, name):
        (tmp_path / name).write_text(text)
        log = valid_sarif(run("--format", "sarif", "--isolated")[1])
        edits = set()
        for result in log["results"]:
            (change,) = result["fixes"][0]["artifactChanges"]
            assert unquote(change["artifactLocation"]["uri"]) == name
            for each in change["replacements"]:
                region = each["deletedRegion"]
                start = region["startLine"], region["startColumn"]
                end = region["endLine"], region["endColumn"]
                edits.add((start, end, each["insertedContent"]["text"]))
        lines = text.splitlines(keepends=True)
        offsets = [sum(map(len, lines[:number])) for number in range(len(lines) + 1)]
        fixed = text
        for start, end, inserted in sorted(edits, reverse=True):
            first, last = (offsets[line - 1] + column - 1 for line, column in (start, end))
            fixed = fixed[:first] + inserted + fixed[last:]
        assert edits
        run("--fix", "--unsafe-fixes", "--isolated")
        assert fixed == (tmp_path / name).read_text()

    def test_identities_survive_moved_lines(self, run, tmp_path):
        def identities():
            results = valid_sarif(run("--format", "sarif")[1])["results"]
            return [result["partialFingerprints"] for result in results]

        (tmp_path / "a.py").write_text(SOFTMAX + "\n\n" + SOFTMAX + LOSS)
        before = identities()
        (tmp_path / "a.py").write_text("# moved\n\n\n" + SOFTMAX + "\n\n\n\n" + SOFTMAX + "\n" + LOSS)
        assert identities() == before
        assert len({json.dumps(each) for each in before}) == len(before) == 3

    def test_the_witness_is_in_the_property_bag(self, run, project):
        results = valid_sarif(run("tab.py", "--format", "sarif")[1])["results"]
        assert results[0]["properties"]["witness"]["computed"] == "nan"


class TestGitLab:
    def test_entries(self, run, project):
        entries = json.loads(run(".", "gone.py", "--format", "gitlab")[1])
        assert {entry["location"]["path"] for entry in entries} == {
            "broken.py",
            "crlf.py",
            "gone.py",
            "module.py",
            "sub dir/a,é%.py",
            "tab.py",
        }
        assert len({entry["fingerprint"] for entry in entries}) == len(entries)
        assert all(entry["severity"] in ("info", "minor", "major", "critical") for entry in entries)
        (loss,) = [entry for entry in entries if entry["location"]["path"] == "crlf.py"]
        assert loss["check_name"] == "NS112 log-of-softmax"
        assert loss["location"]["lines"] == {"begin": 5, "end": 5}
        assert loss["description"].endswith("write: tf.nn.log_softmax(x)")

    def test_nothing_found_is_an_empty_list(self, run, project):
        assert json.loads(run("clean.py", "--format", "gitlab")[1]) == []

    def test_fingerprints_do_not_depend_on_how_the_path_is_given(self, run, project):
        one, other = (
            json.loads(run(path, "--format", "gitlab")[1])[0]["fingerprint"]
            for path in ("tab.py", str(project / "tab.py"))
        )
        assert one == other


class TestJUnit:
    def test_a_suite_a_file(self, run, project):
        root = valid_junit(run(".", "gone.py", "--format", "junit")[1])
        suites = {suite.get("name"): suite for suite in root}
        assert set(suites) == {"broken.py", "crlf.py", "gone.py", "module.py", "sub dir/a,é%.py", "tab.py"}
        (case,) = suites["sub dir/a,é%.py"]
        assert case.get("name") == "NS101 naive-softmax, line 5, column 22"
        assert case[0].tag == "failure"
        assert "overflows" in case[0].get("message")
        assert suites["gone.py"][0][0].tag == "error"
        assert (root.get("failures"), root.get("errors")) == ("5", "1")

    def test_nothing_found_is_one_test_that_passes(self, run, project):
        root = valid_junit(run("clean.py", "--format", "junit")[1])
        assert [(case.get("name"), len(case)) for case in root.iter("testcase")] == [
            ("no findings in 1 file", 0)
        ]


class TestGitHub:
    def test_a_span_of_several_lines_has_no_columns(self, run, tmp_path):
        (tmp_path / "a.py").write_text(SOFTMAX.replace("np.exp(z) /", "np.exp(\n        z\n    ) /"))
        assert "::error file=a.py,line=5,endLine=7,title=" in run("--format", "github")[1]

    def test_errors_that_are_no_findings(self, run, project):
        lines = run(".", "gone.py", "--format", "github")[1].splitlines()
        assert lines[-1] == "::error file=gone.py,line=1,title=stabcheck::no such file or folder"
        assert sum("file=broken.py" in line for line in lines) == 1


class TestStatistics:
    def test_counts(self, run, tmp_path):
        (tmp_path / "a.py").write_text(SOFTMAX + "\n\n" + SOFTMAX + LOSS)
        status, output = run("--statistics")
        assert status == 1
        assert output == (
            "2  NS101       naive-softmax\n"
            "1  NS112  [*]  log-of-softmax\n"
            "\n"
            "[*] 1 of 3 can be fixed with --fix\n"
        )
        counted = json.loads(run("--statistics", "--format", "json")[1])
        assert [(each["code"], each["count"], each["fixable"]) for each in counted] == [
            ("NS101", 2, {"safe": 0, "unsafe": 0}),
            ("NS112", 1, {"safe": 1, "unsafe": 0}),
        ]

    def test_nothing_found(self, run, project):
        assert run("clean.py", "--statistics") == (0, "")
        assert run("clean.py", "--statistics", "--format", "json") == (0, "[]\n")


class TestPlan:
    def test_files(self, run, project):
        status, output = run("--show-files")
        assert (status, output.splitlines()) == (
            0,
            ["broken.py", "clean.py", "crlf.py", "module.py", "tab.py", "sub dir/a,é%.py"],
        )
        assert json.loads(run("--show-files", "--format", "json", "tab.py")[1]) == ["tab.py"]
        assert run("--show-files", "gone.py")[0] == 2

    def test_settings_and_whose_they_are(self, run, project):
        (project / "pyproject.toml").write_text('[tool.stabcheck]\nselect = ["NS1"]\n')
        (project / "sub dir" / "pyproject.toml").write_text('[tool.stabcheck]\nfail-on = "error"\n')
        outer, inner = json.loads(run("--show-settings", "--ignore", "NS105", "--format", "json")[1])
        assert outer["files"] == ["broken.py", "clean.py", "crlf.py", "module.py", "tab.py"]
        assert inner["files"] == ["sub dir/a,é%.py"]
        assert outer["settings"]["select"]["value"] == ["NS1"]
        assert outer["settings"]["select"]["origin"].endswith("pyproject.toml: [tool.stabcheck] select")
        assert outer["settings"]["ignore"] == {"value": ["NS105"], "origin": "--ignore"}
        assert outer["settings"]["fail-on"] == {"value": "info", "origin": "default"}
        assert inner["settings"]["fail-on"]["value"] == "error"
        assert inner["settings"]["select"] == {"value": None, "origin": "default"}

    def test_settings_as_text_can_be_pasted(self, run, project):
        import tomllib

        (project / "pyproject.toml").write_text(
            '[tool.stabcheck]\nselect = ["NS1"]\n[tool.stabcheck.per-file-ignores]\n"t/*" = ["NS7"]\n'
        )
        text = run("--show-settings")[1]
        told = tomllib.loads(text)
        assert told["select"] == ["NS1"]
        assert told["per-file-ignores"] == {"t/*": ["NS7"]}
        (project / "pyproject.toml").write_text("")
        (project / "shown.toml").write_text(text)
        again = run("--show-settings", "--config", "shown.toml")[1]
        assert {key: value for key, value in tomllib.loads(again).items() if key != "exclude"} == {
            key: value for key, value in told.items() if key != "exclude"
        }


@pytest.mark.parametrize("form", ["sarif", "gitlab", "junit", "github", "json", "text"])
def test_a_file_is_written_at_once_in_utf8(run, project, form):
    target = project / "out.txt"
    target.write_text("before")
    target.chmod(0o640)
    status, output = run("sub dir", "--format", form, "-o", "out.txt")
    assert (status, output) == (1, "")
    assert run("sub dir", "--format", form)[1] == target.read_text(encoding="utf-8")
    assert target.stat().st_mode & 0o777 == 0o640
    assert [path.name for path in project.iterdir() if path.name.startswith(".stabcheck")] == []
