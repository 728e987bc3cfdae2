"""Many points at once: one array a leaf, with a leading axis over the points."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from stabcheck.dynamic.problem import Array, Point

Float64 = npt.NDArray[np.float64]


class Stack(Sequence[Point]):
    """Points, kept leaf by leaf in `columns`; as a sequence it gives them one by one, as views."""

    __slots__ = ("columns",)

    def __init__(self, columns: Sequence[Array]) -> None:
        self.columns = tuple(columns)

    @classmethod
    def of(cls, points: Sequence[Point]) -> Stack:
        """Points as they are, or stacked."""
        if isinstance(points, Stack):
            return points
        return cls([np.stack(column) for column in zip(*points, strict=True)])

    def __len__(self) -> int:
        return len(self.columns[0])

    @overload
    def __getitem__(self, index: int) -> Point: ...

    @overload
    def __getitem__(self, index: slice | npt.NDArray[Any]) -> Stack: ...

    def __getitem__(self, index: int | slice | npt.NDArray[Any]) -> Point | Stack:
        if isinstance(index, (int, np.integer)):
            return tuple(column[index, ...] for column in self.columns)
        return Stack([column[index] for column in self.columns])

    def __iter__(self) -> Iterator[Point]:
        return (self[index] for index in range(len(self)))


def joined(stacks: Sequence[Stack]) -> Stack:
    """The points of all stacks, in order."""
    if len(stacks) == 1:
        return stacks[0]
    return Stack([np.concatenate(parts) for parts in zip(*(stack.columns for stack in stacks), strict=True)])


def on_line(point: Point, direction: Sequence[Float64], offsets: Float64) -> Stack:
    """X + t · d for each t of `offsets`, rounded to the dtype of the leaves; what doesn't move is shared."""
    return Stack(
        [
            _column(array, part, offsets)
            if part.any()
            else np.broadcast_to(array, (len(offsets), *array.shape))
            for array, part in zip(point, direction, strict=True)
        ]
    )


def _column(array: Array, part: Float64, offsets: Float64) -> Array:
    with np.errstate(all="ignore"):
        there = offsets.reshape(-1, *[1] * part.ndim) * part
        there += array
        return there.astype(array.dtype, copy=False)


def by_entry(point: Point, entries: Sequence[tuple[int, int]], ends: npt.NDArray[Any]) -> Stack:
    """The points in which one entry (leaf, flat index) is moved by each of its ends, entry after entry.

    `ends` has one row an entry; they are added in the dtype of the leaf.
    """
    sides = ends.shape[1]
    columns = []
    for leaf, array in enumerate(point):
        mine = [(row, flat) for row, (index, flat) in enumerate(entries) if index == leaf]
        if not mine:
            columns.append(np.broadcast_to(array, (sides * len(entries), *array.shape)))
            continue
        rows, flats = (np.asarray(part) for part in zip(*mine, strict=True))
        column = np.repeat(array.reshape(1, -1), sides * len(entries), axis=0)
        for side in range(sides):
            column[sides * rows + side, flats] += ends[rows, side].astype(array.dtype)
        columns.append(column.reshape(-1, *array.shape))
    return Stack(columns)
