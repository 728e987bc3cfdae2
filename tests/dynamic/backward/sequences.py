"""Recurrent networks, attention, normalisation and losses, as courses have them written."""

from __future__ import annotations

import numpy as np

from tests.dynamic.backward.story import Stories, normal, sigmoid, softmax

STORIES = story = Stories()
X, TARGET = normal(6, 3, seed=1), normal(6, 2, seed=2)
CELL = (0.5 * normal(3, 4, seed=3), 0.5 * normal(4, 4, seed=4), normal(4, 2, seed=5))


def states(wx, wh):
    hs = [np.zeros(4)]
    for x in X:
        hs.append(np.tanh(x @ wx + hs[-1] @ wh))
    return hs


def recurrent(wx, wh, wy):
    return sum(np.sum((h @ wy - y) ** 2) for h, y in zip(states(wx, wh)[1:], TARGET, strict=True))


@story()
def weights_of_a_step_not_transposed():
    def gradient(wx, wh, wy):
        hs = states(wx, wh)
        dwx, dwh, dwy = np.zeros_like(wx), np.zeros_like(wh), np.zeros_like(wy)
        dh_next = np.zeros(4)
        for t in reversed(range(6)):
            dy = 2 * (hs[t + 1] @ wy - TARGET[t])
            dwy += np.outer(hs[t + 1], dy)
            dz = (wy @ dy + dh_next) * (1 - hs[t + 1] ** 2)
            dwx += np.outer(X[t], dz)
            dwh += np.outer(hs[t], dz)
            # right: dh_next = wh @ dz
            dh_next = dz @ wh
        return dwx, dwh, dwy

    return recurrent, CELL, gradient


@story()
def state_not_carried_in_time():
    def gradient(wx, wh, wy):
        hs = states(wx, wh)
        dwx, dwh, dwy = np.zeros_like(wx), np.zeros_like(wh), np.zeros_like(wy)
        dh_next = np.zeros(4)
        for t in reversed(range(6)):
            dy = 2 * (hs[t + 1] @ wy - TARGET[t])
            dwy += np.outer(hs[t + 1], dy)
            # right: dh = wy @ dy + dh_next
            dh = wy @ dy
            dz = dh * (1 - hs[t + 1] ** 2)
            dwx += np.outer(X[t], dz)
            dwh += np.outer(hs[t], dz)
            dh_next = wh @ dz  # noqa: F841
        return dwx, dwh, dwy

    return recurrent, CELL, gradient


@story()
def state_of_the_wrong_step():
    def gradient(wx, wh, wy):
        hs = states(wx, wh)
        dwx, dwh, dwy = np.zeros_like(wx), np.zeros_like(wh), np.zeros_like(wy)
        dh_next = np.zeros(4)
        for t in reversed(range(6)):
            dy = 2 * (hs[t + 1] @ wy - TARGET[t])
            dwy += np.outer(hs[t + 1], dy)
            dz = (wy @ dy + dh_next) * (1 - hs[t + 1] ** 2)
            dwx += np.outer(X[t], dz)
            # right: dwh += np.outer(hs[t], dz)
            dwh += np.outer(hs[t + 1], dz)
            dh_next = wh @ dz
        return dwx, dwh, dwy

    return recurrent, CELL, gradient


@story()
def overwritten_at_each_step():
    def gradient(wx, wh, wy):
        hs = states(wx, wh)
        dwx, dwh, dwy = np.zeros_like(wx), np.zeros_like(wh), np.zeros_like(wy)
        dh_next = np.zeros(4)
        for t in reversed(range(6)):
            dy = 2 * (hs[t + 1] @ wy - TARGET[t])
            dwy += np.outer(hs[t + 1], dy)
            dz = (wy @ dy + dh_next) * (1 - hs[t + 1] ** 2)
            # right: dwx += np.outer(X[t], dz)
            dwx = np.outer(X[t], dz)
            dwh += np.outer(hs[t], dz)
            dh_next = wh @ dz
        return dwx, dwh, dwy

    return recurrent, CELL, gradient


