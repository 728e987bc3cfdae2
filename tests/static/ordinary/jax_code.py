"""Ordinary, correct numerics in JAX: nothing here may be flagged."""

import jax
import jax.numpy as jnp
from jax import lax
from jax.scipy.special import logsumexp


def softmax_shifted(z):
    z = z - lax.stop_gradient(z.max(axis=-1, keepdims=True))
    e = jnp.exp(z)
    return e / jnp.sum(e, axis=-1, keepdims=True)


def cross_entropy(logits, labels):
    return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(logits), labels[:, None], axis=-1))


def log_partition(scores):
    return logsumexp(scores, axis=-1)


def stable_bce(z, y):
    return jnp.mean(jnp.maximum(z, 0) - z * y + jnp.log1p(jnp.exp(-jnp.abs(z))))


def safe_norm(x, eps=1e-12):
    return jnp.sqrt(jnp.sum(x**2, axis=-1) + eps)


def double_where_norm(x):
    squared = jnp.sum(x * x)
    zero = squared == 0.0
    safe = jnp.where(zero, 1.0, squared)
    return jnp.where(zero, 0.0, jnp.sqrt(safe))


def rms_norm(x, scale, eps=1e-6):
    return scale * x * lax.rsqrt(jnp.mean(jnp.square(x), axis=-1, keepdims=True) + eps)


def sgd(params, grads, rate=0.1):
    return jax.tree_util.tree_map(lambda p, g: p - rate * g, params, grads)


def gaussian_nll(mean, log_std, x):
    log_std = jnp.clip(log_std, -10.0, 5.0)
    return 0.5 * ((x - mean) * jnp.exp(-log_std)) ** 2 + log_std


def scan_sum(xs):
    return lax.scan(lambda carry, x: (carry + x, carry), 0.0, xs)


def exponential_moving(old, new, decay=0.99):
    return decay * old + (1 - decay) * new


@jax.jit
def predict(params, x):
    for w, b in params:
        x = jnp.tanh(x @ w + b)
    return x


def gelu(x):
    return 0.5 * x * (1 + jnp.tanh(jnp.sqrt(2 / jnp.pi) * (x + 0.044715 * x**3)))


def discount(rewards, gamma=0.99):
    return jnp.sum(rewards * gamma ** jnp.arange(len(rewards)))
