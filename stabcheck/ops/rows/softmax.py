"""Normalizers: the shape stays, the entries along an axis are made to add up to something."""

from __future__ import annotations

from typing import Any

from stabcheck.ops import ranges
from stabcheck.ops.interval import NON_POSITIVE, SYMMETRIC_UNIT, UNIT
from stabcheck.ops.row import row


def softmax(xp: Any, x: Any, axis: Any = -1, **_: Any) -> Any:
    """e^x / Σ e^x, the largest entry subtracted first."""
    weights = xp.exp(xp.asarray(x) - xp.max(x, axis, keepdims=True))
    return weights / xp.sum(weights, axis, keepdims=True)


def log_softmax(xp: Any, x: Any, axis: Any = -1, **_: Any) -> Any:
    """The logarithm of softmax, x − log Σ e^x, the largest entry subtracted first."""
    shifted = xp.asarray(x) - xp.max(x, axis, keepdims=True)
    return shifted - xp.log(xp.sum(xp.exp(shifted), axis, keepdims=True))


def _softmax_back(xp: Any, g: Any, r: Any, x: Any, axis: Any = -1, **_: Any) -> tuple[Any]:
    return ((g - xp.sum(xp.multiply(g, r), axis, keepdims=True)) * r,)


def _log_softmax_back(xp: Any, g: Any, r: Any, x: Any, axis: Any = -1, **_: Any) -> tuple[Any]:
    return (g - xp.exp(r) * xp.sum(g, axis, keepdims=True),)


def _l2_normalize(xp: Any, x: Any, axis: Any = -1, epsilon: float = 1e-12, **_: Any) -> Any:
    """x/√max(Σ x², ε)."""
    squares = xp.sum(xp.square(x), axis, keepdims=True)
    return xp.asarray(x) / xp.sqrt(xp.maximum(squares, epsilon))


def _normalize(xp: Any, x: Any, axis: Any = 1, order: float = 2, epsilon: float = 1e-12) -> Any:
    """x/max(‖x‖, ε)."""
    powers = xp.sum(xp.power(xp.absolute(x), float(order)), axis, keepdims=True)
    return xp.asarray(x) / xp.maximum(xp.power(powers, 1.0 / order), epsilon)


def _l2_normalize_back(
    xp: Any, g: Any, r: Any, x: Any, axis: Any = -1, epsilon: float = 1e-12, **_: Any
) -> tuple[Any]:
    squares = xp.sum(xp.square(x), axis, keepdims=True)
    scale = xp.sqrt(xp.maximum(squares, epsilon))
    along = xp.sum(xp.multiply(g, r), axis, keepdims=True)
    return ((g - xp.where(xp.greater_equal(squares, epsilon), along, 0.0) * r) / scale,)


ROWS = (
    row(
        "softmax(x; axis:-1)",
        "normalizer",
        """
        scipy.special.softmax(x, axis:None)
        tensorflow.nn.softmax(x=logits, axis, name) tensorflow.math.softmax(x=logits, axis, name)
        keras.ops.softmax(x, axis) keras.activations.softmax(x, axis) -keras.backend.softmax(x, axis)
        jax.nn.softmax(x, axis) jax.scipy.special.softmax(x, axis:None)
        torch.softmax(x=input, axis=dim:required, dtype) torch.nn.functional.softmax(x=input,
        axis=dim:required, _stacklevel, dtype) torch.special.softmax(x=input, axis=dim:required, dtype)
        torch:.softmax(axis=dim:required, dtype)
        """,
        compute=softmax,
        pullback=_softmax_back,
        range=ranges.always(UNIT),
        runtime="Softmax",
    ),
    row(
        "log_softmax(x; axis:-1)",
        "normalizer",
        """
        scipy.special.log_softmax(x, axis:None)
        tensorflow.nn.log_softmax(x=logits, axis, name) tensorflow.math.log_softmax(x=logits, axis, name)
        keras.ops.log_softmax(x, axis) keras.activations.log_softmax(x, axis)
        jax.nn.log_softmax(x, axis) jax.scipy.special.log_softmax(x, axis:None)
        torch.log_softmax(x=input, axis=dim:required, dtype) torch.nn.functional.log_softmax(x=input,
        axis=dim:required, _stacklevel, dtype) torch.special.log_softmax(x=input, axis=dim:required, dtype)
        torch:.log_softmax(axis=dim:required, dtype)
        """,
        compute=log_softmax,
        pullback=_log_softmax_back,
        range=ranges.always(NON_POSITIVE),
        runtime="LogSoftmax",
    ),
    row(
        "l2_normalize(x; axis:-1, epsilon:1e-12)",
        "normalizer",
        """
        tensorflow.math.l2_normalize(x, axis:None, epsilon, name) tensorflow.nn.l2_normalize(x, axis:None,
        epsilon, name) tensorflow.linalg.l2_normalize(x, axis:None, epsilon, name)
        -keras.backend.l2_normalize(x, axis:None)
        """,
        compute=_l2_normalize,
        pullback=_l2_normalize_back,
        range=ranges.always(SYMMETRIC_UNIT),
    ),
    row(
        "normalize(x; axis:1, order:2, epsilon:1e-12)",
        "normalizer",
        """
        torch.nn.functional.normalize(x=input, order=p, axis=dim, epsilon=eps)
        keras.ops.normalize(x, axis:-1, order, epsilon)
        """,
        compute=_normalize,
        range=ranges.always(SYMMETRIC_UNIT),
    ),
)
