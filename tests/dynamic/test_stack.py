"""Points on a line and points with one entry moved are those that are built one by one."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from stabcheck.dynamic.stack import Stack, by_entry, joined, on_line

SHAPES = st.lists(st.sampled_from([(), (3,), (2, 2)]), min_size=1, max_size=3)
SEEDS = st.integers(0, 1000)


def point_of(shapes, rng):
    return tuple(np.asarray(rng.normal(size=shape), dtype=rng.choice(["f4", "f8"])) for shape in shapes)


@given(SHAPES, SEEDS)
def test_on_a_line(shapes, seed):
    rng = np.random.default_rng(seed)
    point, direction = point_of(shapes, rng), tuple(np.asarray(rng.normal(size=shape)) for shape in shapes)
    direction = (*direction[:-1], np.zeros(shapes[-1]))
    offsets = rng.normal(size=4)
    stack = on_line(point, direction, offsets)
    for there, offset in zip(stack, offsets, strict=True):
        for x, d, found in zip(point, direction, there, strict=True):
            assert found.dtype == x.dtype
            np.testing.assert_array_equal(found, (x + offset * d).astype(x.dtype))


@given(SHAPES, SEEDS)
def test_by_entry(shapes, seed):
    rng = np.random.default_rng(seed)
    point = point_of(shapes, rng)
    entries = [(leaf, flat) for leaf, x in enumerate(point) for flat in range(x.size)]
    rng.shuffle(entries)
    ends = rng.normal(size=(len(entries), 2))
    stack = by_entry(point, entries, ends)
    assert len(stack) == 2 * len(entries)
    for place, there in enumerate(stack):
        leaf, flat = entries[place // 2]
        for index, (x, found) in enumerate(zip(point, there, strict=True)):
            expected = x.copy()
            if index == leaf:
                expected.reshape(-1)[flat] += ends[place // 2, place % 2].astype(x.dtype)
            np.testing.assert_array_equal(found, expected)


def test_parts_put_together_again():
    stack = Stack([np.arange(12.0).reshape(4, 3), np.arange(4.0)])
    whole = joined([stack[:1], stack[1:]])
    assert [column.tolist() for column in whole.columns] == [column.tolist() for column in stack.columns]
    assert stack[2][1].shape == ()
