"""The statistics of an operation, from cases that can be worked out by hand."""

from __future__ import annotations

from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stabcheck.dynamic.trace.errors import SAMPLE, measure
from stabcheck.dynamic.trace.formats import FORMATS

sizes = st.floats(2.0**-62, 2.0**99, width=32)
numbers = sizes | sizes.map(lambda x: -x)


def arrays(*values, dtype=np.float32):
    return [np.atleast_1d(np.asarray(v, dtype=dtype)) for v in values]


def test_formats_are_numpys():
    for name in ("float16", "float32", "float64"):
        info = np.finfo(name)
        form = FORMATS[name]
        assert form.largest == info.max
        assert form.smallest_normal == info.tiny
        assert form.unit_roundoff == info.eps / 2
        assert 2.0**form.smallest_exponent == np.nextafter(np.dtype(name).type(0), np.dtype(name).type(1))


@given(numbers)
def test_an_ulp_is_the_spacing(x):
    value = np.float32(x)
    assert FORMATS["float32"].ulp(np.array([float(value)]))[0] == abs(float(np.spacing(value)))


@given(numbers, numbers)
def test_a_rounded_operation_is_within_half_an_ulp(x, y):
    a, b = arrays(x, y)
    with np.errstate(all="ignore"):
        result = a * b
    exact = a.astype(np.float64) * b.astype(np.float64)
    found = measure("multiply", [a, b], result, exact, exact)
    if np.isfinite(result).all():
        assert found.local_error <= 0.5
    else:
        assert found.overflowed == 1
        assert found.first_nonfinite
        assert found.example == (float(a[0]), float(b[0]))


def test_cancelled_bits_are_the_difference_of_exponents():
    a, b = arrays(1.0 + 2**-20, 1.0)
    found = measure("subtract", [a, b], a - b, np.array([2**-20 * 1.01]))
    assert found.cancelled_bits == pytest.approx(20, abs=0.01)


def test_an_exact_zero_has_cancelled_nothing():
    a, b = arrays(3.0, 3.0)
    assert measure("subtract", [a, b], a - b, np.array([0.0])).cancelled_bits == 0
    assert measure("subtract", [a, b], a - b, np.array([1e-9])).cancelled_bits == 24


def test_underflow_is_a_zero_that_is_none():
    a, b = arrays(1e-30, 1e-30)
    assert measure("multiply", [a, b], a * b, np.array([1e-60])).underflowed == 1
    zero, _ = arrays(0.0, 0.0)
    assert measure("multiply", [zero, b], zero * b, np.array([0.0])).underflowed == 0
    x = np.array([-200.0], np.float32)
    assert measure("exp", [x], np.exp(x), np.array([0.0])).underflowed == 1  # the shadow may underflow too


def test_a_pole_is_no_overflow():
    one, zero = arrays(1.0, 0.0)
    with np.errstate(all="ignore"):
        found = measure("divide", [one, zero], one / zero, np.array([inf]))
        large = measure("divide", arrays(1e30, 1e-30), np.array([inf], np.float32), np.array([1e60]))
    assert (found.overflowed, found.first_nonfinite) == (0, True)
    assert (large.overflowed, large.first_nonfinite) == (1, True)


def test_a_nan_of_infinities_is_the_first_nan_but_not_the_first_nonfinite():
    a, b = arrays([inf, 1.0], [inf, 1.0])
    with np.errstate(all="ignore"):
        found = measure("subtract", [a, b], a - b, np.array([np.nan, 0.0]))
    assert found.first_nan
    assert not found.first_nonfinite
    assert found.nans == 1


def test_a_masked_entry_does_not_hide_a_new_one():
    mask, x = arrays([-inf, 0.0], [1.0, 3e38])
    with np.errstate(all="ignore"):
        result = mask + 2 * x
    found = measure("add", [mask, x], result, np.array([-inf, 6e38]))
    assert found.first_nonfinite
    assert found.overflowed == 1


def test_large_arrays_are_sampled_but_every_nonfinite_entry_counts():
    x = np.ones(4 * SAMPLE + 3, np.float32)
    x[17] = inf
    found = measure("exp", [np.zeros_like(x)], x, np.ones(x.size))
    assert found.nonfinite == 1
    clean = np.ones(4 * SAMPLE + 3, np.float32)
    assert measure("exp", [np.zeros_like(clean)], clean, np.full(clean.size, 1.001)).accumulated_error > 9e-4


def test_an_infinity_that_is_passed_on_is_no_overflow():
    x = np.array([inf, 1.0, 2.0], np.float32)
    found = measure("sum", [x], np.array(inf, np.float32), np.array(1e40), np.array(inf))
    assert (found.overflowed, found.first_nonfinite, found.accumulated_error) == (0, False, inf)
    a, b = arrays([inf, 3e38], [1.0, 3e38])
    with np.errstate(all="ignore"):
        result = a + b
    exact = a.astype(np.float64) + b.astype(np.float64)
    assert measure("add", [a, b], result, np.array([1e39, 6e38]), exact).overflowed == 1


def test_a_sum_of_finite_terms_overflows():
    rows = np.array([[inf, 1.0], [3e38, 3e38]], np.float32)
    exact = rows.astype(np.float64).sum(axis=1)
    result = np.array([inf, inf], np.float32)
    assert measure("sum", [rows], result, np.array([1e40, 6e38]), exact).overflowed == 1
    finite = rows[1:]
    assert measure("sum", [finite], result[1:], exact[1:], exact[1:]).overflowed == 1


def test_a_zero_that_is_passed_on_is_no_underflow_but_has_vanished():
    zero, two = arrays(0.0, 2.0)
    found = measure("multiply", [zero, two], zero * two, np.array([2e-60]), np.array([0.0]))
    assert (found.underflowed, found.vanished) == (0, 1)
    made = measure("multiply", arrays(1e-30, 1e-30), zero, np.array([1e-60]), np.array([1e-60]))
    assert (made.underflowed, made.vanished) == (1, 1)


def test_nan_of_finite_operands_is_the_first_of_both_kinds():
    [x] = arrays([-1.0, 4.0])
    with np.errstate(all="ignore"):
        found = measure("sqrt", [x], np.sqrt(x), np.array([np.nan, 2.0]))
    assert (found.first_nan, found.first_nonfinite, found.overflowed) == (True, True, 0)
