"""The two namespaces: rounding, extended values, reductions."""

from __future__ import annotations

import math

import numpy as np
import pytest

from stabcheck.ops import OPERATIONS
from stabcheck.ops.condition import condition
from stabcheck.ops.numeric import exact, working

XP = exact()


def compute(name, xp, *operands, **attributes):
    return OPERATIONS[name].compute(xp, *operands, **attributes)


@pytest.mark.parametrize(
    ("name", "operands", "expected"),
    [
        ("log", [0.0], -math.inf),
        ("log", [-1.0], math.nan),
        ("log1p", [-1.0], -math.inf),
        ("sqrt", [-1.0], math.nan),
        ("divide", [1.0, 0.0], math.inf),
        ("divide", [-1.0, 0.0], -math.inf),
        ("divide", [0.0, 0.0], math.nan),
        ("reciprocal", [0.0], math.inf),
        ("power", [0.0, -1.0], math.inf),
        ("power", [-8.0, 1 / 3], math.nan),
        ("power", [-2.0, 3.0], -8.0),
        ("exp", [math.inf], math.inf),
        ("exp", [-math.inf], 0.0),
        ("exp", [1e300], math.inf),
        ("exp", [math.nan], math.nan),
        ("sin", [math.inf], math.nan),
        ("arccos", [1.5], math.nan),
        ("arctanh", [1.0], math.inf),
        ("gammaln", [0.0], math.inf),
        ("gamma", [-1.0], math.nan),
        ("maximum", [math.nan, 1.0], math.nan),
        ("subtract", [math.inf, math.inf], math.nan),
        ("multiply", [0.0, math.inf], math.nan),
        ("logaddexp", [-math.inf, -math.inf], -math.inf),
        ("erfinv", [1.0], math.inf),
        ("remainder", [5.0, 0.0], math.nan),
        ("xlogy", [0.0, 0.0], 0.0),
        ("floor", [math.inf], math.inf),
        ("cbrt", [-27.0], -3.0),
        ("softmax", [[math.inf, 1.0]], math.nan),
    ],
)
def test_exact_has_ieee_values_outside_the_domain(name, operands, expected):
    found = np.asarray(compute(name, XP, *operands), dtype=object).flat[0]
    assert float(found) == pytest.approx(expected, nan_ok=True)


def test_exact_keeps_what_doubles_lose():
    assert compute("log1p", XP, 1e-30) == pytest.approx(1e-30, rel=1e-25)
    small = compute("subtract", XP, compute("exp", XP, 1e-30), 1.0)
    assert abs(small / XP.asarray("1e-30") - 1) < 1e-14  # the double 1e-30, with 20 of 50 digits left
    assert compute("exp", XP, -5000.0) > 0


def test_exact_reads_decimals_and_wide_numbers():
    assert XP.asarray("0.1") != XP.asarray(0.1)
    assert XP.asarray(2**70 + 1) - 2**70 == 1
    assert XP.asarray(np.longdouble(1) / 3) == XP.asarray(np.longdouble(1) / 3)
    assert XP.asarray(np.float16(0.1)) == float(np.float16(0.1))


def test_reductions_over_axes():
    x = np.arange(24.0).reshape(2, 3, 4)
    for name in ("sum", "mean", "max", "min", "var", "logsumexp", "prod"):
        for axis in (None, 0, -1, (0, 2)):
            for keepdims in (False, True):
                left = compute(name, working("float64"), x, axis=axis, keepdims=keepdims)
                right = compute(name, XP, x, axis=axis, keepdims=keepdims)
                assert np.shape(left) == np.shape(right)
                np.testing.assert_allclose(np.asarray(right).astype(float), left, rtol=1e-13)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_working_rounds_every_operation(dtype):
    xp = working(dtype)
    u = np.finfo(dtype).eps / 2
    assert compute("add", xp, 1.0, u) == 1.0
    assert compute("add", xp, 1.0, 2 * u) > 1.0
    assert compute("exp", xp, 1000.0) == math.inf
    assert compute("multiply", xp, 0.1, 1.0) == np.dtype(dtype).type(0.1)
    assert compute("sum", xp, [xp.asarray(1.0)] * 3).dtype == np.dtype(dtype)
    assert compute("erf", xp, 0.5).dtype == np.dtype(dtype)


def test_functions_that_numpy_lacks_are_correctly_rounded():
    for x in (0.1, 0.5, 1.5, 3.0):
        assert compute("erf", working("float64"), x) == pytest.approx(math.erf(x), rel=3e-16)
        assert compute("gammaln", working("float64"), x) == pytest.approx(math.lgamma(x), rel=1e-14)


def test_no_warnings(recwarn):
    for name, operands in {
        "exp": [1e4],
        "log": [0.0],
        "divide": [1.0, 0.0],
        "softplus": [1e4],
        "rsqrt": [0.0],
    }.items():
        compute(name, working("float32"), *operands)
    assert not recwarn.list


def test_unknown_dtypes_say_so():
    with pytest.raises(ValueError, match="no working precision 'int8'"):
        working("int8")
    with pytest.raises(AttributeError):
        _ = XP.no_such_function


@pytest.mark.parametrize(
    ("name", "operands", "expected"),
    [
        ("exp", [3.0], [3.0]),
        ("log", [math.e], [1.0]),
        ("sqrt", [5.0], [0.5]),
        ("power", [3.0, 2.0], [2.0, 2 * math.log(3)]),
        ("subtract", [1.0, 1.0 + 2.0**-20], [2.0**20, 2.0**20 + 1]),
        ("multiply", [7.0, -3.0], [1.0, 1.0]),
        ("add", [0.0, 5.0], [0.0, 1.0]),
    ],
)
def test_condition(name, operands, expected):
    assert [float(c) for c in condition(name, XP, *operands)] == pytest.approx(expected, rel=1e-12)


def test_condition_is_infinite_where_everything_cancels():
    assert [float(c) for c in condition("subtract", XP, 1.0, 1.0)] == [math.inf, math.inf]
    with pytest.raises(ValueError, match="no derivative"):
        condition("sum", XP, [1.0])
