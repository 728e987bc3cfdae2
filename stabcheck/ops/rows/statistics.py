"""Statistics: order, products over sets of samples, and normalization layers as functions."""

from __future__ import annotations

from typing import Any

from stabcheck.ops import ranges
from stabcheck.ops.interval import NON_NEGATIVE, SYMMETRIC_UNIT
from stabcheck.ops.row import row


def _cov(xp: Any, x: Any, **_: Any) -> Any:
    """Rows are variables, columns observations; divided by their number less one."""
    centred = xp.asarray(x) - xp.mean(x, -1, keepdims=True)
    return xp.matmul(centred, xp.swapped(centred)) / xp.asarray(float(xp.count(x, -1) - 1))


def _batch_norm(
    xp: Any, x: Any, mean: Any, variance: Any, offset: Any = None, scale: Any = None, epsilon: float = 1e-3
) -> Any:
    """(x − mean)·scale/√(variance + ε) + offset."""
    factor = 1.0 / xp.sqrt(xp.add(variance, epsilon))
    factor = factor if scale is None else xp.multiply(factor, scale)
    result = xp.subtract(x, mean) * factor
    return result if offset is None else xp.add(result, offset)


def _layer_norm(
    xp: Any, x: Any, shape: Any, scale: Any = None, offset: Any = None, epsilon: float = 1e-5
) -> Any:
    """Over as many of the last axes as `shape` has."""
    axes = tuple(range(-len(shape), 0))
    mean = xp.mean(x, axes, keepdims=True)
    variance = xp.mean(xp.square(xp.asarray(x) - mean), axes, keepdims=True)
    return _batch_norm(xp, x, mean, variance, offset, scale, epsilon)


