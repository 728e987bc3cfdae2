"""NumPy functions as problems: run at other dtypes without touching what the user has."""

from __future__ import annotations

import functools
import math

import numpy as np
import pytest

import stabcheck
from stabcheck.dynamic.adapters import problem_for
from stabcheck.dynamic.precision import DiagnoseError

GLOBAL = np.ones(3, np.float32) / 3


def uses_a_global(x):
    return np.sum(x * GLOBAL)


class Model:
    def __init__(self):
        self.weights = np.ones(3, np.float32) / 3

    def loss(self, x):
        return np.sum(x * self.weights)

    def __call__(self, x):
        return self.loss(x)


def closure():
    weights = np.ones(3, np.float32) / 3
    return (lambda x: np.sum(x * weights)), weights


def default():
    weights = np.ones(3, np.float32) / 3

    def loss(x, w=weights):
        return np.sum(x * w)

    return loss, weights


def bound_method():
    model = Model()
    return model.loss, model.weights


def callable_object():
    model = Model()
    return model, model.weights


def partial():
    weights = np.ones(3, np.float32) / 3
    return functools.partial(lambda x, w: np.sum(x * w), w=weights), weights


@pytest.mark.parametrize("make", [closure, default, bound_method, callable_object, partial])
def test_captured_arrays_are_widened_for_the_twin_alone(make):
    fn, weights = make()
    problem = problem_for(fn, (np.ones(3, np.float32),), lambda x: x)
    wide = problem.at("float64")
    value = wide.value(tuple(leaf.value for leaf in wide.leaves))
    assert problem.dtype == "float32"
    assert value.dtype == np.float64
    assert weights.dtype == np.float32
    assert fn(np.ones(3, np.float32)).dtype == np.float32


def test_a_global_is_widened_and_put_back():
    problem = problem_for(uses_a_global, (np.ones(3, np.float32),), lambda x: x)
    wide = problem.at("float64")
    assert wide.value((np.ones(3),)).dtype == np.float64
    assert GLOBAL.dtype == np.float32


def test_an_exception_in_the_twin_puts_everything_back():
    weights = np.ones(3, np.float32)

    def fails(x):
        if x.dtype == np.float64:
            raise RuntimeError("not in float64")
        return np.sum(x * weights)

    wide = problem_for(fails, (np.ones(3, np.float32),), lambda x: x).at("float64")
    with pytest.raises(RuntimeError):
        wide.value((np.ones(3),))
    assert fails.__closure__[0].cell_contents is weights


def test_integers_are_passed_on_and_not_varied():
    problem = problem_for(lambda x, n: x[n] ** 2, (np.ones(3), 1), lambda x, n: x)
    assert [leaf.varied for leaf in problem.leaves] == [True, False]
    assert problem.at("float32").leaves[1].value.dtype.kind == "i"


def test_python_numbers_stay_python_numbers():
    seen = []
    problem = problem_for(lambda x: seen.append(type(x)) or math.exp(x), 2.0, math.exp)
    problem.value((np.asarray(2.5),))
    assert seen == [float]


def test_mutation_is_seen_and_kept_from_the_user():
    x = np.ones(3)

    def doubles(x):
        x *= 2
        return np.sum(x)

    problem = problem_for(doubles, (x,), lambda x: x)
    assert problem.value((x,)) == 6
    assert problem.mutated == {"x"}
    assert np.all(x == 1)


def test_arguments_that_the_gradient_does_not_cover_are_held_fixed():
    problem = problem_for(lambda w, x: np.sum(w * x), (np.ones(3), np.ones(3)), lambda w, x: x)
    assert [leaf.varied for leaf in problem.leaves] == [True, False]
    assert problem.notes == ("no gradient given by x: held fixed",)


@pytest.mark.parametrize(
    ("fn", "args", "grad", "message"),
    [
        (np.sum, None, None, "no arguments to check"),
        (np.sum, ("text",), None, "no floating-point array"),
        (np.sum, (np.ones(2) * 1j,), None, "complex"),
        (lambda x: x[:2], (np.ones(3),), lambda x: np.ones(5), "give a function with one value, a Jacobian"),
    ],
)
def test_what_can_not_be_checked_is_one_line(fn, args, grad, message):
    with pytest.raises(DiagnoseError, match=message) as caught:
        stabcheck.diagnose(fn, args, grad)
    assert "\n" not in str(caught.value)


def test_no_framework_is_imported():
    import subprocess
    import sys

    code = (
        "import sys, numpy as np, stabcheck;"
        "stabcheck.diagnose(np.tanh, np.ones(2), lambda x: 1 - np.tanh(x)**2);"
        "sys.exit(any(name in sys.modules for name in ('tensorflow', 'keras', 'torch', 'jax')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
