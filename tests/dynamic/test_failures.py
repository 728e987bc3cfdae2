"""Exceptions about shapes become a diagnosis at the user's line; others keep the user's frames."""

from __future__ import annotations

import json

import numpy as np
import pytest

from stabcheck.dynamic.failures import sentence, shape_mismatch, users_location, users_traceback


class Holder:
    def __init__(self):
        self.w = np.ones(3)


holder = Holder()


def raised(function):
    try:
        function()
    except Exception as error:
        return error
    raise AssertionError


def matrix_times_matrix():
    a, b = np.ones((2, 3)), np.ones((4, 5))
    return a @ b


def sum_of_vectors():
    a, b = np.ones(3), np.ones(4)
    return a + b


def dot_product():
    a, b = np.ones((2, 3)), np.ones(2)
    return np.dot(a, b)


def reshaped():
    a = np.ones(6)
    return a.reshape(4, 2)


@pytest.mark.parametrize(
    ("function", "operands"),
    [
        (matrix_times_matrix, {"a": [2, 3], "b": [4, 5]}),
        (sum_of_vectors, {"a": [3], "b": [4]}),
        (dot_product, {"a": [2, 3], "b": [2]}),
        (reshaped, {"a": [6]}),
    ],
)
def test_shapes_that_do_not_fit_are_named_at_their_line(function, operands):
    cause = shape_mismatch(raised(function))
    assert cause.kind == "shape-mismatch"
    assert cause.evidence["shapes"] == operands
    assert cause.location.path == __file__
    assert cause.location.line == function.__code__.co_firstlineno + 2
    assert "\n" not in cause.explanation


def test_the_suggestion_gives_the_sizes():
    assert "3 of a and 4 of b" in shape_mismatch(raised(matrix_times_matrix)).suggestion
    assert "give b the shape (3, 2), not (2,)" in shape_mismatch(raised(dot_product)).suggestion


def test_a_weight_of_a_layer_is_named_as_it_is_written():
    tf = pytest.importorskip("tensorflow")

    def call(inputs):
        return tf.matmul(inputs, holder.w)

    cause = shape_mismatch(raised(lambda: call(np.ones((2, 4)))))
    assert cause.evidence["shapes"]["holder.w"] == [3]
    assert "give holder.w the shape (4, 3), not (3,)" in cause.suggestion
    assert "function_node" not in cause.explanation
    assert "[Op:" not in cause.explanation


@pytest.mark.parametrize("error", [ValueError("no roots"), KeyError("shape"), ZeroDivisionError()])
def test_other_exceptions_are_no_diagnosis(error):
    def fails():
        raise error

    assert shape_mismatch(raised(fails)) is None


def test_keras_decoration_is_taken_off():
    decorated = ValueError(
        "Exception encountered when calling Dense.call().\n\n"
        "\x1b[1mMatrix size-incompatible: In[0]: [2,3]\x1b[0m\n\n"
        "Arguments received by Dense.call():\n  • inputs=…"
    )
    assert sentence(decorated) == "Matrix size-incompatible: In[0]: [2,3]"


def test_the_traceback_is_cut_to_the_users_frames():
    def reads():
        return json.loads("{")

    error = raised(reads)
    text = users_traceback(error)
    assert "json.loads" in text
    assert "decoder.py" not in text
    assert text.splitlines()[-1].startswith("json.decoder.JSONDecodeError")
    assert users_location(error).line == reads.__code__.co_firstlineno + 1


def test_an_exception_without_a_message_has_its_name():
    assert sentence(ZeroDivisionError()) == "ZeroDivisionError"
