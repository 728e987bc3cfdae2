"""Arbitrary precision confirms or acquits what float64 did, and alone where nothing wider is in hardware."""

from __future__ import annotations

import json
import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stabcheck.dynamic.trace.exact_arrays import apply, exactly, inverse, rounded, solve
from stabcheck.dynamic.trace.explain import causes
from stabcheck.dynamic.trace.numpy_recorder import record
from tests.dynamic.trace.programs import normal

tf = pytest.importorskip("tensorflow")

from stabcheck.dynamic.trace import (  # noqa: E402
    exact_arrays,
    special_functions,
    tensorflow_attribution,
    tensorflow_comparison,
    tensorflow_exact,
    tensorflow_shadows,
)
from tests.dynamic.trace import programs_tensorflow  # noqa: E402
from tests.dynamic.trace.test_programs import trace_of  # noqa: E402
from tests.dynamic.trace.test_tensorflow_recorder import run  # noqa: E402

EVENLY = 1e9 + np.arange(3.0)


def versine(x):
    return (1.0 - np.cos(x)).sum()


def logarithm_of_versine(x):
    difference = 1.0 - np.cos(x)
    return np.log(difference).sum()


def variance(x):
    return np.mean(x * x) - np.mean(x) ** 2


def shifted(x):
    return ((x + 1e20) - 1e20).sum()


def hyperbola(x):
    return np.sqrt(x**2 + 1.0) - x


def deviation(x):
    return np.sqrt((x**2).mean() - x.mean() ** 2)


def scalar_versine(x):
    return 1.0 - math.cos(x)


# Long double gets these as wrong as float64 does, or can't tell them from 0.
BLIND = [
    (versine, np.array([1e-10, 2e-10]), 2.5e-20),
    (variance, EVENLY, 2 / 3),
    (shifted, np.ones(2), 2.0),
    (hyperbola, np.array([1e10]), 5e-11),
    (deviation, 1e9 + np.arange(5.0) / 7, 0.2020305),
    (scalar_versine, 1e-10, 5e-21),
]


@pytest.mark.parametrize(("function", "x", "exact"), BLIND)
def test_what_long_double_cannot_tell_is_confirmed_by_exact_numbers(function, x, exact):
    _, _, trace = record(function, (x,))
    [cause] = causes(trace)
    assert cause.kind == "cancellation"
    assert cause.location.line == function.__code__.co_firstlineno + 1
    assert cause.evidence["reference"] == "60 digits"
    assert trace.results[0].reference == pytest.approx(exact, rel=1e-6)
    assert trace.predicted_error == pytest.approx(trace.actual_error, rel=0.05)


def test_a_logarithm_of_0_that_exactly_is_none_accuses_the_difference():
    with np.errstate(all="ignore"):
        _, _, trace = record(logarithm_of_versine, (np.array([1e-10]),))
    found = causes(trace)
    assert [c.kind for c in found] == ["cancellation", "domain-error"]
    assert found[0].location.line == logarithm_of_versine.__code__.co_firstlineno + 1


def test_exact_zeros_are_acquitted():
    def deviations(x):
        return np.sum(x - x.mean())

    def same_sum(x):
        return (x @ x) - np.dot(x, x)

    for function in (deviations, same_sum):
        _, _, trace = record(function, (normal(50) + 5.0,))
        assert causes(trace) == ()
    assert record(deviations, (normal(50) + 5.0,))[2].results[0].reference == 0.0


def test_a_run_that_is_too_large_keeps_its_wide_reference():
    _, _, trace = record(variance, (np.random.default_rng(0).normal(size=200_000) + 1e6,))
    assert trace.results[0].arithmetic in ("long double", "float64")


TENSORFLOW = {
    "versine": (lambda x: 1.0 - tf.cos(x), [1e-10, 2e-10], "float64"),
    "versine in float32": (lambda x: 1.0 - tf.cos(x), [1e-10, 2e-10], "float32"),
    "variance": (lambda x: tf.reduce_mean(x * x) - tf.reduce_mean(x) ** 2, EVENLY, "float64"),
    "hyperbola": (lambda x: tf.sqrt(x**2 + 1.0) - x, [1e10], "float64"),
    "shifted": (lambda x: (x + 1e20) - 1e20, [1.0, 2.0], "float64"),
}


@pytest.mark.parametrize("name", TENSORFLOW)
def test_in_tensorflow(name):
    function, x, dtype = TENSORFLOW[name]
    _, _, trace = run(function, tf.constant(x, dtype))
    first = causes(trace)[0]
    assert (first.kind, first.evidence["reference"]) == ("cancellation", "60 digits")
    assert trace.predicted_error == pytest.approx(trace.actual_error, rel=0.05)


@pytest.fixture
def narrow(monkeypatch):
    """A platform whose long double is float64."""
    modules = (
        exact_arrays,
        special_functions,
        tensorflow_attribution,
        tensorflow_exact,
        tensorflow_comparison,
        tensorflow_shadows,
    )
    for module in modules:
        monkeypatch.setattr(module, "wide_type", lambda: np.float64)


IN_DOUBLE = [p for p in programs_tensorflow.shelf.programs if p.dtype == "float64"]


@pytest.mark.usefixtures("narrow")
@pytest.mark.parametrize("program", IN_DOUBLE, ids=lambda p: p.name)
def test_tensorflow_programs_without_a_wide_type(program):
    trace = trace_of(program)
    assert [(c.location.line, c.kind) for c in causes(trace)[:1]] == program.marks()
    assert all(result.arithmetic == "60 digits" for result in trace.results)


