"""How a loss is described: an entry, its two derivatives, and the reduction that some libraries apply.

`reduction` is None for the entries themselves, "mean" and "sum" over all of them (PyTorch), "last" for the
mean over the last axis (Keras). Targets come first, as in Keras.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from stabcheck.ops.operation import Operation
from stabcheck.ops.row import row


def reduced(xp: Any, entries: Any, reduction: Any) -> Any:
    """The loss of all entries."""
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


def loss(
    signature: str,
    spellings: str,
    entry: Callable[..., Any],
    slopes: tuple[Callable[..., Any], Callable[..., Any]],
    **fields: Any,
) -> Operation:
    """A loss that is `entry(xp, target, output, **attributes)` of each entry, with its derivatives."""

    def compute(xp: Any, target: Any, output: Any, reduction: Any = None, **attributes: Any) -> Any:
        return reduced(xp, entry(xp, xp.asarray(target), xp.asarray(output), **attributes), reduction)

    def pullback(
        xp: Any, g: Any, r: Any, target: Any, output: Any, reduction: Any = None, **attributes: Any
    ) -> tuple[Any, ...]:
        y, z = xp.asarray(target), xp.asarray(output)
        g = _spread(xp, g, xp.shape(xp.add(y, z)), reduction)
        return tuple(xp.multiply(g, slope(xp, y, z, **attributes)) for slope in slopes)

    return row(signature, "loss", spellings, compute=compute, pullback=pullback, **fields)
