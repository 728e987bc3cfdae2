"""What rewriting must leave alone, and what the shadow must keep up with."""

from __future__ import annotations

import linecache
import math
import sys
import types

import numpy as np
import pytest

from stabcheck.dynamic.trace import numpy_recorder
from stabcheck.dynamic.trace.explain import causes
from stabcheck.dynamic.trace.numpy_recorder import flattened, record
from tests.dynamic.trace.snippets import SNIPPETS


def matrix():
    return np.random.default_rng(3).normal(size=(4, 3))


def parts(value):
    return [np.asarray(v) for v in flattened(value)]


@pytest.mark.parametrize("function", SNIPPETS, ids=lambda f: f.__name__)
def test_results_are_bitwise_the_same(function):
    plain = function(matrix())
    watched, _, _ = record(function, (matrix(),))
    assert type(watched) is type(plain)
    for got, want in zip(parts(watched), parts(plain), strict=True):
        assert got.dtype == want.dtype
        assert got.tobytes() == want.tobytes()


@pytest.mark.parametrize("function", SNIPPETS, ids=lambda f: f.__name__)
def test_the_shadow_keeps_up(function):
    """A shadow that missed a change would be far off: these functions are all well conditioned."""
    _, _, trace = record(function, (matrix(),))
    assert trace.results
    for result in trace.results:
        unit = 6e-8 if function.__name__ in ("methods", "mixed_precision") else 1.2e-16
        assert result.error < 1e4 * unit
    assert causes(trace) == ()


def test_arguments_are_not_changed_by_the_watch():
    x = matrix()
    record(SNIPPETS[0], (x,))
    assert x.tobytes() == matrix().tobytes()


def test_module_globals_are_left_alone():
    module = sys.modules[SNIPPETS[0].__module__]
    before = dict(vars(module))
    for function in SNIPPETS:
        record(function, (matrix(),))
    assert vars(module) == before


def test_an_exception_passes_through():
    class Wrong(Exception):
        pass

    def fails(x):
        y = x * 2
        if y.sum() != 0:
            raise Wrong("as it was", 3)
        return y

    with pytest.raises(Wrong) as caught:
        record(fails, (matrix(),))
    assert caught.value.args == ("as it was", 3)


def test_an_exception_inside_an_operation_is_numpys_own():
    def mismatch(x):
        return x @ x

    with pytest.raises(ValueError, match="mismatch in its core dimension") as expected:
        mismatch(matrix())
    with pytest.raises(ValueError, match="mismatch in its core dimension") as caught:
        record(mismatch, (matrix(),))
    assert str(caught.value) == str(expected.value)
    lines = [entry.lineno for entry in caught.traceback if str(entry.path) == __file__]
    assert mismatch.__code__.co_firstlineno in lines  # pytest counts lines from 0


def test_an_impure_function_runs_once():
    calls = []

    def impure(x):
        calls.append(1)
        return (x * 2).sum() + len(calls)

    value, _, _ = record(impure, (matrix(),))
    assert len(calls) == 1
    assert value == (matrix() * 2).sum() + 1


def test_a_gradient_is_the_backward_phase():
    def loss(x):
        return (x**2).sum()

    def gradient(x):
        return 2 * x

    _, slope, trace = record(loss, (matrix(),), gradient, (matrix(),), ["x"])
    assert slope.tobytes() == (2 * matrix()).tobytes()
    assert {e.phase for e in trace.events} == {"forward", "backward"}
    assert trace.results[0].name == "value"
    assert any(r.name == "gradient of x" for r in trace.results)


def test_without_source_the_error_state_finds_the_line():
    path = "<typed in>"
    namespace = {"np": np}
    exec(compile("def typed(x):\n    return np.exp(x * 1000)\n", path, "exec"), namespace)

    def outer(x):
        return namespace["typed"](x)

    with np.errstate(all="warn"):
        value, _, trace = record(namespace["typed"], (np.array([800.0]),))
    assert np.isinf(value[0])
    assert trace.counts["error state"] >= 1
    assert any(e.operation == "overflow" for e in trace.events)
    assert np.geterr()["over"] == "warn"


def test_locations_have_line_and_columns():
    def subtract(x):
        y = x * 2.0
        return (y - 1.0) / 3.0

    _, _, trace = record(subtract, (matrix(),))
    [event] = [e for e in trace.events if e.operation == "subtract"]
    line = linecache.getline(event.location.path, event.location.line)
    assert line[event.location.column - 1 : event.location.end_column - 1] == "y - 1.0"
    assert event.location.function == "subtract"


