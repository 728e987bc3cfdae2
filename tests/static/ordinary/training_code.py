"""Metrics, optimisers, geometry, signals and graphs: nothing here may be flagged."""

import math
import random
import statistics
from collections import Counter

import jax.numpy as jnp
import numpy as np
import tensorflow as tf
import torch
import torch.nn as nn
import torch.nn.functional as F


def accuracy(pred, y):
    return (pred == y).sum() / len(y)


def accuracy_torch(pred, y):
    return (pred.argmax(1) == y).float().mean().item()


def epoch_loss(loader, model):
    total, n = 0.0, 0
    for x, y in loader:
        total += model(x, y).item() * len(x)
        n += len(x)
    return total / n


def running(losses):
    return sum(losses) / max(len(losses), 1)


def adam(g, m, v, t, lr=1e-3, b1=0.9, b2=0.999, eps=1e-8):
    m = b1 * m + (1 - b1) * g
    v = b2 * v + (1 - b2) * g * g
    mhat = m / (1 - b1**t)
    vhat = v / (1 - b2**t)
    return lr * mhat / (np.sqrt(vhat) + eps), m, v


def rmsprop(g, cache, lr, decay=0.9):
    cache = decay * cache + (1 - decay) * g**2
    return -lr * g / np.sqrt(cache + 1e-8), cache


def cosine_lr(step, total, base):
    return base * 0.5 * (1 + math.cos(math.pi * step / total))


def warmup(step, n):
    return min(1.0, step / max(1, n))


def bce_class(y, p):
    eps = np.finfo(float).eps
    p = np.clip(p, eps, 1 - eps)
    return -(y * np.log(p) + (1 - y) * np.log(1 - p)).mean()


def kl_smooth(p, q):
    p = (p + 1e-9) / (p + 1e-9).sum()
    q = (q + 1e-9) / (q + 1e-9).sum()
    return np.sum(p * np.log(p / q))


def mutual_information(joint):
    px, py = joint.sum(1), joint.sum(0)
    nz = joint > 0
    return np.sum(joint[nz] * np.log(joint[nz] / np.outer(px, py)[nz]))


def entropy_counter(words):
    counts = Counter(words)
    n = sum(counts.values())
    return -sum(c / n * math.log(c / n) for c in counts.values())


def tfidf(df, n_docs):
    return math.log((1 + n_docs) / (1 + df)) + 1


def rotate(v, axis, angle):
    axis = axis / np.linalg.norm(axis)
    return v * math.cos(angle) + np.cross(axis, v) * math.sin(angle)


def rotation_from_two(a, b):
    a = a / np.linalg.norm(a) if np.linalg.norm(a) > 1e-12 else a
    return a @ b


def haversine(lat1, lon1, lat2, lon2):
    a = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * math.asin(math.sqrt(min(1.0, a)))


def look_at(eye, target):
    z = eye - target
    n = np.linalg.norm(z)
    assert n > 0, "eye and target coincide"
    return z / n


def zscore_guard(x):
    s = x.std()
    return (x - x.mean()) / s if s else x * 0


def zscore_isclose(x):
    s = x.std()
    if np.isclose(s, 0):
        return np.zeros_like(x)
    return (x - x.mean()) / s


def pearson(x, y):
    sx, sy = x.std(), y.std()
    if sx == 0 or sy == 0:
        return float("nan")
    return ((x - x.mean()) * (y - y.mean())).mean() / (sx * sy)


def snr_db(s, n):
    p = np.sum(n**2)
    return 10 * math.log10(np.sum(s**2) / p) if p > 0 else math.inf


def peak_normalise(x):
    peak = np.abs(x).max()
    if peak > 0:
        x = x / peak
    return x


def peak_normalise2(x):
    return x / (np.abs(x).max() or 1)


def hamming(n):
    w = 0.54 - 0.46 * np.cos(2 * np.pi * np.arange(n) / (n - 1))
    return w / w.sum()


def gaussian_blur(sigma, r):
    x = torch.arange(-r, r + 1)
    k = torch.exp(-0.5 * (x / sigma) ** 2)
    return k / k.sum()


