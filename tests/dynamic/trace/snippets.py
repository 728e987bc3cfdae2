"""Functions over most of what NumPy code is written with; each takes a 4 x 3 matrix and returns numbers."""

from __future__ import annotations

import functools
import math
from collections import namedtuple

import numpy as np

SNIPPETS = []
SCALE = np.array([1.5, 2.5, 3.5])
Pair = namedtuple("Pair", "first second")


def snippet(function):
    SNIPPETS.append(function)
    return function


@snippet
def operators(x):
    return -x * 2 + x**2 / 3 - x // 0.7 + x % 0.3


@snippet
def in_place_on_a_view(x):
    y = x.copy()
    row = y[1]
    row *= 3.0
    y[:, 0] += row[0]
    y[y < 0] = 0.25
    return y


@snippet
def fancy_indices(x):
    y = x.copy()
    y[[0, 2]] -= 1.0
    y[np.array([1, 3]), :2] /= 7.0
    return y[np.argsort(y[:, 0])]


@snippet
def swapped_entries(x):
    y = x[0].copy()
    y[0], y[1] = y[1], y[0]
    y[2], (a, b) = y[0] * 2, (y[1], 3.0)
    return y * a + b


@snippet
def plain_loops(x):
    total = 0.0
    for row in x:
        for i, v in enumerate(row):
            total += v * (i + 1) / 3
        if total > 5:
            continue
    total *= 1.1
    return total


@snippet
def comprehensions(x):
    squares = [float(v) ** 2 for v in x.ravel() if v > 0]
    by_name = {str(i): v / 7 for i, v in enumerate(squares)}
    return sum(by_name.values()) + max(squares) - min(v for v in squares)


@snippet
def generator(x):
    def running(values):
        state = 0.0
        for v in values:
            state = 0.9 * state + v
            yield state

    return np.array(list(running(x[:, 0])))


@snippet
def closure_with_nonlocal(x):
    count = 0.1

    def add(v):
        nonlocal count
        count += v / 3
        return count

    return [add(v) for v in x[0]]


@snippet
def lambdas(x):
    f, g = (lambda v: v / 3 + 1), (lambda v: math.exp(-v * v))
    return f(x) + g(float(x[0, 0]))


def affine(v):
    return v * 1.1 + 0.3


@snippet
def mapped(x):
    return list(map(affine, x[0])) + [a * b for a, b in zip(x[0], x[1], strict=True)]


@snippet
def keywords(x):
    def scaled(a, *rest, power=2, **more):
        return a**power * more["factor"] + sum(rest)

    return scaled(x, 0.1, 0.2, factor=1 / 3)


@snippet
def walrus_and_conditional(x):
    return y / 3 if (y := float(x.sum())) > 100 else y * 0.1 + 1.7


class Layer:
    """State, private names and a call operator."""

    __rate = 0.3

    def __init__(self, width):
        self.__weights = np.full((width, 2), 0.1)
        self.bias = np.zeros(2)
        self.bias += 0.7

    def __call__(self, x):
        self.bias *= 1.1
        self.last = x @ self.__weights + self.bias * self.__rate
        return self.last

    @property
    def mean(self):
        return self.last.mean()

    @staticmethod
    def squash(x):
        return np.tanh(x)

    @classmethod
    def of(cls, x):
        return cls(x.shape[1])


@snippet
def layer(x):
    model = Layer.of(x)
    return Layer.squash(model(x)) + model.mean


class Base:
    def value(self, x):
        return x * 0.1


class Derived(Base):
    def value(self, x):
        return super().value(x) + 1 / 3


@snippet
def inheritance(x):
    return Derived().value(x)


@snippet
def tried(x):
    try:
        y = x / 3
        raise KeyError(1)
    except KeyError:
        y = y * 1.7
    finally:
        y = y + 0.1
    return y


@snippet
def matched(x):
    match x.shape:
        case (4, n):
            y = x * 0.1 + n
        case _:
            y = x
    return y


@snippet
def reductions(x):
    return np.stack(
        [x.mean(0), x.std(axis=0), np.var(x, axis=0), x.max(0), np.prod(x, 0), np.cumsum(x, 0)[-1]]
    )


@snippet
def methods(x):
    return (
        x.T.reshape(2, -1)
        .clip(-1, 1)
        .astype(np.float32)
        .dot(np.ones((6, 2), np.float32) / 3)
        .sum(1, keepdims=True)
    )


