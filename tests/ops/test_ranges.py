"""Interval transfers are sound: members of the operands' intervals give a member of the result's."""

from __future__ import annotations

from math import inf, isfinite

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from stabcheck.ops import OPERATIONS, Interval
from stabcheck.ops.numeric import exact
from tests.ops.samples import ATTRIBUTES

XP = exact(80)
_ENDS = st.one_of(
    st.sampled_from(
        [0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0, 3.0, inf, -inf, 1e-300, -1e-300, 700.0, -700.0, 1e300]
    ),
    st.floats(-20, 20, allow_subnormal=False),
)

WITH_RANGE = sorted(
    name
    for name, row in OPERATIONS.items()
    if row.range is not None and row.compute is not None and row.kind == "elementwise"
)
# Of whole numbers alone; the gamma function that extends it goes below zero.
WITH_RANGE.remove("comb")

JOINING = sorted(
    name
    for name, row in OPERATIONS.items()
    if row.range and row.compute and row.operands == 1 and row.kind in ("reduction", "scan", "normalizer")
)


@st.composite
def intervals(draw):
    lower, upper = sorted((draw(_ENDS), draw(_ENDS)))
    assume(not (lower == upper and abs(lower) == inf))
    return Interval(lower, upper, draw(st.booleans()) and not lower == upper == 0.0)


@st.composite
def members(draw, interval, domain):
    """A number in both, or none of them if they don't meet."""
    lower, upper = max(interval.lower, domain.lower), min(interval.upper, domain.upper)
    assume(lower <= upper)
    low, high = max(lower, -1e6) + 0.0, min(upper, 1e6) + 0.0  # not -0.0
    assume(low <= high)
    x = draw(st.one_of(st.sampled_from([low, high]), st.floats(low, high)))
    assume(x in interval and x in domain)
    return x


def _inside(value, interval):
    if value != value:  # outside the domain: nothing is claimed
        return True
    if abs(value) == inf:
        return True  # a pole; an interval speaks of real values
    return interval.lower <= value <= interval.upper and not (interval.nonzero and value == 0)


@pytest.mark.parametrize("name", WITH_RANGE)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_elementwise_range_is_sound(name, data):
    row = OPERATIONS[name]
    attributes = ATTRIBUTES.get(name, {})
    known = [data.draw(intervals()) for _ in range(row.operands)]
    xs = []
    for position, interval in enumerate(known):
        domain = row.natural_domain[position] if position < len(row.natural_domain) else Interval()
        xs.append(data.draw(members(interval, domain)))
    assume(all(isfinite(x) for x in xs))
    claimed = row.range(*known, **attributes)
    value = row.compute(XP, *[XP.asarray(x) for x in xs], **attributes)
    assert _inside(value, claimed), (known, xs, claimed)


@pytest.mark.parametrize("name", JOINING)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_joining_range_is_sound(name, data):
    row = OPERATIONS[name]
    interval = data.draw(intervals())
    rows, columns = data.draw(st.integers(1, 2)), data.draw(st.integers(1, 4))
    xs = [[data.draw(members(interval, Interval())) for _ in range(columns)] for _ in range(rows)]
    claimed = row.range(interval)
    result = np.asarray(row.compute(XP, XP.asarray(xs)), dtype=object)
    assert all(_inside(value, claimed) for value in result.flat), (interval, xs, claimed)


@pytest.mark.parametrize(
    ("name", "operands", "attributes", "expected"),
    [
        ("log", [Interval(0, 1)], {}, Interval(-inf, 0)),
        ("exp", [Interval(-inf, 0)], {}, Interval(0, 1, nonzero=True)),
        ("subtract", [Interval(1, 1), Interval(0, 1)], {}, Interval(0, 1)),
        ("multiply", [Interval(0, inf), Interval(0, inf)], {}, Interval(0, inf)),
        ("multiply", [Interval(-3, 2), Interval(-1, 4)], {}, Interval(-12, 8)),
        ("square", [Interval(-3, 2)], {}, Interval(0, 9)),
        ("power", [Interval(-3, 2), Interval(2, 2)], {}, Interval(0, 9)),
        ("power", [Interval(-3, 2), Interval(3, 3)], {}, Interval(-27, 8)),
        ("power", [Interval(0, 1), Interval(0.5, 0.5)], {}, Interval(0, 1)),
        ("divide", [Interval(1, 1), Interval(1, inf)], {}, Interval(0, 1, nonzero=True)),
        ("add", [Interval(1, 1), Interval(0, inf)], {}, Interval(1, inf, nonzero=True)),
        ("sum", [Interval(0, 1, nonzero=True)], {}, Interval(0, inf, nonzero=True)),
        ("mean", [Interval(0, 1)], {}, Interval(0, 1)),
        ("softmax", [Interval()], {}, Interval(0, 1)),
        ("clip", [Interval()], {"lower": 1e-7, "upper": Interval(0.5, 1)}, Interval(1e-7, 1, nonzero=True)),
        ("clip", [Interval()], {"lower": 0.0}, Interval(0, inf)),
        ("maximum", [Interval(), Interval(1e-7, 1e-7)], {}, Interval(1e-7, inf, nonzero=True)),
        ("sqrt", [Interval(0, 4)], {}, Interval(0, 2)),
        ("tanh", [Interval(0, inf)], {}, Interval(0, 1)),
        ("sigmoid", [Interval(-inf, 0)], {}, Interval(0, 0.5, nonzero=True)),
        ("cosh", [Interval()], {}, Interval(1, inf)),
        ("where", [Interval(0, 1), Interval(2, 3), Interval(-1, 0)], {}, Interval(-1, 3)),
        ("arccos", [Interval(0, 1)], {}, None),
    ],
)
def test_ends_that_guards_ask_for_are_exact(name, operands, attributes, expected):
    found = OPERATIONS[name].range(*operands, **attributes)
    if expected is None:
        assert found.lower == 0.0
    else:
        assert (found.lower, found.upper) == (expected.lower, expected.upper)
        assert found.excludes_zero == expected.excludes_zero
