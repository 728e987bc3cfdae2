"""Values against NumPy and against exact arithmetic; derivatives against differences."""

from __future__ import annotations

import numpy as np
import pytest

from stabcheck.ops import OPERATIONS
from stabcheck.ops.gradient import cotangents_of
from stabcheck.ops.numeric import exact, working
from tests.ops.samples import (
    ATTRIBUTES,
    DIFFERENTIABLE,
    ELEMENTWISE,
    EVALUABLE,
    WITH_PULLBACK,
    arrays,
    scalars,
)

XP, NP = exact(60), working("float64")


def _numpy_function(name):
    for spelling in OPERATIONS[name].spellings.get("numpy", ()):
        if not spelling.is_method and not spelling.removed and not spelling.defaults and name != "cast":
            function = np
            for part in spelling.qualified.split(".")[1:]:
                function = getattr(function, part)
            return function
    return None


@pytest.mark.parametrize("name", EVALUABLE)
def test_formula_is_numpys_function(name):
    function = _numpy_function(name)
    if function is None:
        pytest.skip("NumPy does not have it")
    operands, attributes = arrays(name), ATTRIBUTES.get(name, {})
    if name == "clip":
        expected = np.clip(operands[0], attributes["lower"], attributes["upper"])
    else:
        own = {"full_like": {"fill_value": 2.5}, "tile": {"reps": (2, 1)}}.get(name, attributes)
        expected = function(*[np.asarray(x) for x in operands], **own)
    computed = OPERATIONS[name].compute(NP, *operands, **attributes)
    np.testing.assert_allclose(np.asarray(computed, float), np.asarray(expected, float), rtol=1e-13)


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_working_precision_agrees_with_exact(name):
    row = OPERATIONS[name]
    attributes = ATTRIBUTES.get(name, {})
    for operands in scalars(name):
        computed = float(row.compute(NP, *operands, **attributes))
        value = row.compute(XP, *operands, **attributes)
        spread = abs(value)
        for partial, x in zip(row.partials, operands, strict=False):
            if partial is not None:
                spread += abs(x * partial(XP, value, *[XP.asarray(o) for o in operands], **attributes))
        assert abs(computed - value) <= 64 * 2.0**-53 * spread + 5e-324, operands


@pytest.mark.parametrize("name", sorted(set(EVALUABLE) - set(ELEMENTWISE)))
def test_arrays_agree_with_exact(name):
    row = OPERATIONS[name]
    operands, attributes = arrays(name), ATTRIBUTES.get(name, {})
    computed = np.asarray(row.compute(NP, *operands, **attributes), float)
    value = np.asarray(row.compute(XP, *operands, **attributes)).astype(float)
    assert computed.shape == value.shape
    np.testing.assert_allclose(computed, value, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_partials_are_the_derivatives(name):
    row = OPERATIONS[name]
    attributes = ATTRIBUTES.get(name, {})
    h = XP.asarray("1e-20")
    for operands in scalars(name):
        point = [XP.asarray(x) for x in operands]
        value = row.compute(XP, *point, **attributes)
        for position, partial in enumerate(row.partials):
            if partial is None:
                continue
            right, left = list(point), list(point)
            right[position], left[position] = point[position] + h, point[position] - h
            slope = (row.compute(XP, *right, **attributes) - row.compute(XP, *left, **attributes)) / (2 * h)
            own = XP.asarray(partial(XP, value, *point, **attributes))
            assert abs(own - slope) <= 1e-15 * max(abs(slope), abs(own), 1e-3), (operands, position)


@pytest.mark.parametrize("name", WITH_PULLBACK)
def test_pullbacks_are_the_transposed_jacobian(name):
    """Along a direction d, ⟨cotangent, f'(x)d⟩ = ⟨pullback(cotangent), d⟩."""
    row = OPERATIONS[name]
    operands, attributes = arrays(name), ATTRIBUTES.get(name, {})
    point = [XP.asarray(x) for x in operands]
    value = np.asarray(row.compute(XP, *point, **attributes), dtype=object)
    weights = XP.asarray(np.cos(np.arange(value.size)).reshape(value.shape))
    parts = cotangents_of(row, XP, weights, value[()], point, attributes)
    h = XP.asarray("1e-20")
    for position, part in enumerate(parts):
        if part is None:
            continue
        x = np.asarray(point[position], dtype=object)
        direction = XP.asarray(np.sin(1.0 + np.arange(x.size)).reshape(x.shape))
        right, left = list(point), list(point)
        right[position], left[position] = x + direction * h, x - direction * h
        change = (row.compute(XP, *right, **attributes) - row.compute(XP, *left, **attributes)) / (2 * h)
        forward, backward = np.sum(weights * change), np.sum(XP.sum_to(part, x.shape) * direction)
        assert abs(forward - backward) <= 1e-15 * max(abs(forward), abs(backward), 1e-3), position


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "longdouble"])
@pytest.mark.parametrize("name", ELEMENTWISE)
def test_every_dtype_rounds_to_itself(name, dtype):
    if dtype == "bfloat16":
        pytest.importorskip("ml_dtypes")
    xp = working(dtype)
    for operands in scalars(name)[:2]:
        result = OPERATIONS[name].compute(xp, *[xp.asarray(x) for x in operands], **ATTRIBUTES.get(name, {}))
        assert np.asarray(result).dtype == xp.dtype


@pytest.mark.parametrize("name", [name for name, row in OPERATIONS.items() if row.composed is not None])
@pytest.mark.parametrize("x", [-800.0, -40.0, -1e-9, 0.0, 0.5, 33.0, 800.0])
def test_what_is_composed_of_other_operations_is_as_accurate(name, x):
    value = eval(OPERATIONS[name].composed, {"logaddexp": np.logaddexp, "x": x})
    assert value == pytest.approx(float(OPERATIONS[name].compute(XP, x)), rel=4e-16, abs=0)
