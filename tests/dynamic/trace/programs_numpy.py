"""NumPy and plain Python programs with a marked culprit, and sound twins."""

from __future__ import annotations

import math

import numpy as np

from tests.dynamic.trace.programs import Shelf, normal

shelf = Shelf()

SCORES = np.array([[900.0, 3.0, -5.0], [1.0, 2.0, 3.0]])
DATA = normal(200) + 1e6


@shelf.add(lambda: (SCORES,), "float64")
def naive_softmax(z):
    e = np.exp(z)  # culprit: overflow
    return e / e.sum(axis=1, keepdims=True)


@shelf.add(lambda: (SCORES,), "float64")
def shifted_softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


@shelf.add(lambda: (DATA,), "float64")
def naive_variance(x):
    square = np.mean(x**2)
    mean = np.mean(x)
    return square - mean**2  # culprit: cancellation


@shelf.add(lambda: (DATA,), "float64")
def two_pass_variance(x):
    return np.mean((x - np.mean(x)) ** 2)


@shelf.add(lambda: ([float(v) for v in DATA],), "float64")
def running_variance(values):
    total = 0.0
    squares = 0.0
    for v in values:
        total += v
        squares += v * v
    n = len(values)
    return (squares - total * total / n) / n  # culprit: cancellation


@shelf.add(lambda: ([float(v) for v in DATA],), "float64")
def welford(values):
    mean = 0.0
    m2 = 0.0
    for k, v in enumerate(values, 1):
        delta = v - mean
        mean += delta / k
        m2 += delta * (v - mean)
    return m2 / len(values)


@shelf.add(lambda: (np.array([-800.0, 2.0]),), "float64")
def logistic_loss(z):
    p = 1.0 / (1.0 + np.exp(-z))  # culprit: overflow
    return -np.log(p).sum()


@shelf.add(lambda: (np.array([-800.0, 2.0]),), "float64")
def logistic_loss_by_logaddexp(z):
    return np.logaddexp(0.0, -z).sum()


@shelf.add(lambda: (np.array([-100.0, 2.0]),))
def logistic_value_alone(z):
    return 1.0 / (1.0 + np.exp(-z))


@shelf.add(lambda: (1e-9, 1.0))
def interest(rate, amount):
    growth = math.log(1.0 + rate)  # culprit: cancellation
    return amount * growth


@shelf.add(lambda: (1e-9, 1.0))
def interest_by_log1p(rate, amount):
    return amount * math.log1p(rate)


@shelf.add(lambda: (1.0, 1e9, 1.0))
def quadratic(a, b, c):
    d = math.sqrt(b * b - 4 * a * c)
    return (-b + d) / (2 * a)  # culprit: cancellation


@shelf.add(lambda: (1.0, 1e9, 1.0))
def quadratic_by_the_other_root(a, b, c):
    d = math.sqrt(b * b - 4 * a * c)
    return (2 * c) / (-b - d)


@shelf.add(lambda: (np.array([[1.0, 1.0, 1.0], [1e-9, 0, 0], [0, 1e-9, 0], [0, 0, 1e-9]]),), "float64")
def classical_gram_schmidt(a):
    q = np.zeros_like(a)
    for j in range(a.shape[1]):
        v = a[:, j].copy()
        for i in range(j):
            v -= (q[:, i] @ a[:, j]) * q[:, i]  # culprit: cancellation
        q[:, j] = v / np.sqrt(v @ v)
    return q


@shelf.add(lambda: (normal(5, 3),), "float64")
def gram_schmidt_of_independent_columns(a):
    q = np.zeros_like(a)
    for j in range(a.shape[1]):
        v = a[:, j].copy()
        for i in range(j):
            v -= (q[:, i] @ v) * q[:, i]
        q[:, j] = v / np.sqrt(v @ v)
    return q


@shelf.add(lambda: (normal(5, 3) + 1e7,), "float64")
def squared_distances(x):
    norms = np.sum(x * x, axis=1)
    return norms[:, None] - 2 * (x @ x.T) + norms[None, :]  # culprit: cancellation


@shelf.add(lambda: (normal(5, 3) + 1e7,), "float64")
def squared_distances_by_differences(x):
    difference = x[:, None, :] - x[None, :, :]
    return np.sum(difference**2, axis=-1)


