"""Losses; the reduction that some libraries apply to the entries is the attribute `reduction`.

Targets come first, as in Keras; the logits or probabilities second.
"""

from __future__ import annotations

from typing import Any

from stabcheck.ops import ranges
from stabcheck.ops.interval import NON_NEGATIVE, UNIT, Interval
from stabcheck.ops.row import row
from stabcheck.ops.rows.exponential import sigmoid
from stabcheck.ops.rows.softmax import log_softmax

_LOSS = ranges.always(NON_NEGATIVE)


def _binary_cross_entropy(xp: Any, labels: Any, probabilities: Any, **_: Any) -> Any:
    y, p = xp.asarray(labels), xp.asarray(probabilities)
    return -(y * xp.log(p) + (1.0 - y) * xp.log1p(-p))


def _sigmoid_cross_entropy(xp: Any, labels: Any, logits: Any, **_: Any) -> Any:
    """max(z, 0) − z·y + log(1 + e^−|z|)."""
    y, z = xp.asarray(labels), xp.asarray(logits)
    return xp.maximum(z, 0.0) - z * y + xp.log1p(xp.exp(-xp.absolute(z)))


def _softmax_cross_entropy(xp: Any, labels: Any, logits: Any, axis: int = -1, **_: Any) -> Any:
    return -xp.sum(xp.multiply(labels, log_softmax(xp, logits, axis)), axis)


def _log_cosh(xp: Any, error: Any) -> Any:
    """|e| + log(1 + e^−2|e|) − log 2."""
    size = xp.absolute(error)
    return size + xp.log1p(xp.exp(-2.0 * size)) - xp.log(2.0)


def _huber(xp: Any, labels: Any, predictions: Any, delta: float = 1.0, **_: Any) -> Any:
    size = xp.absolute(xp.subtract(predictions, labels))
    return xp.where(xp.less_equal(size, delta), 0.5 * size * size, delta * size - 0.5 * delta * delta)


def _mean_over(xp: Any, loss: Any, reduction: Any) -> Any:
    """What `reduction` makes of the entries: Keras means over the last axis, PyTorch over all of them."""
    if reduction == "last":
        return xp.mean(loss, -1)
    return xp.mean(loss) if reduction == "mean" else xp.sum(loss) if reduction == "sum" else loss


def _of_error(formula: Any) -> Any:
    def compute(xp: Any, labels: Any, predictions: Any, reduction: Any = None, **_: Any) -> Any:
        return _mean_over(xp, formula(xp, xp.subtract(predictions, labels)), reduction)

    return compute


