"""How far entries are moved."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from stabcheck.dynamic.directions import scale_of

sizes = st.floats(-1e300, 1e300, allow_nan=False)


@given(st.lists(sizes, max_size=9))
def test_no_entry_moves_by_less_than_the_median_of_those_that_are_not_zero(entries):
    array = np.asarray(entries, dtype=np.float64)
    nonzero = np.abs(array[array != 0])
    least = np.median(nonzero) if nonzero.size else 1.0
    assert np.array_equal(scale_of(array), np.maximum(np.abs(array), least))
