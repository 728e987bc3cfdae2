"""What a view shows: not as many findings as are known, only those on changed lines, also while fixing."""

from hypothesis import given
from hypothesis import strategies as st

from stabcheck.settings import Settings
from stabcheck.static.adoption.view import Entry, View, carried, divided, meets
from stabcheck.static.check import check_bytes
from stabcheck.static.discover import Candidate
from stabcheck.static.finding import Finding
from stabcheck.static.graph import Span

LINES = """\
import numpy as np


def f(x, y):
    a = np.exp(x) - 1
    b = np.exp(y) - 1
    return a + b
"""


def finding(source="log(x)", function="f", code="NS105", line=1):
    return Finding(code, "a-rule", "…", "error", "a.py", Span(line, 1, line, 2), function, source=source)


def entry(source="log(x)", function="f", code="NS105", count=1):
    return Entry("a.py", code, function, source, count)


def new(findings, entries):
    return [each.span.line for each in divided(findings, entries)[0]]


def test_what_is_known_is_taken_out():
    found = [finding(line=1), finding("log(y)", line=2), finding(code="NS106", line=3)]
    assert new(found, [entry()]) == [2, 3]
    assert new(found, []) == [1, 2, 3]


def test_a_second_copy_is_new():
    found = [finding(line=1), finding(line=2), finding(line=3)]
    assert new(found, [entry()]) == [2, 3]
    assert new(found, [entry(count=2)]) == [3]
    assert new(found, [entry(), entry(count=2)]) == []


def test_a_renamed_function_keeps_what_is_known():
    assert new([finding(function="g")], [entry(function="f")]) == []


def test_an_entry_stands_for_findings_of_its_own_function_first():
    found = [finding(function="g", line=1), finding(function="f", line=2)]
    assert new(found, [entry(function="f")]) == [1]


@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("fgh"))),
    st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("fgh"))),
)
def test_as_many_are_known_as_there_are_entries_of_a_source(found, known):
    findings = [finding(source, function, line=n) for n, (source, function) in enumerate(found, start=1)]
    fresh, silent = divided(findings, [entry(source, function) for source, function in known])
    assert sorted((*fresh, *silent), key=lambda each: each.span.line) == findings
    for source in "ab":
        there = sum(each == source for each, _ in found)
        entries = sum(each == source for each, _ in known)
        assert sum(each.source == source for each in fresh) == max(0, there - entries)


def test_lines_are_carried_over_an_edit():
    before = "a\nb\nc\nd\n"
    assert carried(((2, 3),), before, before) == ((2, 3),)
    assert carried(((2, 3),), before, "new\n" + before) == ((1, 1), (3, 4))
    assert carried(((1, 4),), before, "a\nc\nd\n") == ((1, 1), (2, 3))
    assert meets(((3, 4),), 1, 3)
    assert not meets(((3, 4),), 1, 2)
    assert not meets((), 1, 9)


class TestFixing:
    def fixed(self, view):
        candidate = Candidate("a.py", Settings(unsafe_fixes=True), view=view)
        return check_bytes(LINES.encode(), candidate, "fix")

    def test_everything(self):
        result = self.fixed(View())
        assert result.text.count("expm1") == 2
        assert result.findings == ()

    def test_what_is_not_on_a_changed_line_is_not_fixed(self):
        result = self.fixed(View(lines=((6, 6),)))
        assert result.text == LINES.replace("np.exp(y) - 1", "np.expm1(y)")
        assert result.findings == ()

    def test_what_is_known_is_not_fixed(self):
        (known, _) = check_bytes(LINES.encode(), Candidate("a.py", Settings())).findings
        result = self.fixed(View(known=(Entry("a.py", known.code, known.function, known.source),)))
        assert result.text == LINES.replace("np.exp(y) - 1", "np.expm1(y)")
        assert [each.source for each in result.known] == [known.source]
