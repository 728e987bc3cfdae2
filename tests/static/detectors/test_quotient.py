"""Difference quotients are recognised however they are written, and nothing else is."""

import ast

import pytest

from stabcheck.static.detectors._quotient import quotients
from stabcheck.static.lower import lower


def found(source):
    return quotients(lower(ast.parse(source), source, "example.py"))


@pytest.mark.parametrize(
    ("body", "size", "one_sided"),
    [
        ("return (f(x + 1e-5) - f(x - 1e-5)) / 2e-5", 1e-5, False),
        ("return (f(x + h) - f(x - h)) / (2 * h)", 1e-4, False),
        ("return (f(x + h) - f(x - h)) / 2 / h", 1e-4, False),
        ("return (f(x + h / 2) - f(x - h / 2)) / h", 1e-4, False),
        ("return (f(x + h) - f(x)) / h", 1e-4, True),
        ("return (f(x) - f(x - h)) / h", 1e-4, True),
        ("above = f(x + h)\n    below = f(x - h)\n    return (above - below) / (2 * h)", 1e-4, False),
        ("x[0] += h\n    above = f(x)\n    x[0] -= 2 * h\n    return (above - f(x)) / (2 * h)", 1e-4, False),
        ("return (np.sin(x + h) - np.sin(x - h)) / (2 * h)", 1e-4, False),
        ("return (self.loss(x + h) - self.loss(x - h)) / (2 * h)", 1e-4, False),
    ],
)
def test_forms(body, size, one_sided):
    (quotient,) = found(f"import numpy as np\n\n\ndef check(self, f, x, h=1e-4):\n    {body}\n")
    assert quotient.size == pytest.approx(size)
    assert quotient.one_sided is one_sided


@pytest.mark.parametrize(
    "expression",
    [
        "(f(b) - f(a)) / (b - a)",
        "(x[2:] - x[:-2]) / (2 * dt)",
        "(f(x + 1) - f(x)) / 1",
        "(f(x + h) - g(x - h)) / (2 * h)",
        "(np.mean(a) - np.mean(b)) / np.std(a)",
        "(f(y) - f(x)) / f(x)",
        "(max(a) - min(a)) / h",
    ],
)
def test_other_quotients(expression):
    assert (
        found(f"import numpy as np\n\n\ndef check(f, g, x, y, a, b, h, dt):\n    return {expression}\n") == ()
    )
