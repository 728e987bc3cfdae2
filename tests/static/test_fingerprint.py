"""Identities of findings: formatting and place do not count, rule, function and source do."""

import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stabcheck.settings import Settings
from stabcheck.static.check import check_bytes
from stabcheck.static.discover import Candidate
from stabcheck.static.fingerprint import LONGEST, fingerprints, normalised

FILE = """
import numpy as np


def f(x):
    return np.log(1 + np.exp(x))


def g(x, y):
    return np.log(1 + np.exp(x)) + np.log(1 + np.exp(x)) * y
"""


def prints(text, path="a.py"):
    result = check_bytes(textwrap.dedent(text).encode(), Candidate(path, Settings()))
    assert not result.errors
    return list(fingerprints(result.findings))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("np.log(1 + np.exp(x))", "np.log(1+np.exp( x ))"),
        ("np.sum(x, axis=0)", "np.sum(\n    x,  # all of it\n    axis=0,\n)"),
        ("f(x, 'a')", 'f(x, "a")'),
        ("x + 1E-8", "x + 1e-8"),
        ("a\n    + b", "a + b"),
        ("a \\\n + b", "a + b"),
        ('f"{a}{{" "b"', 'f"{a}{{"  "b"'),
        ("for i in range(3):\n    total += x", "for  i in range( 3 ):  # steps\n    total -= x"),
        ("def f(\n    x,\n):\n    return 1", "def f(x):\n    return 2"),
    ],
)
def test_formatting_does_not_count(one, other):
    assert normalised(one) == normalised(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("a - b", "b - a"), ("not x", "notx"), ("x if y else z", "x if yelse z"), ("f('a b')", "f('a  b')")],
)
def test_what_is_written_counts(one, other):
    assert normalised(one) != normalised(other)


def test_a_long_source_keeps_its_end_in_a_digest():
    one, other = (normalised("f(" + "x, " * 200 + end + ")") for end in "ab")
    assert len(one) == len(other) < LONGEST + 20
    assert one != other


@given(st.text())
def test_any_text_has_a_form_of_one_line(text):
    assert "\n" not in normalised(text)


def test_equal_sources_are_told_apart_by_function_and_order():
    found = prints(FILE)
    assert len(found) == 3
    assert len(set(found)) == 3
    assert all(len(each) == 32 for each in found)


def test_lines_and_neighbours_do_not_count():
    moved = FILE.replace("def f", "# moved\n\ndef unrelated(a):\n    return a\n\n\ndef f")
    moved = moved.replace("np.log(1 + np.exp(x))\n\n", "np.log(\n        1 + np.exp(x)  # one\n    )\n\n")
    assert prints(moved) == prints(FILE)


def test_rule_file_function_and_source_count():
    found = set(prints(FILE))
    assert found.isdisjoint(prints(FILE, "b.py"))
    assert len(found & set(prints(FILE.replace("def f(", "def h(")))) == 2
    assert found.isdisjoint(prints(FILE.replace("np.exp(x)", "np.exp(2 * x)")))


def test_the_name_of_a_file_is_as_the_report_gives_it():
    result = check_bytes(FILE.encode(), Candidate("deep/a.py", Settings()))
    assert list(fingerprints(result.findings, lambda path: "a.py")) == prints(FILE)
