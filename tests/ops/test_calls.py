"""Calls are bound to canonical parameters, and written back in the library's own."""

from __future__ import annotations

import pytest

from stabcheck.ops import lookup, lookup_method
from stabcheck.ops.calls import bind, render_call, resolve, written

IMPORTS = {
    "np": "numpy",
    "tf": "tensorflow",
    "torch": "torch",
    "F": "torch.nn.functional",
    "jnp": "jax.numpy",
    "jax": "jax",
    "math": "math",
}


def method(name, library):
    return next(each for each in lookup_method(name) if each.library == library)


@pytest.mark.parametrize(
    ("spelling", "positional", "keywords", "expected"),
    [
        (lookup("numpy.sum"), 2, ["keepdims"], {0: "x", 1: "axis", "keepdims": "keepdims"}),
        (lookup("torch.sum"), 2, ["keepdim"], {0: "x", 1: "axis", "keepdim": "keepdims"}),
        (lookup("torch.sum"), 1, ["axis"], {0: "x", "axis": "axis"}),
        (
            lookup("tensorflow.reduce_sum"),
            1,
            ["reduction_indices", "name"],
            {0: "x", "reduction_indices": "axis", "name": None},
        ),
        (lookup("tensorflow.reduce_sum"), 0, ["input_tensor"], {"input_tensor": "x"}),
        (lookup("numpy.clip"), 3, [], {0: "x", 1: "lower", 2: "upper"}),
        (lookup("jax.lax.clamp"), 3, [], {0: "lower", 1: "x", 2: "upper"}),
        (lookup("numpy.exp"), 1, ["out"], {0: "x", "out": None}),
        (method("sum", "torch"), 2, [], {0: "x", 1: "axis"}),
        (method("reshape", "numpy"), 3, [], {0: "x", 1: "shape", 2: "shape"}),
        (method("where", "torch"), 3, [], {0: "x", 1: "condition", 2: "y"}),
        (lookup("numpy.where"), 1, [], None),
        (lookup("numpy.exp"), 0, [], None),
        (lookup("numpy.sum"), 1, ["a"], None),
        (lookup("math.exp"), 2, [], None),
    ],
)
def test_bind(spelling, positional, keywords, expected):
    assert bind(spelling, positional, keywords) == expected


@pytest.mark.parametrize(
    ("qualified", "positional", "keywords", "operation"),
    [
        ("builtins.max", 1, [], "max"),
        ("builtins.max", 2, [], "maximum"),
        ("torch.max", 2, [], "max"),
        ("torch.max", 1, ["other"], "maximum"),
        ("numpy.where", 1, [], "nonzero"),
        ("numpy.where", 3, [], "where"),
        (".transpose", 3, [], "transpose"),
    ],
)
def test_overloads_are_told_apart_by_their_arguments(qualified, positional, keywords, operation):
    assert resolve(qualified, positional, keywords).operation == operation


def test_arange_of_one_argument_is_its_end():
    assert bind(resolve("numpy.arange", 1), 1) == {0: "stop"}
    assert bind(resolve("numpy.arange", 3), 3) == {0: "start", 1: "stop", 2: "step"}


@pytest.mark.parametrize(
    ("operation", "library", "operands", "attributes", "expected"),
    [
        ("softmax", "tensorflow", ["z"], {"axis": "1"}, "tf.nn.softmax(z, axis=1)"),
        ("softmax", "tensorflow", ["z"], {}, "tf.nn.softmax(z)"),
        ("softmax", "torch", ["z"], {}, "torch.softmax(z, dim=-1)"),
        ("softmax", "jax", ["z"], {"axis": "0"}, "jax.nn.softmax(z, axis=0)"),
        ("softmax", "numpy", ["z"], {}, None),
        ("var", "numpy", ["x"], {"axis": "0"}, "np.var(x, axis=0)"),
        ("var", "torch", ["x"], {"axis": "0"}, "torch.var(x, dim=0, correction=0)"),
        ("logsumexp", "torch", ["x"], {}, None),
        (
            "logsumexp",
            "torch",
            ["x"],
            {"axis": "-1", "keepdims": "True"},
            "torch.logsumexp(x, dim=-1, keepdim=True)",
        ),
        ("clip", "numpy", ["x"], {"lower": "0", "upper": "1"}, "np.clip(x, 0, 1)"),
        ("clip", "torch", ["x"], {"lower": "0"}, "torch.clamp(x, 0)"),
        ("clip", "torch", ["x"], {"upper": "9"}, "torch.clamp(x, max=9)"),
        ("cast", "torch", ["a + b"], {"dtype": "torch.float32"}, "(a + b).to(torch.float32)"),
        ("cast", "tensorflow", ["x"], {"dtype": "tf.float32"}, "tf.cast(x, tf.float32)"),
        ("reshape", "tensorflow", ["x"], {"shape": "(2, 3)"}, "tf.reshape(x, (2, 3))"),
        ("log", "tensorflow", ["x"], {}, "tf.math.log(x)"),
        ("expm1", "math", ["x"], {}, "math.expm1(x)"),
        ("sigmoid", "scipy", ["x"], {}, None),
        ("binary_cross_entropy", "keras", ["y", "p"], {}, "tf.keras.ops.binary_crossentropy(y, p)"),
        ("add", "python", ["a", "b if c else d"], {}, "a + (b if c else d)"),
        ("subtract", "python", ["a - b", "c - d"], {}, "a - b - (c - d)"),
        ("multiply", "python", ["a + b", "c"], {}, "(a + b) * c"),
        ("power", "python", ["-x", "2"], {}, "(-x)**2"),
        ("power", "python", ["x", "y**2"], {}, "x**y**2"),
        ("negative", "python", ["a + b"], {}, "-(a + b)"),
        ("negative", "python", ["a**2"], {}, "-a**2"),
        ("less", "python", ["a", "b"], {}, "a < b"),
    ],
)
def test_render(operation, library, operands, attributes, expected):
    assert render_call(operation, library, IMPORTS, operands, attributes) == expected


def test_the_longest_import_is_used():
    assert written("torch.nn.functional.softplus", IMPORTS) == "F.softplus"
    assert written("numpy.exp", {"exp": "numpy.exp"}) == "exp"
    assert written("numpy.exp", {}) is None
    assert written("numpy.exp", {"n": "num"}) is None
    assert written("builtins.abs", {}) == "abs"
