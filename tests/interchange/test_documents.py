"""Formats for other programs hold whatever text there is: valid, and read back as it was."""

import json
import os
import re
from pathlib import Path
from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stabcheck.interchange import gitlab, junit, sarif
from stabcheck.interchange.github import annotation
from stabcheck.interchange.place import Place, named, uri
from tests.schemas import valid_junit, valid_sarif

TEXT = st.text(st.characters(codec=None, exclude_categories=()))  # surrogates and control characters, too
NAMES = st.lists(
    st.text(st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1).filter(
        lambda name: name not in (".", "..")
    ),
    min_size=1,
    max_size=3,
).map("/".join)


class TestPlaces:
    @settings(deadline=None)
    @given(NAMES)
    def test_a_uri_is_read_back_as_the_path(self, path):
        reference = uri(path)
        assert re.fullmatch(r"(?:[A-Za-z0-9._~/-]|%[0-9A-F]{2})+", reference)
        assert unquote_to_bytes(reference) == os.fsencode(os.path.relpath(path))

    def test_bytes_that_are_no_text(self):
        assert uri(os.fsdecode(b"caf\xe9.py")) == "caf%E9.py"

    def test_paths_below_and_outside(self, tmp_path, monkeypatch):
        (tmp_path / "here").mkdir()
        monkeypatch.chdir(tmp_path / "here")
        assert (uri("./a/../b.py"), named("./a/../b.py")) == ("b.py", "b.py")
        assert uri(str(tmp_path / "here" / "a b.py")) == "a%20b.py"
        assert uri("..x.py") == "..x.py"
        assert uri("../b.py") == (tmp_path / "b.py").as_uri()
        assert named("../b.py") == (tmp_path / "b.py").as_posix()


class TestSarif:
    @settings(deadline=None)
    @given(TEXT, TEXT, TEXT)
    def test_any_text_makes_a_valid_log(self, message, replacement, page):
        place = Place("a.py", 1, 2, 3, 4, function="f")
        fix = sarif.Fix(message, (sarif.Change(place, replacement),))
        result = sarif.Result("NS1", "error", message, place, "0" * 32, fix, {"x": message})
        rule = sarif.Rule("NS1", "name", "summary", "warning", page, ("tag",))
        log = sarif.document([rule], [result], [sarif.Notification(message)])
        run = valid_sarif(log)
        (change,) = run["results"][0]["fixes"][0]["artifactChanges"]
        assert change["replacements"][0]["insertedContent"]["text"] == replacement
        assert run["results"][0]["message"]["text"].replace("\\](", "](") == message

    def test_without_failures_the_run_was_successful(self):
        run = valid_sarif(sarif.document([], [], []))
        assert run["invocations"][0]["executionSuccessful"] is True
        run = valid_sarif(sarif.document([], [], [sarif.Notification("gone", Place("a.py"))]))
        assert run["invocations"][0]["executionSuccessful"] is False

    def test_a_message_is_no_link(self):
        result = sarif.Result("NS1", "note", "fns[0](x) overflows", None)
        run = valid_sarif(sarif.document([sarif.Rule("NS1", "n", "s", "note")], [result], []))
        assert not re.search(r"(?<!\\)\]\(", run["results"][0]["message"]["text"])


class TestJUnit:
    @settings(deadline=None)
    @given(TEXT, TEXT)
    def test_any_text_is_held(self, name, text):
        outcome = junit.Outcome("failure", "error", text, text)
        document = junit.document([junit.Suite(name, (junit.Case(name, "group", outcome),))])
        assert document.isascii()
        (suite,) = valid_junit(document)
        allowed = re.sub("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", text)
        shown = suite[0][0].get("message")
        assert (shown == text) if allowed == text else ("\\x" in shown or "\\u" in shown)

    def test_counts(self):
        cases = [
            junit.Case("a", "g"),
            junit.Case("b", "g", junit.Outcome("failure", "k", "m")),
            junit.Case("c", "g", junit.Outcome("error", "k", "m")),
            junit.Case("d", "g", junit.Outcome("skipped", "k", "m")),
        ]
        root = valid_junit(junit.document([junit.Suite("s", tuple(cases))]))
        assert {key: root[0].get(key) for key in ("tests", "failures", "errors", "skipped")} == {
            "tests": "4",
            "failures": "1",
            "errors": "1",
            "skipped": "1",
        }
        assert [child.tag for case in root[0] for child in case] == ["failure", "error", "skipped"]


def test_gitlab_has_the_fields_that_it_wants():
    place = Place("sub/a.py", 3, 4, 5, 6)
    (entry,) = json.loads(gitlab.document([gitlab.Degradation("NS1", "says", "major", place, "f00")]))
    assert entry == {
        "description": "says",
        "check_name": "NS1",
        "fingerprint": "f00",
        "severity": "major",
        "location": {"path": "sub/a.py", "lines": {"begin": 3, "end": 5}},
    }


class TestGitHub:
    """Commands are read back as actions/toolkit's runner does it."""

    def read(self, line):
        command, properties, message = re.fullmatch(r"::(\w+) (.*?)::(.*)", line, re.DOTALL).groups()

        def back(text, *, data):
            text = text if data else text.replace("%3A", ":").replace("%2C", ",")
            return text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")

        parts = dict(part.split("=", 1) for part in properties.split(","))
        return (
            command,
            {key: back(value, data=False) for key, value in parts.items()},
            back(message, data=True),
        )

    @settings(deadline=None)
    @given(TEXT, TEXT)
    def test_any_text_is_read_back(self, title, message):
        line = annotation("error", title, message, Place("a,b:c%.py", 1, 2, 1, 5))
        assert len(line.split("\n")) == len(line.split("\r")) == 1
        _, properties, said = self.read(line)
        assert (properties["title"], said) == (title, message)
        assert properties["file"] == "a,b:c%.py"

    @pytest.mark.parametrize(
        ("place", "expected"),
        [
            (Place("a.py", 1, 2, 1, 5), {"line": "1", "col": "2", "endColumn": "5"}),
            (Place("a.py", 1, 2, 3, 5), {"line": "1", "endLine": "3"}),
            (Place("a.py", 7), {"line": "7"}),
            (Place("a.py"), {"line": "1"}),
        ],
    )
    def test_columns_only_within_a_line(self, place, expected):
        _, properties, _ = self.read(annotation("notice", "t", "m", place))
        assert properties == {"file": "a.py", **expected, "title": "t"}

    def test_a_path_is_below_the_workspace(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        line = annotation("error", "t", "m", Place(str(Path(tmp_path, "sub", "a.py")), 1))
        assert "file=sub/a.py," in line
