"""Intervals: the guards that code relies on are seen, and nothing is claimed that they don't give."""

from math import inf

import pytest

from stabcheck.ops import Interval
from stabcheck.ops.interval import NON_NEGATIVE, NON_POSITIVE, POSITIVE, REAL, UNIT
from stabcheck.static.infer.intervals import given


@pytest.mark.parametrize(
    ("source", "interval"),
    [
        ("x + 0", REAL),
        ("x * x", NON_NEGATIVE),
        ("x ** 2", NON_NEGATIVE),
        ("np.square(x) + 1e-8", Interval(1e-8, inf)),
        ("np.abs(x)", NON_NEGATIVE),
        ("np.exp(x)", POSITIVE),
        ("torch.relu(x)", NON_NEGATIVE),
        ("torch.nn.functional.softplus(x)", POSITIVE),
        ("torch.softmax(x, dim=1)", UNIT),
        ("1 - torch.sigmoid(x)", UNIT),
        ("-np.abs(x)", NON_POSITIVE),
        ("-x ** 2 / 2", NON_POSITIVE),
        ("x - x.max()", NON_POSITIVE),
        ("x - np.max(x, axis=1, keepdims=True)", NON_POSITIVE),
        ("x - np.max(x, axis=0)", NON_POSITIVE),
        ("x - np.max(x, axis=1)", REAL),
        ("x - np.max(x, axis=1)[:, None]", NON_POSITIVE),
        ("(x.T - np.max(x, axis=1)).T", NON_POSITIVE),
        ("x - tf.stop_gradient(tf.reduce_max(x, axis=-1, keepdims=True))", NON_POSITIVE),
        ("x - torch.max(x, dim=1, keepdim=True)[0]", NON_POSITIVE),
        ("x - x.max(dim=-1, keepdim=True).values", NON_POSITIVE),
        ("x + -np.max(x)", NON_POSITIVE),
        ("np.max(x) - x", NON_NEGATIVE),
        ("np.max(x) - np.min(x)", NON_NEGATIVE),
        ("x - np.min(x)", NON_NEGATIVE),
        ("x - y.max()", REAL),
        ("np.exp(x) / np.exp(x).sum()", Interval(0, 1, True)),
        ("x / np.linalg.norm(x)", Interval(-1, 1)),
        ("np.clip(x, 1e-6, 1)", Interval(1e-6, 1)),
        ("np.maximum(x, 1e-6)", Interval(1e-6, inf)),
        ("max(x, 1)", Interval(1, inf)),
        ("np.where(x > 0, x, 1)", POSITIVE),
        ("np.where(x > 0, np.sqrt(x), 0)", NON_NEGATIVE),
        ("np.where(x < 10, np.exp(x), 0)", Interval(0, 22026.465794806725)),
        ("np.where(x == 0, 1, x)", Interval(nonzero=True)),
        ("np.where(np.abs(x) < 1, x, 0)", Interval(-1, 1)),
        ("np.where(x < 1, x.max(), 0)", REAL),  # of the entries where it holds not, too
        ("np.where(x < 1, np.sort(x), 0)", REAL),
        ("x[x >= 0]", NON_NEGATIVE),
        ("x[~(x >= 0)]", Interval(-inf, 0, True)),
        ("x[~y]", REAL),
        ("len(x)", NON_NEGATIVE),
        ("x.shape[0]", NON_NEGATIVE),
        ("np.var(x)", NON_NEGATIVE),
        ("np.sum(x ** 2, axis=1)", NON_NEGATIVE),
        ("x / np.sqrt(y ** 2 + x * x)", Interval(-1, 1)),
        ("x / np.sqrt(y ** 2 + z ** 2)", REAL),
        ("x / np.sqrt(y + x * x)", REAL),
        ("x / np.hypot(y, x)", Interval(-1, 1)),
        ("np.unique(x, return_counts=True)[1]", Interval(1, inf)),
        ("np.unique(x, return_inverse=True, return_counts=True)[2]", Interval(1, inf)),
        ("np.unique(x, return_inverse=True)[1]", REAL),
        ("np.unique(x, return_inverse=True, return_counts=True)[1]", REAL),
        ("np.finfo(x.dtype).eps", Interval(2.0**-52, 2.0**-7)),
        ("np.finfo(np.float32).tiny", Interval(2.0**-126, 2.0**-126)),
        ("np.tanh(x)", Interval(-1, 1)),
        ("np.zeros((3, 1)) + 1", Interval(1, 1)),
        ("x.astype(np.float32) * x.astype(np.float32)", NON_NEGATIVE),
        ("np.array([0.5, 2.0])", Interval(0.5, 2)),
        ("(x > 0) * 1.0", UNIT),
        ("np.exp(-np.log1p(np.exp(-np.abs(x))))", Interval(0.5, 1)),
        ("np.random.default_rng(0).uniform(size=3)", UNIT),
        ("np.random.RandomState(0).rand(3)", UNIT),
        ("rng.uniform(2, 3, size=3)", Interval(2, 3)),
        ("rng.normal(size=3)", REAL),
        ("np.linspace(1, 2)", Interval(1, 2)),
        ("probability", REAL),
        ("sigma", REAL),
        ("x.clamp(min=0).sqrt()", NON_NEGATIVE),
    ],
)
def test_expression(known, source, interval):
    facts, _, call = known(f"g({source})")
    found = facts.interval(call.arguments[0])
    assert found.lower == pytest.approx(interval.lower, rel=1e-9, abs=1e-12)
    assert found.upper == pytest.approx(interval.upper, rel=1e-9, abs=1e-12)
    assert found.excludes_zero == interval.excludes_zero


@pytest.mark.parametrize(
    ("source", "interval"),
    [
        ("def f(x):\n    x = np.clip(x, 0.1, 0.9)\n    g(1 - x)", Interval(0.1, 0.9)),
        ("def f(x):\n    if x <= 0:\n        raise ValueError\n    g(x)", POSITIVE),
        ("def f(x):\n    assert x >= 2\n    g(1 / x)", Interval(0, 0.5, True)),
        ("def f(x, c):\n    y = 2 if c else np.exp(x)\n    g(y)", POSITIVE),
        ("def f(x):\n    for v in np.abs(x):\n        g(v)", NON_NEGATIVE),
        ("def f(x):\n    x[x < 1e-6] = 1e-6\n    g(x)", Interval(1e-6, inf)),
        ("def f(x):\n    x[x == 0] = 1\n    g(x)", Interval(nonzero=True)),
        ("def f(x):\n    y = np.exp(x)\n    y += 1\n    g(y)", Interval(1, inf)),
        ("def f(x, eps=1e-8):\n    g(eps)", REAL),
        ("def h(z):\n    return z * z\ndef f(x):\n    g(h(x - 1))", NON_NEGATIVE),
        ("m = nn.Sequential(nn.Linear(2, 2), nn.Softmax(dim=1))\ndef f(x):\n    g(m(x))", UNIT),
    ],
)
def test_statements(known, source, interval):
    facts, _, call = known(source)
    found = facts.interval(call.arguments[0])
    assert (found.lower, found.upper) == (pytest.approx(interval.lower), pytest.approx(interval.upper))
    assert found.excludes_zero == interval.excludes_zero


def test_a_branch_of_where_knows_its_condition(known):
    facts, _, call = known("g(x > 0, x - 1)")
    condition, value = call.arguments
    assert given(value, condition, True, facts.interval).lower == -1
    assert given(value, condition, False, facts.interval).upper == -1
    assert facts.interval(value) == REAL