ROWS = (
    row(
        "median(x; axis, keepdims:False)",
        "reduction",
        """
        numpy.median(x=a, axis, out, overwrite_input, keepdims) numpy.nanmedian(x=a, axis, out,
        overwrite_input, keepdims)
        keras.ops.median(x, axis, keepdims)
        jax.numpy.median(x=a, axis, out, overwrite_input, keepdims)
        torch.median(x=input, axis=dim, keepdims=keepdim) torch:.median(axis=dim, keepdims=keepdim)
        """,
        compute=lambda xp, x, axis=None, keepdims=False: xp.median(x, axis, keepdims),
        range=ranges.average,
        runtime="median",
    ),
    row(
        "quantile(x, q; axis, keepdims:False)",
        "reduction",
        """
        numpy.quantile(x=a, q, axis, out, overwrite_input, method, keepdims) numpy.percentile(x=a, q, axis,
        out, overwrite_input, method, keepdims)
        keras.ops.quantile(x, q, axis, method, keepdims)
        jax.numpy.quantile(x=a, q, axis, out, overwrite_input, method, keepdims) jax.numpy.percentile(x=a,
        q, axis, out, overwrite_input, method, keepdims)
        torch.quantile(x=input, q, axis=dim, keepdims=keepdim) torch:.quantile(q, axis=dim,
        keepdims=keepdim)
        """,
        range=lambda x, *_, **__: x,
        runtime="quantile percentile",
    ),
    row(
        "ptp(x; axis, keepdims:False)",
        "reduction",
        "numpy.ptp(x=a, axis, out, keepdims) jax.numpy.ptp(x=a, axis, out, keepdims)",
        compute=lambda xp, x, axis=None, keepdims=False: (
            xp.max(x, axis, keepdims) - xp.min(x, axis, keepdims)
        ),
        range=ranges.extent,
        runtime="ptp",
    ),
    row(
        "moments(x; axis, keepdims:False)",
        "reduction",
        """
        tensorflow.nn.moments(x, axis=axes, shift, keepdims, name)
        keras.ops.moments(x, axis=axes, keepdims)
        """,
    ),
    row(
        "cov(x; ddof)",
        "contraction",
        """
        numpy.cov(x=m, y, rowvar, bias, ddof)
        jax.numpy.cov(x=m, y, rowvar, bias, ddof)
        torch.cov(x=input, ddof=correction) torch:.cov(ddof=correction)
        """,
        compute=_cov,
        runtime="cov",
    ),
    row(
        "corrcoef(x)",
        "contraction",
        "numpy.corrcoef(x, y) keras.ops.corrcoef jax.numpy.corrcoef(x, y) torch.corrcoef torch:.corrcoef",
        range=ranges.always(SYMMETRIC_UNIT),
        runtime="corrcoef",
    ),
    row(
        "histogram(x)",
        "query",
        """
        numpy.histogram(x=a)
        jax.numpy.histogram(x=a)
        torch.histc(x=input)
        tensorflow.histogram_fixed_width(x=values)
        """,
        range=ranges.always(NON_NEGATIVE),
        runtime="histogram",
    ),
    row(
        "bincount(x)",
        "query",
        """
        numpy.bincount(x)
        tensorflow.math.bincount(x=arr)
        keras.ops.bincount(x)
        jax.numpy.bincount(x)
        torch.bincount(x=input) torch:.bincount
        """,
        range=ranges.always(NON_NEGATIVE),
        runtime="bincount",
    ),
    row(
        "count_nonzero(x; axis, keepdims:False)",
        "query",
        """
        numpy.count_nonzero(x=a, axis, keepdims)
        tensorflow.math.count_nonzero(x=input, axis, keepdims, dtype, name)
        keras.ops.count_nonzero(x, axis)
        jax.numpy.count_nonzero(x=a, axis, keepdims)
        torch.count_nonzero(x=input, axis=dim) torch:.count_nonzero(axis=dim)
        """,
        compute=lambda xp, x, axis=None, keepdims=False: xp.sum(
            xp.where(xp.not_equal(x, 0.0), 1.0, 0.0), axis, keepdims
        ),
        range=ranges.always(NON_NEGATIVE),
        runtime="count_nonzero",
    ),
    row(
        "cumulative_logsumexp(x; axis:0)",
        "scan",
        """
        tensorflow.math.cumulative_logsumexp(x, axis, exclusive, reverse, name)
        jax.lax.cumlogsumexp(x=operand, axis)
        torch.logcumsumexp(x=input, axis=dim:required) torch:.logcumsumexp(axis=dim:required)
        """,
        compute=lambda xp, x, axis=0: xp.cumulative("logaddexp", x, axis),
        range=ranges.log_total,
        runtime="CumulativeLogsumexp",
    ),
    row(
        "cummax(x; axis:0)",
        "scan",
        """
        numpy.maximum.accumulate(x=array, axis)
        jax.lax.cummax(x=operand, axis)
        torch.cummax(x=input, axis=dim:required) torch:.cummax(axis=dim:required)
        """,
        compute=lambda xp, x, axis=0: xp.cumulative("maximum", x, axis),
        range=ranges.same,
        runtime="maximum.accumulate",
    ),
    row(
        "diff(x; n:1, axis:-1)",
        "scan",
        """
        numpy.diff(x=a, n, axis)
        keras.ops.diff(x=a, n, axis)
        jax.numpy.diff(x=a, n, axis)
        torch.diff(x=input, n, axis=dim) torch:.diff(n, axis=dim)
        """,
        compute=lambda xp, x, n=1, axis=-1: xp.differences(x, n, axis),
        range=lambda x, *, n=1, **_: ranges.subtract(x, x) if n == 1 else ranges.REAL,
        runtime="diff",
    ),
    row(
        "gradient(x)",
        "scan",
        "numpy.gradient(x=f) jax.numpy.gradient(x=f) torch.gradient(x=input)",
        runtime="gradient",
    ),
    row(
        "batch_norm(x, mean, variance; offset, scale, epsilon)",
        "normalizer",
        """
        tensorflow.nn.batch_normalization(x, mean, variance, offset, scale, epsilon=variance_epsilon, name)
        keras.ops.batch_normalization(x, mean, variance, axis, offset, scale, epsilon:0.001)
        torch.nn.functional.batch_norm(x=input, mean=running_mean, variance=running_var, scale=weight,
        offset=bias, training, momentum, epsilon=eps)
        """,
        compute=_batch_norm,
    ),
    row(
        "layer_norm(x; shape, scale, offset, epsilon:1e-5)",
        "normalizer",
        """
        torch.nn.functional.layer_norm(x=input, shape=normalized_shape, scale=weight, offset=bias,
        epsilon=eps) torch.layer_norm(x=input, shape=normalized_shape, scale=weight, offset=bias,
        epsilon=eps)
        """,
        compute=_layer_norm,
    ),
    row(
        "dropout(x; rate:0.5)",
        "random",
        """
        tensorflow.nn.dropout(x, rate:required, noise_shape, seed, name)
        -keras.backend.dropout(x, rate=level)
        torch.nn.functional.dropout(x=input, rate=p, training, inplace) torch.dropout(x=input, rate=p,
        training=train)
        """,
    ),
)
