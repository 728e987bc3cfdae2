"""TensorFlow's operations in long double agree with TensorFlow's own in float64."""

from __future__ import annotations

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

from tests.dynamic.trace.test_tensorflow_recorder import normal, run  # noqa: E402

# Without a wide form, by the operation that TensorFlow runs.
KNOWN_GAPS = {"Erf", "Erfc", "Lgamma", "Digamma", "TopKV2", "MatrixDiagPartV3", "MatrixDiagV3", "SegmentSum"}

FUNCTIONS = {
    "sums": lambda x: tf.reduce_sum(x, 1) + tf.reduce_mean(x, 1) + tf.reduce_max(x, 1) * tf.reduce_min(x, 1),
    "gather": lambda x: tf.gather(x, [0, 0, 1]) + tf.gather_nd(x, [[0], [2], [2]]),
    "scatter": lambda x: (
        tf.tensor_scatter_nd_update(x, [[0]], [[1.0, 2.0, 3.0, 4.0]])
        + tf.scatter_nd([[1], [1]], x[:2], [6, 4])
    ),
    "layout": lambda x: (
        tf.pad(tf.reverse(x, [0]), [[1, 1], [0, 0]])[1:-1] + tf.roll(x, 1, 0) + tf.tile(x[:1], [6, 1])
    ),
    "scans": lambda x: (
        tf.cumsum(x, 1, reverse=True) + tf.cumsum(x, 0, exclusive=True) + tf.math.cumprod(x, 1)
    ),
    "slices": lambda x: tf.slice(x, [1, 0], [3, -1]) * x[..., tf.newaxis, 0:3:2][:3, 0, :1],
    "segments": lambda x: tf.math.unsorted_segment_sum(x, [0, 0, 1, 1, 2, 2], 3),
    "systems": lambda x: tf.linalg.inv(tf.matmul(x, x, transpose_a=True) + tf.eye(4, dtype=x.dtype)),
    "solved": lambda x: tf.linalg.solve(
        tf.matmul(x, x, transpose_a=True) + tf.eye(4, dtype=x.dtype), tf.transpose(x)
    ),
    "products": lambda x: (
        tf.einsum("ij,kj->ik", x, x) + tf.tensordot(x, x, [[1], [1]]) + tf.matmul(x, x, transpose_b=True)
    ),
    "activations": lambda x: (
        tf.nn.elu(x) + tf.nn.softplus(x) + tf.nn.relu6(x) + tf.nn.leaky_relu(x) + tf.sigmoid(x)
    ),
    "normalizers": lambda x: tf.nn.softmax(x) + tf.nn.log_softmax(x) + tf.math.l2_normalize(x, 1),
    "guarded": lambda x: tf.math.xlogy(x, tf.abs(x)) + tf.math.xdivy(x, x + 9) + tf.math.divide_no_nan(x, x),
    "elementary": lambda x: (
        tf.sinh(x) + tf.cosh(x) + tf.atan2(x, x + 9) + tf.pow(tf.abs(x), 1.5) + tf.math.rsqrt(x * x + 1)
    ),
    "split": lambda x: tf.split(x, 2)[0] * tf.unstack(x)[1] + tf.stack([x[0], x[1], x[2]]),
    "cross entropy": lambda x: tf.nn.softmax_cross_entropy_with_logits(tf.nn.softmax(x), x),
}


@pytest.mark.skipif(np.finfo(np.longdouble).nmant <= 52, reason="long double is no wider than float64 here")
@pytest.mark.parametrize("name", FUNCTIONS)
def test_float64_is_compared_with_long_double(name):
    x = tf.constant(normal(6, 4))
    _, _, trace = run(lambda x: tf.reduce_sum(FUNCTIONS[name](x) * 1.3), x)
    lost = {e.runtime for e in trace.events if e.mode == "resynchronized"}
    assert lost <= KNOWN_GAPS
    assert all(result.error < 1e-11 for result in trace.results)
    largest = max(e.local_error for e in trace.events if e.phase == "forward" and e.mode == "shadowed")
    assert largest > 0