@pytest.mark.usefixtures("narrow")
@pytest.mark.parametrize("name", ["versine", "variance", "hyperbola", "shifted"])
def test_tensorflow_without_a_wide_type(name):
    function, x, dtype = TENSORFLOW[name]
    _, _, trace = run(function, tf.constant(x, dtype))
    assert causes(trace)[0].kind == "cancellation"


@pytest.mark.usefixtures("narrow")
def test_a_large_run_without_a_wide_type_says_that_there_is_no_reference():
    x = tf.constant(np.random.default_rng(0).normal(size=100_000) + 1e6)
    _, _, trace = run(lambda x: tf.reduce_mean(x * x) - tf.reduce_mean(x) ** 2, x)
    assert any(note.startswith("no wider reference") for note in trace.notes)
    assert causes(trace) == ()


NARROW_NUMPY = """
import json, warnings
import numpy as np
import stabcheck.dynamic.trace.formats as formats
formats.wide_type = lambda: np.float64
from stabcheck.dynamic.trace.explain import causes
from stabcheck.dynamic.trace.numpy_recorder import record
from tests.dynamic.trace.programs_numpy import shelf
warnings.simplefilter("ignore")
cast = lambda v, d: (v.astype(d) if isinstance(v, np.ndarray) else
                     {k: cast(x, d) for k, x in v.items()} if isinstance(v, dict) else v)
found = {}
for p in shelf.programs:
    _, _, trace = record(p.function, tuple(cast(a, p.dtype) for a in p.make()))
    found[p.name] = ([[c.location.line, c.kind] for c in causes(trace)[:1]], [list(m) for m in p.marks()])
print(json.dumps(found))
"""


def test_numpy_programs_without_a_wide_type():
    done = subprocess.run(
        [sys.executable, "-c", NARROW_NUMPY], capture_output=True, text=True, check=True, cwd=_root()
    )
    found = json.loads(done.stdout)
    assert len(found) > 30
    assert {name: got for name, (got, marks) in found.items() if got != marks} == {}


def _root():
    from pathlib import Path

    return Path(__file__).parents[3]


SPECIAL = {
    "erf": tf.math.erf,
    "erfc": tf.math.erfc,
    "lgamma": tf.math.lgamma,
    "digamma": tf.math.digamma,
    "erfinv": lambda x: tf.math.erfinv(x / 4),
    "ndtri": lambda x: tf.math.ndtri(x / 4),
    "igamma": lambda x: tf.math.igamma(x, x + 1),
    "igammac": lambda x: tf.math.igammac(x, x + 1),
    "betainc": lambda x: tf.math.betainc(x, x + 1, x / 4),
    "polygamma": lambda x: tf.math.polygamma(tf.ones_like(x), x),
    "zeta": lambda x: tf.math.zeta(x + 1, x),
    "top_k": lambda x: tf.math.top_k(x, 2).values,
    "arcs": lambda x: tf.asinh(x) + tf.acosh(x + 1) + tf.atanh(x / 4),
    "one_hot": lambda x: x * tf.one_hot([0, 2, 1], 3, dtype=x.dtype)[0],
    "logdet": lambda x: tf.linalg.logdet(x[:, None] * x + 3 * tf.eye(3, dtype=x.dtype)),
    "diagonal": lambda x: tf.linalg.diag_part(tf.linalg.diag(x) * 1.5),
    "segments": lambda x: tf.math.segment_sum(x, [0, 0, 1]),
}


@pytest.mark.skipif(np.finfo(np.longdouble).nmant <= 52, reason="long double is no wider than float64 here")
@pytest.mark.parametrize("name", SPECIAL)
def test_special_functions_have_a_reference(name):
    x = tf.constant([0.3, 1.7, 2.9], tf.float64)
    value, _, trace = run(lambda x: tf.reduce_sum(SPECIAL[name](x) * 1.3), x)
    forward = [e for e in trace.events if e.phase == "forward"]
    assert not [e.runtime for e in forward if e.mode == "resynchronized"]
    assert trace.results[0].reference == pytest.approx(float(value), rel=1e-12)


def test_special_functions_of_many_entries_fall_back_visibly():
    x = tf.constant(np.linspace(0.1, 3.0, 5000))
    _, _, trace = run(lambda x: tf.reduce_sum(tf.math.lgamma(x)), x)
    assert any("no wider form of" in note for note in trace.notes)


@given(st.lists(st.floats(-1e300, 1e300), min_size=1, max_size=6))
def test_exact_numbers_come_back_as_they_went(numbers):
    array = np.array(numbers)
    assert rounded(exactly(array), np.float64).tobytes() == (array + 0.0).tobytes()
    wide = array.astype(np.longdouble) / 3
    assert np.array_equal(rounded(exactly(wide), np.longdouble), wide)


def test_numbers_below_every_type_do_not_become_0():
    tiny = exactly(np.array([1e-300])) * exactly(np.array([1e-300]))
    assert rounded(tiny, np.float64)[0] == 5e-324
    assert rounded(tiny, np.longdouble)[0] > 0


@pytest.mark.parametrize("n", [1, 2, 5])
def test_linear_systems_of_exact_numbers(n):
    a = exactly(np.random.default_rng(n).normal(size=(n, n)))
    b = exactly(np.arange(1.0, n + 1))
    residual = a @ solve(a, b) - b
    assert all(abs(r) < 1e-50 for r in residual)
    assert np.all(np.abs(inverse(a) @ a - np.eye(n)) < 1e-50)


def test_what_has_no_exact_form_is_refused():
    with pytest.raises(TypeError):
        apply(lambda x: x.astype(np.float64), (exactly(np.ones(2)),), {})
    with pytest.raises(AttributeError):
        apply(np.spacing, (exactly(np.ones(2)),), {})
