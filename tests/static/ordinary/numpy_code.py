"""Ordinary, correct numerics in NumPy: nothing here may be flagged."""

import math
import time

import matplotlib.pyplot as plt
import numpy as np
from scipy.special import expit, logsumexp, xlogy


def softmax_in_place(z):
    z = z - z.max(axis=-1, keepdims=True)
    np.exp(z, out=z)
    z /= z.sum(axis=-1, keepdims=True)
    return z


def softmax_with_np_max(z):
    shifted = z - np.max(z, axis=1)[:, np.newaxis]
    e = np.exp(shifted)
    return e / e.sum(axis=1)[:, None]


def softmax_with_amax_reshaped(scores):
    top = np.amax(scores, axis=1).reshape(-1, 1)
    weights = np.exp(scores - top)
    return weights / np.sum(weights, axis=1, keepdims=True)


def softmax_transposed(z):
    e = np.exp((z.T - z.max(axis=1)).T)
    return (e.T / e.sum(axis=1)).T


def softmax_augmented(z):
    z = np.array(z, dtype=float)
    z -= z.max()
    p = np.exp(z)
    p /= p.sum()
    return p


def logsumexp_by_hand(x):
    top = x.max()
    return top + np.log(np.exp(x - top).sum())


def piecewise_sigmoid(x):
    out = np.empty_like(x)
    positive = x >= 0
    out[positive] = 1.0 / (1.0 + np.exp(-x[positive]))
    e = np.exp(x[~positive])
    out[~positive] = e / (1.0 + e)
    return out


def sigmoid_of_clipped(x):
    return 1.0 / (1.0 + np.exp(-np.clip(x, -60.0, 60.0)))


def stable_softplus(x):
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def binary_cross_entropy(z, y):
    return np.mean(np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z))))


def clipped_cross_entropy(y, p):
    p = np.clip(p, 1e-12, 1 - 1e-12)
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))


def entropy_of_counts(labels):
    _, counts = np.unique(labels, return_counts=True)
    p = counts / counts.sum()
    return -np.sum(p * np.log2(p))


def entropy_of_positive(p):
    p = p[p > 0]
    return -(p * np.log(p)).sum()


def gini(y):
    p = np.bincount(y) / len(y)
    return 1.0 - np.sum(p**2)


def entropy_xlogy(p):
    return -xlogy(p, p).sum()


def inverse_document_frequency(counts):
    df = (counts > 0).sum(axis=0)
    n = counts.shape[0]
    return np.log((1 + n) / (1 + df)) + 1


def bm25_idf(n_documents, frequency):
    return math.log(1 + (n_documents - frequency + 0.5) / (frequency + 0.5))


def tf_sublinear(counts):
    return np.where(counts > 0, 1 + np.log(np.maximum(counts, 1)), 0)


def log_of_counts(counts):
    return np.log(counts + 1)


def cosine_schedule(step, total, base=1e-3):
    return base * 0.5 * (1 + math.cos(math.pi * step / total))


def exponential_decay(step, rate=0.96, steps=1000):
    return 0.1 * rate ** (step / steps)


def epsilon_greedy(step, start=1.0, end=0.05, decay=500):
    return end + (start - end) * math.exp(-1.0 * step / decay)


def simulated_annealing(delta, temperature, rng):
    return delta < 0 or rng.random() < math.exp(-delta / temperature)


def adam(w, g, m, v, t, lr=1e-3, b1=0.9, b2=0.999, eps=1e-8):
    m = b1 * m + (1 - b1) * g
    v = b2 * v + (1 - b2) * g**2
    m_hat = m / (1 - b1**t)
    v_hat = v / (1 - b2**t)
    return w - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


def rmsprop(w, g, cache, lr=1e-3, decay=0.99, eps=1e-8):
    cache = decay * cache + (1 - decay) * g**2
    return w - lr * g / (np.sqrt(cache) + eps), cache


def batch_norm(x, gamma, beta, eps=1e-5):
    mu = x.mean(axis=0)
    var = x.var(axis=0)
    return gamma * (x - mu) / np.sqrt(var + eps) + beta


