"""Structural identity: what computes the same is the same, whatever it is written like."""

import ast

import pytest

from stabcheck.static.identity import number, same
from stabcheck.static.lower import lower


def pair(source: str):
    text = f"import numpy as np\nimport torch\ndef f(x, y, z):\n    return g(({source}))\n"
    return lower(ast.parse(text), text, "x.py").sites[-1].value.arguments[0].items


@pytest.mark.parametrize(
    "source",
    [
        "x + y, y + x",
        "np.exp(x), torch.exp(x)",
        "np.exp(x), x.exp()",
        "2 * x, x * 2.0",
        "np.sum(x, axis=1), x.sum(1)",
        "np.sum(x), np.sum(x, axis=None, keepdims=False)",
        "x[1:], x[1:]",
        "x.a, x.a",
        "h(x), h(x)",
        "np.maximum(x, y), np.maximum(y, x)",
        "(x + y) * (z + 1), (1 + z) * (y + x)",
        "torch.softmax(x, dim=-1), torch.softmax(x, -1)",
    ],
)
def test_same(source):
    a, b = pair(source)
    assert same(a, b)
    assert number(a) == number(b)


@pytest.mark.parametrize(
    "source",
    [
        "x, y",
        "x - y, y - x",
        "x + 1, x + 2",
        "x - 1, x - 2",
        "x * -1, x * -2",
        "x, 1",
        "x == True, x == 1",
        "np.sum(x, axis=0), np.sum(x, axis=1)",
        "x[0], x[1]",
        "x.a, x.b",
        "x['a'], y['a']",
        "h(x), h(y)",
        "np.random.rand(), np.random.rand()",
        "next(x), next(x)",
        "np.power(x, y), np.power(y, x)",
        "[v for v in x], [v for v in y]",
    ],
)
def test_different(source):
    a, b = pair(source)
    assert not same(a, b)


def test_assumptions_do_not_make_a_difference():
    text = "def f(x):\n    a = x\n    if x > 0:\n        g((a, x))\n"
    a, b = lower(ast.parse(text), text, "x.py").sites[-1].value.arguments[0].items
    assert same(a, b)


def test_what_looks_different_at_a_glance_is_different():
    leaves = ["x", "y", "1", "1.0", "'a'", "None", "x.a", "x[0]", "(x, 1)"]
    inner = [f"{a} {op} {b}" for op in "+-" for a in leaves[:4] for b in leaves[:4]]
    outer = [f"np.exp({each})" for each in (*leaves, *inner)] + [f"h({each}, k=1)" for each in leaves]
    text = f"import numpy as np\ndef f(x, y, h):\n    return [{', '.join([*leaves, *inner, *outer])}]\n"
    values = lower(ast.parse(text), text, "x.py").sites[-1].value.items
    equal = [(a, b) for a in values for b in values if number(a) == number(b)]
    assert [(a, b) for a in values for b in values if same(a, b)] == equal
    assert len(values) < len(equal) < len(values) ** 2 / 4
