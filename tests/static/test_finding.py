"""Findings to records and back."""

import json

from hypothesis import given
from hypothesis import strategies as st

from stabcheck.static.finding import SEVERITIES, CellPlace, Edit, Finding, Fix, Witness
from stabcheck.static.span import Span

PLACE = st.integers(1, 10**6)
SPANS = st.builds(Span, PLACE, PLACE, PLACE, PLACE)
TEXT = st.text(max_size=20)
NUMBERS = st.floats(allow_nan=False)  # NaN is not equal to itself; see below
EXACT = NUMBERS | st.from_regex(r"-?[1-9]\.\d\de[+-]\d{3}", fullmatch=True)
FINDINGS = st.builds(
    Finding,
    TEXT,
    TEXT,
    TEXT,
    st.sampled_from(SEVERITIES),
    st.just("a.py"),
    SPANS,
    TEXT,
    st.none()
    | st.builds(
        Witness,
        st.dictionaries(TEXT, NUMBERS | st.lists(NUMBERS, max_size=3).map(tuple), max_size=3),
        TEXT,
        NUMBERS,
        EXACT,
        st.floats(0, 1e3),
        st.sampled_from(["value", "gradient"]),
    ),
    st.none()
    | st.builds(
        Fix,
        st.sampled_from(["safe", "unsafe"]),
        st.lists(st.builds(Edit, SPANS, TEXT, st.none() | PLACE), max_size=3).map(tuple),
        TEXT,
        st.none() | TEXT,
    ),
    st.none() | TEXT,
    TEXT,
    st.none() | st.builds(CellPlace, PLACE, st.none() | TEXT, PLACE),
)


@given(FINDINGS)
def test_a_finding_made_from_its_record_is_the_same(finding):
    again = Finding.from_dict(json.loads(json.dumps(finding.to_record())), "a.py")
    assert again == finding
    assert repr(again) == repr(finding)


def test_numbers_that_json_has_not_come_back():
    nan = float("nan")
    witness = Witness({"x": (nan, 1.0), "y": float("-inf")}, "float32", nan, float("inf"), 24.0)
    again = Witness.from_dict(json.loads(json.dumps(witness.to_dict())))
    assert repr(again) == repr(witness)
