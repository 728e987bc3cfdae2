"""Divisors, logarithms and roots that are guarded, in NumPy: nothing here may be flagged."""

import math

import numpy as np


def unit_or_zero(x):
    n = np.linalg.norm(x)
    return x / n if n > 0 else x


def unit_early(x):
    n = np.linalg.norm(x)
    if not n:
        return x
    return x / n


def unit_eps(x, eps=1e-12):
    return x / (np.linalg.norm(x, axis=-1, keepdims=True) + eps)


def unit_max(x):
    return x / max(np.linalg.norm(x), 1e-8)


def unit_or(x):
    return x / (np.linalg.norm(x) or 1.0)


def normalised_hist(counts):
    total = counts.sum()
    if total == 0:
        raise ValueError("no counts")
    return counts / total


def softmax(z):
    z = z - np.max(z, axis=-1, keepdims=True)
    e = np.exp(z)
    return e / np.sum(e, axis=-1, keepdims=True)


def softmax_inplace(z):
    e = np.exp(z - z.max())
    e /= e.sum()
    return e


def gaussian_kernel(n, sigma):
    x = np.arange(n) - (n - 1) / 2
    k = np.exp(-(x**2) / (2 * sigma**2))
    return k / k.sum()


def uniform_rows(n, m):
    w = np.ones((n, m))
    return w / w.sum(axis=1, keepdims=True)


def random_simplex(rng, n):
    w = rng.random(n)
    return w / w.sum()


def dirichlet(rng, n):
    w = rng.exponential(size=n)
    return w / w.sum()


def standardise(x):
    sd = x.std(axis=0)
    sd = np.where(sd == 0, 1, sd)
    return (x - x.mean(axis=0)) / sd


def standardise2(x):
    sd = np.std(x, axis=0)
    safe = sd > 0
    out = np.zeros_like(x)
    out[:, safe] = (x[:, safe] - x[:, safe].mean(axis=0)) / sd[safe]
    return out


def standardise_divide(x):
    sd = np.std(x, axis=0)
    return np.divide(x - x.mean(axis=0), sd, out=np.zeros_like(x), where=sd != 0)


def average_precision(tp, fp):
    return tp / (tp + fp) if tp + fp else 0.0


def f1(tp, fp, fn):
    return 2 * tp / max(2 * tp + fp + fn, 1)


def accuracy_try(hits, y_true):
    try:
        return hits / y_true.sum()
    except ZeroDivisionError:
        return 0.0


def mean_of_list(values):
    return sum(values) / len(values)


def laplace(counts):
    counts = counts + 1
    return counts / counts.sum()


def scaled(image):
    return image / 255.0


def log_counts(counts):
    return np.log1p(counts)


def entropy(p):
    p = p[p > 0]
    return -(p * np.log(p)).sum()


def entropy_where(p):
    return -np.sum(np.where(p > 0, p * np.log(np.where(p > 0, p, 1.0)), 0.0))


def log_prob_eps(p):
    return np.log(p + 1e-12)


def log_prob_clip(p):
    p = np.clip(p, 1e-7, 1 - 1e-7)
    return np.log(p)


def nll_clipped(y_true, y_pred):
    y_pred = np.maximum(y_pred, 1e-15)
    return -np.mean(y_true * np.log(y_pred))


def log_of_softmax_stable(z):
    m = z.max()
    return z - m - np.log(np.exp(z - m).sum())


def angle_sine(c):
    return np.sqrt(np.maximum(1.0 - c * c, 0.0))


def angle_sine_clip(a, b):
    c = np.clip(a @ b / (np.linalg.norm(a) * np.linalg.norm(b) + 1e-12), -1, 1)
    return np.sqrt(1 - c**2)


def angle_sine_min(a, b):
    c = min(1.0, abs(float(a @ b)))
    return math.sqrt(1 - c * c)


def cosine_window(n):
    t = np.linspace(0, 1, n)
    return np.sqrt(1 - t**2)


