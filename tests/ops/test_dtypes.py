"""Facts of the formats against NumPy's own, and against what the formats do."""

from __future__ import annotations

import math

import numpy as np
import pytest

from stabcheck.ops.dtypes import BFLOAT16, FLOAT16, FLOAT32, FLOAT64, FORMATS, format_of

BINARY = [(FLOAT16, np.float16), (FLOAT32, np.float32), (FLOAT64, np.float64)]


@pytest.mark.parametrize(("fmt", "dtype"), BINARY)
def test_numpy_agrees(fmt, dtype):
    info = np.finfo(dtype)
    assert fmt.largest == float(info.max)
    assert fmt.smallest_normal == float(info.tiny)
    assert fmt.smallest_subnormal == float(info.smallest_subnormal)
    assert fmt.epsilon == 2 * fmt.unit_roundoff == float(info.eps)


def test_bfloat16():
    ml_dtypes = pytest.importorskip("ml_dtypes")
    info = ml_dtypes.finfo(ml_dtypes.bfloat16)
    assert BFLOAT16.largest == float(info.max)
    assert BFLOAT16.smallest_subnormal == float(info.smallest_subnormal)
    assert BFLOAT16.epsilon == float(info.eps)


@pytest.mark.parametrize(("fmt", "dtype"), BINARY)
def test_limits_are_where_the_format_gives_way(fmt, dtype):
    with np.errstate(all="ignore"):
        assert np.isfinite(np.exp(dtype(fmt.exp_overflow)))
        assert np.isinf(np.exp(np.nextafter(dtype(fmt.exp_overflow), dtype(np.inf))))
        assert np.exp(dtype(fmt.exp_underflow * 1.001)) == 0
        assert np.exp(dtype(fmt.exp_underflow * 0.999)) > 0
        assert np.isinf(np.square(dtype(fmt.square_overflow * 1.001)))
        assert np.isfinite(np.square(dtype(fmt.square_overflow * 0.999)))
    one = dtype(1)
    assert one + dtype(fmt.absorbed_by_one) == one != one + dtype(fmt.absorbed_by_one * 1.01)


@pytest.mark.parametrize(
    ("fmt", "overflow", "underflow"),
    [
        (FLOAT16, 11.0898, -17.33),
        (BFLOAT16, 88.5, -92.88),
        (FLOAT32, 88.7228, -103.97),
        (FLOAT64, 709.7827, -745.13),
    ],
)
def test_exponential_limits(fmt, overflow, underflow):
    assert fmt.exp_overflow == pytest.approx(overflow, abs=0.03)
    assert fmt.exp_underflow == pytest.approx(underflow, abs=0.01)


@pytest.mark.parametrize("fmt", FORMATS.values())
def test_spacing(fmt):
    assert fmt.spacing(1.0) == fmt.epsilon
    assert fmt.spacing(0.0) == fmt.smallest_subnormal == fmt.spacing(fmt.smallest_normal / 2)
    assert fmt.round_down(2.0 - fmt.unit_roundoff) == 2.0 - fmt.epsilon or fmt is FLOAT64
    assert math.isfinite(fmt.spacing(fmt.largest))


def test_names():
    assert format_of("torch.half") is FLOAT16
    assert format_of("tf.bfloat16") is BFLOAT16
    assert format_of("float64") is FLOAT64
    assert format_of("int32") is None
