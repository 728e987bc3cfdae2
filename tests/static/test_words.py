"""Words and marks: what tells before anything is parsed that a rule can't speak of a text."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stabcheck.static.words import code_of, marked, names_of, words_of

OPERATORS = {ast.Add: "a + b", ast.Sub: "a - b", ast.Mult: "a * b", ast.Div: "a / b", ast.Pow: "**"}


def mark(name, text):
    return marked(name, code_of(text))


@pytest.mark.parametrize(
    ("name", "held", "not_held"),
    [
        ("a - b", ["a-b", "a -= b", "f(x) - 1", "x[0]-1", "1.-x", "0x1e-3", "w1e-2", "\u03c3-1"], [
            "-b", "return -b", "f(-1)", "x[:-1]", "1e-5", "2.5E-5", "def f() -> int: pass", "lambda: -x",
        ]),
        ("a - b", ["(a # no\n - b)", "a \\\n-b"], ["'a - b would be a sentence if it were not in quotes'"]),
        ("a + b", ["a+b", "a += b", "'%s' % a + b"], ["+b", "1e+5", "return +b"]),
        ("a * b", ["a*b", "a *= b", "a**b"], ["f(*a)", "f(**a)", "def f(*, a): pass", "f(1, *a)"]),
        ("a / b", ["a/b", "a /= b", "a // b"], ["def f(a, /, b): pass", "'''a / b'''"]),
        ("x == y", ["a == b", "a != 0.1", "a == 1 - b", "a == -0.3", "0.3 == a"], [
            "a == 'b'", "a == 2", "(a != -1)", "a == None", "a == f'x'",
        ]),
        ("np.float64", ["np.float64", "float64", "np.double"], ["'float64'", "float64_of", "bfloat64"]),
        ("numeric gradient", ["a = numerical", "num_grad", "fd"], ["number", "fdx"]),
    ],
)  # fmt: skip
def test_what_a_mark_is_and_is_not(name, held, not_held):
    assert [text for text in held if not mark(name, text)] == []
    assert [text for text in not_held if mark(name, text)] == []


names = st.sampled_from(["a", "x1e", "f(x)", "x[0]", "1.", "2", "1e-5", "(a)", "-b", "'%s' % a", "\u03c3"])
gaps = st.sampled_from(["", " ", "  # -\n  ", " \\\n ", "\n"])


@given(st.lists(st.tuples(names, gaps, st.sampled_from(["+", "-", "*", "/", "**"]), gaps), min_size=1), names)
def test_an_operator_of_an_expression_is_always_met(parts, last):
    text = "x = (" + "".join(map("".join, parts)) + last + ")"
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return
    found = {OPERATORS.get(type(node.op)) for node in ast.walk(tree) if isinstance(node, ast.BinOp)}
    assert [name for name in found - {None} if not mark(name, text)] == []


def test_sentences_are_no_code_and_names_in_strings_are():
    text = (
        "f('float16', 'this is not any sum, a - b, of any sort', f'this is {a / b}, or may be one of them')\n"
    )
    assert {b"float16", b"a", b"b"} <= words_of(code_of(text))
    assert b"sum" not in words_of(code_of(text))
    assert code_of("f('a \\\n long sentence that goes over lines, to its end')\nx").count(b"\n") == 2


def test_names_are_those_behind_no_dot():
    code = b"self.scale * x.y().z + scale2 - 1.5"
    words, names = names_of(code)
    assert words == words_of(code)
    assert names == {b"self", b"x", b"scale2", b"1"}
