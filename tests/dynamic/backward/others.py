"""Backward passes in other styles: layers as classes, dictionaries, loops over samples, losses of all kinds.

Written after the changes that are tried, and not looked at when these were chosen.
"""

from __future__ import annotations

import numpy as np

from tests.dynamic.backward.story import Stories, normal, sigmoid, softmax

STORIES = story = Stories()


class Dense:
    """A layer that keeps its input."""

    def __init__(self, w, b):
        self.w, self.b = w, b

    def forward(self, x):
        self.x = x
        return x @ self.w + self.b

    def backward(self, dout):
        self.dw = self.x.T @ dout
        self.db = np.sum(dout, axis=0)
        return dout @ self.w.T


class Sigmoid:
    """A layer that keeps its output."""

    def forward(self, z):
        self.out = sigmoid(z)
        return self.out

    def backward(self, dout):
        # right: return dout * self.out * (1 - self.out)
        return dout * (1 - self.out)


X, T = normal(5, 3, seed=11), normal(5, 2, seed=12)


@story(r"`dout \* \(1 - self.out\) \* self.out`")
def layer_of_a_class_without_a_factor():
    first, act, second = Dense(None, None), Sigmoid(), Dense(None, None)

    def forward(w1, b1, w2, b2):
        first.w, first.b, second.w, second.b = w1, b1, w2, b2
        return second.forward(act.forward(first.forward(X)))

    def loss(w1, b1, w2, b2):
        return np.sum((forward(w1, b1, w2, b2) - T) ** 2)

    def gradient(w1, b1, w2, b2):
        dout = 2 * (forward(w1, b1, w2, b2) - T)
        first.backward(act.backward(second.backward(dout)))
        return first.dw, first.db, second.dw, second.db

    args = (normal(3, 4, seed=13), normal(4, seed=14), normal(4, 2, seed=15), normal(2, seed=16))
    return loss, args, gradient


@story()
def dictionary_of_gradients_with_a_stale_entry():
    def forward(p):
        a1 = np.tanh(p["W1"] @ X.T + p["b1"])
        return a1, sigmoid(p["W2"] @ a1 + p["b2"])

    def loss(p):
        _, a2 = forward(p)
        return -np.mean(np.log(a2))

    def gradient(p):
        a1, a2 = forward(p)
        m = X.shape[0]
        dz2 = (a2 - 1) / m
        grads = {"W2": dz2 @ a1.T, "b2": np.sum(dz2, axis=1, keepdims=True)}
        # right: dz1 = (p["W2"].T @ dz2) * (1 - np.power(a1, 2))
        dz1 = (p["W2"].T @ dz2) * (1 - np.power(a2, 2))
        grads["W1"] = dz1 @ X
        grads["b1"] = np.sum(dz1, axis=1, keepdims=True)
        return grads

    params = {
        "W1": normal(4, 3, seed=13),
        "b1": normal(4, 1, seed=14),
        "W2": normal(1, 4, seed=15),
        "b2": normal(1, 1, seed=16),
    }
    return loss, (params,), gradient


@story()
def logistic_regression_sample_by_sample():
    y = np.array([1, 0, 0, 1, 1])

    def loss(w, b):
        total = 0.0
        for x, label in zip(X, y, strict=True):
            a = sigmoid(w @ x + b)
            total -= label * np.log(a) + (1 - label) * np.log(1 - a)
        return total / len(X)

    def gradient(w, b):
        dw, db = np.zeros_like(w), 0.0
        for x, label in zip(X, y, strict=True):
            dz = sigmoid(w @ x + b) - label
            # right: dw += x * dz
            dw = x * dz
            db += dz
        return dw / len(X), db / len(X)

    return loss, (normal(3, seed=13), 0.3), gradient


@story()
def hinge_with_the_wrong_margin():
    y = np.array([1.0, -1.0, -1.0, 1.0, 1.0])

    def loss(w):
        return np.sum(np.maximum(0, 1 - y * (X @ w))) + np.sum(w**2)

    def gradient(w):
        margins = y * (X @ w)
        # right: active = margins < 1
        active = margins < 0
        return -X.T @ (y * active) + 2 * w

    return loss, (np.array([0.3, -0.2, 0.5]),), gradient