def test_a_large_product_uses_blas_and_still_carries_errors_on():
    def product(a):
        shifted = (a + 1e9) - 1e9
        return shifted @ shifted

    a = np.random.default_rng(0).normal(size=(300, 300))
    _, _, trace = record(product, (a,))
    assert trace.results[0].error > 1e-9  # what the shift rounded away is still seen behind the product
    assert not isinstance(numpy_recorder, types.FunctionType)


def test_one_run_may_hold_several_dtypes():
    def mixed(x):
        return x.astype(np.float16).sum() + x.sum()

    _, _, trace = record(mixed, (matrix(),))
    assert {e.dtype for e in trace.events} >= {"float16", "float64"}


def test_functions_called_from_numpy_run_once():
    calls = []

    def counted(v):
        calls.append(v)
        return math.exp(v)

    def function(x):
        return np.vectorize(counted, otypes=[float])(x) + np.apply_along_axis(lambda r: r * 2.0, 0, x)

    value, _, _ = record(function, (matrix(),))
    assert len(calls) == matrix().size
    assert value.tobytes() == function(matrix()).tobytes()


def test_ragged_lists_of_arrays():
    def cell(x):
        state = np.zeros(2)
        for row in x:
            i, f = np.split(np.concatenate([row, state, [0.5]])[:4], 2)
            state = np.tanh(i) * f + state
        return state

    value, _, trace = record(cell, (matrix(),))
    assert value.tobytes() == cell(matrix()).tobytes()
    assert causes(trace) == ()


def test_empty_results():
    _, _, trace = record(lambda x: x[:0] * 2.0, (matrix(),))
    assert trace.results == ()
    assert causes(trace) == ()


def test_equal_functions_in_two_files_keep_their_own_places(tmp_path):
    import importlib.util

    for name in ("first", "second"):
        path = tmp_path / f"{name}.py"
        path.write_text("def twice(x):\n    return x * 2.0\n")
        spec = importlib.util.spec_from_file_location(name, path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        _, _, trace = record(module.twice, (matrix(),))
        assert trace.events[0].location.path == str(path)


def halved(x, depth):
    return np.exp(x) if depth == 0 else halved(x * 0.5, depth - 1)


def test_a_function_that_calls_itself():
    value, _, trace = record(halved, (matrix(), 3))
    assert value.tobytes() == halved(matrix(), 3).tobytes()
    assert [e.operation for e in trace.events] == ["multiply"] * 3 + ["exp"]
    assert {e.location.function for e in trace.events} == {"halved"}


def test_a_result_written_into_a_positional_argument():
    def function(x):
        y = np.empty_like(x)
        np.multiply(x, 3.0, y)
        np.exp(y, y)
        return y.sum()

    value, _, trace = record(function, (matrix(),))
    assert value == function(matrix())
    assert trace.results[0].error < 1e-14
    assert "exp" in [e.operation for e in trace.events]


def test_what_is_not_followed_is_said():
    def complexes(x):
        return np.abs(np.exp(1j * x)).sum()

    def ranks(x):
        return np.median(x * 2.0)

    def callbacks(x):
        return np.vectorize(math.exp)(x).sum()

    for function, note in (
        (complexes, "complex numbers"),
        (ranks, "not seen inside: median"),
        (callbacks, "not seen inside"),
    ):
        _, _, trace = record(function, (matrix(),))
        assert any(note in each for each in trace.notes), (function, trace.notes)
        assert causes(trace) == ()


def flat_diagonal(x):
    a = x[:3] * 2.0
    a.flat[:: len(a) + 1] += 1.0
    a.flat[1] = x[0, 0]
    return (a * a.flat[4]).sum()


def no_axes(x):
    total = np.asarray(np.average(x))
    total *= 0.5
    total[()] = total + 1.0
    total[...] = total * 3.0
    return float(total) + x.sum()


def annotated(x):
    def inner(y: Nowhere) -> Missing:  # noqa: F821
        return y * 2.0

    return inner(x).sum()


def read_only(x):
    y = np.broadcast_to(x[0] * 3.0, (2, 3))
    return (y + np.diagonal(x[:3] * 2.0)).sum()


@pytest.mark.parametrize("function", [flat_diagonal, no_axes, annotated, read_only])
def test_the_shadow_follows_unusual_changes(function):
    value, _, trace = record(function, (matrix(),))
    assert value == function(matrix())
    assert all(result.error < 1e-14 for result in trace.results)
    assert causes(trace) == ()
