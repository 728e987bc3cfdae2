"""Networks of dense layers, as courses have them written."""

from __future__ import annotations

import numpy as np

from tests.dynamic.backward.story import Stories, normal, sigmoid, softmax

STORIES = story = Stories()
X, Y = normal(7, 4, seed=1), np.eye(3)[[0, 2, 1, 1, 0, 2, 2]]
W1, B1, W2, B2 = normal(4, 5, seed=2), normal(5, seed=3), normal(5, 3, seed=4), normal(3, seed=5)
ARGS = (W1, B1, W2, B2)


def cross_entropy(w1, b1, w2, b2):
    p = softmax(np.tanh(X @ w1 + b1) @ w2 + b2)
    return -np.sum(Y * np.log(p)) / len(X)


@story(r"`dz2 @ w2.T \* \(1 - a1 \*\* 2\)`")
def layer_without_its_derivative():
    def gradient(w1, b1, w2, b2):
        a1 = np.tanh(X @ w1 + b1)
        dz2 = (softmax(a1 @ w2 + b2) - Y) / len(X)
        da1 = dz2 @ w2.T
        # right: dz1 = da1 * (1 - a1**2)
        dz1 = da1
        return X.T @ dz1, dz1.sum(axis=0), a1.T @ dz2, dz2.sum(axis=0)

    return cross_entropy, ARGS, gradient


@story()
def derivative_at_the_input():
    def gradient(w1, b1, w2, b2):
        z1 = X @ w1 + b1
        a1 = np.tanh(z1)
        dz2 = (softmax(a1 @ w2 + b2) - Y) / len(X)
        # right: dz1 = dz2 @ w2.T * (1 - a1**2)
        dz1 = dz2 @ w2.T * (1 - z1**2)
        return X.T @ dz1, dz1.sum(axis=0), a1.T @ dz2, dz2.sum(axis=0)

    return cross_entropy, ARGS, gradient


@story()
def derivative_of_the_activation_twice():
    def gradient(w1, b1, w2, b2):
        a1 = np.tanh(X @ w1 + b1)
        dz2 = (softmax(a1 @ w2 + b2) - Y) / len(X)
        # right: dz1 = dz2 @ w2.T * (1 - a1**2)
        dz1 = dz2 @ w2.T * (1 - np.tanh(a1) ** 2)
        return X.T @ dz1, dz1.sum(axis=0), a1.T @ dz2, dz2.sum(axis=0)

    return cross_entropy, ARGS, gradient


@story()
def derivative_of_another_activation():
    def gradient(w1, b1, w2, b2):
        a1 = np.tanh(X @ w1 + b1)
        dz2 = (softmax(a1 @ w2 + b2) - Y) / len(X)
        # right: dz1 = dz2 @ w2.T * (1 - a1**2)
        dz1 = dz2 @ w2.T * a1 * (1 - a1)
        return X.T @ dz1, dz1.sum(axis=0), a1.T @ dz2, dz2.sum(axis=0)

    return cross_entropy, ARGS, gradient


@story("by w1, b1 is 7 times|X.shape")
def batch_size_divided_in_one_layer_alone():
    def gradient(w1, b1, w2, b2):
        a1 = np.tanh(X @ w1 + b1)
        dz2 = softmax(a1 @ w2 + b2) - Y
        dz1 = dz2 @ w2.T * (1 - a1**2)
        m = len(X)
        # right: dw1, db1 = X.T @ dz1 / m, dz1.sum(axis=0) / m
        dw1, db1 = X.T @ dz1, dz1.sum(axis=0)
        return dw1, db1, a1.T @ dz2 / m, dz2.sum(axis=0) / m

    return cross_entropy, ARGS, gradient


@story("= 7 divide by it once less")
def batch_size_divided_twice():
    def gradient(w1, b1, w2, b2):
        m = len(X)
        a1 = np.tanh(X @ w1 + b1)
        dz2 = (softmax(a1 @ w2 + b2) - Y) / m
        dz1 = dz2 @ w2.T * (1 - a1**2)
        dw2, db2 = a1.T @ dz2, dz2.sum(axis=0)
        # right: return X.T @ dz1, dz1.sum(axis=0), dw2, db2
        return X.T @ dz1, dz1.sum(axis=0), dw2 / m, db2

    return cross_entropy, ARGS, gradient