@story()
def truncated_after_some_steps():
    def loss(wx, wh):
        return np.sum(states(wx, wh)[-1] ** 2)

    def gradient(wx, wh):
        hs = states(wx, wh)
        dwx, dwh, dh = np.zeros_like(wx), np.zeros_like(wh), 2 * hs[-1]
        # right: for t in range(5, -1, -1):
        for t in range(5, 2, -1):
            dz = dh * (1 - hs[t + 1] ** 2)
            dwx += np.outer(X[t], dz)
            dwh += np.outer(hs[t], dz)
            dh = wh @ dz
        return dwx, dwh

    return loss, CELL[:2], gradient


@story()
def first_step_left_out():
    def loss(wx, wh):
        return np.sum(states(wx, wh)[-1] ** 2)

    def gradient(wx, wh):
        hs = states(wx, wh)
        dwx, dwh, dh = np.zeros_like(wx), np.zeros_like(wh), 2 * hs[-1]
        # right: for t in range(5, -1, -1):
        for t in range(5, 0, -1):
            dz = dh * (1 - hs[t + 1] ** 2)
            dwx += np.outer(X[t], dz)
            dwh += np.outer(hs[t], dz)
            dh = wh @ dz
        return dwx, dwh

    return loss, CELL[:2], gradient


@story()
def forget_gate_left_out_of_the_cell():
    def steps(wf, wg):
        cs, fs, gs = [np.zeros(3)], [], []
        for x in X:
            fs.append(sigmoid(x @ wf))
            gs.append(np.tanh(x @ wg))
            cs.append(fs[-1] * cs[-1] + (1 - fs[-1]) * gs[-1])
        return cs, fs, gs

    def loss(wf, wg):
        return np.sum(steps(wf, wg)[0][-1] ** 2)

    def gradient(wf, wg):
        cs, fs, gs = steps(wf, wg)
        dwf, dwg, dc = np.zeros_like(wf), np.zeros_like(wg), 2 * cs[-1]
        for t in reversed(range(6)):
            df = dc * (cs[t] - gs[t]) * fs[t] * (1 - fs[t])
            dg = dc * (1 - fs[t]) * (1 - gs[t] ** 2)
            dwf += np.outer(X[t], df)
            dwg += np.outer(X[t], dg)
            # right: dc = dc * fs[t]
            dc = dc * (1 - fs[t])
        return dwf, dwg

    return loss, (normal(3, 3, seed=3), normal(3, 3, seed=4)), gradient


@story("np.add.at")
def embedding_rows_that_repeat():
    words = np.array([2, 0, 2, 3, 2])

    def loss(table, w):
        return np.sum(np.tanh(table[words] @ w) ** 2)

    def gradient(table, w):
        a = np.tanh(table[words] @ w)
        dz = 2 * a * (1 - a**2)
        dtable = np.zeros_like(table)
        # right: np.add.at(dtable, words, dz @ w.T)
        dtable[words] += dz @ w.T
        return dtable, table[words].T @ dz

    return loss, (normal(5, 3, seed=3), normal(3, 2, seed=4)), gradient


QUERIES = normal(4, 3, seed=6)


@story()
def softmax_by_its_diagonal():
    weights = normal(5, seed=7)

    def loss(z):
        return weights @ softmax(z)

    def gradient(z):
        p = softmax(z)
        # right: return p * (weights - weights @ p)
        return weights * p * (1 - p)

    return loss, (normal(5, seed=8),), gradient


@story()
def attention_by_the_diagonal_of_its_softmax():
    def loss(x, w):
        return np.sum(np.sin(softmax(QUERIES @ w @ x.T) @ x))

    def gradient(x, w):
        a = softmax(QUERIES @ w @ x.T)
        do = np.cos(a @ x)
        da = do @ x.T
        # right: ds = a * (da - np.sum(a * da, axis=-1, keepdims=True))
        ds = da * a * (1 - a)
        return a.T @ do + ds.T @ QUERIES @ w, QUERIES.T @ ds @ x

    return loss, (normal(5, 3, seed=7), normal(3, 3, seed=8)), gradient