@story()
def hinge_of_many_classes_without_the_right_one():
    labels = np.array([0, 2, 1, 1, 0])

    def loss(w):
        scores = X @ w
        margins = np.maximum(0, scores - scores[np.arange(5), labels][:, None] + 1)
        margins[np.arange(5), labels] = 0
        return np.sum(margins) / 5 + 0.1 * np.sum(w * w)

    def gradient(w):
        scores = X @ w
        margins = scores - scores[np.arange(5), labels][:, None] + 1
        mask = (margins > 0).astype(float)
        # right: mask[np.arange(5), labels] = 1 - mask.sum(axis=1)
        mask[np.arange(5), labels] = 0
        return X.T @ mask / 5 + 0.2 * w

    return loss, (normal(3, 3, seed=13),), gradient


@story()
def softmax_regression_without_the_labels():
    labels = np.array([0, 2, 1, 1, 0])

    def loss(w):
        p = softmax(X @ w)
        return -np.sum(np.log(p[np.arange(5), labels])) / 5 + 0.5 * 0.1 * np.sum(w * w)

    def gradient(w):
        dscores = softmax(X @ w)
        # right: dscores[np.arange(5), labels] -= 1
        dscores[np.arange(5), labels] += 1
        return X.T @ dscores / 5 + 0.1 * w

    return loss, (normal(3, 3, seed=13),), gradient


@story("0.18 × the argument is missing")
def penalty_scaled_by_the_batch():
    def loss(w):
        return np.mean((X @ w - T) ** 2) + 0.1 * np.sum(w * w)

    def gradient(w):
        residual = X @ w - T
        # right: return 2 * X.T @ residual / residual.size + 2 * 0.1 * w
        return (2 * X.T @ residual + 2 * 0.1 * w) / residual.size

    return loss, (normal(3, 2, seed=13),), gradient


@story()
def gru_candidate_without_its_reset():
    def run(wz, wr, wh):
        h, kept = np.zeros(3), []
        for x in X:
            z, r = sigmoid(x * wz[0] + h @ wz[1:]), sigmoid(x * wr[0] + h @ wr[1:])
            g = np.tanh(x * wh[0] + (r * h) @ wh[1:])
            kept.append((x, h, z, r, g))
            h = (1 - z) * h + z * g
        return h, kept

    def loss(wz, wr, wh):
        return np.sum(run(wz, wr, wh)[0] ** 2)

    def gradient(wz, wr, wh):
        h, kept = run(wz, wr, wh)
        dwz, dwr, dwh = np.zeros_like(wz), np.zeros_like(wr), np.zeros_like(wh)
        dh = 2 * h
        for x, before, z, r, g in reversed(kept):
            dg = dh * z * (1 - g**2)
            dz = dh * (g - before) * z * (1 - z)
            drh = dg @ wh[1:].T
            dr = drh * before * r * (1 - r)
            dwz[0], dwr[0], dwh[0] = dwz[0] + dz * x, dwr[0] + dr * x, dwh[0] + dg * x
            dwz[1:] += np.outer(before, dz)
            dwr[1:] += np.outer(before, dr)
            dwh[1:] += np.outer(r * before, dg)
            # right: dh = dh * (1 - z) + drh * r + dz @ wz[1:].T + dr @ wr[1:].T
            dh = dh * (1 - z) + drh + dz @ wz[1:].T + dr @ wr[1:].T
        return dwz, dwr, dwh

    return loss, tuple(0.5 * normal(4, 3, seed=seed) for seed in (13, 14, 15)), gradient


@story("12 of 16 entries")
def max_pool_shared_out():
    image = normal(4, 4, seed=17)

    def loss(x):
        return np.sum(x.reshape(2, 2, 2, 2).max(axis=(1, 3)) ** 2)

    def gradient(x):
        blocks = x.reshape(2, 2, 2, 2)
        top = blocks.max(axis=(1, 3), keepdims=True)
        # right: return ((blocks == top) * 2 * top).reshape(4, 4)
        return (np.ones_like(blocks) * 2 * top).reshape(4, 4)

    return loss, (image,), gradient