def cov_from_correlation(rho):
    assert -1 < rho < 1
    return np.sqrt(1 - rho**2)


def quadratic_norm(x, A):
    q = x @ (A @ x)
    if q <= 0:
        return 0.0
    return np.sqrt(q)


def perplexity(loss):
    return math.exp(min(loss, 20))


def perplexity_try(loss):
    try:
        ppl = math.exp(loss)
    except OverflowError:
        ppl = float("inf")
    return ppl


def perplexity_cond(loss):
    return math.exp(loss) if loss < 300 else float("inf")


def perplexity_cond2(loss):
    if loss > 100:
        return float("inf")
    return math.exp(loss)


def decay(loss_weight, step):
    return math.exp(-0.1 * step)


def sigmoid_masked(x):
    out = np.empty_like(x)
    pos = x >= 0
    out[pos] = 1 / (1 + np.exp(-x[pos]))
    e = np.exp(x[~pos])
    out[~pos] = e / (1 + e)
    return out


def sigmoid_where(x):
    z = np.exp(-np.abs(x))
    return np.where(x >= 0, 1 / (1 + z), z / (1 + z))


def sigmoid_scalar(x):
    if x >= 0:
        return 1 / (1 + math.exp(-x))
    e = math.exp(x)
    return e / (1 + e)


def sigmoid_clipped(x):
    return 1 / (1 + np.exp(-np.clip(x, -500, 500)))


def fermi(t, n):
    t = np.linspace(-5, 5, n)
    return 1 / (1 + np.exp(-t))


def rms_norm(x):
    return x / np.sqrt(np.mean(x**2) + 1e-6)


def probability_of_choice(scores):
    p = np.exp(scores - np.logaddexp.reduce(scores))
    return p / p.sum()


def kelvin(t):
    return 1 / (t + 273.15)


def snr(signal, noise):
    power = np.mean(noise**2)
    if power < 1e-20:
        return np.inf
    return 10 * np.log10(np.mean(signal**2) / power + 1e-12)


def spectrum_db(x):
    return 20 * np.log10(np.abs(np.fft.rfft(x)) + 1e-10)


def spectrum_db2(x):
    return 10 * np.log10(np.maximum(np.abs(np.fft.rfft(x)) ** 2, 1e-20))


def bins(x, n):
    h, edges = np.histogram(x, bins=n, density=True)
    return h / len(edges)


def ratio_guard(a, b):
    with np.errstate(divide="ignore", invalid="ignore"):
        r = a / b.sum()
    r[~np.isfinite(r)] = 0
    return r


def mean_or_nan(x, mask):
    n = mask.sum()
    return x[mask].sum() / n if n else np.nan


def weights_norm(n):
    w = 1.0 / np.arange(1, n + 1)
    return w / w.sum()


def hann(n):
    w = np.hanning(n)
    return w / w.sum()


def std_err(x):
    return x.std() / np.sqrt(len(x))


def minmax(x):
    lo, hi = x.min(), x.max()
    if lo == hi:
        return np.zeros_like(x)
    return (x - lo) / (hi - lo)


def minmax_eps(x):
    return (x - x.min()) / (np.ptp(x) + 1e-9)


def iou(a, b):
    union = np.logical_or(a, b).sum()
    return np.logical_and(a, b).sum() / union if union > 0 else 1.0


def dice(a, b, smooth=1.0):
    return (2 * (a * b).sum() + smooth) / (a.sum() + b.sum() + smooth)


def heron(a, b, c):
    s = (a + b + c) / 2
    return math.sqrt(max(s * (s - a) * (s - b) * (s - c), 0.0))


def expm1_ok(x):
    return np.expm1(x) / x if x != 0 else 1.0


def pdf(x):
    return np.exp(-0.5 * x**2) / math.sqrt(2 * math.pi)


def discounted(r, gamma):
    return sum(gamma**i * x for i, x in enumerate(r))


def int_equality(a, b):
    return (a == b).mean()


def mae(y_true, y_pred):
    return np.abs(y_true - y_pred).mean()
