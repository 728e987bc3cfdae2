"""Losses; the reduction that some libraries apply to the entries is the attribute `reduction`.

Targets come first, as in Keras; the logits or probabilities second. `reduction` is None for the entries
themselves, "mean" and "sum" over all of them (PyTorch), "last" for the mean over the last axis (Keras).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from stabcheck.ops import ranges
from stabcheck.ops.interval import NON_NEGATIVE, REAL, UNIT, Interval
from stabcheck.ops.operation import Operation
from stabcheck.ops.row import row
from stabcheck.ops.rows.exponential import sigmoid
from stabcheck.ops.rows.softmax import log_softmax, softmax

_LOSS = ranges.always(NON_NEGATIVE)


def _reduced(xp: Any, entries: Any, reduction: Any) -> Any:
    if reduction == "last":
        return xp.mean(entries, -1)
    return xp.mean(entries) if reduction == "mean" else xp.sum(entries) if reduction == "sum" else entries


def _spread(xp: Any, g: Any, shape: tuple[int, ...], reduction: Any) -> Any:
    """The cotangent of each entry, from that of the reduced loss."""
    if reduction == "last":
        return xp.expand(g, shape, -1, False) / float(shape[-1])
    if reduction in ("mean", "sum"):
        whole = xp.expand(g, shape, None, False)
        return whole / float(xp.count(whole)) if reduction == "mean" else whole
    return g


def _loss(
    signature: str,
    spellings: str,
    entry: Callable[..., Any],
    slopes: tuple[Callable[..., Any], Callable[..., Any]],
    **fields: Any,
) -> Operation:
    """A loss that is `entry(xp, target, output, **attributes)` of each entry, with its derivatives."""

    def compute(xp: Any, target: Any, output: Any, reduction: Any = None, **attributes: Any) -> Any:
        return _reduced(xp, entry(xp, xp.asarray(target), xp.asarray(output), **attributes), reduction)

    def pullback(
        xp: Any, g: Any, r: Any, target: Any, output: Any, reduction: Any = None, **attributes: Any
    ) -> tuple[Any, ...]:
        y, z = xp.asarray(target), xp.asarray(output)
        g = _spread(xp, g, xp.shape(xp.add(y, z)), reduction)
        return tuple(xp.multiply(g, slope(xp, y, z, **attributes)) for slope in slopes)

    return row(signature, "loss", spellings, compute=compute, pullback=pullback, **fields)


def _sigmoid_cross_entropy(xp: Any, y: Any, z: Any, **_: Any) -> Any:
    """max(z, 0) − z·y + log(1 + e^−|z|)."""
    return xp.maximum(z, 0.0) - z * y + xp.log1p(xp.exp(-xp.absolute(z)))


def _weighted_cross_entropy(xp: Any, y: Any, z: Any, pos_weight: Any = 1.0) -> Any:
    weight = 1.0 + (xp.asarray(pos_weight) - 1.0) * y
    return (1.0 - y) * z + weight * xp.logaddexp(0.0, -z)


def _binary_cross_entropy(xp: Any, y: Any, p: Any, from_logits: bool = False, **_: Any) -> Any:
    if from_logits:
        return _sigmoid_cross_entropy(xp, y, p)
    return -(y * xp.log(p) + (1.0 - y) * xp.log1p(-p))


def _binary_slopes(xp: Any, y: Any, p: Any, from_logits: bool = False, **_: Any) -> tuple[Any, Any]:
    if from_logits:
        return -p, sigmoid(xp, p) - y
    return xp.log1p(-p) - xp.log(p), (1.0 - y) / (1.0 - p) - y / p


def _softmax_cross_entropy(xp: Any, labels: Any, logits: Any, axis: int = -1, **_: Any) -> Any:
    return -xp.sum(xp.multiply(labels, log_softmax(xp, logits, axis)), axis)


def _softmax_cross_entropy_back(
    xp: Any, g: Any, r: Any, labels: Any, logits: Any, axis: int = -1, **_: Any
) -> tuple[Any, Any]:
    g = xp.expand(g, xp.shape(logits), axis, False)
    share = softmax(xp, logits, axis) * xp.sum(labels, axis, keepdims=True) - xp.asarray(labels)
    return -g * log_softmax(xp, logits, axis), g * share


def _categorical_cross_entropy(
    xp: Any, labels: Any, probabilities: Any, axis: int = -1, from_logits: bool = False, **_: Any
) -> Any:
    """Probabilities are divided by their sum first, as Keras does."""
    if from_logits:
        return _softmax_cross_entropy(xp, labels, probabilities, axis)
    shares = xp.divide(probabilities, xp.sum(probabilities, axis, keepdims=True))
    return -xp.sum(xp.multiply(labels, xp.log(shares)), axis)


def _log_cosh(xp: Any, y: Any, z: Any) -> Any:
    """|e| + log(1 + e^−2|e|) − log 2."""
    size = xp.absolute(z - y)
    return size + xp.log1p(xp.exp(-2.0 * size)) - xp.log(2.0)


def _huber(xp: Any, y: Any, z: Any, delta: float = 1.0, **_: Any) -> Any:
    size = xp.absolute(z - y)
    return xp.where(xp.less_equal(size, delta), 0.5 * size * size, delta * size - 0.5 * delta * delta)


def _huber_slope(xp: Any, y: Any, z: Any, delta: float = 1.0, **_: Any) -> Any:
    return xp.clip(z - y, -delta, delta)


def _of_probabilities(labels: Interval, *_others: Interval, **_: object) -> Interval:
    """A cross entropy is not negative if its targets are probabilities."""
    return NON_NEGATIVE if labels.lower >= 0 and labels.upper <= 1 else REAL


ROWS = (
    _loss(
        "sigmoid_cross_entropy(labels, logits; reduction, weight, pos_weight)",
        """
        tensorflow.nn.sigmoid_cross_entropy_with_logits(labels, logits, name)
        torch.nn.functional.binary_cross_entropy_with_logits(logits=input, labels=target, weight,
        size_average, reduce, reduction:'mean', pos_weight)
        """,
        _sigmoid_cross_entropy,
        (lambda xp, y, z, **_: -z, lambda xp, y, z, **_: sigmoid(xp, z) - y),
        range=_of_probabilities,
    ),
    _loss(
        "weighted_cross_entropy(labels, logits; pos_weight, reduction)",
        "tensorflow.nn.weighted_cross_entropy_with_logits(labels, logits, pos_weight, name)",
        _weighted_cross_entropy,
        (
            lambda xp, y, z, pos_weight=1.0: (xp.asarray(pos_weight) - 1.0) * xp.logaddexp(0.0, -z) - z,
            lambda xp, y, z, pos_weight=1.0: (
                (1.0 - y) - (1.0 + (xp.asarray(pos_weight) - 1.0) * y) * sigmoid(xp, -z)
            ),
        ),
    ),
    _loss(
        "binary_cross_entropy(labels, probabilities; reduction, from_logits:False, label_smoothing:0.0)",
        """
        keras.ops.binary_crossentropy(labels=target, probabilities=output, from_logits)
        keras.losses.binary_crossentropy(labels=y_true, probabilities=y_pred, from_logits, label_smoothing,
        axis, reduction=:'last')
        keras.metrics.binary_crossentropy(labels=y_true, probabilities=y_pred, from_logits, label_smoothing,
        axis, reduction=:'last')
        -keras.backend.binary_crossentropy(labels=target, probabilities=output, from_logits)
        torch.nn.functional.binary_cross_entropy(probabilities=input, labels=target, weight, size_average,
        reduce, reduction:'mean')
        """,
        _binary_cross_entropy,
        (
            lambda xp, y, p, **attributes: _binary_slopes(xp, y, p, **attributes)[0],
            lambda xp, y, p, **attributes: _binary_slopes(xp, y, p, **attributes)[1],
        ),
        domain=(UNIT, UNIT),
        range=_of_probabilities,
    ),
    row(
        "softmax_cross_entropy(labels, logits; axis:-1)",
        "loss",
        """
        tensorflow.nn.softmax_cross_entropy_with_logits(labels, logits, axis, name)
        -tensorflow.nn.softmax_cross_entropy_with_logits_v2(labels, logits, axis, name, dim)
        """,
        compute=_softmax_cross_entropy,
        pullback=_softmax_cross_entropy_back,
        range=_of_probabilities,
        runtime="SoftmaxCrossEntropyWithLogits",
    ),
    row(
        "sparse_softmax_cross_entropy(labels, logits; reduction, weight, label_smoothing)",
        "loss",
        """
        tensorflow.nn.sparse_softmax_cross_entropy_with_logits(labels, logits, name)
        torch.nn.functional.cross_entropy(logits=input, labels=target, weight, size_average, ignore_index,
        reduce, reduction:'mean', label_smoothing)
        """,
        compute=lambda xp, labels, logits, reduction=None, **_: _reduced(
            xp, -xp.pick(log_softmax(xp, logits), labels), reduction
        ),
        range=_LOSS,
        runtime="SparseSoftmaxCrossEntropyWithLogits",
    ),
    row(
        "categorical_cross_entropy(labels, probabilities; axis:-1, from_logits:False, label_smoothing:0.0)",
        "loss",
        """
        keras.ops.categorical_crossentropy(labels=target, probabilities=output, from_logits, axis)
        keras.losses.categorical_crossentropy(labels=y_true, probabilities=y_pred, from_logits,
        label_smoothing, axis)
        keras.metrics.categorical_crossentropy(labels=y_true, probabilities=y_pred, from_logits,
        label_smoothing, axis)
        -keras.backend.categorical_crossentropy(labels=target, probabilities=output, from_logits, axis)
        """,
        compute=_categorical_cross_entropy,
        range=_of_probabilities,
        domain=(UNIT, NON_NEGATIVE),
    ),
    row(
        "sparse_categorical_cross_entropy(labels, probabilities; axis:-1, from_logits:False)",
        "loss",
        """
        keras.ops.sparse_categorical_crossentropy(labels=target, probabilities=output, from_logits, axis)
        keras.losses.sparse_categorical_crossentropy(labels=y_true, probabilities=y_pred, from_logits,
        ignore_class, axis)
        keras.metrics.sparse_categorical_crossentropy(labels=y_true, probabilities=y_pred, from_logits,
        ignore_class, axis)
        -keras.backend.sparse_categorical_crossentropy(labels=target, probabilities=output, from_logits, axis)
        """,
        compute=lambda xp, labels, probabilities, from_logits=False, **_: (
            -xp.pick(
                log_softmax(xp, probabilities)
                if from_logits
                else xp.log(xp.divide(probabilities, xp.sum(probabilities, -1, keepdims=True))),
                labels,
            )
        ),
        range=_LOSS,
        domain=(Interval(), UNIT),
    ),
    row(
        "nll_loss(labels, log_probabilities; reduction, weight)",
        "loss",
        """
        torch.nn.functional.nll_loss(log_probabilities=input, labels=target, weight, size_average,
        ignore_index, reduce, reduction:'mean')
        """,
        compute=lambda xp, labels, log_probabilities, reduction=None, **_: _reduced(
            xp, -xp.pick(log_probabilities, labels), reduction
        ),
        range=lambda labels, log_probabilities, **_: ranges.negate(log_probabilities),
    ),
    row(
        "kl_div(labels, log_probabilities; reduction, log_target:False)",
        "loss",
        """
        torch.nn.functional.kl_div(log_probabilities=input, labels=target, size_average, reduce,
        reduction:'mean', log_target)
        """,
        compute=lambda xp, labels, log_probabilities, reduction=None, log_target=False: _reduced(
            xp,
            xp.exp(labels) * xp.subtract(labels, log_probabilities)
            if log_target
            else xp.multiply(labels, xp.subtract(xp.log(labels), log_probabilities)),
            reduction,
        ),
        domain=(UNIT, Interval()),
    ),
    row(
        "kl_divergence(labels, probabilities)",
        "loss",
        """
        keras.losses.kl_divergence(labels=y_true, probabilities=y_pred)
        keras.metrics.kl_divergence(labels=y_true, probabilities=y_pred)
        """,
        compute=lambda xp, labels, probabilities: xp.sum(
            xp.multiply(labels, xp.log(xp.divide(labels, probabilities))), -1
        ),
        domain=(UNIT, UNIT),
    ),
    _loss(
        "mean_squared_error(labels, predictions; reduction)",
        """
        keras.losses.mean_squared_error(labels=y_true, predictions=y_pred, reduction=:'last')
        keras.metrics.mean_squared_error(labels=y_true, predictions=y_pred, reduction=:'last')
        torch.nn.functional.mse_loss(predictions=input, labels=target, size_average, reduce,
        reduction:'mean')
        """,
        lambda xp, y, z: xp.square(z - y),
        (lambda xp, y, z: 2.0 * (y - z), lambda xp, y, z: 2.0 * (z - y)),
        range=_LOSS,
    ),
    _loss(
        "mean_absolute_error(labels, predictions; reduction)",
        """
        keras.losses.mean_absolute_error(labels=y_true, predictions=y_pred, reduction=:'last')
        keras.metrics.mean_absolute_error(labels=y_true, predictions=y_pred, reduction=:'last')
        torch.nn.functional.l1_loss(predictions=input, labels=target, size_average, reduce,
        reduction:'mean')
        """,
        lambda xp, y, z: xp.absolute(z - y),
        (lambda xp, y, z: xp.sign(y - z), lambda xp, y, z: xp.sign(z - y)),
        range=_LOSS,
    ),
    _loss(
        "log_cosh(labels, predictions; reduction)",
        """
        keras.losses.log_cosh(labels=y_true, predictions=y_pred, reduction=:'last')
        keras.metrics.log_cosh(labels=y_true, predictions=y_pred, reduction=:'last')
        """,
        _log_cosh,
        (lambda xp, y, z: xp.tanh(y - z), lambda xp, y, z: xp.tanh(z - y)),
        range=_LOSS,
    ),
    _loss(
        "huber(labels, predictions; delta:1.0, reduction)",
        """
        keras.losses.huber(labels=y_true, predictions=y_pred, delta, reduction=:'last')
        torch.nn.functional.huber_loss(predictions=input, labels=target, reduction:'mean', delta, weight)
        """,
        _huber,
        (lambda xp, y, z, **attributes: -_huber_slope(xp, y, z, **attributes), _huber_slope),
        range=_LOSS,
    ),
    _loss(
        "hinge(labels, predictions; reduction)",
        """
        keras.losses.hinge(labels=y_true, predictions=y_pred, reduction=:'last')
        keras.metrics.hinge(labels=y_true, predictions=y_pred, reduction=:'last')
        """,
        lambda xp, y, z: xp.maximum(1.0 - y * z, 0.0),
        (
            lambda xp, y, z: xp.where(xp.less(y * z, 1.0), -z, 0.0),
            lambda xp, y, z: xp.where(xp.less(y * z, 1.0), -y, 0.0),
        ),
        range=_LOSS,
    ),
    _loss(
        "poisson(labels, predictions; reduction)",
        """
        keras.losses.poisson(labels=y_true, predictions=y_pred, reduction=:'last')
        keras.metrics.poisson(labels=y_true, predictions=y_pred, reduction=:'last')
        """,
        lambda xp, y, z: z - y * xp.log(z),
        (lambda xp, y, z: -xp.log(z), lambda xp, y, z: 1.0 - y / z),
        domain=(NON_NEGATIVE, NON_NEGATIVE),
    ),
    row(
        "cosine_similarity(x, y; axis:-1, epsilon:1e-8)",
        "reduction",
        """
        torch.cosine_similarity(x=x1, y=x2, axis=dim:1, epsilon=eps)
        torch.nn.functional.cosine_similarity(x=x1, y=x2, axis=dim:1, epsilon=eps)
        """,
        compute=lambda xp, x, y, axis=-1, epsilon=1e-8: (
            xp.sum(xp.multiply(x, y), axis)
            / (
                xp.maximum(xp.sqrt(xp.sum(xp.square(x), axis)), epsilon)
                * xp.maximum(xp.sqrt(xp.sum(xp.square(y), axis)), epsilon)
            )
        ),
        range=ranges.always(Interval(-1.0, 1.0)),
        commutative=True,
    ),
)
