"""What is rewritten without libcst is what it would be with it."""

import ast
import sys

import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from stabcheck.static import concrete, plain_statement
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
        "y = (\n    {}\n)",
        "y = (\n    a\n    - {}\n    + ({})\n)",
        "y = f(\n    {},\n  b)",
        "y = f\\\n({})",
        "y = [\n    f\n    ({}),\n    (\n    {})\n]",
        "@d(\n    {})\ndef f(a=({})): pass",
        "with (\n    {}\n) as a, (\n\n{}): pass",
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
        "f(\n    x\n)",
        "(x +\n\n 1)",
        "(\n    x * 2\n)",
        "-(x\n  )",
        "(\n    x\n)",
        "x\n  .a",
        "x[\n0]",
    ]
)
OLD = st.sampled_from(
    [
        "g({}) - 1",
        "g({})",
        "1 - {}",
        "-g({})",
        "h(g({}), 1)",
        "h({0}) / {0}",
        "g(\n    {},\n1) - 1",
        "h({0}\n) / {0}",
    ]
)
NEW = st.sampled_from(["e_(_0)", "_0", "-_0", "_0 * 2", "1 - _0", "e_(_0) * _0", "_0.sum() ** _0", "_0 < 0"])


def _spans(text, piece):
    start = text.index(piece)
    while start >= 0:
        places = [
            (text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)) for at in (start, start + len(piece))
        ]
        yield Span(*places[0], *places[1])
        start = text.find(piece, start + 1)


@settings(max_examples=200, deadline=None)
@given(LINES, OLD, OPERANDS, NEW)
def test_the_same_as_on_the_concrete_tree(line, old, operand, new):
    bare = operand.strip("() \n") if operand.startswith("(") else operand
    old = old.format(operand)
    text = line.format(*[old] * line.count("{}"))
    target = next(_spans(text, old))
    place = next(span for span in _spans(text, bare) if span[:2] >= target[:2])
    try:
        tree = ast.parse(text)
    except SyntaxError:
        reject()
    plain = plain_statement.rewrite(tree, Text(text), target, new, {"_0": place})
    assert plain == concrete.rewrite(tree, Text(text), target, new, {"_0": place})


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("y = a * (g(x + 1) - 1)\n", "a * e(x + 1)"),
        ("def f(x=g(x + 1) - 1): return 2\n", "f(x=e(x + 1))"),
        ("y = (\n    a\n    * (g(x + 1) - 1)\n)\n", "a\n    * e(x + 1)"),
    ],
)
def test_plain_statements_do_without_libcst(line, expected, monkeypatch):
    monkeypatch.setitem(sys.modules, "stabcheck.static.concrete", None)
    target = next(_spans(line, "g(x + 1) - 1"))
    made = plain_statement.rewrite(
        ast.parse(line), Text(line), target, "e(_0)", {"_0": next(_spans(line, "x + 1"))}
    )
    assert expected in _edited(line, made.edit)


def _edited(text, edit):
    lines = text.splitlines(keepends=True)
    before = "".join(lines[: edit.span.line - 1]) + lines[edit.span.line - 1][: edit.span.column - 1]
    behind = lines[edit.span.end_line - 1][edit.span.end_column - 1 :] + "".join(lines[edit.span.end_line :])
    return before + edit.text + behind
