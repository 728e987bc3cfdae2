"""Broadcast kinds against NumPy's own rule, and which of them look like accidents."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stabcheck.dynamic.trace.broadcast import accidental, broadcast_kind

shapes = st.lists(st.sampled_from([1, 2, 3]), max_size=3).map(tuple)


@given(shapes, shapes)
def test_kinds_follow_numpys_rule(first, second):
    kind = broadcast_kind(first, second)
    try:
        result = np.broadcast_shapes(first, second)
    except ValueError:
        assert kind is None
        return
    assert (kind is None) == (first == second)
    assert kind == broadcast_kind(second, first)
    grow = [np.prod(result) > np.prod(s) for s in (first, second)]
    assert (kind == "outer") == all(grow)


@pytest.mark.parametrize(
    ("first", "second", "kind"),
    [
        ((16, 1), (16,), "outer"),
        ((4, 3), (3,), "rank-expanding"),
        ((4, 4), (4,), "rank-expanding"),
        ((4, 3), (4, 1), "keepdims"),
        ((4, 1), (1, 3), "outer"),
        ((4, 3), (), "scalar"),
        ((4, 3), (1,), "scalar"),
        ((4, 3), (4, 3), None),
        ((4, 3), (5,), None),
    ],
)
def test_kinds(first, second, kind):
    assert broadcast_kind(first, second) == kind


def test_only_a_column_with_a_vector_of_its_length_is_an_accident():
    assert accidental((16, 1), (16,))
    assert accidental((16,), (16, 1))
    assert accidental((2, 16, 1), (16,))
    assert not accidental((16, 1), (8,))
    assert not accidental((16, 1), (1, 16))
    assert not accidental((16, 4), (4,))
    assert not accidental((4, 4), (4,))
