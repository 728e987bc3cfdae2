"""Shapes, where they are written."""

import pytest


@pytest.mark.parametrize(
    ("source", "shape"),
    [
        ("x", None),
        ("3.0", ()),
        ("np.zeros((n, 1))", ("n", 1)),
        ("np.zeros(n)", ("n",)),
        ("torch.zeros(2, 3)", (2, 3)),
        ("tf.zeros([2, n])", (2, "n")),
        ("x.reshape(-1, 1)", (None, 1)),
        ("np.reshape(x, (n, 2))", ("n", 2)),
        ("np.zeros((n, 1)) + np.zeros(n)", ("n", "n")),
        ("np.zeros((n, m)).sum(axis=1)", ("n",)),
        ("np.zeros((n, m)).sum(axis=1, keepdims=True)", ("n", 1)),
        ("np.zeros((n, m)).sum()", ()),
        ("x.sum()", ()),
        ("x.sum(axis=1)", None),
        ("np.zeros((n, 1)).squeeze(1)", ("n",)),
        ("np.squeeze(np.zeros((3, 1)))", (3,)),
        ("np.zeros(n)[:, None]", ("n", 1)),
        ("np.zeros(n)[None, :]", (1, "n")),
        ("np.zeros((n, m)).T", ("m", "n")),
        ("np.zeros((n, m)) @ np.zeros((m, k))", ("n", "k")),
        ("np.zeros((n, m))[:, 0]", ("n",)),
        ("np.zeros((n, m))[0]", ("m",)),
        ("np.exp(np.zeros((n, 1)))", ("n", 1)),
        ("np.exp(x)", None),
        ("np.array([[1.0, 2.0]])", (1, 2)),
        ("np.random.randn(n, 3)", ("n", 3)),
        ("np.random.normal(size=(n, 3))", ("n", 3)),
        ("np.zeros((x.shape[0], 1))", ("x.shape[0]", 1)),
        ("np.zeros((2, 3)) + np.zeros((4, 5))", None),
    ],
)
def test_shape(known, source, shape):
    facts, _, call = known(f"g({source})")
    assert facts.shape(call.arguments[0]) == shape