@story()
def jacobian_of_a_softmax_with_its_diagonal_alone():
    weights = normal(4, seed=7)

    def loss(z):
        return np.sum(np.sin(softmax(z) * weights))

    def gradient(z):
        s = softmax(z)
        # right: jacobian = np.diag(s) - np.outer(s, s)
        jacobian = np.diag(s * (1 - s))
        return jacobian @ (weights * np.cos(s * weights))

    return loss, (normal(4, seed=8),), gradient


@story(r"/ np.sqrt\(d\)` for `do @ x.T`|/ np.sqrt\(d\)` for `a \*")
def attention_without_its_scale():
    d = 3

    def loss(x, w):
        return np.sum(np.sin(softmax(QUERIES @ w @ x.T / np.sqrt(d)) @ x))

    def gradient(x, w):
        a = softmax(QUERIES @ w @ x.T / np.sqrt(d))
        do = np.cos(a @ x)
        da = do @ x.T
        # right: ds = a * (da - np.sum(a * da, axis=-1, keepdims=True)) / np.sqrt(d)
        ds = a * (da - np.sum(a * da, axis=-1, keepdims=True))
        return a.T @ do + ds.T @ QUERIES @ w, QUERIES.T @ ds @ x

    return loss, (normal(5, 3, seed=7), normal(3, 3, seed=8)), gradient


@story()
def softmax_summed_over_the_wrong_axis():
    def loss(x, w):
        return np.sum(np.sin(softmax(QUERIES @ w @ x.T) @ x))

    def gradient(x, w):
        a = softmax(QUERIES @ w @ x.T)
        do = np.cos(a @ x)
        da = do @ x.T
        # right: ds = a * (da - np.sum(a * da, axis=-1, keepdims=True))
        ds = a * (da - np.sum(a * da, axis=0, keepdims=True))
        return a.T @ do + ds.T @ QUERIES @ w, QUERIES.T @ ds @ x

    return loss, (normal(5, 3, seed=7), normal(3, 3, seed=8)), gradient


UPSTREAM = normal(6, 5, seed=9)


def batch_norm(x, gamma):
    return np.sum(UPSTREAM * gamma * (x - x.mean(0)) / np.sqrt(x.var(0) + 1e-5))


@story("short of|a mean and a variance")
def batch_norm_with_constant_statistics():
    def gradient(x, gamma):
        s = np.sqrt(x.var(0) + 1e-5)
        n = (x - x.mean(0)) / s
        g = UPSTREAM * gamma
        # right: return (g - g.mean(0) - n * (g * n).mean(0)) / s, np.sum(UPSTREAM * n, 0)
        return g / s, np.sum(UPSTREAM * n, 0)

    return batch_norm, (normal(6, 5, seed=3), normal(5, seed=4)), gradient


@story()
def batch_norm_with_sums_for_means():
    def gradient(x, gamma):
        s = np.sqrt(x.var(0) + 1e-5)
        n = (x - x.mean(0)) / s
        g = UPSTREAM * gamma
        # right: dx = (g - g.mean(0) - n * (g * n).mean(0)) / s
        dx = (g - g.mean(0) - n * (g * n).sum(0)) / s
        return dx, np.sum(UPSTREAM * n, 0)

    return batch_norm, (normal(6, 5, seed=3), normal(5, seed=4)), gradient


@story()
def layer_norm_without_its_gain():
    def loss(x, gamma):
        n = (x - x.mean(1, keepdims=True)) / np.sqrt(x.var(1, keepdims=True) + 1e-5)
        return np.sum(np.sin(gamma * n))

    def gradient(x, gamma):
        s = np.sqrt(x.var(1, keepdims=True) + 1e-5)
        n = (x - x.mean(1, keepdims=True)) / s
        dy = np.cos(gamma * n)
        # right: dn = dy * gamma
        dn = dy
        dx = (dn - dn.mean(1, keepdims=True) - n * (dn * n).mean(1, keepdims=True)) / s
        return dx, np.sum(dy * n, 0)

    return loss, (normal(6, 5, seed=3), normal(5, seed=4)), gradient


