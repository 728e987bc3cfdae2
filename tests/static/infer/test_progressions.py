"""Progressions: between which numbers `range` and `arange` count."""

from math import inf

import pytest

from stabcheck.ops import Interval
from stabcheck.ops.interval import NON_NEGATIVE, REAL


@pytest.mark.parametrize(
    ("source", "interval"),
    [
        ("def f(x):\n    for i in range(1, 10):\n        g(i)", Interval(1, 9)),
        ("def f(x, n):\n    for i in range(n):\n        g(i + 1)", Interval(1, inf)),
        ("def f(x):\n    for i, v in enumerate(x):\n        g(i)", NON_NEGATIVE),
        ("def f(x):\n    for i in range(9, -1, -1):\n        g(i)", Interval(0, 9)),
        ("def f(x):\n    g(np.arange(5))", Interval(0, 4)),
        ("def f(x):\n    g(np.arange(1, 5, 0.5))", Interval(1, 5)),
        ("def f(x):\n    g(np.arange(5, 0, -1))", Interval(1, 5)),
        ("def f(x, n):\n    g(np.arange(0, 5, n))", REAL),
    ],
)
def test_counted(known, source, interval):
    facts, _, call = known(source)
    found = facts.interval(call.arguments[0])
    assert (found.lower, found.upper) == (pytest.approx(interval.lower), pytest.approx(interval.upper))
    assert found.excludes_zero == interval.excludes_zero
