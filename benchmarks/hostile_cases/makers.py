"""Functions that should make cases, and don't."""

from __future__ import annotations

import os
import sys

import numpy as np
from declared import X, double, expected, square

from stabcheck import GradientCase, gradient_case


@expected(r"returned None: a gradient case returns stabcheck.GradientCase")
@gradient_case
def nothing():
    return None


@expected(r"returned type str: a gradient case returns stabcheck.GradientCase")
@gradient_case
def text():
    return "abc"


@expected(r"returned type generator: a gradient case returns")
@gradient_case
def yields():
    yield GradientCase(square, X, double)


@expected(r"returned type coroutine: a gradient case returns")
@gradient_case
async def comes_later():
    return GradientCase(square, X, double)


@expected("raised ZeroDivisionError")
@gradient_case
def raises():
    return 1 / 0


@expected(r"called sys.exit\('bye'\)")
@gradient_case
def leaves():
    sys.exit("bye")


@expected("ended the process with exit status 4")
@gradient_case
def leaves_at_once():
    os._exit(4)


@expected("given up after")
@gradient_case
def loops():
    while True:
        pass


@expected("takes|missing|argument")
@gradient_case
def wants_an_argument(x):
    return GradientCase(square, X, double)


@expected("order")
@gradient_case
def unknown_order():
    return GradientCase(square, X, double, order=7)


@expected("a function is needed")
@gradient_case
def no_function():
    return GradientCase(3, X, double)


@expected("no arguments")
@gradient_case
def no_arguments():
    return GradientCase(square, (), double)


@expected("argument")
@gradient_case
def too_many_arguments():
    return GradientCase(square, (X, X), double)


@expected("budget|pass")
@gradient_case
def no_budget():
    return GradientCase(square, X, double, budget=-1.0)


@expected("step|pass")
@gradient_case
def an_infinite_step():
    return GradientCase(square, X, double, step=np.inf)


@expected("tolerance|pass")
@gradient_case
def a_tolerance_of_text():
    return GradientCase(square, X, double, tolerance="tight")


@expected("dtype")
@gradient_case
def an_unknown_dtype():
    return GradientCase(square, X, double, dtypes="float7")


@expected("pass")
@gradient_case
def control():
    return GradientCase(square, X, double)