@story("is 4 times the numeric one")
def mean_pool_without_its_quarter():
    weights = normal(2, 2, seed=18)

    def loss(x, w):
        return np.sum(np.sin(x.reshape(2, 2, 2, 2).mean(axis=(1, 3)) * w))

    def gradient(x, w):
        pooled = x.reshape(2, 2, 2, 2).mean(axis=(1, 3))
        dpool = np.cos(pooled * w) * w
        # right: dx = np.repeat(np.repeat(dpool / 4, 2, axis=0), 2, axis=1)
        dx = np.repeat(np.repeat(dpool, 2, axis=0), 2, axis=1)
        return dx, np.cos(pooled * w) * pooled

    return loss, (normal(4, 4, seed=17), weights), gradient


@story()
def residual_without_its_shortcut():
    def loss(x, w):
        return np.sum(np.sin(x + np.tanh(x @ w)))

    def gradient(x, w):
        a = np.tanh(x @ w)
        dout = np.cos(x + a)
        dz = dout * (1 - a**2)
        # right: dx = dz @ w.T + dout
        dx = dz @ w.T
        return dx, x.T @ dz

    return loss, (X, normal(3, 3, seed=13)), gradient


@story()
def layer_scale_of_the_wrong_axis():
    def loss(x, g):
        return np.sum(np.tanh(x * g[:, None]))

    def gradient(x, g):
        d = 1 - np.tanh(x * g[:, None]) ** 2
        # right: return d * g[:, None], np.sum(d * x, axis=1)
        return d * g[None, :], np.sum(d * x, axis=1)

    return loss, (normal(4, 4, seed=17), normal(4, seed=18)), gradient


@story()
def cosine_without_the_norms():
    def loss(a, b):
        return a @ b / (np.linalg.norm(a) * np.linalg.norm(b))

    def gradient(a, b):
        na, nb = np.linalg.norm(a), np.linalg.norm(b)
        cosine = a @ b / (na * nb)
        # right: da = b / (na * nb) - cosine * a / na**2
        da = b / (na * nb) - cosine * a / na
        return da, a / (na * nb) - cosine * b / nb**2

    return loss, (normal(5, seed=13), normal(5, seed=14)), gradient


@story()
def triplet_with_its_signs_mixed_up():
    def loss(a, p, n):
        return np.sum(np.log1p(np.exp(np.sum((a - p) ** 2, axis=1) - np.sum((a - n) ** 2, axis=1))))

    def gradient(a, p, n):
        s = sigmoid(np.sum((a - p) ** 2, axis=1) - np.sum((a - n) ** 2, axis=1))[:, None]
        # right: return 2 * s * ((a - p) - (a - n)), -2 * s * (a - p), 2 * s * (a - n)
        return 2 * s * ((a - p) + (a - n)), -2 * s * (a - p), 2 * s * (a - n)

    return loss, (normal(4, 3, seed=13), normal(4, 3, seed=14), normal(4, 3, seed=15)), gradient


@story()
def gaussian_likelihood_without_a_square():
    y = normal(6, seed=19)

    def loss(mu, s):
        return np.sum(np.log(s) + (y - mu) ** 2 / (2 * s**2))

    def gradient(mu, s):
        # right: return (mu - y) / s**2, 1 / s - (y - mu) ** 2 / s**3
        return (mu - y) / s**2, 1 / s - (y - mu) ** 2 / s**2

    return loss, (normal(6, seed=13), 1 + normal(6, seed=14) ** 2), gradient


