"""Functions and gradients that misbehave: each is one clear answer, and the other cases still run."""

from __future__ import annotations

import json
import subprocess
import sys
import time

import numpy as np
import pytest
import tensorflow as tf

import stabcheck
from stabcheck.dynamic import DiagnoseError

X = np.linspace(0.5, 1.5, 4)


def square(x):
    return np.sum(x**2)


def forever(x):
    return forever(x)


def leaves(x):
    sys.exit(3)


FUNCTIONS = {
    "none": (lambda x: None, "what the function returns is None"),
    "text": (lambda x: "abc", "what the function returns is text"),
    "bytes": (lambda x: b"abc", "what the function returns is text"),
    "texts": (lambda x: np.array(["a", "b"]), "what the function returns is text"),
    "mixed": (lambda x: [1.0, "a"], "what the function returns is text"),
    "dict of text": (lambda x: {"a": "b"}, "what the function returns is text"),
    "ragged": (lambda x: [[1.0, 2.0], [3.0]], "shape (3,), its gradient by x has shape (4,)"),
    "nested ragged": (lambda x: [x[:2], [x[0], [x[1], x]]], "shape (8,), its gradient by x has shape (4,)"),
    "complex": (lambda x: 1j * x, "what the function returns is complex"),
    "empty": (lambda x: x[:0], "returns an array without elements"),
    "empty list": (lambda x: [], "returns an array without elements"),
    "object": (lambda x: object(), "what the function returns is an object"),
    "objects": (lambda x: np.array([x, None], dtype=object), "an array of objects"),
    "set": (lambda x: {1.0, 2.0}, "what the function returns is a set"),
    "generator": (lambda x: (value for value in x), "what the function returns is a generator"),
    "dates": (lambda x: np.array(["2020-01-01"], dtype="M8[D]"), "of dtype datetime64[D]"),
    "no function": (3, "fn= is an int: a function is needed"),
}

GRADIENTS = {
    "text": (lambda x: "abc", "the gradient by x is text"),
    "texts": (lambda x: np.array(["a"] * 4), "the gradient by x is text"),
    "dict": (lambda x: {"y": x}, "the gradient by x is a dict"),
    "complex": (lambda x: 2j * x, "the gradient by x is complex"),
    "object": (lambda x: object(), "the gradient by x is an object"),
    "objects": (lambda x: np.array([None] * 4), "the gradient by x is an array of objects"),
    "ragged": (lambda x: [[1.0, 2.0], [3.0]], "the gradient by x is ragged"),
    "set": (lambda x: {1.0}, "the gradient by x is a set"),
    "generator": (lambda x: (value for value in x), "the gradient by x is a generator"),
    "dates": (lambda x: np.array(["2020-01-01"] * 4, dtype="M8[D]"), "of dtype datetime64[D]"),
    "two": (lambda x: (x, x), "the gradient has 2 entries, the function takes 1 argument"),
    "three": (lambda x: [x, x, x], "the gradient has 3 entries, the function takes 1 argument"),
    "an array of text": (np.array(["a"] * 4), "the gradient by x is text"),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_that_return_no_numbers(name):
    fn, message = FUNCTIONS[name]
    with pytest.raises(DiagnoseError) as caught:
        stabcheck.diagnose(fn, X, lambda x: 2 * x)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", GRADIENTS)
def test_gradients_that_are_no_numbers(name):
    grad, message = GRADIENTS[name]
    with pytest.raises(DiagnoseError) as caught:
        stabcheck.diagnose(square, X, grad)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("hostile", "error"), [(forever, RecursionError), (leaves, SystemExit)])
def test_what_they_raise_passes_through(hostile, error):
    with pytest.raises(error):
        stabcheck.diagnose(hostile, X, lambda x: 2 * x)
    with pytest.raises(error):
        stabcheck.diagnose(square, X, hostile)


@pytest.mark.parametrize(
    ("fn", "grad", "verdict"),
    [
        (lambda x: float(np.sum(x)), np.ones_like, "pass"),
        (lambda x: 3, np.zeros_like, "pass"),
        (lambda x: [float(np.sum(x))], np.ones_like, "pass"),
        (lambda x: {"loss": np.sum(x)}, np.ones_like, "pass"),
        (square, lambda x: list(2 * x), "pass"),
        (square, lambda x: 2 * x + 0j, "pass"),
        (square, lambda x: np.zeros(100_000), "fail"),
        (square, lambda x: x[:0], "fail"),
        (square, lambda x: 1.0, "fail"),
        (square, lambda x: None, "fail"),
        (square, lambda x: np.full(4, np.nan), "fail"),
        (lambda x: x * np.nan, lambda x: x, "fail"),
        (lambda x: np.inf, lambda x: x, "fail"),
    ],
)
def test_numbers_of_any_kind_are_diagnosed(fn, grad, verdict):
    assert stabcheck.diagnose(fn, X, grad).verdict == verdict


def test_rows_of_a_jacobian_are_not_too_many_gradients():
    report = stabcheck.diagnose(
        lambda x: np.array([np.sum(x**2), np.sum(x**3)]), X, lambda x: (2 * x, 3 * x**2)
    )
    assert report.verdict == "pass"


