"""What functions return instead of a number."""

from __future__ import annotations

import array
import ctypes
import datetime
import decimal
import fractions
from collections import namedtuple
from dataclasses import dataclass
from typing import Any

import ml_dtypes
import numpy as np
from declared import Hostile

from stabcheck import gradient_case

HOSTILE = Hostile()
NUMBERS = r"real numbers are needed$"


@HOSTILE.function(f"what the function returns is None; {NUMBERS}")
def none(x):
    return None


@HOSTILE.function(f"returns is text; {NUMBERS}")
def text(x):
    return "abc"


@HOSTILE.function(f"returns is text; {NUMBERS}")
def octets(x):
    return b"abc"


@HOSTILE.function(f"returns is an object; {NUMBERS}")
def an_object(x):
    return object()


@HOSTILE.function(f"returns is a set; {NUMBERS}")
def a_set(x):
    return {1.0}


@HOSTILE.function(f"returns is a generator; {NUMBERS}")
def a_generator(x):
    yield np.sum(x**2)


@HOSTILE.function(f"returns is a coroutine; {NUMBERS}")
async def a_coroutine(x):
    return np.sum(x**2)


@HOSTILE.function(f"returns is an async_generator; {NUMBERS}")
async def an_asynchronous_generator(x):
    yield np.sum(x**2)


@HOSTILE.function(f"returns is a function; {NUMBERS}")
def a_function(x):
    return lambda: np.sum(x**2)


@HOSTILE.function(f"returns is a type; {NUMBERS}")
def a_class(x):
    return float


@HOSTILE.function(f"returns is a module; {NUMBERS}")
def a_module(x):
    return np


@HOSTILE.function("returns is complex")
def a_complex_number(x):
    return complex(np.sum(x**2), 1)


@HOSTILE.function("returns an array without elements")
def nothing(x):
    return x[:0]


@HOSTILE.function(r"the function returns shape \(3,\), its gradient by x has shape \(4,\)")
def ragged(x):
    return [[x[0], x[1]], [x[2]]]


@HOSTILE.function("fail domain-error")
def not_a_number(x):
    return np.nan


@HOSTILE.function("fail domain-error")
def infinite(x):
    return -np.inf


@HOSTILE.function(f"an array of objects; {NUMBERS}")
def objects(x):
    return np.array([x, None], dtype=object)


@HOSTILE.function("pass")
def numbers_as_objects(x):
    return np.sum(x.astype(object) ** 2)


@HOSTILE.function("of dtype")
def a_structure(x):
    return np.zeros(1, dtype=[("a", "f8"), ("b", "i4")])


@HOSTILE.function("of dtype")
def a_record(x):
    return np.rec.array([(1.0, 2)], dtype=[("a", "f8"), ("b", "i4")])


@HOSTILE.function("of dtype datetime64")
def dates(x):
    return np.array(["2020-01-01"], dtype="M8[D]")


@HOSTILE.function(NUMBERS)
def a_date(x):
    return datetime.date(2020, 1, 1)


@HOSTILE.function(f"returns is a Fraction; {NUMBERS}")
def a_fraction(x):
    return fractions.Fraction(float(np.sum(x**2)))


@HOSTILE.function(f"returns is a Decimal; {NUMBERS}")
def a_decimal(x):
    return decimal.Decimal(float(np.sum(x**2)))


@HOSTILE.function("pass", grad=lambda x: np.stack([2 * x, 0 * x]))
def a_masked_array(x):
    return np.ma.masked_array([np.sum(x**2), np.prod(x)], mask=[False, True])


@HOSTILE.function("pass")
def a_matrix(x):
    return np.matrix([[np.sum(x**2)]])


@HOSTILE.function("pass")
def an_array_without_axes(x):
    return np.array(np.sum(x**2))


@HOSTILE.function("pass")
def many_axes(x):
    return np.sum(x**2).reshape((1,) * 32)


@HOSTILE.function("pass")
def an_array_that_is_read_only(x):
    found = np.atleast_1d(np.sum(x**2))
    found.setflags(write=False)
    return found


@HOSTILE.function("pass", grad=lambda x: np.diag(2 * x)[::-1])
def negative_strides(x):
    return (x**2)[::-1]


