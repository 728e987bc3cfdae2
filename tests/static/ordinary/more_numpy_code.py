"""More of ordinary, correct numerics in NumPy: guards across branches, fixed matrices, physics, images."""

import math

import numpy as np
from scipy import linalg, special


def weights_across_a_branch(scores, soft):
    if soft:
        scores = scores - scores.max()
        weights = np.exp(scores)
    else:
        weights = (scores > 0).astype(float)
    return weights / max(weights.sum(), 1e-12)


def shifted_across_a_branch(z, axis=None):
    if axis is None:
        z = z - z.max()
    else:
        z = z - z.max(axis=axis, keepdims=True)
    e = np.exp(z)
    return e / e.sum(axis=axis, keepdims=axis is not None)


def shifted_by_a_helper(z):
    def shift(v):
        return v - np.max(v, axis=-1, keepdims=True)

    e = np.exp(shift(z))
    return e / np.sum(e, axis=-1, keepdims=True)


def softmax_by_subtract(z):
    e = np.exp(np.subtract(z, np.max(z)))
    return np.divide(e, np.sum(e))


def softmax_rows(rows):
    return [np.exp(r - np.max(r)) / np.sum(np.exp(r - np.max(r))) for r in rows]


def softmax_of_list(values):
    top = max(values)
    e = [math.exp(v - top) for v in values]
    total = sum(e)
    return [v / total for v in e]


def lowpass_taps(cutoff, n):
    k = np.arange(1, n + 1)
    return np.sin(2 * np.pi * cutoff * k) / (np.pi * k)


def windowed_sinc(cutoff, n):
    m = np.arange(n) - (n - 1) / 2
    return 2 * cutoff * np.sinc(2 * cutoff * m) * np.hamming(n)


def hann(n):
    return 0.5 * (1 - np.cos(2 * np.pi * np.arange(n) / (n - 1)))


def hamming(n):
    return 0.54 - 0.46 * np.cos(2 * np.pi * np.arange(n) / (n - 1))


def kaiser(n, beta):
    k = np.arange(n)
    alpha = (n - 1) / 2.0
    ratio = (k - alpha) / alpha
    return np.i0(beta * np.sqrt(np.maximum(1 - ratio**2, 0))) / np.i0(beta)


def inverse_2x2(a, b, c, d):
    return np.array([[d, -b], [-c, a]]) / (a * d - b * c)


def rotation_inverse(theta):
    r = np.array([[np.cos(theta), -np.sin(theta)], [np.sin(theta), np.cos(theta)]])
    return np.linalg.inv(r)


def is_reflection(rotation):
    assert rotation.shape == (3, 3)
    return np.linalg.det(rotation) < 0


def kabsch(p, q):
    u, _, vt = np.linalg.svd(p.T @ q)
    d = np.sign(np.linalg.det(u @ vt))
    return u @ np.diag([1.0, 1.0, d]) @ vt


def camera_to_world(intrinsics, pixel):
    return np.linalg.inv(intrinsics) @ pixel


def triangle_area(a, b, c):
    return 0.5 * abs((b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1]))


def normal_of(v):
    length = np.linalg.norm(v)
    return v / length if length > 0 else v


def normalize_or_keep(v, eps=1e-12):
    return v / max(np.linalg.norm(v), eps)


def unit_rows(x):
    norms = np.linalg.norm(x, axis=1, keepdims=True)
    norms[norms == 0] = 1
    return x / norms


def slerp(a, b, t):
    dot = np.clip(np.dot(a, b), -1.0, 1.0)
    if dot > 0.9995:
        return a + t * (b - a)
    theta = np.arccos(dot)
    return (np.sin((1 - t) * theta) * a + np.sin(t * theta) * b) / np.sin(theta)


def planck(wavelength, temperature):
    x = 0.0143877 / (wavelength * temperature)
    return 1.0 / (wavelength**5 * np.expm1(x))


def arrhenius(a, energy, temperature):
    return a * np.exp(-energy / (8.314 * temperature))


