"""What gradients return instead of one, and what they do besides."""

from __future__ import annotations

import sys

import numpy as np
from declared import Hostile

from stabcheck import gradient_case

HOSTILE = Hostile()


@HOSTILE.gradient("fail missing-gradient")
def none(x):
    return None


@HOSTILE.gradient("the gradient by x is text")
def text(x):
    return "abc"


@HOSTILE.gradient("the gradient by x is a dict")
def a_dictionary(x):
    return {"y": x}


@HOSTILE.gradient("the gradient by x is a generator")
def a_generator(x):
    yield 2 * x


@HOSTILE.gradient("the gradient by x is a coroutine")
async def a_coroutine(x):
    return 2 * x


@HOSTILE.gradient("the gradient by x is complex")
def a_complex_array(x):
    return 2j * x


@HOSTILE.gradient("the gradient by x is an array of objects")
def objects(x):
    return np.array([None] * 4)


@HOSTILE.gradient("the gradient by x is ragged")
def ragged(x):
    return [[1.0, 2.0], [3.0]]


@HOSTILE.gradient("the gradient has 2 entries, the function takes 1 argument")
def two(x):
    return x, x


@HOSTILE.gradient("fail shape-mismatch")
def another_shape(x):
    return np.zeros(100_000)


@HOSTILE.gradient("fail nan-gradient")
def not_a_number(x):
    return np.full(4, np.nan)


@HOSTILE.gradient("fail nan-gradient")
def infinite(x):
    return 2 * x / 0


@HOSTILE.gradient("pass")
def read_only(x):
    found = 2 * x
    found.setflags(write=False)
    return found


@HOSTILE.gradient("pass")
def negative_strides(x):
    return (2 * x[::-1])[::-1]


@HOSTILE.gradient("pass")
def masked(x):
    return np.ma.masked_array(2 * x, mask=False)


@HOSTILE.gradient("fail shape-mismatch")
def a_matrix(x):
    return np.matrix(2 * x)


@HOSTILE.gradient("pass")
def half_precision(x):
    return (2 * x).astype(np.float16)


@HOSTILE.gradient("fail", args=np.array([0.6, 0.9, 1.7, 2.3]))
def whole_numbers(x):
    return (2 * x).astype(int)


@HOSTILE.gradient("fail mutates-input")
def its_argument_doubled_in_place(x):
    x *= 2
    return x


BUFFER = np.zeros(4)


@HOSTILE.gradient("pass")
def the_same_array_each_time(x):
    np.multiply(x, 2, out=BUFFER)
    return BUFFER


CALLS = [0]


@HOSTILE.gradient("inconclusive nondeterministic")
def right_the_first_time_alone(x):
    CALLS[0] += 1
    return 2 * x if CALLS[0] == 1 else 3 * x


GENERATOR = np.random.default_rng(0)


@HOSTILE.gradient("inconclusive nondeterministic")
def random(x):
    return 2 * x + GENERATOR.normal(size=x.shape)


@HOSTILE.gradient("raised ValueError: no gradient today")
def raises(x):
    raise ValueError("no gradient today")


@HOSTILE.gradient(r"called sys.exit\('bye'\)")
def leaves(x):
    sys.exit("bye")


@HOSTILE.gradient("raised RecursionError")
def without_end(x):
    return without_end(x)


@HOSTILE.gradient("given up after")
def loops(x):
    while True:
        pass


@HOSTILE.gradient("can't be called with 1 argument: missing a required argument")
def other_arguments(x, y, z):
    return x


@HOSTILE.gradient("pass")
def control(x):
    return 2 * x


@gradient_case
def gradients():
    return HOSTILE.cases