ROWS = (
    row(
        "sigmoid_cross_entropy(labels, logits; reduction, weight, pos_weight)",
        "loss",
        """
        tensorflow.nn.sigmoid_cross_entropy_with_logits(labels, logits, name)
        torch.nn.functional.binary_cross_entropy_with_logits(logits=input, labels=target, weight,
        size_average, reduce, reduction:'mean', pos_weight)
        torch.binary_cross_entropy_with_logits(logits=input, labels=target, weight, pos_weight,
        reduction:'mean')
        """,
        compute=lambda xp, labels, logits, reduction=None, **_: _mean_over(
            xp, _sigmoid_cross_entropy(xp, labels, logits), reduction
        ),
        partials=(
            lambda xp, r, labels, logits, **_: -xp.asarray(logits),
            lambda xp, r, labels, logits, **_: sigmoid(xp, logits) - xp.asarray(labels),
        ),
    ),
    row(
        "weighted_cross_entropy(labels, logits; pos_weight)",
        "loss",
        "tensorflow.nn.weighted_cross_entropy_with_logits(labels, logits, pos_weight, name)",
    ),
    row(
        "binary_cross_entropy(labels, probabilities; reduction, from_logits:False, label_smoothing, weight)",
        "loss",
        """
        keras.ops.binary_crossentropy(labels=target, probabilities=output, from_logits)
        keras.losses.binary_crossentropy(labels=y_true, probabilities=y_pred, from_logits, label_smoothing,
        axis, reduction=:'last') keras.metrics.binary_crossentropy(labels=y_true, probabilities=y_pred,
        from_logits, label_smoothing, axis, reduction=:'last')
        -keras.backend.binary_crossentropy(labels=target, probabilities=output, from_logits)
        torch.nn.functional.binary_cross_entropy(probabilities=input, labels=target, weight, size_average,
        reduce, reduction:'mean')
        """,
        compute=lambda xp, labels, probabilities, reduction=None, from_logits=False, **_: _mean_over(
            xp,
            _sigmoid_cross_entropy(xp, labels, probabilities)
            if from_logits
            else _binary_cross_entropy(xp, labels, probabilities),
            reduction,
        ),
        domain=(UNIT, UNIT),
        range=ranges.always(Interval()),
    ),
    row(
        "softmax_cross_entropy(labels, logits; axis:-1, reduction)",
        "loss",
        """
        tensorflow.nn.softmax_cross_entropy_with_logits(labels, logits, axis, name)
        -tensorflow.nn.softmax_cross_entropy_with_logits_v2(labels, logits, axis, name, dim)
        """,
        compute=_softmax_cross_entropy,
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
        runtime="SparseSoftmaxCrossEntropyWithLogits",
    ),
    row(
        "categorical_cross_entropy(labels, probabilities; axis:-1, from_logits:False, label_smoothing:0.0)",
        "loss",
        """
        keras.ops.categorical_crossentropy(labels=target, probabilities=output, from_logits, axis)
        keras.losses.categorical_crossentropy(labels=y_true, probabilities=y_pred, from_logits,
        label_smoothing, axis) keras.metrics.categorical_crossentropy(labels=y_true, probabilities=y_pred,
        from_logits, label_smoothing, axis) -keras.backend.categorical_crossentropy(labels=target,
        probabilities=output, from_logits, axis)
        """,
        compute=lambda xp, labels, probabilities, axis=-1, from_logits=False, **_: (
            _softmax_cross_entropy(xp, labels, probabilities, axis)
            if from_logits
            else -xp.sum(
                xp.multiply(
                    labels, xp.log(xp.divide(probabilities, xp.sum(probabilities, axis, keepdims=True)))
                ),
                axis,
            )
        ),
        domain=(UNIT, NON_NEGATIVE),
    ),
    row(
        "sparse_categorical_cross_entropy(labels, probabilities; axis:-1, from_logits:False)",
        "loss",
        """
        keras.ops.sparse_categorical_crossentropy(labels=target, probabilities=output, from_logits, axis)
        keras.losses.sparse_categorical_crossentropy(labels=y_true, probabilities=y_pred, from_logits,
        ignore_class, axis) keras.metrics.sparse_categorical_crossentropy(labels=y_true,
        probabilities=y_pred, from_logits, ignore_class, axis)
        -keras.backend.sparse_categorical_crossentropy(labels=target, probabilities=output, from_logits,
        axis)
        """,
        domain=(Interval(), UNIT),
    ),
    row(
        "nll_loss(labels, log_probabilities; reduction, weight)",
        "loss",
        """
        torch.nn.functional.nll_loss(log_probabilities=input, labels=target, weight, size_average,
        ignore_index, reduce, reduction:'mean')
        """,
    ),
    row(
        "kl_div(labels, log_probabilities; reduction, log_target:False)",
        "loss",
        """
        torch.nn.functional.kl_div(log_probabilities=input, labels=target, size_average, reduce,
        reduction:'mean', log_target)
        """,
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
    row(
        "mean_squared_error(labels, predictions; reduction)",
        "loss",
        """
        keras.losses.mean_squared_error(labels=y_true, predictions=y_pred, reduction=:'last')
        keras.metrics.mean_squared_error(labels=y_true, predictions=y_pred, reduction=:'last')
        torch.nn.functional.mse_loss(predictions=input, labels=target, size_average, reduce,
        reduction:'mean')
        """,
        compute=_of_error(lambda xp, error: xp.square(error)),
        range=_LOSS,
    ),
    row(
        "mean_absolute_error(labels, predictions; reduction)",
        "loss",
        """
        keras.losses.mean_absolute_error(labels=y_true, predictions=y_pred, reduction=:'last')
        keras.metrics.mean_absolute_error(labels=y_true, predictions=y_pred, reduction=:'last')
        torch.nn.functional.l1_loss(predictions=input, labels=target, size_average, reduce,
        reduction:'mean')
        """,
        compute=_of_error(lambda xp, error: xp.absolute(error)),
        range=_LOSS,
    ),
    row(
        "log_cosh(labels, predictions; reduction)",
        "loss",
        """
        keras.losses.log_cosh(labels=y_true, predictions=y_pred, reduction=:'last')
        keras.metrics.log_cosh(labels=y_true, predictions=y_pred, reduction=:'last')
        """,
        compute=_of_error(_log_cosh),
        range=_LOSS,
    ),
    row(
        "huber(labels, predictions; delta:1.0, reduction)",
        "loss",
        """
        keras.losses.huber(labels=y_true, predictions=y_pred, delta, reduction=:'last')
        torch.nn.functional.huber_loss(predictions=input, labels=target, reduction:'mean', delta, weight)
        """,
        compute=lambda xp, labels, predictions, delta=1.0, reduction=None: _mean_over(
            xp, _huber(xp, labels, predictions, delta), reduction
        ),
        range=_LOSS,
    ),
    row(
        "hinge(labels, predictions)",
        "loss",
        """
        keras.losses.hinge(labels=y_true, predictions=y_pred) keras.metrics.hinge(labels=y_true,
        predictions=y_pred)
        """,
        range=_LOSS,
    ),
    row(
        "poisson(labels, predictions)",
        "loss",
        """
        keras.losses.poisson(labels=y_true, predictions=y_pred) keras.metrics.poisson(labels=y_true,
        predictions=y_pred)
        """,
    ),
    row(
        "cosine_similarity(x, y; axis:-1, epsilon:1e-8)",
        "reduction",
        """
        torch.cosine_similarity(x=x1, y=x2, axis=dim:1, epsilon=eps)
        torch.nn.functional.cosine_similarity(x=x1, y=x2, axis=dim:1, epsilon=eps)
        """,
        range=ranges.always(Interval(-1.0, 1.0)),
        commutative=True,
    ),
)
