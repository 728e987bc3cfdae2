"""What is rewritten without libcst is what it would be with it."""

import ast
import sys

import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from stabcheck.static import concrete, one_line
from stabcheck.static.graph import Span
from stabcheck.static.source_text import Text

LINES = st.sampled_from(
    [
        "y = {}",
        "y = ({})",
        "y = ( {} )",
        "y = (({}))",
        "y = -{}",
        "y = a - {} * b",
        "y = ({}) ** 2",
        "y = 2 ** ({})",
        "y = {} if a else b",
        "y = (a < {})",
        "y = f({})",
        "y = f (({}), *b)",
        "y = [{}, ({})][0]",
        "return({})",
        "if not({}): pass",
        "for a in({}): pass",
        "assert ({}).sum(), f({}, axis=-1)",
        "y = ({}).a[{}]",
        "y = lambda q: {}",
        "y = a and {} or b",
        "y = 'text', {}",
        "y = {{1: {}, **{}}}",
        "print (({}))",
    ]
)
OPERANDS = st.sampled_from(
    [
        "x",
        "x * 2",
        "(x + 1)",
        "( x+1 )",
        "((x - y))",
        "-x",
        "f(x)",
        "x[0]",
        "(x)",
        "x.a",
        "x if a else b",
        "1",
    ]
)
OLD = st.sampled_from(["g({}) - 1", "g({})", "1 - {}", "-g({})", "h(g({}), 1)", "h({0}) / {0}"])
NEW = st.sampled_from(["e_(_0)", "_0", "-_0", "_0 * 2", "1 - _0", "e_(_0) * _0", "_0.sum() ** _0", "_0 < 0"])


def _spans(line, piece):
    start = line.index(piece)
    while start >= 0:
        yield Span(1, start + 1, 1, start + len(piece) + 1)
        start = line.find(piece, start + 1)


@settings(max_examples=150, deadline=None)
@given(LINES, OLD, OPERANDS, NEW)
def test_the_same_as_on_the_concrete_tree(line, old, operand, new):
    bare = operand.strip("() ") if operand.startswith("(") else operand
    old = old.format(operand)
    text = line.format(*[old] * line.count("{}"))
    target = next(_spans(text, old))
    place = next(span for span in _spans(text, bare) if span.column >= target.column)
    try:
        tree = ast.parse(text)
    except SyntaxError:
        reject()
    plain = one_line.rewrite(tree, Text(text), target, new, {"_0": place})
    assert plain == concrete.rewrite(tree, Text(text), target, new, {"_0": place})


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("y = a * (g(x + 1) - 1)\n", "a * e(x + 1)"),
        ("def f(x=g(x + 1) - 1): return 2\n", "f(x=e(x + 1))"),
    ],
)
def test_plain_lines_do_without_libcst(line, expected, monkeypatch):
    monkeypatch.setitem(sys.modules, "stabcheck.static.concrete", None)
    target = next(_spans(line, "g(x + 1) - 1"))
    made = one_line.rewrite(ast.parse(line), Text(line), target, "e(_0)", {"_0": next(_spans(line, "x + 1"))})
    start, end = made.edit.span.column - 1, made.edit.span.end_column - 1
    assert expected in line[:start] + made.edit.text + line[end:]
