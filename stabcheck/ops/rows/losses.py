"""Losses of predicted values. Targets come first, as in Keras."""

from __future__ import annotations

from typing import Any

from stabcheck.ops import ranges
from stabcheck.ops.interval import NON_NEGATIVE, Interval
from stabcheck.ops.loss import loss
from stabcheck.ops.row import row

_LOSS = ranges.always(NON_NEGATIVE)


def _log_cosh(xp: Any, y: Any, z: Any) -> Any:
    """|e| + log(1 + e^−2|e|) − log 2."""
    size = xp.absolute(z - y)
    return size + xp.log1p(xp.exp(-2.0 * size)) - xp.log(2.0)


def _huber(xp: Any, y: Any, z: Any, delta: float = 1.0, **_: Any) -> Any:
    size = xp.absolute(z - y)
    return xp.where(xp.less_equal(size, delta), 0.5 * size * size, delta * size - 0.5 * delta * delta)


def _huber_slope(xp: Any, y: Any, z: Any, delta: float = 1.0, **_: Any) -> Any:
    return xp.clip(z - y, -delta, delta)


ROWS = (
    loss(
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
    loss(
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
    loss(
        "log_cosh(labels, predictions; reduction)",
        """
        keras.losses.log_cosh(labels=y_true, predictions=y_pred, reduction=:'last')
        keras.metrics.log_cosh(labels=y_true, predictions=y_pred, reduction=:'last')
        """,
        _log_cosh,
        (lambda xp, y, z: xp.tanh(y - z), lambda xp, y, z: xp.tanh(z - y)),
        range=_LOSS,
    ),
    loss(
        "huber(labels, predictions; delta:1.0, reduction)",
        """
        keras.losses.huber(labels=y_true, predictions=y_pred, delta, reduction=:'last')
        torch.nn.functional.huber_loss(predictions=input, labels=target, reduction:'mean', delta, weight)
        """,
        _huber,
        (lambda xp, y, z, **attributes: -_huber_slope(xp, y, z, **attributes), _huber_slope),
        range=_LOSS,
    ),
    loss(
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
    loss(
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
