"""What a function can see is found, exchanged for a call, and put back bitwise."""

from __future__ import annotations

import functools
from collections import namedtuple
from dataclasses import dataclass

import numpy as np
import pytest

from stabcheck.dynamic.adapters.captures import Kinds, in_library, reach
from stabcheck.dynamic.adapters.exchange import Exchange

ARRAYS = Kinds(lambda value: isinstance(value, np.ndarray))
Pair = namedtuple("Pair", "left right")

module_array = np.array([1.0, 2.0])
unused_array = np.array([7.0])
nested = {"a": [np.array([3.0])], "t": (np.array([4.0]), 5)}


@dataclass
class Owner:
    weights: np.ndarray
    shared = np.array([9.0])

    def total(self):
        return self.weights.sum() + self.shared.sum()


class Slotted:
    __slots__ = ("kept",)

    def __init__(self):
        self.kept = np.array([2.0])

    def __call__(self):
        return self.kept.sum()


def found(fn):
    return sorted(
        float(value.flat[0]) for _, value in reach([fn], ARRAYS).places if isinstance(value, np.ndarray)
    )


def doubled(fn):
    """The value of `fn` with every array that it sees doubled."""
    roots = [fn]
    exchange = Exchange(reach(roots, ARRAYS).places, lambda value: value * 2)
    with exchange.in_force():
        return roots[0]()


def uses_global():
    return module_array.sum()


def uses_nested():
    return nested["a"][0].sum() + nested["t"][0].sum()


def with_default(x=np.array([1.0]), *, y=np.array([2.0])):  # noqa: B008
    return x.sum() + y.sum()


def closure():
    inner = np.array([10.0])
    return lambda: inner.sum() + 0.0


def make_partial():
    return functools.partial(lambda a, b: (a + b).sum(), np.array([1.0]), b=np.array([2.0]))


def in_a_namedtuple():
    pair = Pair(np.array([1.0]), np.array([5.0]))
    return lambda: pair.left.sum() + pair.right.sum()


@pytest.mark.parametrize(
    "fn",
    [
        uses_global,
        uses_nested,
        with_default,
        closure(),
        in_a_namedtuple(),
        Owner(np.array([1.0])).total,
        Slotted(),
        lambda: uses_global(),  # noqa: PLW0108
        make_partial(),
    ],
    ids=["global", "nested", "default", "closure", "namedtuple", "method", "slots", "call", "partial"],
)
def test_every_array_that_a_function_sees_is_exchanged_and_put_back(fn):
    before = fn()
    assert doubled(fn) == 2 * before
    assert fn() == before


def test_globals_that_a_function_does_not_name_are_left_alone():
    assert found(uses_global) == [1.0]


def test_an_attribute_that_is_called_like_a_global_is_not_that_global():
    class Box:
        module_array = 3

    assert found(lambda: Box().module_array) == []


def test_the_users_values_come_back_when_the_call_raises():
    kept = np.array([1.0])

    def fails():
        raise ZeroDivisionError(kept)

    exchange = Exchange(reach([fails], ARRAYS).places, lambda value: value * 2)
    with pytest.raises(ZeroDivisionError), exchange.in_force():
        fails()
    assert fails.__closure__[0].cell_contents is kept


def test_what_is_shared_stays_shared():
    array = np.array([1.0])
    holder = {"one": array, "two": array}
    exchange = Exchange(reach([holder], ARRAYS).places, lambda value: value.copy())
    with exchange.in_force():
        assert holder["one"] is holder["two"]
        assert holder["one"] is not array
    assert holder["one"] is array


def test_state_that_the_function_keeps_stays_on_the_twins():
    state = {"sum": np.array([0.0])}

    def accumulate():
        state["sum"] = state["sum"] + 1.0
        return float(state["sum"][0])

    exchange = Exchange(reach([accumulate], ARRAYS).places, lambda value: value.copy())
    results = []
    for _ in range(3):
        with exchange.in_force():
            results.append(accumulate())
    assert results == [1.0, 2.0, 3.0]
    assert state["sum"][0] == 0.0


def test_cycles_end():
    loop = [np.array([1.0])]
    loop.append(loop)
    assert len(reach([loop], ARRAYS).places) == 1


def test_libraries_are_told_from_the_users_modules():
    assert in_library("numpy.linalg")
    assert in_library("json")
    assert not in_library("__main__")
    assert not in_library("my_model.layers")
