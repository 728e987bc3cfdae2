"""Gradients and run-time names are TensorFlow's own, singular points included."""

from __future__ import annotations

from functools import reduce

import numpy as np
import pytest

from stabcheck.ops import OPERATIONS
from stabcheck.ops.gradient import Term, value_and_gradient
from stabcheck.ops.numeric import working

F32 = working("float32")


@pytest.fixture(scope="module")
def tf():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TF_CPP_MIN_LOG_LEVEL", "3")
        return pytest.importorskip("tensorflow")


def term(op, *operands, **attributes):
    return Term(op, operands, attributes)


ELEMENTWISE = (
    "exp expm1 log log1p sqrt rsqrt square abs sign reciprocal sigmoid log_sigmoid softplus tanh arccos erf "
    "gammaln relu relu6 elu gelu"
)
REDUCTIONS = "sum mean max min prod logsumexp norm std var softmax log_softmax"
POSITIVE = term("greater", "x", 0.0)
FORMULAS = [
    (term("where", POSITIVE, term("log", "x"), 0.0), "tf.where(x > 0, tf.math.log(x), 0.0)", 0.0),
    (term("where", POSITIVE, term("sqrt", "x"), 0.0), "tf.where(x > 0, tf.sqrt(x), 0.0)", 0.0),
    (term("xlogy", "x", "x"), "tf.math.xlogy(x, x)", 0.0),
    (term("divide_no_nan", 1.0, "x"), "tf.math.divide_no_nan(1.0, x)", 0.0),
    (term("maximum", "x", 0.0), "tf.maximum(x, 0.0)", 0.0),
    (term("clip", "x", lower=0.0, upper=1.0), "tf.clip_by_value(x, 0.0, 1.0)", [0.0, 1.0, 2.0, -1.0]),
    (term("power", "x", 0.5), "tf.pow(x, 0.5)", 0.0),
    (term("sqrt", term("exp", "x")), "tf.sqrt(tf.exp(x))", -104.0),
    (
        term("divide", 1.0, term("add", 1.0, term("exp", term("negative", "x")))),
        "1 / (1 + tf.exp(-x))",
        -100.0,
    ),
    (term("sqrt", term("sum", term("multiply", "x", "x"))), "tf.sqrt(tf.reduce_sum(x * x))", [0.0, 0.0]),
]


def _agree(tf, function, expression, x):
    variable = tf.constant(x, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(variable)
        value = function(variable)
    theirs = tape.gradient(value, variable)
    _, ours = value_and_gradient(expression, {"x": np.asarray(x, np.float32)}, F32, library="tensorflow")
    np.testing.assert_allclose(np.asarray(ours["x"]), theirs.numpy(), rtol=2e-4, atol=1e-37, equal_nan=True)


def _function(tf, name):
    spelling = next(s for s in OPERATIONS[name].spellings["tensorflow"] if not s.removed)
    return reduce(getattr, spelling.qualified.split(".")[1:], tf)


@pytest.mark.parametrize("x", [0.0, 1.0, -1.0, 100.0, -100.0])
@pytest.mark.parametrize("name", ELEMENTWISE.split())
def test_elementwise(tf, name, x):
    _agree(tf, _function(tf, name), term(name, "x"), x)


@pytest.mark.parametrize("x", [[0.0, 0.0], [1.0, 1.0, 0.5], [200.0, -200.0, 0.0]])
@pytest.mark.parametrize("name", REDUCTIONS.split())
def test_reductions(tf, name, x):
    _agree(tf, _function(tf, name), term(name, "x"), x)


@pytest.mark.parametrize(("expression", "source", "x"), FORMULAS)
def test_formulas(tf, expression, source, x):
    _agree(tf, eval(f"lambda x: {source}", {"tf": tf}), expression, x)


def test_run_time_names_exist(tf):
    from tensorflow.python.framework import op_def_registry

    for row in OPERATIONS.values():
        for name in row.runtime:
            if name[0].isupper():
                assert op_def_registry.get(name) is not None, name
            elif name != "astype":
                assert reduce(getattr, name.split("."), np), name