@story()
def kernel_regression_with_its_distance_unsquared():
    def loss(c, w):
        d2 = np.sum((X[:, None] - c[None]) ** 2, axis=-1)
        return np.sum((np.exp(-d2) @ w - T[:, 0]) ** 2)

    def gradient(c, w):
        diff = X[:, None] - c[None]
        k = np.exp(-np.sum(diff**2, axis=-1))
        r = 2 * (k @ w - T[:, 0])
        # right: dc = np.sum((r[:, None] * w * k * 2)[..., None] * diff, axis=0)
        dc = np.sum((r[:, None] * w * k * 2)[..., None] * diff**2, axis=0)
        return dc, k.T @ r

    return loss, (normal(4, 3, seed=13), normal(4, seed=14)), gradient


@story()
def matrix_factorisation_with_the_wrong_factor():
    ratings = normal(5, 5, seed=20)

    def loss(u, v):
        return np.sum((ratings - u @ v.T) ** 2) + 0.1 * (np.sum(u**2) + np.sum(v**2))

    def gradient(u, v):
        e = ratings - u @ v.T
        # right: return -2 * e @ v + 0.2 * u, -2 * e.T @ u + 0.2 * v
        return -2 * e @ v + 0.2 * u, -2 * e @ u + 0.2 * v

    return loss, (normal(5, 2, seed=13), normal(5, 2, seed=14)), gradient


@story()
def bilinear_form_by_one_half():
    a = normal(4, 4, seed=21)

    def loss(x):
        return x @ a @ x + np.sum(np.sin(x))

    def gradient(x):
        # right: return (a + a.T) @ x + np.cos(x)
        return 2 * a @ x + np.cos(x)

    return loss, (normal(4, seed=13),), gradient


@story()
def determinant_without_the_inverse_transposed():
    def loss(a):
        return np.log(np.abs(np.linalg.det(a))) + np.sum(a**2)

    def gradient(a):
        # right: return np.linalg.inv(a).T + 2 * a
        return np.linalg.inv(a) + 2 * a

    return loss, (normal(3, 3, seed=13),), gradient


@story("is the transpose of the right gradient")
def solution_of_a_system_without_its_sign():
    b = normal(3, seed=22)

    def loss(a):
        return np.sum(np.sin(np.linalg.solve(a, b)))

    def gradient(a):
        x = np.linalg.solve(a, b)
        lam = np.linalg.solve(a.T, np.cos(x))
        # right: return -np.outer(lam, x)
        return -np.outer(x, lam)

    return loss, (normal(3, 3, seed=13) + 3 * np.eye(3),), gradient


@story()
def policy_without_its_baseline():
    actions, rewards = np.array([0, 2, 1, 1, 0]), normal(5, seed=23)

    def loss(w):
        p = softmax(X @ w)
        return -np.sum((rewards - rewards.mean()) * np.log(p[np.arange(5), actions]))

    def gradient(w):
        p = softmax(X @ w)
        p[np.arange(5), actions] -= 1
        # right: return X.T @ (p * (rewards - rewards.mean())[:, None])
        return X.T @ (p * rewards[:, None])

    return loss, (normal(3, 3, seed=13),), gradient


@story()
def focal_loss_by_the_plain_one():
    gamma = 2.5

    def loss(w):
        p = sigmoid(X @ w)
        return -np.sum((1 - p) ** gamma * np.log(p))

    def gradient(w):
        p = sigmoid(X @ w)
        q = 1 - p
        # right: dz = gamma * q**gamma * p * np.log(p) - q**gamma * q
        dz = -(q**gamma) * q
        return X.T @ dz

    return loss, (normal(3, seed=13),), gradient


@story()
def leaky_rectifier_with_its_slope_squared():
    leak = 0.1

    def loss(w):
        z = X @ w
        return np.sum(np.where(z > 0, z, leak * z) ** 2)

    def gradient(w):
        z = X @ w
        a = np.where(z > 0, z, leak * z)
        # right: return X.T @ (2 * a * np.where(z > 0, 1, leak))
        return X.T @ (2 * a * np.where(z > 0, 1, leak**2))

    return loss, (normal(3, 4, seed=13),), gradient