def gcn_norm(a):
    d = a.sum(1)
    inv = torch.where(d > 0, d.clamp(min=1).pow(-0.5), torch.zeros_like(d))
    return inv[:, None] * a * inv[None]


def adjacency_self_loops(a):
    a = a + torch.eye(len(a))
    d = a.sum(1)
    return a / d[:, None]


def scatter_mean(x, count):
    return x / count.clamp(min=1)


def attention_pool(h, w):
    a = F.softmax(h @ w, dim=1)
    return (a.unsqueeze(-1) * h).sum(1)


def masked_softmax(s, mask):
    s = s.masked_fill(~mask, -1e9)
    return torch.softmax(s, -1)


def mean_pool(h, mask):
    return (h * mask.unsqueeze(-1)).sum(1) / mask.sum(1, keepdim=True).clamp(min=1e-9)


def ppo(logp, old, adv, clip=0.2):
    ratio = (logp - old).exp()
    return -torch.min(ratio * adv, ratio.clamp(1 - clip, 1 + clip) * adv).mean()


def gae(deltas, g, lam):
    out, a = [], 0.0
    for d in reversed(deltas):
        a = d + g * lam * a
        out.append(a)
    return out[::-1]


def returns_normalised(r):
    r = torch.tensor(r)
    return (r - r.mean()) / (r.std() + np.finfo(np.float32).eps.item())


def epsilon_greedy(step):
    return 0.05 + 0.95 * math.exp(-1.0 * step / 200)


def simulated_annealing(delta, t):
    if delta < 0:
        return True
    return random.random() < math.exp(-delta / t)


def metropolis(logp_new, logp_old):
    return math.log(random.random() + 1e-300) < logp_new - logp_old


def boltzmann(e, t):
    e = np.asarray(e) - np.min(e)
    w = np.exp(-e / t)
    return w / w.sum()


def logistic_growth(t, k, r, p0):
    return k / (1 + (k - p0) / p0 * np.exp(-r * t))


def black_scholes_d1(s, k, r, sigma, t):
    return (math.log(s / k) + (r + sigma**2 / 2) * t) / (sigma * math.sqrt(t))


def compound(p, r, n):
    return p * (1 + r) ** n


def sharpe(returns):
    sd = statistics.stdev(returns)
    return statistics.mean(returns) / sd if sd > 0 else 0.0


def percent_change(new, old):
    if old == 0:
        return float("inf")
    return (new - old) / old


def mape_safe(y_true, y_pred):
    mask = y_true != 0
    return np.mean(np.abs((y_true[mask] - y_pred[mask]) / y_true[mask]))


def smape(y_true, y_pred):
    d = np.abs(y_true) + np.abs(y_pred)
    return np.mean(np.where(d == 0, 0, 2 * np.abs(y_true - y_pred) / np.where(d == 0, 1, d)))


def r2(y_true, y_pred):
    ss = ((y_true - y_true.mean()) ** 2).sum()
    if ss == 0.0:
        return 0.0
    return 1 - ((y_true - y_pred) ** 2).sum() / ss


def precision_recall(tp, fp, fn):
    p = tp / (tp + fp) if tp + fp > 0 else 0.0
    r = tp / (tp + fn) if tp + fn > 0 else 0.0
    return 2 * p * r / (p + r) if p + r > 0 else 0.0


def iou_boxes(a, b):
    w = max(0, min(a[2], b[2]) - max(a[0], b[0]))
    h = max(0, min(a[3], b[3]) - max(a[1], b[1]))
    inter = w * h
    union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - inter
    return inter / union if union else 0.0


def dice_tf(y, p):
    inter = tf.reduce_sum(y * p)
    return (2.0 * inter + 1.0) / (tf.reduce_sum(y) + tf.reduce_sum(p) + 1.0)


def vae_kl(mu, logvar):
    return -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())


def reparam(mu, logvar):
    return mu + torch.exp(0.5 * logvar) * torch.randn_like(mu)


def gauss_nll(x, mu, sigma):
    sigma = F.softplus(sigma) + 1e-6
    return torch.log(sigma) + 0.5 * ((x - mu) / sigma) ** 2


def info_nce(a, b, tau=0.07):
    a, b = F.normalize(a, dim=1), F.normalize(b, dim=1)
    return F.cross_entropy(a @ b.T / tau, torch.arange(len(a)))