@story()
def base_of_a_logarithm():
    def loss(w):
        p = sigmoid(X @ w)
        return -np.sum(np.log2(p)) + np.sum(w**2)

    def gradient(w):
        p = sigmoid(X @ w)
        # right: return X.T @ (p - 1) / np.log(2) + 2 * w
        return X.T @ (p - 1) + 2 * w

    return loss, (normal(3, seed=3),), gradient


@story()
def temperature_once_for_twice():
    tau = 0.7

    def loss(w):
        return np.sum(np.exp(-((X @ w) ** 2) / (2 * tau**2))) + np.sum(np.cos(w))

    def gradient(w):
        z = X @ w
        # right: return X.T @ (-z / tau**2 * np.exp(-(z**2) / (2 * tau**2))) - np.sin(w)
        return X.T @ (-z / tau * np.exp(-(z**2) / (2 * tau**2))) - np.sin(w)

    return loss, (normal(3, seed=3),), gradient


@story()
def quotient_without_its_square():
    def loss(a, b):
        return np.sum(a / (1 + b**2))

    def gradient(a, b):
        # right: return 1 / (1 + b**2), -a * 2 * b / (1 + b**2) ** 2
        return 1 / (1 + b**2), -a * 2 * b / (1 + b**2)

    return loss, (normal(5, seed=3), normal(5, seed=4)), gradient


@story()
def convolution_with_another_stride():
    image, kernel = normal(7, seed=3), normal(3, seed=4)

    def loss(x, k):
        return np.sum(np.array([np.sum(x[2 * i : 2 * i + 3] * k) for i in range(3)]) ** 2)

    def gradient(x, k):
        dx, dk = np.zeros_like(x), np.zeros_like(k)
        for i in range(3):
            dy = 2 * np.sum(x[2 * i : 2 * i + 3] * k)
            # right: dx[2 * i : 2 * i + 3] += dy * k
            dx[i : i + 3] += dy * k
            dk += dy * x[2 * i : 2 * i + 3]
        return dx, dk

    return loss, (image, kernel), gradient


@story()
def kernel_not_turned():
    def loss(x, k):
        return np.sum(np.convolve(x, k, "valid") ** 3)

    def gradient(x, k):
        dy = 3 * np.convolve(x, k, "valid") ** 2
        # right: return np.convolve(dy, k[::-1], "full"), np.convolve(x[::-1], dy, "valid")
        return np.convolve(dy, k, "full"), np.convolve(x[::-1], dy, "valid")

    return loss, (normal(6, seed=3), normal(3, seed=4)), gradient


@story("linear term")
def divergence_of_a_gaussian():
    def loss(mu, logvar):
        return -0.5 * np.sum(1 + logvar - mu**2 - np.exp(logvar)) + np.sum(np.sin(mu + logvar))

    def gradient(mu, logvar):
        c = np.cos(mu + logvar)
        # right: return mu + c, 0.5 * (np.exp(logvar) - 1) + c
        return mu + c, 0.5 * (np.exp(logvar) + 1) + c

    return loss, (normal(4, seed=3), normal(4, seed=4)), gradient


@story()
def reparametrisation_without_its_half():
    noise = normal(4, seed=5)

    def loss(mu, logvar):
        return np.sum(np.sin(mu + noise * np.exp(0.5 * logvar)))

    def gradient(mu, logvar):
        dz = np.cos(mu + noise * np.exp(0.5 * logvar))
        # right: dlogvar = dz * noise * 0.5 * np.exp(0.5 * logvar)
        dlogvar = dz * noise * 0.5 * np.exp(logvar)
        return dz, dlogvar

    return loss, (normal(4, seed=3), normal(4, seed=4)), gradient