def standardize_guarded(x):
    std = x.std(axis=0)
    std[std == 0] = 1.0
    return (x - x.mean(axis=0)) / std


def min_max_guarded(x):
    low, high = x.min(), x.max()
    if high == low:
        return np.zeros_like(x)
    return (x - low) / (high - low)


def two_pass_variance(x):
    mean = np.mean(x)
    return np.sum((x - mean) ** 2) / (len(x) - 1)


def welford(values):
    mean, m2 = 0.0, 0.0
    for n, x in enumerate(values, start=1):
        delta = x - mean
        mean += delta / n
        m2 += delta * (x - mean)
    return mean, m2


def k_means(x, centers):
    for _ in range(20):
        distances = np.linalg.norm(x[:, None, :] - centers[None, :, :], axis=-1)
        label = distances.argmin(axis=1)
        centers = np.array([x[label == k].mean(axis=0) for k in range(len(centers))])
    return centers


def gaussian_kernel(size, sigma):
    x = np.arange(size) - size // 2
    k = np.exp(-0.5 * (x / sigma) ** 2)
    return k / k.sum()


def gaussian_kernel_2d(size=5, sigma=1.0):
    ax = np.linspace(-(size - 1) / 2.0, (size - 1) / 2.0, size)
    xx, yy = np.meshgrid(ax, ax)
    kernel = np.exp(-(xx**2 + yy**2) / (2.0 * sigma**2))
    return kernel / np.sum(kernel)


def rbf(x, y, gamma):
    squared = ((x[:, None] - y[None]) ** 2).sum(-1)
    return np.exp(-gamma * squared)


def gaussian_pdf(x, mu, sigma):
    return np.exp(-((x - mu) ** 2) / (2 * sigma**2)) / (sigma * np.sqrt(2 * np.pi))


def log_forward(log_pi, log_a, log_b, observed):
    alpha = log_pi + log_b[:, observed[0]]
    for o in observed[1:]:
        alpha = logsumexp(alpha[:, None] + log_a, axis=0) + log_b[:, o]
    return logsumexp(alpha)


def ctc_step(alpha, previous, log_prob):
    return np.logaddexp(alpha, previous) + log_prob


def responsibilities(log_weighted):
    norm = logsumexp(log_weighted, axis=1)
    with np.errstate(under="ignore"):
        return np.exp(log_weighted - norm[:, np.newaxis])


def naive_bayes(x, log_prior, log_likelihood):
    return log_prior + x @ log_likelihood.T


def perplexity(losses):
    return math.exp(min(sum(losses) / len(losses), 700.0))


def psnr(a, b, peak=255.0):
    mse = np.mean((a.astype(np.float64) - b.astype(np.float64)) ** 2)
    if mse == 0:
        return float("inf")
    return 20 * math.log10(peak / math.sqrt(mse))


def decibels(power):
    return 10.0 * np.log10(np.maximum(power, 1e-10))


def f1(tp, fp, fn):
    precision = tp / (tp + fp) if tp + fp else 0.0
    recall = tp / (tp + fn) if tp + fn else 0.0
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def cosine_similarity(a, b):
    return a @ b / (np.linalg.norm(a) * np.linalg.norm(b) + 1e-8)


def angle(a, b):
    cosine = np.dot(a, b) / max(np.linalg.norm(a) * np.linalg.norm(b), 1e-12)
    return np.arccos(np.clip(cosine, -1.0, 1.0))


def rotation(theta):
    c, s = np.cos(theta), np.sin(theta)
    return np.array([[c, -s], [s, c]])


def haversine(lat1, lon1, lat2, lon2, radius=6371.0):
    a = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * radius * math.asin(math.sqrt(min(1.0, a)))


def compound_interest(principal, rate=0.05, years=10):
    return principal * (1 + rate) ** years


def celsius(fahrenheit):
    return (fahrenheit - 32.0) * 5.0 / 9.0


def mel(frequency):
    return 2595.0 * np.log10(1.0 + frequency / 700.0)


def hertz(mels):
    return 700.0 * (10.0 ** (mels / 2595.0) - 1.0)