@story("scale-error.*= 7|missing-broadcast-sum|1 / ")
def bias_averaged():
    def gradient(w1, b1, w2, b2):
        a1 = np.tanh(X @ w1 + b1)
        dz2 = (softmax(a1 @ w2 + b2) - Y) / len(X)
        dz1 = dz2 @ w2.T * (1 - a1**2)
        # right: db1 = dz1.sum(axis=0)
        db1 = dz1.mean(axis=0)
        return X.T @ dz1, db1, a1.T @ dz2, dz2.sum(axis=0)

    return cross_entropy, ARGS, gradient


@story("missing-gradient")
def bias_forgotten():
    def gradient(w1, b1, w2, b2):
        a1 = np.tanh(X @ w1 + b1)
        dz2 = (softmax(a1 @ w2 + b2) - Y) / len(X)
        dz1 = dz2 @ w2.T * (1 - a1**2)
        # right: db1 = dz1.sum(axis=0)
        db1 = np.zeros_like(b1)
        return X.T @ dz1, db1, a1.T @ dz2, dz2.sum(axis=0)

    return cross_entropy, ARGS, gradient


@story()
def weights_not_transposed():
    square = normal(4, 4, seed=2)

    def loss(w1, w2):
        return np.sum(np.tanh(np.tanh(X @ w1) @ w2) ** 2)

    def gradient(w1, w2):
        a1 = np.tanh(X @ w1)
        a2 = np.tanh(a1 @ w2)
        dz2 = 2 * a2 * (1 - a2**2)
        # right: dz1 = dz2 @ w2.T * (1 - a1**2)
        dz1 = dz2 @ w2 * (1 - a1**2)
        return X.T @ dz1, a1.T @ dz2

    return loss, (square, normal(4, 4, seed=4)), gradient


@story()
def cache_of_the_layer_before():
    def loss(w1, w2, w3):
        return np.sum(sigmoid(sigmoid(sigmoid(X @ w1) @ w2) @ w3) ** 2)

    def gradient(w1, w2, w3):
        cache = {"A0": X, "A1": sigmoid(X @ w1)}
        cache["A2"] = sigmoid(cache["A1"] @ w2)
        cache["A3"] = sigmoid(cache["A2"] @ w3)
        dz3 = 2 * cache["A3"] * cache["A3"] * (1 - cache["A3"])
        dz2 = dz3 @ w3.T * cache["A2"] * (1 - cache["A2"])
        # right: dz1 = dz2 @ w2.T * cache["A1"] * (1 - cache["A1"])
        dz1 = dz2 @ w2.T * cache["A1"] * (1 - cache["A2"])
        return cache["A0"].T @ dz1, cache["A1"].T @ dz2, cache["A2"].T @ dz3

    return loss, (normal(4, 4, seed=2), normal(4, 4, seed=3), normal(4, 4, seed=4)), gradient


@story()
def dropout_without_its_mask():
    mask = (normal(7, 5, seed=9) > -0.5) / 0.7

    def loss(w1, w2):
        return np.sum(((np.maximum(X @ w1, 0) * mask) @ w2) ** 2)

    def gradient(w1, w2):
        z1 = X @ w1
        a1 = np.maximum(z1, 0) * mask
        dy = 2 * (a1 @ w2)
        # right: da1 = dy @ w2.T * mask
        da1 = dy @ w2.T
        return X.T @ (da1 * (z1 > 0)), a1.T @ dy

    return loss, (W1, W2), gradient


@story()
def rectifier_the_wrong_way_round():
    def loss(w1, w2):
        return np.sum((np.maximum(X @ w1, 0) @ w2) ** 2)

    def gradient(w1, w2):
        z1 = X @ w1
        dy = 2 * (np.maximum(z1, 0) @ w2)
        # right: dz1 = dy @ w2.T * (z1 > 0)
        dz1 = dy @ w2.T * (z1 < 0)
        return X.T @ dz1, np.maximum(z1, 0).T @ dy

    return loss, (W1, W2), gradient


