"""Cross entropies and divergences, of logits and of probabilities. Targets come first, as in Keras."""

from __future__ import annotations

from typing import Any

from stabcheck.ops import ranges
from stabcheck.ops.interval import NON_NEGATIVE, REAL, UNIT, Interval
from stabcheck.ops.loss import loss, reduced
from stabcheck.ops.row import row
from stabcheck.ops.rows.exponential import sigmoid
from stabcheck.ops.rows.softmax import log_softmax, softmax

_LOSS = ranges.always(NON_NEGATIVE)


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


def _of_probabilities(labels: Interval, *_others: Interval, **_: object) -> Interval:
    """A cross entropy is not negative if its targets are probabilities."""
    return NON_NEGATIVE if labels.lower >= 0 and labels.upper <= 1 else REAL


ROWS = (
    loss(
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
    loss(
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
    loss(
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
        compute=lambda xp, labels, logits, reduction=None, **_: reduced(
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
        compute=lambda xp, labels, log_probabilities, reduction=None, **_: reduced(
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
        compute=lambda xp, labels, log_probabilities, reduction=None, log_target=False: reduced(
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
)