def test_a_huge_result():
    report = stabcheck.diagnose(
        lambda x: np.full(300_000, np.sum(x)), X, vjp=lambda x, upstream: np.full(4, np.sum(upstream))
    )
    assert report.verdict == "pass"


@pytest.mark.parametrize(
    ("fn", "message"),
    [
        (lambda x: None, "returns nothing that could be differentiated"),
        (lambda x: "abc", "returns nothing that could be differentiated"),
        (lambda x: tf.complex(x, x), "what the function returns is complex"),
        (lambda x: x[:0], "returns an array without elements"),
        (lambda x: object(), "returns nothing that could be differentiated"),
    ],
)
def test_functions_of_tensorflow(fn, message):
    with pytest.raises(DiagnoseError, match=message):
        stabcheck.diagnose(fn, tf.constant(X))


def test_a_ragged_tensor_is_differentiated():
    report = stabcheck.diagnose(lambda x: tf.RaggedTensor.from_row_lengths(x**2, [1, 3]), tf.constant(X))
    assert report.verdict == "pass"


@pytest.mark.parametrize(
    ("grad", "message"),
    [
        (lambda x: "abc", "the gradient holds a str"),
        (lambda x: (x, x), "the gradient has 2 entries, the function takes 1 argument"),
        (lambda x: tf.complex(x, x), "the gradient is complex"),
        (lambda x: object(), "the gradient holds an object"),
    ],
)
def test_gradients_of_tensorflow(grad, message):
    with pytest.raises(DiagnoseError, match=message):
        stabcheck.diagnose(lambda x: tf.reduce_sum(x**2), tf.constant(X), grad)


def test_a_slow_function_keeps_to_the_budget():
    def slow(x):
        time.sleep(0.05)
        return np.sum(x**2)

    report = stabcheck.diagnose(slow, X, lambda x: 3 * x, budget=0.1)
    assert report.verdict == "inconclusive"
    assert "time budget" in report.notes[-1]
    assert report.evaluations < 50  # of the hundreds that it takes
    assert str(report).startswith("INCONCLUSIVE")


def test_a_program_that_raises_at_every_infinity():
    with np.errstate(all="raise"):
        report = stabcheck.diagnose(lambda x: np.sum(np.exp(x)), X.astype(np.float32) * 60, np.exp)
        assert report.verdict == "fail"
        assert stabcheck.diagnose(square, X, lambda x: 2 * x).verdict == "pass"


CASES = """
import os, sys, time
import numpy as np
from stabcheck import GradientCase, gradient_case

X = np.linspace(0.5, 1.5, 4)


class Odd(BaseException):
    pass


def forever(x):
    return forever(x)


def raises(error):
    raise error


def noisy(x):
    print("noise")
    os.write(1, b"noise\\n")
    return np.sum(x**2)


def closes(x):
    sys.stdout.close()
    return np.sum(x**2)


def forks(x):
    if os.fork() == 0:
        os._exit(0)
    return np.sum(x**2)


def forks_and_comes_back_twice(x):
    os.fork()
    return np.sum(x**2)


BAD = {
    "exits": lambda x: sys.exit(3),
    "forever": forever,
    "none": lambda x: None,
    "text": lambda x: "abc",
    "zero": lambda x: 1 / 0,
    "odd": lambda x: raises(Odd("odd")),
    "generator exit": lambda x: raises(GeneratorExit()),
    "memory": lambda x: raises(MemoryError()),
}
GOOD = {"noisy": noisy, "closes": closes, "forks": forks, "twice": forks_and_comes_back_twice}


@gradient_case
def bad():
    return {name: GradientCase(fn=fn, args=X, grad=lambda x: 2 * x) for name, fn in BAD.items()}


@gradient_case
def leaves():
    sys.exit("bye")


@gradient_case
def moves_and_raises_at_infinities():
    os.chdir("/")
    np.seterr(all="raise")
    return GradientCase(fn=lambda x: np.sum(x**2), args=X, grad=lambda x: 2 * x)


@gradient_case
def unknown_order():
    return GradientCase(fn=np.sum, args=X, grad=np.ones_like, order=7)


@gradient_case
def good():
    return {name: GradientCase(fn=fn, args=X, grad=lambda x: 2 * x) for name, fn in GOOD.items()}
"""


def test_every_case_is_answered_and_the_others_still_run(tmp_path):
    (tmp_path / "cases.py").write_text(CASES)
    done = subprocess.run(
        [sys.executable, "-m", "stabcheck", "diagnose", "cases.py", "--format", "json"],
        capture_output=True,
        check=False,
        text=True,
        timeout=120,
        cwd=tmp_path,
    )
    assert done.returncode == 2
    found = json.loads(done.stdout)
    assert [case["verdict"] for case in found["cases"]] == ["pass"] * 5
    messages = [error["message"] for error in found["errors"]]
    assert len(messages) == 8 + 2
    for said in ("sys.exit(3)", "RecursionError", "is None", "is text", "ZeroDivisionError", "Odd: odd"):
        assert sum(said in message for message in messages) == 1, said
    assert all("\n" not in message for message in messages)
    assert "stabcheck/dynamic" not in done.stderr
