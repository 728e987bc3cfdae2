"""A run that raises: its events are kept, and the cause names the line that made the value."""

from __future__ import annotations

import math

import numpy as np
import pytest

import stabcheck
from stabcheck.dynamic.trace.raised import failure_causes, run_until_raised

HILLY = np.array([[1.0, 1.0], [1e-9, 0.0], [0.0, 1e-9]])
FLAT = np.array([[1.0, 2.0], [2.0, 4.0], [3.0, 6.0]])


def trapped_logarithm(x):
    y = x - 1.0
    with np.errstate(divide="raise"):
        return np.log(y).sum()  # raises


def trapped_in_place(x):
    with np.errstate(all="raise"):
        y = x * 1.0
        y **= 400.0  # raises
    return y.sum()


def plain_logarithm(x):
    total = float(x.sum())
    return math.log(total - 100.0)  # raises


def plain_exponential(x):
    return math.exp(1e5 * float(x.sum()))  # raises


def plain_quotient(x):
    total = float(x.sum())
    rest = total - total
    return 1.0 / rest  # raises


def plain_power(x):
    return (10.0 + float(x.sum())) ** 400.0  # raises


def normal_equations(x):
    gram = x.T @ x  # raises
    return np.linalg.solve(gram, np.ones(2)).sum()


def kernel(x):
    k = np.exp(-((x[:, None] - x[None, :]) ** 2))  # raises
    return np.linalg.cholesky(k).sum()


def undefined_matrix(x):
    root = np.sqrt(x - 20.0)  # raises
    return np.linalg.svd(np.outer(root, root))[1].sum()


CASES = [
    (trapped_logarithm, np.array([1.0, 2.0]), FloatingPointError, "domain-error"),
    (trapped_in_place, np.array([10.0, 2.0]), FloatingPointError, "overflow"),
    (plain_logarithm, np.ones(3), ValueError, "domain-error"),
    (plain_exponential, np.ones(3), OverflowError, "overflow"),
    (plain_quotient, np.ones(3), ZeroDivisionError, "domain-error"),
    (plain_power, np.ones(3), OverflowError, "overflow"),
    (normal_equations, FLAT, np.linalg.LinAlgError, "domain-error"),
    (normal_equations, HILLY, np.linalg.LinAlgError, "precision-loss"),
    (kernel, np.linspace(0.0, 1.0, 60), np.linalg.LinAlgError, "domain-error"),
    (undefined_matrix, np.ones(3), np.linalg.LinAlgError, "domain-error"),
]


def marked_line(function):
    import inspect

    lines, first = inspect.getsourcelines(function)
    return next(first + i for i, line in enumerate(lines) if "# raises" in line)


@pytest.mark.filterwarnings("ignore:invalid value")
@pytest.mark.parametrize(("function", "x", "error", "kind"), CASES)
def test_the_line_that_made_the_value_is_named(function, x, error, kind):
    failure = run_until_raised(function, (x,))
    assert isinstance(failure.error, error)
    [cause] = failure_causes(failure)
    assert (cause.kind, cause.location.line) == (kind, marked_line(function))
    assert type(failure.error).__name__ in cause.explanation
    assert cause.location.path == __file__


def test_the_events_until_the_exception_are_kept():
    failure = run_until_raised(plain_quotient, (np.ones(3),))
    operations = [e.operation for e in failure.trace.events]
    assert operations[-2:] == ["subtract", "divide"]
    assert "made the 0" in failure_causes(failure)[0].explanation


def test_rank_and_condition_are_told():
    [flat] = failure_causes(run_until_raised(normal_equations, (FLAT,)))
    assert flat.evidence["rank"] == 1
    [hilly] = failure_causes(run_until_raised(normal_equations, (HILLY,)))
    assert "which exactly it isn't" in hilly.explanation


@pytest.mark.parametrize("error", [ValueError("math is hard"), KeyError("x"), ZeroDivisionError("by hand")])
def test_what_the_user_raises_has_no_numeric_cause(error):
    def raises(x):
        if x.sum() > 0:
            raise error
        return x

    assert failure_causes(run_until_raised(raises, (np.ones(2),))) == ()


def test_without_an_exception_there_is_no_failure():
    assert run_until_raised(lambda x: x * 2.0, (np.ones(2),)) is None


def test_a_diagnosis_of_a_gradient_that_raises():
    def gradient(x):
        return 2 * x * math.log(float(x.sum()))

    report = stabcheck.diagnose(lambda x: float(x.sum()) ** 2, (np.array([-0.5, 0.1]),), gradient)
    assert report.verdict == "fail"
    assert report.causes[0].kind == "domain-error"
    assert report.causes[0].location.line == gradient.__code__.co_firstlineno + 1


def test_other_exceptions_pass_through_a_diagnosis():
    def raises(x):
        raise ValueError("odd")

    with pytest.raises(ValueError, match="odd"):
        stabcheck.diagnose(raises, (np.ones(2),))