@snippet
def out_arguments(x):
    y = np.empty_like(x)
    np.multiply(x, 1 / 3, out=y)
    np.add.at(y, ([0, 0], [1, 1]), 0.3)
    np.exp(y, out=y)
    return np.add.reduce(y, axis=0)


@snippet
def linear_algebra(x):
    a = x.T @ x + np.eye(3)
    return np.linalg.solve(a, SCALE) @ np.linalg.inv(a) + np.linalg.norm(x) + np.linalg.det(a)


@snippet
def factorizations(x):
    a = x.T @ x + np.eye(3)
    u, s, vt = np.linalg.svd(a)
    return np.linalg.cholesky(a) + u * s @ vt


@snippet
def einsum_and_tensordot(x):
    return np.einsum("ij,kj->ik", x, x) + np.tensordot(x, x, axes=(1, 1)) + np.outer(x[:, 0], x[:, 1])


@snippet
def selections(x):
    y = np.where(x > 0, np.sqrt(np.abs(x)), -x)
    return np.concatenate([y, np.maximum(x, 0.1), np.clip(x, -0.5, 0.5)], axis=1)


@snippet
def dictionaries(x):
    params = {"W": x.T / 3, "b": SCALE * 0.1}
    grads = {k: v * 2.0 for k, v in params.items()}
    for k, grad in grads.items():
        params[k] = params[k] - 0.1 * grad
    params["b"] -= 0.01
    return params["W"].sum() + params["b"].sum()


@snippet
def random_numbers(x):
    rng = np.random.default_rng(0)
    mask = rng.random(x.shape) < 0.7
    return x * mask / 0.7 + rng.normal(size=3)


@snippet
def recursion(x):
    def power(v, n):
        return 1.0 if n == 0 else v * power(v, n - 1)

    return power(float(x[0, 0]) + 2, 5)


@functools.lru_cache
def cached(n):
    return n / 3


@snippet
def library_wrappers(x):
    twice = functools.partial(np.multiply, 2.2)
    return twice(x) + cached(2) + functools.reduce(lambda a, b: a * 0.5 + b, list(x[0]))


@snippet
def named_tuples(x):
    pair = Pair(x * 0.1, x / 7)
    first, second = pair
    return first + second - pair.first * pair[1]


@snippet
def arrays_from_lists(x):
    rows = [[0.1, 0.2]]
    for v in x[1:, 0]:
        rows += [[v * 0.1, v / 3]]
    return np.array(rows) + np.asarray([1.0, 2.0])


@snippet
def accumulating_gradient(x):
    grad = np.zeros_like(x)
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            grad[i, j] += x[i, j] / (1 + abs(x[i, j]))
    return grad


@snippet
def numeric_gradient(x):
    h = 1e-4
    grad = np.zeros(x.shape)
    it = np.nditer(x, flags=["multi_index"])
    while not it.finished:
        ix = it.multi_index
        old = x[ix]
        x[ix] = old + h
        up = (x**2).sum()
        x[ix] = old - h
        down = (x**2).sum()
        x[ix] = old
        grad[ix] = (up - down) / (2 * h)
        it.iternext()
    return grad * 0 + x


@snippet
def mathematics(x):
    v = float(abs(x[0, 0])) + 0.5
    return math.log(v) + math.hypot(v, 2) + math.erf(v) + math.lgamma(v) + math.pow(v, 1.5) + math.log(v, 3)


@snippet
def mixed_precision(x):
    y = x.astype(np.float32)
    y = y * 3 + np.float32(0.1)
    return np.float64(y.sum()) + x


@snippet
def sorting(x):
    y = x.ravel().copy()
    y.sort()
    return np.sort(x, axis=0) * 0.1 + y[:3]


@snippet
def integers_and_text(x):
    n = len(x) // 2
    label = f"{x[0, 0]:.2f}" + "!"
    return x[n:] * n + len(label) / 3


@snippet
def deleted_and_global(x):
    y = x * SCALE
    z = y
    del y
    assert z.shape == x.shape
    return z[..., np.newaxis, 0] + z[:, None, 1]


@snippet
def with_statement(x):
    with np.errstate(all="ignore"):
        y = x / 3
    return y + 0.1


@snippet
def python_lists_of_lists(x):
    rows = x.tolist()
    result = [[0.0] * len(rows) for _ in rows[0]]
    for i, row in enumerate(rows):
        for j, v in enumerate(row):
            result[j][i] = v * 0.1 + 1 / 3
    return np.array(result)