@story()
def gelu_by_its_sigmoid():
    def loss(w):
        z = X @ w
        return np.sum(z * sigmoid(1.702 * z))

    def gradient(w):
        z = X @ w
        s = sigmoid(1.702 * z)
        # right: return X.T @ (s + 1.702 * z * s * (1 - s))
        return X.T @ (s + z * s * (1 - s))

    return loss, (normal(3, 4, seed=13),), gradient


@story()
def attention_values_with_the_weights_untransposed():
    def loss(x, wv):
        return np.sum(np.tanh(softmax(x @ x.T) @ (x @ wv)))

    def gradient(x, wv):
        a = softmax(x @ x.T)
        do = 1 - np.tanh(a @ (x @ wv)) ** 2
        # right: dv = a.T @ do
        dv = a @ do
        da = do @ (x @ wv).T
        ds = a * (da - np.sum(a * da, axis=-1, keepdims=True))
        return dv @ wv.T + ds @ x + ds.T @ x, x.T @ dv

    return loss, (X, normal(3, 3, seed=13)), gradient


@story()
def sum_over_time_forgotten_for_the_bias():
    def loss(w, b):
        h = np.zeros(3)
        for x in X:
            h = np.tanh(x + h @ w + b)
        return np.sum(h**2)

    def gradient(w, b):
        hs = [np.zeros(3)]
        for x in X:
            hs.append(np.tanh(x + hs[-1] @ w + b))
        dw, db, dh = np.zeros_like(w), np.zeros_like(b), 2 * hs[-1]
        for t in range(len(X), 0, -1):
            dz = dh * (1 - hs[t] ** 2)
            dw += np.outer(hs[t - 1], dz)
            # right: db += dz
            db = dz
            dh = w @ dz
        return dw, db

    return loss, (0.5 * normal(3, 3, seed=13), normal(3, seed=14)), gradient


@story()
def two_mistakes_in_two_layers():
    def loss(w1, w2):
        return np.sum(np.tanh(np.tanh(X @ w1) @ w2) ** 2)

    def gradient(w1, w2):
        a1 = np.tanh(X @ w1)
        a2 = np.tanh(a1 @ w2)
        dz2 = 2 * a2 * (1 - a2**2)
        dw2 = X.T @ dz2
        # right: dz1, dw2 = dz2 @ w2.T * (1 - a1**2), a1.T @ dz2
        dz1 = dz2 @ w2 * (1 - a1**2)
        return X.T @ dz1, dw2

    return loss, (normal(3, 3, seed=13), normal(3, 3, seed=14)), gradient


@story("by wt has the wrong sign")
def highway_gate_with_the_sides_swapped():
    def loss(wt, wh):
        t, h = sigmoid(X @ wt), np.tanh(X @ wh)
        return np.sum((t * h + (1 - t) * X) ** 2)

    def gradient(wt, wh):
        t, h = sigmoid(X @ wt), np.tanh(X @ wh)
        dout = 2 * (t * h + (1 - t) * X)
        # right: dt = dout * (h - X) * t * (1 - t)
        dt = dout * (X - h) * t * (1 - t)
        dh = dout * t * (1 - h**2)
        return X.T @ dt, X.T @ dh

    return loss, (normal(3, 3, seed=13), normal(3, 3, seed=14)), gradient


@story()
def mixture_of_experts_without_its_gate():
    def loss(wg, we):
        g = softmax(X @ wg)
        e = np.einsum("ni,ijk->njk", X, we)
        return np.sum(np.sin(np.einsum("nj,njk->nk", g, e)))

    def gradient(wg, we):
        g = softmax(X @ wg)
        e = np.einsum("ni,ijk->njk", X, we)
        dy = np.cos(np.einsum("nj,njk->nk", g, e))
        dg = np.einsum("nk,njk->nj", dy, e)
        ds = g * (dg - np.sum(g * dg, axis=1, keepdims=True))
        # right: de = np.einsum("nk,nj->njk", dy, g)
        de = np.repeat(dy[:, None, :], 2, axis=1)
        return X.T @ ds, np.einsum("ni,njk->ijk", X, de)

    return loss, (normal(3, 2, seed=13), normal(3, 2, 2, seed=14)), gradient
