"""What functions are given instead of an array of numbers."""

from __future__ import annotations

import tempfile

import ml_dtypes
import numpy as np
from declared import Hostile, X

from stabcheck import gradient_case

HOSTILE = Hostile()
NOTHING = "no floating-point array|no array|without elements"


@HOSTILE.argument("pass|" + NOTHING)
def empty():
    return np.zeros(0)


@HOSTILE.argument("pass|" + NOTHING)
def no_rows():
    return np.zeros((0, 3))


@HOSTILE.argument(NOTHING)
def text():
    return "abc"


@HOSTILE.argument(NOTHING)
def none():
    return None


@HOSTILE.argument("pass integer-input")
def whole_numbers():
    return np.arange(1, 4)


@HOSTILE.argument("fail domain-error")
def not_a_number():
    return np.array([1.0, np.nan])


@HOSTILE.argument("fail (domain-error|overflow)")
def infinite():
    return np.array([1.0, np.inf])


@HOSTILE.argument("is complex: only real arguments")
def complex_numbers():
    return 1j * X


@HOSTILE.argument(NOTHING)
def objects():
    return np.array([object()], dtype=object)


@HOSTILE.argument("pass|" + NOTHING)
def numbers_as_objects():
    return X.astype(object)


@HOSTILE.argument("pass")
def read_only():
    found = X.copy()
    found.setflags(write=False)
    return found


@HOSTILE.argument("pass")
def masked():
    return np.ma.masked_array(X, mask=[False, True, False, False])


@HOSTILE.argument("pass", fn=lambda x: np.trace(x * x.T), grad=lambda x: 2 * np.asarray(x))
def a_matrix():
    return np.matrix(X)


@HOSTILE.argument(NOTHING)
def a_structure():
    return np.zeros(2, dtype=[("a", "f8"), ("b", "i4")])


@HOSTILE.argument("pass")
def without_axes():
    return np.array(1.5)


@HOSTILE.argument("pass")
def a_python_number():
    return 1.5


@HOSTILE.argument("pass")
def negative_strides():
    return X[::-1]


@HOSTILE.argument("pass")
def strides_of_zero():
    return np.broadcast_to(X, (3, 4))


@HOSTILE.argument("pass")
def one_row_that_overlaps_the_next():
    return np.lib.stride_tricks.sliding_window_view(X, 2)


@HOSTILE.argument("pass")
def half_precision():
    return X.astype(np.float16)


@HOSTILE.argument("pass")
def bfloat16():
    return X.astype(ml_dtypes.bfloat16)


@HOSTILE.argument("dtype 'float128' is not one of")
def long_double():
    return X.astype(np.longdouble)


@HOSTILE.argument("pass")
def other_byte_order():
    return X.astype(">f8")


@HOSTILE.argument("pass")
def a_file_in_memory():
    with tempfile.NamedTemporaryFile() as file:
        found = np.memmap(file, dtype=np.float64, mode="w+", shape=4)
    found[:] = X
    return found


@HOSTILE.argument("fail|inconclusive|pass")
def denormal():
    return np.full(4, 5e-324)


@HOSTILE.argument("fail overflow")
def largest():
    return np.full(4, 1.7e308)


@HOSTILE.argument("pass", fn=lambda x: np.sum(x["a"] ** 2), grad=lambda x: {"a": 2 * x["a"]})
def a_dictionary():
    return {"a": X, "text": "abc", "none": None}


@HOSTILE.argument("holds itself")
def a_list_that_holds_itself():
    found = [X]
    found.append(found)
    return found


@HOSTILE.argument("nested too deep")
def a_list_ten_thousand_deep():
    found = [X]
    for _ in range(10_000):
        found = [found]
    return found


@HOSTILE.argument("pass", fn=lambda pair: np.sum(pair[0] * pair[1]), grad=lambda pair: [pair[1], pair[0]])
def the_same_array_twice():
    return [X, X]


class Refusing(np.ndarray):
    """An array whose every operation fails."""

    def __array_ufunc__(self, *args, **keywords):
        raise TypeError("no")


@HOSTILE.argument("raised TypeError: no")
def an_array_that_refuses_arithmetic():
    return X.view(Refusing)


class Uncopyable(np.ndarray):
    """An array that can't be copied."""

    def __copy__(self):
        raise TypeError("no copies")

    def __deepcopy__(self, memo):
        raise TypeError("no copies")


@HOSTILE.argument("pass")
def an_array_that_refuses_copies():
    return X.view(Uncopyable)


@HOSTILE.argument("pass")
def control():
    return X


@gradient_case
def arguments():
    return HOSTILE.cases
