"""The baseline file: stable, refused if it is something else, and what of it is no longer there."""

import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stabcheck.config import ConfigError
from stabcheck.static.adoption.baseline import Checked, gone, read_baseline, renewed, write_baseline
from stabcheck.static.adoption.view import Entry
from stabcheck.static.finding import Finding
from stabcheck.static.graph import Span

A = Entry("a.py", "NS105", "f", "log(x)", 2)
B = Entry("sub/b.py", "NS201", "", "exp(x)-1", 1)


def finding(path, source="log(x)", function="f", code="NS105"):
    return Finding(code, "a-rule", "…", "error", path, Span(1, 1, 1, 2), function, source=source)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sub").mkdir()
    (tmp_path / "a.py").touch()
    (tmp_path / "sub" / "b.py").touch()
    return tmp_path


def baseline(*entries):
    write_baseline("known.json", entries)
    return read_baseline("known.json", "--baseline")


texts = st.text(st.characters(exclude_categories=["Cs"]))


@given(st.lists(st.builds(Entry, texts, texts, texts, texts, st.integers(1, 5)), unique=True))
def test_what_is_written_is_read(tmp_path_factory, entries):
    path = str(tmp_path_factory.getbasetemp() / "known.json")
    write_baseline(path, entries)
    read = [entry for each in read_baseline(path, "").by_path.values() for entry in each]
    assert sorted(read) == sorted(entries)


def test_an_entry_is_a_line(folder):
    write_baseline("known.json", [A, B])
    lines = (folder / "known.json").read_text().split("\n")
    assert [json.loads(line.strip().rstrip(",")) for line in lines[3:5]] == [
        {"path": "a.py", "code": "NS105", "function": "f", "source": "log(x)", "count": 2},
        {"path": "sub/b.py", "code": "NS201", "function": "", "source": "exp(x)-1", "count": 1},
    ]
    write_baseline("none.json", [])
    assert json.loads((folder / "none.json").read_text()) == {"stabcheck-baseline": 1, "findings": []}


def test_paths_are_relative_to_the_file(folder, monkeypatch):
    known = baseline(A, B)
    monkeypatch.chdir("sub")
    assert known.of("b.py") == (B,)
    assert known.of("../a.py") == known.of(str(folder / "a.py")) == (A,)
    assert known.of("a.py") == ()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "can't be read as a baseline"),
        (b"{", "can't be read as a baseline"),
        (b"\xff\xfe", "can't be read as a baseline"),
        (b"[" * 100_000, "can't be read as a baseline"),
        (b"[]", "is not a baseline of stabcheck"),
        (b'{"findings": []}', "is not a baseline of stabcheck"),
        (b'{"stabcheck-baseline": 1}', "is not a baseline of stabcheck"),
        (b'{"stabcheck-baseline": 2, "findings": []}', "written by a newer version"),
        (b'{"stabcheck-baseline": 1, "findings": [3]}', "entry 1 of the baseline"),
        (b'{"stabcheck-baseline": 1, "findings": [{"path": "a"}]}', "entry 1 of the baseline"),
        (
            b'{"stabcheck-baseline": 1, "findings": [{"path": 1, "code": "", "function": "", "source": ""}]}',
            "entry 1 of the baseline",
        ),
    ],
)
def test_something_else_is_refused_in_a_line(folder, content, message):
    (folder / "known.json").write_bytes(content)
    with pytest.raises(ConfigError, match=message) as caught:
        read_baseline("known.json", "--baseline")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("name", "message"), [("none.json", "there is no"), ("sub", "can't be read")])
def test_no_file_to_read(folder, name, message):
    with pytest.raises(ConfigError, match=message):
        read_baseline(name, "--baseline")


def test_gone_counts_what_was_looked_at(folder):
    known = baseline(A, B)
    one = finding("a.py")
    both = frozenset({"NS105", "NS201"})
    assert gone(known, []) == 0
    assert gone(known, [Checked("a.py", (), (one, one), both)]) == 0
    assert gone(known, [Checked("a.py", (), (one,), both)]) == 1
    assert gone(known, [Checked("a.py", (), (), frozenset({"NS201"}))]) == 0
    assert gone(known, [Checked("a.py", (), (), both), Checked("sub/b.py", (), (), both)]) == 3
    os.unlink("a.py")
    assert gone(known, []) == 2


def test_renewing_keeps_what_was_not_looked_at(folder):
    known = baseline(A, B, Entry("gone.py", "NS105", "f", "log(x)"))
    every = frozenset({"NS105", "NS201"})
    assert renewed(known, []) == [A, B]
    assert renewed(known, [Checked("a.py", (finding("a.py"),), (), every)]) == [
        Entry("a.py", "NS105", "f", "log(x)", 1),
        B,
    ]
    assert renewed(known, [Checked("sub/b.py", (), (), frozenset({"NS105"}))]) == [A, B]
    new = finding("sub/b.py", function="")
    assert renewed(known, [Checked("sub/b.py", (new, new), (), every)]) == [
        A,
        Entry("sub/b.py", "NS105", "", "log(x)", 2),
    ]


def test_a_file_that_does_not_parse_is_never_known(folder):
    assert renewed(baseline(), [Checked("a.py", (finding("a.py", code="NS000"),), (), frozenset())]) == []
