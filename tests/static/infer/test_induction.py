"""Induction: what every turn of a loop keeps is known of a name that it changes, and nothing else."""

from math import inf

import pytest

from stabcheck.ops import Interval
from stabcheck.ops.interval import NON_NEGATIVE, POSITIVE, REAL


@pytest.mark.parametrize(
    ("source", "interval"),
    [
        ("def f(x):\n    y = 1.0\n    while c():\n        y = y * 2\n    g(y)", Interval(1, inf)),
        ("def f(x):\n    s = 0\n    for v in x:\n        s += v * v\n    g(s)", NON_NEGATIVE),
        ("def f(x):\n    n = 1\n    for v in x:\n        n += 1\n        g(n)", Interval(2, inf)),
        ("def f(x):\n    s = 0\n    for v in x:\n        s += v\n    g(s)", REAL),
        ("def f(x):\n    p = 1.0\n    for v in x:\n        p = p * np.exp(v)\n    g(p)", POSITIVE),
        (
            "def f(x):\n    s = 0\n    while c():\n        if s: break\n        s = x\n    g(s)",
            REAL,
        ),
        ("def f(x):\n    a, b = 1, 1\n    for v in x:\n        a, b = b, a - v\n    g(a)", REAL),
    ],
)
def test_what_a_loop_changes(known, source, interval):
    facts, _, call = known(source)
    found = facts.interval(call.arguments[0])
    assert (found.lower, found.upper) == (pytest.approx(interval.lower), pytest.approx(interval.upper))
    assert found.excludes_zero == interval.excludes_zero
