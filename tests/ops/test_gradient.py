"""Gradients of small expressions, as the frameworks compute them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from stabcheck.ops.gradient import Term, value_and_gradient
from stabcheck.ops.numeric import exact, working

F32, XP = working("float32"), exact()


def term(op, *operands, **attributes):
    return Term(op, operands, attributes)


def gradient(expression, xp=F32, library=None, **variables):
    return value_and_gradient(expression, variables, xp, library=library)[1]


def test_where_does_not_save_the_gradient():
    log = term("where", term("greater", "x", 0.0), term("log", "x"), 0.0)
    assert math.isnan(gradient(log, x=0.0)["x"])
    assert math.isnan(gradient(log, XP, x=0.0)["x"])
    softplus = term("where", term("less", "x", 10.0), term("exp", "x"), "x")
    assert math.isnan(gradient(softplus, x=100.0)["x"])


def test_a_safe_input_saves_it():
    positive = term("greater", "x", 0.0)
    safe = term("where", positive, term("log", term("where", positive, "x", 1.0)), 0.0)
    assert gradient(safe, x=[0.0, 2.0])["x"].tolist() == [0.0, 0.5]


def test_naive_sigmoid_has_no_gradient_far_out():
    naive = term("divide", 1.0, term("add", 1.0, term("exp", term("negative", "x"))))
    value, slopes = value_and_gradient(naive, {"x": -100.0}, F32)
    assert value == 0.0
    assert math.isnan(slopes["x"])
    assert float(gradient(naive, XP, x=-100.0)["x"]) == pytest.approx(math.exp(-100.0))


@pytest.mark.parametrize(
    ("expression", "x", "library", "expected"),
    [
        (term("where", term("greater", "x", 0.0), term("sqrt", "x"), 0.0), 0.0, "tensorflow", 0.0),
        (term("where", term("greater", "x", 0.0), term("sqrt", "x"), 0.0), 0.0, "torch", math.nan),
        (term("norm", "x"), [0.0, 0.0], "tensorflow", math.nan),
        (term("norm", "x"), [0.0, 0.0], "torch", 0.0),
        (term("norm", "x", axis=-1), [[0.0, 0.0]], "torch", 0.0),
        (term("std", "x"), [3.0, 3.0], "tensorflow", math.nan),
        (term("std", "x"), [3.0, 3.0], "torch", 0.0),
        (term("sqrt", term("sum", term("multiply", "x", "x"))), [0.0, 0.0], "torch", math.nan),
        (term("sqrt", "x"), 0.0, "tensorflow", math.inf),
    ],
)
def test_singular_points_follow_the_library(expression, x, library, expected):
    found = np.asarray(gradient(expression, library=library, x=x)["x"]).flat[0]
    assert float(found) == pytest.approx(expected, nan_ok=True)


def test_broadcasting_is_summed_back():
    slopes = gradient(term("sum", term("multiply", "w", "x")), w=[[1.0], [2.0]], x=[3.0, 4.0, 5.0])
    assert slopes["w"].tolist() == [[12.0], [12.0]]
    assert slopes["x"].tolist() == [3.0, 3.0, 3.0]


def test_shared_terms_add_up():
    e = term("exp", "x")
    assert float(gradient(term("multiply", e, e), XP, x=0.5)["x"]) == pytest.approx(2 * math.e)


def test_logistic_regression_against_differences():
    z = term("add", term("matmul", "a", "w"), "b")
    loss = term("mean", term("softplus", z))
    point = {"a": [[0.3, -1.2], [0.7, 0.4], [-0.5, 2.0]], "w": [0.6, -0.8], "b": 0.1}
    value, slopes = value_and_gradient(loss, point, XP)
    h = XP.asarray("1e-20")
    moved, _ = value_and_gradient(loss, {**point, "b": XP.asarray(0.1) + h}, XP)
    assert abs((moved - value) / h - slopes["b"]) < 1e-18
    for i in range(2):
        w = np.array([XP.asarray(0.6), XP.asarray(-0.8)], dtype=object)
        w[i] = w[i] + h
        moved, _ = value_and_gradient(loss, {**point, "w": w}, XP)
        assert abs((moved - value) / h - slopes["w"][i]) < 1e-18


def test_barriers_and_unused_variables():
    expression = term("multiply", term("stop_gradient", "x"), "x")
    slopes = gradient(expression, x=3.0, unused=[1.0, 2.0])
    assert slopes["x"] == 3.0
    assert slopes["unused"].tolist() == [0.0, 0.0]


def test_what_has_no_derivative_says_so():
    with pytest.raises(ValueError, match="no formula"):
        gradient(term("inv", "x"), x=[[1.0]])
    with pytest.raises(ValueError, match="no derivative"):
        gradient(term("median", "x"), x=[1.0])