def half_life(n0, t, half):
    return n0 * 0.5 ** (t / half)


def decay(n0, rate, t):
    return n0 * math.exp(-rate * t)


def black_scholes(s, k, r, sigma, t):
    d1 = (math.log(s / k) + (r + 0.5 * sigma**2) * t) / (sigma * math.sqrt(t))
    d2 = d1 - sigma * math.sqrt(t)
    return s * special.ndtr(d1) - k * math.exp(-r * t) * special.ndtr(d2)


def annuity(rate, periods):
    return rate / -math.expm1(-periods * math.log1p(rate))


def sharpe(returns):
    spread = returns.std(ddof=1)
    return returns.mean() / spread * np.sqrt(252) if spread > 0 else 0.0


def log_returns(prices):
    return np.diff(np.log(prices))


def drawdown(prices):
    top = np.maximum.accumulate(prices)
    return (prices - top) / top


def relative_change(new, old):
    return (new - old) / old


def stretch_contrast(image):
    low, high = np.percentile(image, (2, 98))
    return np.clip((image - low) / max(high - low, 1e-6), 0, 1)


def to_float(image):
    return image.astype(np.float32) / 255.0 * 2.0 - 1.0


def to_bytes(image):
    return np.clip((image + 1.0) * 127.5, 0, 255).astype(np.uint8)


def sobel_magnitude(gx, gy):
    return np.hypot(gx, gy)


def sharpen(image, blurred, amount=1.5):
    return np.clip(image + amount * (image - blurred), 0, 1)


def srgb_to_linear(c):
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def power_spectrum(frames):
    return np.abs(np.fft.rfft(frames)) ** 2 / frames.shape[-1]


def log_power(frames):
    energy = np.sum(frames**2, axis=1)
    return np.log(np.where(energy == 0, np.finfo(float).eps, energy))


def snr(signal, noise):
    return 10 * np.log10(np.sum(signal**2) / np.sum(noise**2))


def rms(x):
    return np.sqrt(np.mean(x**2))


def root_mean_square_error(y, p):
    return np.sqrt(((y - p) ** 2).mean())


def r_squared(y, p):
    residual = np.sum((y - p) ** 2)
    total = np.sum((y - y.mean()) ** 2)
    return 1 - residual / total if total > 0 else np.nan


def explained_variance_ratio(values):
    return values / values.sum()


def pearson(x, y):
    a, b = x - x.mean(), y - y.mean()
    size = np.sqrt((a @ a) * (b @ b))
    return (a @ b) / size if size > 0 else 0.0


def silhouette(a, b):
    return (b - a) / np.maximum(a, b)


def log_loss(y, p, eps=1e-15):
    p = np.clip(p, eps, 1 - eps)
    return -(y * np.log(p) + (1 - y) * np.log1p(-p)).mean()


def accuracy(y, p):
    return np.mean(y == p)


def balanced(confusion):
    with np.errstate(divide="ignore", invalid="ignore"):
        per_class = np.diag(confusion) / confusion.sum(axis=1)
    return np.nanmean(per_class)


def roc_thresholds(scores):
    return np.unique(np.r_[scores, np.inf])[::-1]


def mutual_information(joint):
    px, py = joint.sum(1, keepdims=True), joint.sum(0, keepdims=True)
    nonzero = joint > 0
    return np.sum(joint[nonzero] * np.log(joint[nonzero] / (px @ py)[nonzero]))


def dirichlet_log_normalizer(alpha):
    return special.gammaln(alpha).sum() - special.gammaln(alpha.sum())


def log_binomial(n, k):
    return special.gammaln(n + 1) - special.gammaln(k + 1) - special.gammaln(n - k + 1)


def gaussian_log_likelihood(x, mean, cov):
    factor = np.linalg.cholesky(cov)
    z = linalg.solve_triangular(factor, x - mean, lower=True)
    log_det = 2 * np.log(np.diag(factor)).sum()
    return -0.5 * (z @ z + log_det + len(x) * math.log(2 * math.pi))


