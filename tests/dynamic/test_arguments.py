"""Arguments come apart into named values and go together again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pytest

from stabcheck.dynamic.arguments import align, as_arguments, items, rebuild
from stabcheck.dynamic.precision import DiagnoseError


class Pair(NamedTuple):
    w: Any
    b: Any


@dataclass
class State:
    mean: Any
    count: Any


def model(params, x):
    return params, x


def test_names_are_how_a_person_would_point_at_them():
    found = items(model, ({"W": [1.0, 2.0], "layers": [Pair(1.0, 2.0)]}, State(0.5, 3)))
    assert [item.name for item in found] == [
        "params['W']",
        "params['layers'][0].w",
        "params['layers'][0].b",
        "x.mean",
        "x.count",
    ]
    assert [item.argument for item in found] == [0, 0, 0, 1, 1]


def test_a_list_of_numbers_is_one_array():
    assert len(items(lambda x: x, ([[1.0, 2.0], [3.0, 4.0]],))) == 1
    assert len(items(lambda x: x, ([[1.0, 2.0], [3.0]],))) == 2


@pytest.mark.parametrize(
    "tree", [{"a": 1.0, "b": (2.0, [Pair(3.0, None)])}, State(1.0, {"k": 2.0}), (1.0, "text"), 5.0]
)
def test_rebuilding_gives_the_same_structure(tree):
    values = [item.value for item in items(lambda x: x, (tree,))]
    assert rebuild((tree,), values) == (tree,)


def test_rebuilding_puts_new_values_in_order():
    tree = {"a": 1.0, "b": [Pair(2.0, 3.0)]}
    assert rebuild((tree,), [10, 20, 30]) == ({"a": 10, "b": [Pair(20, 30)]},)


def test_positional_arguments():
    assert as_arguments(None) == ()
    assert as_arguments(3.0) == (3.0,)
    assert as_arguments([1.0, 2.0]) == (1.0, 2.0)
    assert as_arguments(Pair(1, 2)) == (Pair(1, 2),)


def test_gradient_of_the_first_argument_alone():
    assert align(7.0, (1.0, 2.0, 3.0)) == ((7.0, None, None), 1)
    assert align((7.0, 8.0), (1.0, 2.0, 3.0)) == ((7.0, 8.0, None), 2)


def test_gradient_of_a_list_of_parameters_is_not_taken_for_one_of_the_arguments():
    assert align([7.0, 8.0], ([np.ones(2), np.ones(2)], np.ones(3))) == ((7.0, 8.0, None), 1)


@pytest.mark.parametrize("prefix", ["", "d", "d_", "grad_"])
def test_customary_keys(prefix):
    found, _ = align({f"{prefix}W": 1.0, f"{prefix}b": 2.0, "dZ": 3.0}, ({"W": 0.0, "b": 0.0},))
    assert found == (1.0, 2.0)


def test_a_gradient_that_is_nested_differently_is_refused_in_one_line():
    with pytest.raises(DiagnoseError, match="the argument is a dict of 2, its gradient is a ndarray"):
        align(np.ones(3), ({"W": np.ones(3), "b": np.ones(3)},))
    with pytest.raises(DiagnoseError, match="3 entries, the function takes 2 arguments"):
        align((1.0, 2.0, 3.0), (1.0, 2.0))
