"""Advice is in the spelling of the library that the code uses, and a fix changes nothing beside its place."""

import re
import textwrap

import pytest

from stabcheck.static.advice import advised
from stabcheck.static.cards import load
from stabcheck.static.engine import check

CATALOGUE = load()
DEFAULT = [card for card in CATALOGUE if card.default]


def lint(text, name=None):
    cards = DEFAULT if name is None else [CATALOGUE.by_name[name]]
    return check(textwrap.dedent(text), "example.py", cards)


def test_a_librarys_own_advice_comes_first():
    advice = {"numpy": "np", "torch": "torch", "any": "any"}
    assert advised(advice, "torch") == "torch"
    assert advised(advice, "math") == "np"
    assert advised(advice, "jax") == "any"


def test_no_advice_is_better_than_another_librarys():
    assert advised({"numpy": "np.var(x)"}, "tensorflow") is None
    assert advised({"python": "1e-7"}, "tensorflow") == "1e-7"
    assert advised({"numpy": "np.var(x)"}, None) == "np.var(x)"
    assert advised({}, None) is None


_NAMES = {
    "numpy": r"\bnp\.",
    "tensorflow": r"\btf\.",
    "keras": r"\bkeras\.",
    "jax": r"\b(?:jax|jnp)\.",
    "torch": r"\btorch\.",
}


@pytest.mark.parametrize("library", sorted(_NAMES))
def test_advice_names_its_own_library(library):
    """Keras is part of TensorFlow, checks of gradients in Keras are those of its backend."""
    others = set(_NAMES) - {library} - ({"keras"} if library == "tensorflow" else set())
    for card in CATALOGUE:
        if card.code.startswith("NS9"):
            continue
        told = re.sub(r"np\.(?:pi|float64|float32|array|asarray|finfo)\b", "", card.advice.get(library, ""))
        assert not any(re.search(_NAMES[other], told) for other in others), (card.code, library, told)


def test_a_softmax_without_an_axis_is_advised_in_tensorflow():
    (found,) = lint("import tensorflow as tf\ne = tf.exp(x)\ny = e / tf.reduce_sum(e)\n", "naive-softmax")
    assert found.fix is None
    assert found.advice.startswith("tf.nn.softmax")


def test_a_softmax_of_a_transpose_is_not_advised_without_it():
    (found,) = lint(
        """
        import torch

        def f(z):
            e = torch.exp(z)
            e = e.T
            return e / torch.sum(e, dim=0, keepdim=True)
        """,
        "naive-softmax",
    )
    assert found.fix is None
    assert "dim=0" not in found.advice


def test_what_changes_arrays_in_place_is_not_rewritten():
    (found,) = lint(
        """
        import torch

        def f(x):
            x.log_().exp_().sub_(1.0).log_()
            return x
        """,
        "missing-expm1",
    )
    assert found.fix is None
    assert found.advice == "torch.expm1(x)"


def test_a_weighted_square_of_the_mean_is_no_variance():
    assert not lint(
        """
        import torch

        def f(d, weight):
            return torch.pow(d, 2).mean() - weight * torch.pow(d.mean(), 2)
        """,
        "one-pass-variance",
    )


def test_what_runs_only_in_inference_is_not_differentiated():
    text = """
        import torch

        def f(self, x):
            if {test}:
                return torch.sqrt(torch.sum((x - self.center) ** 2, dim=-1))
            return x
    """
    assert not lint(text.format(test="not self.training"), "norm-at-zero-gradient")
    assert lint(text.format(test="self.training"), "norm-at-zero-gradient")


def test_python_numbers_are_not_differentiated():
    assert not lint(
        """
        import torch

        def churn(before, factor, scale):
            a = before.item()
            b = a * factor.item()
            return scale * torch.randn(3) * max(b**2 - a**2, 0.0) ** 0.5
        """,
        "sqrt-at-zero-gradient",
    )


def test_what_becomes_bins_is_not_differentiated():
    text = """
        import torch

        def f(p, q):
            d = torch.sqrt(torch.sum((p - q) ** 2, dim=-1))
            return {used}
    """
    assert not lint(text.format(used="torch.bucketize(d, p)"), "norm-at-zero-gradient")
    assert lint(text.format(used="torch.bucketize(d, p), d"), "norm-at-zero-gradient")


def test_a_registered_gradient_is_not_differentiated():
    text = """
        import tensorflow as tf

        {decorator}
        def besselgrad(op, upstream):
            x = op.inputs[0]
            return upstream * tf.where(tf.equal(x, 0.0), 1.0, op.outputs[0] / x)
    """
    assert not lint(text.format(decorator='@tf.RegisterGradient("Bessel")'), "where-gradient-trap")
    assert lint(text.format(decorator="@tf.function"), "where-gradient-trap")


def test_a_root_in_both_branches_is_no_trap():
    assert not lint(
        """
        import tensorflow as tf

        def cbrt(x):
            root = tf.abs(x) ** (1.0 / 3)
            return tf.where(x < 0, -root, root)
        """,
        "where-gradient-trap",
    )