@story()
def rectifier_forgotten():
    def loss(w1, w2):
        return np.sum((np.maximum(X @ w1, 0) @ w2) ** 2)

    def gradient(w1, w2):
        z1 = X @ w1
        a1 = np.maximum(z1, 0)
        dy = 2 * (a1 @ w2)
        # right: return X.T @ (dy @ w2.T * (z1 > 0)), a1.T @ dy
        return X.T @ (dy @ w2.T), a1.T @ dy

    return loss, (W1, W2), gradient


@story("L2 penalty")
def penalty_without_its_two():
    decay = 0.3

    def loss(w1, w2):
        return np.sum((np.tanh(X @ w1) @ w2) ** 2) + decay * (np.sum(w1**2) + np.sum(w2**2))

    def gradient(w1, w2):
        a1 = np.tanh(X @ w1)
        dy = 2 * (a1 @ w2)
        # right: dw1 = X.T @ (dy @ w2.T * (1 - a1**2)) + 2 * decay * w1
        dw1 = X.T @ (dy @ w2.T * (1 - a1**2)) + decay * w1
        return dw1, a1.T @ dy + 2 * decay * w2

    return loss, (W1, W2), gradient


@story()
def penalty_by_its_size():
    decay = 0.3

    def loss(w1, w2):
        return np.sum((np.tanh(X @ w1) @ w2) ** 2) + decay * (np.sum(np.abs(w1)) + np.sum(w2**2))

    def gradient(w1, w2):
        a1 = np.tanh(X @ w1)
        dy = 2 * (a1 @ w2)
        # right: dw1 = X.T @ (dy @ w2.T * (1 - a1**2)) + decay * np.sign(w1)
        dw1 = X.T @ (dy @ w2.T * (1 - a1**2)) + decay * w1
        return dw1, a1.T @ dy + 2 * decay * w2

    return loss, (W1, W2), gradient


@story()
def wrong_sign_of_one_term():
    def loss(w1, w2):
        return np.sum((X @ w1) * np.exp(X @ w2)) + np.sum(w1 * w2)

    def gradient(w1, w2):
        e = np.exp(X @ w2)
        # right: return X.T @ e + w2, X.T @ (X @ w1 * e) + w1
        return X.T @ e + w2, X.T @ (X @ w1 * e) - w1

    return loss, (normal(4, 2, seed=2), 0.3 * normal(4, 2, seed=3)), gradient


@story("sign-error")
def error_the_wrong_way_round():
    def gradient(w1, b1, w2, b2):
        a1 = np.tanh(X @ w1 + b1)
        # right: dz2 = (softmax(a1 @ w2 + b2) - Y) / len(X)
        dz2 = (Y - softmax(a1 @ w2 + b2)) / len(X)
        dz1 = dz2 @ w2.T * (1 - a1**2)
        return X.T @ dz1, dz1.sum(axis=0), a1.T @ dz2, dz2.sum(axis=0)

    return cross_entropy, ARGS, gradient


class Network:
    """Two layers that keep what their backward pass needs."""

    def __init__(self):
        self.w1, self.w2 = normal(4, 5, seed=2), normal(5, 3, seed=4)

    def forward(self, x):
        self.x, self.z1 = x, x @ self.w1
        self.a1 = sigmoid(self.z1)
        return self.a1 @ self.w2

    def loss(self, w1, w2):
        self.w1, self.w2 = w1, w2
        return 0.5 * np.sum((self.forward(X) - Y) ** 2)

    def backward(self, dy):
        self.dw2 = self.a1.T @ dy
        da1 = dy @ self.w2.T
        # right: dz1 = da1 * self.a1 * (1 - self.a1)
        dz1 = da1 * self.z1 * (1 - self.z1)
        self.dw1 = self.x.T @ dz1

    def gradient(self, w1, w2):
        self.w1, self.w2 = w1, w2
        self.backward(self.forward(X) - Y)
        return self.dw1, self.dw2


@story()
def network_of_a_class():
    network = Network()
    return network.loss, (W1, W2), network.gradient