def triplet(a, p, n, m=1.0):
    return F.relu(F.pairwise_distance(a, p) - F.pairwise_distance(a, n) + m).mean()


def spectral_norm(w, u, n=1):
    for _ in range(n):
        v = F.normalize(w.t() @ u, dim=0, eps=1e-12)
        u = F.normalize(w @ v, dim=0, eps=1e-12)
    return u @ w @ v


def wgan_gp(d_out, x):
    g = torch.autograd.grad(d_out.sum(), x, create_graph=True)[0]
    return ((torch.sqrt(g.pow(2).sum(1) + 1e-12) - 1) ** 2).mean()


def swish(x):
    return x * torch.sigmoid(x)


def mish(x):
    return x * torch.tanh(F.softplus(x))


def gelu(x):
    return 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


class LayerNorm(nn.Module):
    def __init__(self, n, eps=1e-5):
        super().__init__()
        self.g = nn.Parameter(torch.ones(n))
        self.b = nn.Parameter(torch.zeros(n))
        self.eps = eps

    def forward(self, x):
        u = x.mean(-1, keepdim=True)
        s = (x - u).pow(2).mean(-1, keepdim=True)
        return self.g * (x - u) / torch.sqrt(s + self.eps) + self.b


class MinMax:
    def fit(self, x):
        self.low = x.min(0)
        self.span = np.maximum(x.max(0) - self.low, 1e-12)
        return self

    def transform(self, x):
        return (x - self.low) / self.span


class Meter:
    def __init__(self):
        self.sum = 0.0
        self.count = 0

    def update(self, v, n=1):
        self.sum += v * n
        self.count += n

    @property
    def avg(self):
        return self.sum / max(self.count, 1)


class Meter2:
    def reset(self):
        self.val = self.avg = self.sum = self.count = 0

    def update(self, v, n=1):
        self.val = v
        self.sum += v * n
        self.count += n
        self.avg = self.sum / self.count


def newton(f, df, x):
    for _ in range(20):
        d = df(x)
        if abs(d) < 1e-14:
            break
        x = x - f(x) / d
    return x


def conjugate_gradient(A, b, x, tol=1e-10):
    r = b - A @ x
    p = r.copy()
    rs = r @ r
    while np.sqrt(rs) > tol:
        Ap = A @ p
        alpha = rs / (p @ Ap)
        x = x + alpha * p
        r = r - alpha * Ap
        new = r @ r
        p = r + new / rs * p
        rs = new
    return x


def numeric_gradient(f, x, h=1e-5):
    g = np.zeros_like(x)
    for i in range(x.size):
        e = np.zeros_like(x)
        e.flat[i] = h
        g.flat[i] = (f(x + e) - f(x - e)) / (2 * h)
    return g


def relative_error(a, b):
    return np.max(np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b)))


def bernoulli_logp(z, y):
    return y * z - jnp.logaddexp(0.0, z)


def binomial(n, k):
    return math.comb(n, k)


def log_binom(n, k):
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def box_muller(n):
    u1, u2 = 1.0 - np.random.random(n), np.random.random(n)
    return np.sqrt(-2 * np.log(u1)) * np.cos(2 * np.pi * u2)


def inverse_cdf_exp(u, lam):
    return -np.log1p(-u) / lam


def weighted_mean(x, sample_weight):
    return np.sum(x * sample_weight) / np.sum(sample_weight)


def class_weights(y):
    counts = np.bincount(y)
    return len(y) / (len(counts) * np.maximum(counts, 1))


def lidstone(counts, alpha=1.0):
    smoothed = counts + alpha
    return np.log(smoothed) - np.log(smoothed.sum())


def hmm_forward(log_pi, log_a, log_b):
    alpha = log_pi + log_b[0]
    for t in range(1, len(log_b)):
        alpha = np.logaddexp.reduce(alpha[:, None] + log_a, axis=0) + log_b[t]
    return alpha


def perplexity_from_mean(nll):
    return np.exp(nll)


def temperature_softmax(z, t):
    z = np.array(z) / t
    z -= np.max(z)
    return np.exp(z) / np.exp(z).sum()
