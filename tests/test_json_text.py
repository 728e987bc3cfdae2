"""Output for programs is JSON that every reader accepts."""

import json
from math import inf, nan

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from stabcheck.json_text import dumps


def refuse(constant):
    raise AssertionError(constant)


def test_what_json_has_not_becomes_text():
    value = {
        "a": nan,
        "b": (inf, -inf),
        3: np.float32(0.5),
        "d": np.arange(2),
        "e": np.bool_(True),
        "f": {1},
        "g": 1j,
    }
    read = json.loads(dumps(value), parse_constant=refuse)
    expected = {"a": "nan", "b": ["inf", "-inf"], "3": 0.5, "d": [0, 1], "e": True, "f": [1], "g": "1j"}
    assert read == expected


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists))
def test_anything_is_read_back(value):
    read = json.loads(dumps(value), parse_constant=refuse)
    if value == value and not isinstance(value, float | list):
        assert read == value
