"""Reductions: an axis is summed, searched or averaged away; and the scans that keep the running result."""

from __future__ import annotations

from typing import Any

from stabcheck.ops import ranges
from stabcheck.ops.row import row


def _spread(xp: Any, g: Any, r: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    return xp.expand(g, xp.shape(x), axis, keepdims)


def _sum_back(
    xp: Any, g: Any, r: Any, x: Any, axis: Any = None, keepdims: bool = False, **_: Any
) -> tuple[Any]:
    return (_spread(xp, g, r, x, axis, keepdims),)


def _mean_back(
    xp: Any, g: Any, r: Any, x: Any, axis: Any = None, keepdims: bool = False, **_: Any
) -> tuple[Any]:
    return (_spread(xp, g, r, x, axis, keepdims) / float(xp.count(x, axis)),)


def _prod_back(
    xp: Any, g: Any, r: Any, x: Any, axis: Any = None, keepdims: bool = False, **_: Any
) -> tuple[Any]:
    """The product of the other entries: of those before and those after, so that zeros do no harm."""
    g = _spread(xp, g, r, x, axis, keepdims)
    along = xp.flat(x, axis)
    if not isinstance(axis, int | None):
        return (g * xp.expand(r, xp.shape(x), axis, keepdims) / xp.asarray(x),)
    before = xp.exclusive("multiply", along, axis or 0)
    after = xp.flip(xp.exclusive("multiply", xp.flip(along, axis or 0), axis or 0), axis or 0)
    return (g * xp.reshape(before * after, xp.shape(x)),)


def _extremum_back(
    xp: Any, g: Any, r: Any, x: Any, axis: Any = None, keepdims: bool = False, **_: Any
) -> tuple[Any]:
    """Ties share the cotangent equally, as in TensorFlow's reduce_max and PyTorch's amax."""
    chosen = xp.where(xp.equal(x, xp.expand(r, xp.shape(x), axis, keepdims)), 1.0, 0.0)
    share = chosen / xp.sum(chosen, axis, keepdims=True)
    return (_spread(xp, g, r, x, axis, keepdims) * share,)


def _logsumexp(xp: Any, x: Any, axis: Any = None, keepdims: bool = False, **_: Any) -> Any:
    largest = xp.max(x, axis, keepdims=True)
    shift = xp.where(xp.isfinite(largest), largest, 0.0)
    total = xp.log(xp.sum(xp.exp(xp.asarray(x) - shift), axis, keepdims=True)) + shift
    return total if keepdims else xp.squeeze(total, axis)


def _logsumexp_back(
    xp: Any, g: Any, r: Any, x: Any, axis: Any = None, keepdims: bool = False, **_: Any
) -> tuple[Any]:
    weight = xp.exp(xp.asarray(x) - xp.expand(r, xp.shape(x), axis, keepdims))
    return (_spread(xp, g, r, x, axis, keepdims) * weight,)


def _centred(xp: Any, x: Any, axis: Any) -> Any:
    return xp.asarray(x) - xp.mean(x, axis, keepdims=True)


def _var(xp: Any, x: Any, axis: Any = None, keepdims: bool = False, ddof: int = 0, **_: Any) -> Any:
    squares = xp.sum(xp.square(_centred(xp, x, axis)), axis, keepdims)
    return squares / xp.asarray(float(xp.count(x, axis) - ddof))


def _var_back(
    xp: Any, g: Any, r: Any, x: Any, axis: Any = None, keepdims: bool = False, ddof: int = 0, **_: Any
) -> tuple[Any]:
    scale = 2.0 / xp.asarray(float(xp.count(x, axis) - ddof))
    return (_spread(xp, g, r, x, axis, keepdims) * _centred(xp, x, axis) * scale,)


def _std_back(
    xp: Any, g: Any, r: Any, x: Any, axis: Any = None, keepdims: bool = False, ddof: int = 0, **_: Any
) -> tuple[Any]:
    return _var_back(xp, xp.asarray(g) * 0.5 / r, r, x, axis, keepdims, ddof)


def _cumsum_back(xp: Any, g: Any, r: Any, x: Any, axis: Any = None, **_: Any) -> tuple[Any]:
    """Each entry counts in all sums after it: accumulated from the far end."""
    axis = axis or 0
    backwards = xp.cumulative("add", xp.flip(g, axis), axis)
    return (xp.reshape(xp.flip(backwards, axis), xp.shape(x)),)


ROWS = (
    row(
        "sum(x; axis, keepdims:False, dtype)",
        "reduction",
        """
        builtins.sum(x=iterable, start)
        numpy.sum(x=a, axis, dtype, out, keepdims, initial, where) numpy.add.reduce(x=array, axis:0, dtype,
        out, keepdims)
        math.fsum(x=seq)
        numpy:.sum(axis, dtype, out, keepdims) numpy.nansum(x=a, axis, dtype, out, keepdims)
        tensorflow.reduce_sum(x=input_tensor, axis, keepdims, name)
        tensorflow.math.reduce_sum(x=input_tensor, axis, keepdims, name)
        keras.ops.sum(x, axis, keepdims) -keras.backend.sum(x, axis, keepdims)
        jax.numpy.sum(x=a, axis, dtype, out, keepdims) jax.numpy.nansum(x=a, axis, dtype, out, keepdims)
        jax:.sum(axis, dtype, out, keepdims)
        torch.sum(x=input, axis=dim, keepdims=keepdim, dtype) torch.nansum(x=input, axis=dim,
        keepdims=keepdim, dtype) torch:.sum(axis=dim, keepdims=keepdim, dtype) torch:.nansum(axis=dim,
        keepdims=keepdim, dtype)
        """,
        compute=lambda xp, x, axis=None, keepdims=False, **_: xp.sum(x, axis, keepdims),
        pullback=_sum_back,
        range=ranges.total,
        runtime="Sum sum add.reduce",
    ),
    row(
        "mean(x; axis, keepdims:False, dtype)",
        "reduction",
        """
        numpy.mean(x=a, axis, dtype, out, keepdims) numpy:.mean(axis, dtype, out, keepdims)
        numpy.average(x=a, axis, weights, returned, keepdims) numpy.nanmean(x=a, axis, dtype, out, keepdims)
        tensorflow.reduce_mean(x=input_tensor, axis, keepdims, name)
        tensorflow.math.reduce_mean(x=input_tensor, axis, keepdims, name)
        keras.ops.mean(x, axis, keepdims) keras.ops.average(x, axis, weights) -keras.backend.mean(x, axis,
        keepdims)
        jax.numpy.mean(x=a, axis, dtype, out, keepdims) jax.numpy.average(x=a, axis, weights, returned,
        keepdims) jax.numpy.nanmean(x=a, axis, dtype, out, keepdims) jax:.mean(axis, dtype, out, keepdims)
        torch.mean(x=input, axis=dim, keepdims=keepdim, dtype) torch:.mean(axis=dim, keepdims=keepdim,
        dtype) torch.nanmean(x=input, axis=dim, keepdims=keepdim, dtype)
        """,
        compute=lambda xp, x, axis=None, keepdims=False, **_: xp.mean(x, axis, keepdims),
        pullback=_mean_back,
        range=ranges.average,
        runtime="Mean mean",
    ),
    row(
        "prod(x; axis, keepdims:False, dtype)",
        "reduction",
        """
        math.prod(x=iterable, start)
        numpy.prod(x=a, axis, dtype, out, keepdims) numpy:.prod(axis, dtype, out, keepdims)
        tensorflow.reduce_prod(x=input_tensor, axis, keepdims, name)
        tensorflow.math.reduce_prod(x=input_tensor, axis, keepdims, name)
        keras.ops.prod(x, axis, keepdims, dtype) -keras.backend.prod(x, axis, keepdims)
        jax.numpy.prod(x=a, axis, dtype, out, keepdims) jax:.prod(axis, dtype, out, keepdims)
        torch.prod(x=input, axis=dim, keepdims=keepdim, dtype) torch:.prod(axis=dim, keepdims=keepdim,
        dtype)
        """,
        compute=lambda xp, x, axis=None, keepdims=False, **_: xp.prod(x, axis, keepdims),
        pullback=_prod_back,
        range=ranges.product,
        runtime="Prod prod multiply.reduce",
    ),
    row(
        "max(x; axis, keepdims:False)",
        "reduction",
        """
        builtins.max(x=iterable)
        numpy.max(x=a, axis, out, keepdims) numpy.amax(x=a, axis, out, keepdims) numpy.nanmax(x=a, axis,
        out, keepdims) numpy:.max(axis, out, keepdims)
        tensorflow.reduce_max(x=input_tensor, axis, keepdims, name)
        tensorflow.math.reduce_max(x=input_tensor, axis, keepdims, name)
        keras.ops.max(x, axis, keepdims) keras.ops.amax(x, axis, keepdims) -keras.backend.max(x, axis,
        keepdims)
        jax.numpy.max(x=a, axis, out, keepdims) jax.numpy.amax(x=a, axis, out, keepdims)
        jax.numpy.nanmax(x=a, axis, out, keepdims) jax:.max(axis, out, keepdims)
        torch.amax(x=input, axis=dim, keepdims=keepdim) torch.max(x=input, axis=dim, keepdims=keepdim)
        torch:.max(axis=dim, keepdims=keepdim) torch:.amax(axis=dim, keepdims=keepdim)
        """,
        compute=lambda xp, x, axis=None, keepdims=False, **_: xp.max(x, axis, keepdims),
        pullback=_extremum_back,
        range=ranges.same,
        runtime="Max max amax maximum.reduce",
    ),
    row(
        "min(x; axis, keepdims:False)",
        "reduction",
        """
        builtins.min(x=iterable)
        numpy.min(x=a, axis, out, keepdims) numpy.amin(x=a, axis, out, keepdims) numpy.nanmin(x=a, axis,
        out, keepdims) numpy:.min(axis, out, keepdims)
        tensorflow.reduce_min(x=input_tensor, axis, keepdims, name)
        tensorflow.math.reduce_min(x=input_tensor, axis, keepdims, name)
        keras.ops.min(x, axis, keepdims) keras.ops.amin(x, axis, keepdims) -keras.backend.min(x, axis,
        keepdims)
        jax.numpy.min(x=a, axis, out, keepdims) jax.numpy.amin(x=a, axis, out, keepdims)
        jax.numpy.nanmin(x=a, axis, out, keepdims) jax:.min(axis, out, keepdims)
        torch.amin(x=input, axis=dim, keepdims=keepdim) torch.min(x=input, axis=dim, keepdims=keepdim)
        torch:.min(axis=dim, keepdims=keepdim) torch:.amin(axis=dim, keepdims=keepdim)
        """,
        compute=lambda xp, x, axis=None, keepdims=False, **_: xp.min(x, axis, keepdims),
        pullback=_extremum_back,
        range=ranges.same,
        runtime="Min min amin minimum.reduce",
    ),
    row(
        "logsumexp(x; axis, keepdims:False)",
        "reduction",
        """
        scipy.special.logsumexp(x=a, axis, b, keepdims, return_sign)
        numpy.logaddexp.reduce(x=array, axis:0)
        tensorflow.reduce_logsumexp(x=input_tensor, axis, keepdims, name)
        tensorflow.math.reduce_logsumexp(x=input_tensor, axis, keepdims, name)
        keras.ops.logsumexp(x, axis, keepdims) -keras.backend.logsumexp(x, axis, keepdims)
        jax.nn.logsumexp(x=a, axis, b, keepdims, return_sign) jax.scipy.special.logsumexp(x=a, axis, b,
        keepdims, return_sign)
        torch.logsumexp(x=input, axis=dim:required, keepdims=keepdim) torch.special.logsumexp(x=input,
        axis=dim:required, keepdims=keepdim) torch:.logsumexp(axis=dim:required, keepdims=keepdim)
        """,
        compute=_logsumexp,
        pullback=_logsumexp_back,
        range=ranges.log_total,
    ),
    row(
        "var(x; axis, keepdims:False, ddof:0, dtype)",
        "reduction",
        """
        numpy.var(x=a, axis, dtype, out, ddof, keepdims) numpy:.var(axis, dtype, out, ddof, keepdims)
        numpy.nanvar(x=a, axis, dtype, out, ddof, keepdims)
        tensorflow.math.reduce_variance(x=input_tensor, axis, keepdims, name)
        keras.ops.var(x, axis, keepdims) -keras.backend.var(x, axis, keepdims)
        jax.numpy.var(x=a, axis, dtype, out, ddof, keepdims) jax.numpy.nanvar(x=a, axis, dtype, out, ddof,
        keepdims) jax:.var(axis, dtype, out, ddof, keepdims)
        torch.var(x=input, axis=dim, ddof=correction:1, keepdims=keepdim) torch:.var(axis=dim,
        ddof=correction:1, keepdims=keepdim)
        """,
        compute=_var,
        pullback=_var_back,
        range=ranges.variance,
        runtime="var",
    ),
    row(
        "std(x; axis, keepdims:False, ddof:0, dtype)",
        "reduction",
        """
        numpy.std(x=a, axis, dtype, out, ddof, keepdims) numpy:.std(axis, dtype, out, ddof, keepdims)
        numpy.nanstd(x=a, axis, dtype, out, ddof, keepdims)
        tensorflow.math.reduce_std(x=input_tensor, axis, keepdims, name)
        keras.ops.std(x, axis, keepdims) -keras.backend.std(x, axis, keepdims)
        jax.numpy.std(x=a, axis, dtype, out, ddof, keepdims) jax.numpy.nanstd(x=a, axis, dtype, out, ddof,
        keepdims) jax:.std(axis, dtype, out, ddof, keepdims)
        torch.std(x=input, axis=dim, ddof=correction:1, keepdims=keepdim) torch:.std(axis=dim,
        ddof=correction:1, keepdims=keepdim)
        """,
        compute=lambda xp, x, **attributes: xp.sqrt(_var(xp, x, **attributes)),
        pullback=_std_back,
        range=ranges.spread,
        runtime="std",
    ),
    row(
        "cumsum(x; axis, dtype)",
        "scan",
        """
        numpy.cumsum(x=a, axis, dtype, out) numpy:.cumsum(axis, dtype, out) numpy.add.accumulate(x=array,
        axis:0, dtype, out)
        tensorflow.cumsum(x, axis:0, exclusive, reverse, name) tensorflow.math.cumsum(x, axis:0, exclusive,
        reverse, name)
        keras.ops.cumsum(x, axis, dtype) -keras.backend.cumsum(x, axis:0)
        jax.numpy.cumsum(x=a, axis, dtype, out) jax:.cumsum(axis, dtype, out)
        torch.cumsum(x=input, axis=dim:required, dtype) torch:.cumsum(axis=dim:required, dtype)
        """,
        compute=lambda xp, x, axis=None, **_: xp.cumulative("add", xp.flat(x, axis), axis or 0),
        pullback=_cumsum_back,
        range=ranges.total,
        runtime="Cumsum cumsum add.accumulate",
    ),
    row(
        "cumprod(x; axis, dtype)",
        "scan",
        """
        numpy.cumprod(x=a, axis, dtype, out) numpy:.cumprod(axis, dtype, out)
        tensorflow.math.cumprod(x, axis:0, exclusive, reverse, name) -tensorflow.cumprod(x, axis:0)
        keras.ops.cumprod(x, axis, dtype) -keras.backend.cumprod(x, axis:0)
        jax.numpy.cumprod(x=a, axis, dtype, out) jax:.cumprod(axis, dtype, out)
        torch.cumprod(x=input, axis=dim:required, dtype) torch:.cumprod(axis=dim:required, dtype)
        """,
        compute=lambda xp, x, axis=None, **_: xp.cumulative("multiply", xp.flat(x, axis), axis or 0),
        range=ranges.product,
        runtime="Cumprod cumprod multiply.accumulate",
    ),
)