@HOSTILE.function("pass", grad=lambda x: np.tile(np.diag(2 * x), (3, 1, 1)))
def strides_of_zero(x):
    return np.broadcast_to(x**2, (3, 4))


@HOSTILE.function("pass", grad=np.diag(np.ones(4)))
def its_argument(x):
    return x


@HOSTILE.function("pass", grad=np.diag(np.ones(4))[1:3])
def a_view(x):
    return x[1:3]


@HOSTILE.function("pass")
def half_precision(x):
    return np.float16(np.sum(x**2))


@HOSTILE.function("pass")
def bfloat16(x):
    return np.asarray(np.sum(x**2)).astype(ml_dtypes.bfloat16)


@HOSTILE.function("of dtype float8_e4m3fn")
def eighth_precision(x):
    return np.asarray(np.sum(x**2)).astype(ml_dtypes.float8_e4m3fn)


@HOSTILE.function("pass")
def long_double(x):
    return np.sum(x.astype(np.longdouble) ** 2)


@HOSTILE.function("fail wrong-gradient")
def a_whole_number(x):
    return int(np.sum(x**2))


@HOSTILE.function("fail wrong-gradient")
def a_truth_value(x):
    return bool(np.sum(x**2) > 4)


@HOSTILE.function(f"returns is an int; {NUMBERS}", grad=lambda x: np.zeros_like(x))
def a_whole_number_beyond_all(x):
    return 10**400


@HOSTILE.function("pass")
def an_array_of_the_standard_library(x):
    return array.array("d", [float(np.sum(x**2))])


@HOSTILE.function("pass")
def an_array_of_c(x):
    return (ctypes.c_double * 1)(float(np.sum(x**2)))


@HOSTILE.function("pass")
def a_memory_view(x):
    return memoryview(np.atleast_1d(np.sum(x**2)))


Pair = namedtuple("Pair", "loss accuracy")


@HOSTILE.function("pass", grad=lambda x: np.stack([2 * x, 0 * x]))
def a_named_tuple(x):
    return Pair(np.sum(x**2), 1.0)


@dataclass
class Result:
    """What a function may return."""

    loss: Any


@HOSTILE.function(f"{NUMBERS}")
def a_dataclass(x):
    return Result(np.sum(x**2))


class Convertible:
    """Something that turns into an array."""

    def __init__(self, make):
        self.make = make

    def __array__(self, dtype=None, copy=None):
        return self.make()


@HOSTILE.function("pass")
def what_turns_into_an_array(x):
    return Convertible(lambda: np.asarray(np.sum(x**2)))


@HOSTILE.function("raised KeyError: 'missing'")
def what_raises_when_it_is_looked_at(x):
    return Convertible(lambda: {}["missing"])


class Odd(np.ndarray):
    """An array whose every operation fails."""

    def __array_ufunc__(self, *args, **keywords):
        raise TypeError("no")


@HOSTILE.function("pass")
def an_array_that_refuses_arithmetic(x):
    return np.atleast_1d(np.sum(x**2)).view(Odd)


class Liar(float):
    """A number that compares as it likes."""

    def __eq__(self, other):
        return True

    def __hash__(self):
        return 0


@HOSTILE.function("pass")
def a_number_that_equals_all(x):
    return Liar(np.sum(x**2))


def cyclic_list():
    found: list[Any] = []
    found.append(found)
    return found


@HOSTILE.function("holds itself")
def a_list_that_holds_itself(x):
    return cyclic_list()


@HOSTILE.function("nested too deep")
def a_list_ten_thousand_deep(x):
    found = np.sum(x**2)
    for _ in range(10_000):
        found = [found]
    return found


COUNT = [0]


@HOSTILE.function("the function returns shape")
def another_shape_each_time(x):
    COUNT[0] += 1
    return np.full(COUNT[0] % 5 + 1, np.sum(x**2))


@HOSTILE.function("inconclusive nondeterministic")
def another_type_each_time(x):
    COUNT[0] += 1
    value = np.sum(x**2)
    return [value, float(value), np.asarray(value), [value]][COUNT[0] % 4]


@HOSTILE.function("pass")
def control(x):
    return np.sum(x**2)


@gradient_case
def returns():
    return HOSTILE.cases