@shelf.add(lambda: (np.full(200, 0.01),), "float64")
def likelihood(p):
    product = 1.0
    for value in p:
        product = product * value  # culprit: underflow
    return np.log(product)


@shelf.add(lambda: (np.full(200, 0.01),), "float64")
def log_likelihood(p):
    total = 0.0
    for value in p:
        total = total + np.log(value)
    return total


@shelf.add(lambda: (np.array([[2.0, 2.0], [1.0, 3.0]]),), "float64")
def standardize(x):
    centred = x - x.mean(axis=1, keepdims=True)
    return centred / x.std(axis=1, keepdims=True)  # culprit: domain-error


@shelf.add(lambda: (np.array([[2.0, 2.0], [1.0, 3.0]]),), "float64")
def standardize_with_eps(x):
    centred = x - x.mean(axis=1, keepdims=True)
    return centred / (x.std(axis=1, keepdims=True) + 1e-8)


@shelf.add(lambda: (normal(9, 1), normal(9)), "float64")
def outer_mean_squared_error(prediction, target):
    difference = prediction - target  # culprit: silent-broadcast
    return np.mean(difference**2)


@shelf.add(lambda: (normal(9, 1), normal(9)), "float64")
def column_mean_squared_error(prediction, target):
    return np.mean((prediction - target[:, None]) ** 2)


@shelf.add(lambda: (normal(4, 4), normal(4)), "float64")
def affine(w, b):
    return np.tanh(w @ w + b)


class Network:
    """A hand-written network with a forward pass over a dict of parameters."""

    def __init__(self, y):
        self.y = y
        self.cache = None

    def forward(self, x, params):
        z = x @ params["W"] + params["b"]
        self.cache = z
        return self.loss(z)

    def loss(self, z):
        a = 1 / (1 + np.exp(-z))
        losses = self.y * np.log(a) + (1 - self.y) * np.log(1 - a)  # culprit: cancellation
        return -losses.sum()


NETWORK = Network(np.array([[0.0], [0.0]]))
PARAMS = {"W": np.array([[20.0], [2.0]]), "b": np.zeros(1)}


@shelf.add(lambda: (np.array([[1.6, 0.1], [0.1, 0.2]]), PARAMS), "float64", also=(Network.loss,))
def network_loss(x, params):
    return NETWORK.forward(x, params)


@shelf.add(lambda: (np.array([1.5, 300.0]),))
def exp_minus_itself(x):
    y = np.exp(x)  # culprit: overflow
    return y - y.sum()


@shelf.add(lambda: (np.array([200.0, 300.0]),), "float16")
def norm_in_float16(x):
    return np.sqrt((x * x).sum())  # culprit: overflow


@shelf.add(lambda: (np.array([200.0, 300.0]),), "float16")
def norm_widened(x):
    wide = x.astype(np.float32)
    return np.sqrt((wide * wide).sum())


@shelf.add(lambda: (1e-8,))
def versine(x):
    return (1 - math.cos(x)) / (x * x)  # culprit: cancellation


@shelf.add(lambda: (1e-8,))
def versine_by_half_angle(x):
    return 2 * math.sin(x / 2) ** 2 / (x * x)


@shelf.add(lambda: (np.array([2.0, 0.0]),), "float64")
def hidden_by_where(x):
    with np.errstate(divide="ignore"):
        y = np.log(x)
    return np.where(x > 0, y, -10.0)


@shelf.add(lambda: (np.array([0.5, 1.5]),), "float64")
def square_root_of_negative(x):
    return np.sqrt(1.0 - x).sum()  # culprit: domain-error


@shelf.add(lambda: (np.array([1e-9, 2e-9]),), "float64")
def relative_change(x):
    after = 1.0 + x
    return (after**2 - 1.0) / x  # culprit: cancellation


@shelf.add(lambda: (np.array([2.0, -1.0, 0.5]), np.array([1e16, 1.0, -1e16])), "float64")
def sum_that_cancels(w, x):
    terms = w * w * x
    return np.sum(terms) + w[0]


@shelf.add(lambda: (np.linspace(0.0, 1.0, 50),), "float64")
def finite_difference(x):
    h = 1e-13
    slope = (np.sin(x + h) - np.sin(x)) / h  # culprit: cancellation
    return slope.sum()
