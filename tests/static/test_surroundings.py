"""What the rest of a function says of a value: each finding beside its look-alike that is silent."""

import textwrap

import pytest

from stabcheck.static.cards import load
from stabcheck.static.engine import check

CARDS = {card.code: card for card in load()}
IMPORTS = "import math\nimport numpy as np\nimport torch\nimport tensorflow as tf\n\n"


def found(code: str, source: str, path: str = "code.py") -> list[int]:
    """Lines (of the snippet, from 1) of the findings of one rule."""
    text = IMPORTS + textwrap.dedent(source).strip() + "\n"
    return [each.span.line - IMPORTS.count("\n") for each in check(text, path, [CARDS[code]])]


PAIRS = {
    "a closure, and one whose outer function tests the name": (
        "NS323",
        """
        def outer(x):
            s = x.std()
            def scale(v):
                return (x - v) / s
            return scale
        """,
        """
        def outer(x):
            s = x.std()
            if s == 0:
                return None
            def scale(v):
                return (x - v) / s
            return scale
        """,
    ),
    "an attribute, and one that the method that stores it repairs": (
        "NS323",
        """
        class Scaler:
            def fit(self, x):
                self.std_ = x.std(axis=0)
            def weights(self):
                return 1 / self.std_
        """,
        """
        class Scaler:
            def fit(self, x):
                self.std_ = x.std(axis=0)
                self.std_[self.std_ == 0] = 1
            def weights(self):
                return 1 / self.std_
        """,
    ),
    "data, and data of a simulation": (
        "NS323",
        "def standardise(x):\n    return (x - x.mean()) / x.std()",
        "def simulate_series(x):\n    return (x - x.mean()) / x.std()",
    ),
    "a relative error, and one whose divisor is tested by its name": (
        "NS910",
        "def smape(y, p):\n    return abs(y - p) / (abs(y) + abs(p))",
        """
        def smape(y, p):
            den = abs(y) + abs(p)
            if den == 0:
                return 0.0
            return abs(y - p) / den
        """,
    ),
    "a range, and one that is tested with `not`": (
        "NS313",
        "def scale(x):\n    return (x - x.min()) / (x.max() - x.min())",
        """
        def scale(x):
            if not x.max() - x.min() > 1e-20:
                raise ValueError
            return (x - x.min()) / (x.max() - x.min())
        """,
    ),
    "exponents, and the smaller of two less the larger": (
        "NS106",
        "def add(a, b):\n    return a + np.log1p(np.exp(b - a))",
        """
        def add(a, b):
            if a > b:
                return a + math.log1p(math.exp(b - a))
            return b + math.log1p(math.exp(a - b))
        """,
    ),
    "exponents, and draws": (
        "NS106",
        "def f(x):\n    return np.log1p(np.exp(x[:, 0] + x[:, 1]))",
        """
        def f(n):
            x = np.random.normal(size=n).reshape(-1, 2)
            return np.log1p(np.exp(x[:, 0] + x[:, 1]))
        """,
    ),
    "a softmax, and one shifted by the scaled maximum": (
        "NS101",
        "def f(x, g):\n    e = np.exp(x / g)\n    return e / e.sum()",
        "def f(x, g):\n    e = np.exp(x / g - np.max(x) / g)\n    return e / e.sum()",
    ),
    "a softmax, and weights that are shifted by the evidence": (
        "NS101",
        "def f(logw):\n    w = np.exp(logw)\n    return w / w.sum()",
        "def f(logw, logz):\n    w = np.exp(logw - logz[-1])\n    return w / w.sum()",
    ),
    "an exponential, and one that falls by what its factors are called": (
        "NS101",
        "def f(score):\n    w = np.exp(-score)\n    return w / w.sum()",
        "def f(ages, decay):\n    w = np.exp(-decay * ages)\n    return w / w.sum()",
    ),
    "a sigmoid, and one that Numba compiles": (
        "NS131",
        "def f(x):\n    return 1 / (1 + np.exp(-x))",
        "import numba\n\n@numba.njit\ndef f(x):\n    return 1 / (1 + np.exp(-x))",
    ),
    "the logarithm of 1 - exp, and that of a difference": (
        "NS205",
        "def f(x):\n    return np.log1p(-np.exp(x))",
        "def f(a, b):\n    return a + np.log1p(-np.exp(b - a))",
    ),
    "a cosine, and one whose NaN is looked for": (
        "NS307",
        "def f(a, b):\n    return np.arccos(np.dot(a, b))",
        """
        def f(a, b):
            angle = np.arccos(np.dot(a, b))
            if np.isnan(angle):
                return 0.0
            return angle
        """,
    ),
    "a cosine, and a component over the length": (
        "NS307",
        "def f(a, b):\n    return np.arccos(np.sum(a * b) / np.sqrt(np.sum(a * a)))",
        """
        def f(x, y, c):
            rho = np.sqrt(x**2 + y**2)
            return np.arcsin(y * np.sin(c) / rho)
        """,
    ),
    "shares, and shares of what was counted": (
        "NS302",
        "def f(c, n):\n    p = c / n\n    return p * np.log(p)",
        """
        from collections import Counter

        def f(items, n):
            r = 0.0
            for c in dict(Counter(items)).values():
                p = c / n
                r -= p * np.log(p)
            return r
        """,
    ),
    "a mean over a mask, and one whose sum is tested": (
        "NS311",
        "def f(loss, mask):\n    return torch.sum(loss * mask) / torch.sum(mask)",
        """
        def f(loss, mask):
            total = torch.sum(mask)
            if total.item() == 0:
                return total
            return torch.sum(loss * mask) / total
        """,
    ),
    "an entry of a rotation, and a component of a vector": (
        "NS307",
        "def f(r):\n    return np.arccos(r[2, 2])",
        "def f(v):\n    return np.arccos(v[2])",
    ),
    "one side, and both sides": (
        "NS905",
        "def f(g, x, h=1e-6):\n    return (g(x + h) - g(x)) / h",
        """
        def f(g, x, h=1e-6):
            right = (g(x + h) - g(x)) / h
            left = (g(x) - g(x - h)) / h
            return right, left
        """,
    ),
    "a mask over a batch, and one over each sequence": (
        "NS311",
        "def f(loss, mask):\n    return torch.sum(loss * mask) / torch.sum(mask)",
        "def f(h, mask):\n    return torch.sum(h * mask, dim=1) / torch.sum(mask, dim=1)",
    ),
    "the standard deviation of a tensor, and that of an array": (
        "NS305",
        "def f(x):\n    return (x - 1) / tf.math.reduce_std(x)",
        "def f(x):\n    y = tf.constant(x)\n    return (y - 1) / np.std(y)",
    ),
    "a wrap, and one that is cast on purpose": (
        "NS606",
        """
        def f(x, y):
            a = np.array(x, dtype=np.uint8)
            b = np.array(y, dtype=np.uint8)
            return a - b
        """,
        """
        def f(x, turn):
            a = np.array(x, dtype=np.uint8)
            a += np.int32(turn * 255).astype(np.uint8)
            return a
        """,
    ),
    "rows, and sums that keep their axis by a new shape": (
        "NS712",
        "def f(x):\n    m = x.mean(1)\n    return x - m",
        "def f(x, n):\n    m = x.mean(1)\n    m.shape = (n, 1)\n    return x - m",
    ),
}


@pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS.keys())
def test_a_finding_and_its_look_alike(pair):
    code, wrong, right = pair
    assert found(code, wrong)
    assert not found(code, right)


def test_simulations_are_known_by_their_path():
    source = "def f(x):\n    return (x - x.mean()) / x.std()"
    assert found("NS323", source)
    assert not found("NS323", source, "package/simulation/run.py")


@pytest.mark.parametrize("place", ["from . import core", "from package.core import f"])
def test_float64_is_enabled_elsewhere_in_a_package(place):
    source = "import jax.numpy as jnp\n{}\nx = jnp.zeros(3, dtype=jnp.float64)\n"
    script = [CARDS["NS613"]]
    assert check(source.format("import os"), "package/jobs.py", script)
    assert not check(source.format(place), "package/jobs.py", script)


def test_the_ends_of_a_circle_are_compared_exactly():
    assert found("NS701", "def f(x, y):\n    return x + y == 0.3")
    assert not found("NS701", "def f(c):\n    return -math.acos(c) == -math.pi")