def hertz_by_exp(mels):
    return 700.0 * (np.exp(mels / 1127.0) - 1.0)


def gamma_correct(image, gamma=2.2):
    return (image / 255.0) ** (1.0 / gamma)


def luminance(rgb):
    return rgb[..., 0] * 0.2126 + rgb[..., 1] * 0.7152 + rgb[..., 2] * 0.0722


def signed_image_difference(a, b):
    return a.astype(np.int16) - b.astype(np.int16)


def intersection_over_union(a, b):
    width = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
    height = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    inter = width * height
    union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - inter
    return inter / union if union > 0 else 0.0


def annotate(values):
    fig, ax = plt.subplots()
    ax.plot(np.linspace(0, 1, 100), np.exp(np.linspace(-3, 3, 100)))
    ax.set_ylim(0, max(values) * 1.1)
    fig.tight_layout()


def throughput(n):
    start = time.perf_counter()
    elapsed = time.perf_counter() - start
    return n / elapsed


def solve(a, b):
    return np.linalg.solve(a, b)


def log_determinant(a):
    sign, value = np.linalg.slogdet(a)
    return sign * value


def ridge(x, y, alpha):
    n = x.shape[1]
    return np.linalg.solve(x.T @ x + alpha * np.eye(n), x.T @ y)


def affine_inverse(matrix):
    homogeneous = np.array([[1.0, 0.0, 3.0], [0.0, 1.0, 4.0], [0.0, 0.0, 1.0]])
    return matrix @ np.linalg.inv(homogeneous)


def gradient_check(f, x, h=1e-5):
    numeric = np.zeros_like(x, dtype=np.float64)
    for i in range(x.size):
        old = x.flat[i]
        x.flat[i] = old + h
        up = f(x)
        x.flat[i] = old - h
        down = f(x)
        x.flat[i] = old
        numeric.flat[i] = (up - down) / (2 * h)
    return numeric


def relative_error(a, b):
    return np.max(np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b)))


def two_layers(x, w1, b1, w2, b2):
    hidden = np.tanh(x @ w1 + b1)
    return expit(hidden @ w2 + b2)


def positional_encoding(length, width):
    position = np.arange(length)[:, None]
    rate = np.exp(np.arange(0, width, 2) * -(math.log(10000.0) / width))
    table = np.zeros((length, width))
    table[:, 0::2] = np.sin(position * rate)
    table[:, 1::2] = np.cos(position * rate)
    return table


def page_rank(links, damping=0.85):
    n = links.shape[0]
    rank = np.ones(n) / n
    while True:
        after = (1 - damping) / n + damping * links @ rank
        if np.abs(after - rank).sum() < 1e-9:
            return after
        rank = after


def bernoulli_any(p, n):
    return -math.expm1(n * math.log1p(-p))


def log_factorial(n):
    return math.lgamma(n + 1)


def ucb(mean, t, count):
    return mean + math.sqrt(2 * math.log(t) / count)


def jensen_shannon(p, q):
    m = 0.5 * (p + q)
    keep_p, keep_q = p > 0, q > 0
    left = np.sum(p[keep_p] * np.log(p[keep_p] / m[keep_p]))
    right = np.sum(q[keep_q] * np.log(q[keep_q] / m[keep_q]))
    return 0.5 * (left + right)


def importance_weights(log_p, log_q):
    log_w = log_p - log_q
    w = np.exp(log_w - log_w.max())
    return w / w.sum()


def ema(values, beta=0.98):
    average = 0.0
    for i, value in enumerate(values):
        average = beta * average + (1 - beta) * value
        yield average / (1 - beta ** (i + 1))


def drift(read):
    before = read()
    time.sleep(1)
    return read() - before


def changed_between(model, x, update):
    first = model.score(x)
    update(x)
    return model.score(x) - first


class Box:
    @property
    def area(self):
        return (self.x1 - self.x0) * (self.y1 - self.y0)

    @property
    def diagonal(self):
        return math.hypot(self.x1 - self.x0, self.y1 - self.y0)
