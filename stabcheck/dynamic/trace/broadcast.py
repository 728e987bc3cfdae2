"""How the shapes of two operands were broadcast, and whether that looks like an accident."""

from __future__ import annotations

from math import prod

from stabcheck.dynamic.trace.event import BroadcastKind

Shape = tuple[int, ...]


def broadcast_kind(first: Shape, second: Shape) -> BroadcastKind | None:
    """Classify the broadcast of two operands; None if their shapes agree or can't be broadcast.

    - `scalar`: one of them has a single entry (and no more axes than the other);
    - `keepdims`: equal ranks, only one operand grows: (n, 1) onto (n, m);
    - `rank-expanding`: one operand gets leading axes and is the only one to grow: (m,) onto (n, m), a bias;
    - `outer`: both grow: (n, 1) with (n,) makes (n, n).
    """
    if first == second:
        return None
    rank = max(len(first), len(second))
    a, b = _pad(first, rank), _pad(second, rank)
    if any(x != y and 1 not in (x, y) for x, y in zip(a, b, strict=True)):
        return None
    if (prod(first) == 1 and len(first) <= len(second)) or (prod(second) == 1 and len(second) <= len(first)):
        return "scalar"
    result = tuple(y if x == 1 else x for x, y in zip(a, b, strict=True))
    if result not in (a, b):
        return "outer"
    return "keepdims" if len(first) == len(second) else "rank-expanding"


def accidental(first: Shape, second: Shape) -> bool:
    """Whether an outer broadcast looks like a column meeting a vector of the same length.

    Of equal rank, (n, 1) with (1, m), someone placed the axes; a column with a vector of another length
    can't have been meant entry by entry. What remains, (n, 1) with (n,), is how a loss over n samples
    silently becomes one over n² pairs.
    """
    if broadcast_kind(first, second) != "outer" or len(first) == len(second):
        return False
    short, long = sorted((first, second), key=len)
    return long[-1] == 1 and short[-1] == long[-2] and all(n == 1 for n in short[:-1])


def _pad(shape: Shape, rank: int) -> Shape:
    return (1,) * (rank - len(shape)) + shape
