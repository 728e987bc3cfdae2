"""Marks: operators, numbers and the like that rules need, found before anything is parsed."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stabcheck.static.marks import marked
from stabcheck.static.words import code_of

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
        ("a * b", ["a*b", "a *= b", "a**2*b"], ["f(*a)", "f(**a)", "a**b", "def f(*, a): pass", "f(1, *a)"]),
        ("a / b", ["a/b", "a /= b", "a//b/c"], ["a // b", "a//=b", "def f(a, /, b): pass", "'''a / b'''"]),
        ("a / b", ["f'{a / b}'", "a / 2"], ["'a/b'", "f'{a}/{b}'", "open(r'/a/b')", "x // y"]),
        ("a / x", ["a / b", "a/(2*b)", "a/10**k", "a/b/2", "a /= b"], ["a / 2", "a/2.5e-3*b", "a /= 10"]),
        ("x - y", ["a - b", "f(x)-g(x)", "a - 2 * b", "2 * a - b", "a - 1 - b", "(a -\n b)", "a -= b"], [
            "a - 1", "1 - a", "n - 1)", "x[i - 1]", "return 1. - x", "a -= 1", "f(-x)", "1e-3", "(-1 - x)",
        ]),
        ("x + y", ["a + b", "1 + a + b", "a + 2**n", "a += b", "a[0] + (1)"], ["i + 1", "1 + x", "i += 1",
            "+x"]),
        ("x * y", ["a * b", "a * -b", "2 * a * b", "a * 2 / b"], ["2 * a", "a * 0.5", "f(*a)", "a ** b"]),
        ("x / y", ["a / b", "a / f(b)", "2 * a / b"], ["a / 2", "1 / a", "a // b", "1.0 / (a + b)"]),
        ("-x", ["a - b", "-x", "-(x)", "a -= b", "-2 * x", "a - 1 + b"], ["a - 1", "x[:-1]", "axis=-1",
            "1e-3"]),
        ("x ** 0.5", ["x ** 0.5", "x ** n", "x ** (1/2)", "x ** 2 ** -1", "x**-0.5"], ["x ** 2",
            "x **= 3.0", "x**-1"]),
        ("x ** n", ["x ** n", "x ** 3", "x**10", "x ** 2 ** n"], ["x ** 2", "x ** 1.0", "f(**kw)"]),
        ("np.float16", ["np.float16", "x.astype('float16')", "f(dtype='float16')", "x.half()",
            "x.to(half)"], [
            "x.dtype == 'float16'", "d in ('float16', 'float64')", "{'float16': 2}",
            "np.finfo(np.float16)", "half",
            "bfloat16", "x.dtype != np.float16", "half = x / 2",
        ]),
        ("while x != y", ["while t != 1.0:", "while (t != end):"], ["while True:", "t != 1",
            "while f(t) != 1:"]),
        ("x += y", ["s += x", "s = s + x", "s: float = s + x", "if a: s = (s +\n x)"], ["s.a += x",
            "s[0] += x", "s = t + x"]),
        ("sum(x, axis=1)", ["x.sum(axis=1)", "x.max(1)", "np.mean(x, axis=k)", "x.sum(axis=(1))",
            "reduce(np.sum, x)", "x.sum(**given)"], [
            "x.sum(axis=0)", "x.sum(axis=1, keepdims=True)", "x.sum(axis=(1, 2))", "x.mean(axis=None)",
            "x.sum()",
        ]),
        ("prod(p)", ["np.prod(p)", "p.prod()", "f(np.prod)", "prod(shape / 2)"], [
            "np.prod(x.shape)", "prod(shape[1:])", "prod(input_shape, axis=0)",
            "prod(x.shape[i] for i in axes)",
        ]),
        ("x == y", ["a == b", "a != 0.1", "a == 1 - b", "a == -0.3", "0.3 == a"], [
            "a == 'b'", "a == 2", "(a != -1)", "a == None", "a == f'x'",
        ]),
        ("np.float64", ["np.float64", "float64", "np.double"], ["'float64'", "float64_of", "bfloat64"]),
        ("a @ b", ["a @ b", "a@b", "(a\n @ b)"], ["@tf.function\ndef f(): 0", " @jit(x)\n def f(): 0"]),
        ("0.5", ["x ** 0.5", "x ** (1 / 3)", "x ** (1. / n)", "5e-1", "exp(-1)", "2 ** -1", "eps"], [
            "x ** 2", "1.0", "x / y", "exp(x, -1)", "a[0]",
        ]),
        ("0.99", ["0.9999999", ".99"], ["0.5", "1.0", "99"]),
        ("1e-8", ["1e-8", "0.00001", "K.epsilon()", "1 / 1e9", "2**-24", "1 / 255"], ["0.5", "1.0", "x/y"]),
        ("1e-40", ["1e-40", "2**-140", "10 ** (-39)", "1 / 2**130", "1 / 1e39", "1e-20*1e-20"], [
            "exp(-99)", "1e-8", "2 ** 31", "1 / 255", "x ** -1", "1e-12",
        ]),
        ("1e9", ["-1e9", "-100000", "1.e30", "2 ** 20 * 1000", "1_000_000"], ["-1", "0.5", "1e-9"]),
        ("axis=1", ["x.sum(1)", "sum(x, -1)", "f(axis=2, b=0)", "k = 1\n", "axes = (0, 1)", "{'axis': 1}"], [
            "x[1]", "x + 1", "f(0)", "x[:, 1]", "x[:-1]",
        ]),
        ("sum(x, axis)", [
            "x.sum(axis=k)", "np.max(np.abs(x), 1)", "x.mean(-1)", "x.std(dim=-1)", "x.sum(**given)",
            "partial(np.sum, axis=1)", "reduce_max(\n  f(x),\n  reduction_indices=[1])", "self.f = np.mean\n",
            "mean sum",
        ], ["x.sum()", "max(1, f(x, 2))", "sum(x[1] for x in y)", "f(x.sum(), axis=1)", "maximum(x, 1)"]),
        ("x[i] = y", ["x[i] = 1", "x[a[i]] += 2", "x[i]**=2"], ["x[i] == 1", "f(x[i], y=2)"]),
        ("x * x", ["x * x", "x[i]*x[i]", "(a - b) * (a - b)", "self.x * self.x", "np.multiply(x, x)"], [
            "x * y", "x ** 2", "2 * x", "f(*x)",
        ]),
        ("2 * x", ["2 * x", "x*2", "2.0*x", "-2. * x", "x * y * 2.0", "x*2*y", "np.multiply(2, x)"], [
            "x ** 2", "2 ** x", "12 * x", "x * 20", "x * 2.5", "x * y",
        ]),
        ("x ** -1", ["x ** -1", "x**(-0.5)", "x ** n"], ["x ** 2", "x ** 0.5", "f(**kw)"]),
        ("2 ** x", ["2 ** x", "2.**-x", "base ** (x + 1)", "b = 2\nb ** x", "TWO ** x"], [
            "x ** 2", "x ** -1", "f(**kw)", "b ** x",
        ]),
        ("sum(x)", ["x.sum()", "mean(f(x, axis=1))", "partial(np.mean)", "sum(x, keepdims=1)"], [
            "x.sum(axis=1)", "mean(f(x), axis=1)", "summary(x)",
        ]),
        ("x < y", ["x < y", "x>=y"], ["def f() -> int: pass", "x >> 2", "x << 2"]),
        ("exp(1)", ["np.exp(-1)", "math.sqrt(2.0)", "log(1e-3)"], ["exp(x)", "f(1)", "exp(1, x)"]),
        ("softmax(x)", ["F.softmax(x)", "Softmin()", "softmax\n", "softmax x"], ["f('softmax')", "softmax2"]),
        ("x[i] += h; f(x) / h", ["x[i] += h\na = f(x)\ny = (f(x) - a) / h"], ["y = (f(x + h) - f(x)) / h"]),
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