def gp_posterior(k, k_star, y, noise=1e-6):
    factor = np.linalg.cholesky(k + noise * np.eye(len(k)))
    alpha = np.linalg.solve(factor.T, np.linalg.solve(factor, y))
    return k_star.T @ alpha


def kalman(x, p, z, h, r):
    s = h @ p @ h.T + r
    gain = np.linalg.solve(s.T, (p @ h.T).T).T
    return x + gain @ (z - h @ x), (np.eye(len(x)) - gain @ h) @ p


def newton(f, df, x, tolerance=1e-10):
    for _ in range(50):
        step = f(x) / df(x)
        x -= step
        if abs(step) < tolerance:
            break
    return x


def trapezoid(f, a, b, n):
    h = (b - a) / n
    return h * (0.5 * f(a) + sum(f(a + i * h) for i in range(1, n)) + 0.5 * f(b))


def simulated_annealing(cost, x, neighbor, rng, t=1.0):
    while t > 1e-4:
        y = neighbor(x)
        delta = cost(y) - cost(x)
        if delta < 0 or rng.random() < np.exp(-delta / t):
            x = y
        t *= 0.95
    return x


def boltzmann(energies, t):
    e = np.asarray(energies) / t
    w = np.exp(-(e - e.min()))
    return w / w.sum()


def learning_curve(step, warmup=4000, width=512):
    return width**-0.5 * min(step**-0.5, step * warmup**-1.5)


def tanh_gradient(a):
    return 1 - a**2


def sigmoid_gradient(a):
    return a * (1 - a)


def backward(x, y, w):
    p = 1 / (1 + np.exp(-np.clip(x @ w, -500, 500)))
    return x.T @ (p - y) / len(y)


def adagrad(w, g, cache, rate=0.01):
    cache += g**2
    w -= rate * g / (np.sqrt(cache) + 1e-8)
    return w


def xavier(n_in, n_out, rng):
    return rng.standard_normal((n_in, n_out)) * np.sqrt(2.0 / (n_in + n_out))


def discounted(rewards, gamma=0.99):
    total, out = 0.0, np.zeros(len(rewards))
    for t in range(len(rewards) - 1, -1, -1):
        total = rewards[t] + gamma * total
        out[t] = total
    return out


def normalize_advantages(a):
    return (a - a.mean()) / (a.std() + 1e-8)


def damerau_score(distance, n):
    return 1.0 - distance / max(n, 1)


def dcg(gains):
    return np.sum((2**gains - 1) / np.log2(np.arange(2, gains.size + 2)))


def bleu(precisions, brevity):
    if min(precisions) == 0:
        return 0.0
    return brevity * math.exp(sum(math.log(p) for p in precisions) / len(precisions))


def word_frequency(count, total, smoothing=1.0, vocabulary=10000):
    return math.log((count + smoothing) / (total + smoothing * vocabulary))


def cosine_distance_matrix(x):
    unit = x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-12)
    return 1.0 - np.clip(unit @ unit.T, -1.0, 1.0)


def euclidean_matrix(a, b):
    d2 = (a**2).sum(1)[:, None] + (b**2).sum(1)[None] - 2 * a @ b.T
    return np.sqrt(np.maximum(d2, 0))


def changed_in_place(model, x):
    before = model.energy(x)
    x += 0.1
    return model.energy(x) - before


def equal_within(a, b):
    return math.isclose(a, b, rel_tol=1e-9)


def almost_integer(x):
    return abs(x - round(x)) < 1e-9


def steps(stop):
    return np.linspace(0.0, stop, 11)


def counter():
    total = 0
    while total != 10:
        total += 1
    return total


def is_infinite(a, b):
    return a / b == math.inf or a / b == -np.inf


def log_add(a, b):
    low, high = np.minimum(a, b), np.maximum(a, b)
    return high + np.log1p(np.exp(low - high))


def softmax_with_a_maximum_of_its_own(x, safe_amax):
    e = np.exp(x - safe_amax(x))
    return e / np.sum(e)
