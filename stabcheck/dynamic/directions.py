"""Directions in which an argument is perturbed."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
import numpy.typing as npt

from stabcheck.dynamic.problem import Leaf
from stabcheck.dynamic.sampling import Direction

Float64 = npt.NDArray[np.float64]


def scale_of(value: npt.NDArray[Any]) -> Float64:
    """How far an entry is moved to count as moved by its own size: |x|, but no less than the median.

    Zeros take the median of the entries that are not zero, and 1 if there are none.
    """
    size = np.abs(value.astype(np.float64))
    nonzero = size[size > 0]
    return np.maximum(size, _median(nonzero) if nonzero.size else 1.0)


def _median(sizes: Float64) -> float:
    """The median of one or more numbers: `np.median` takes thirty times as long for a few of them."""
    middle = sizes.size // 2
    ordered = np.partition(sizes, (middle - 1, middle) if sizes.size > 1 else 0)
    if sizes.size % 2:
        return float(ordered[middle])
    return (float(ordered[middle - 1]) + float(ordered[middle])) / 2


def own_scale_of(value: npt.NDArray[Any]) -> Float64:
    """As `scale_of`, but an entry that is not zero moves by its own size: it stays in the domain of log."""
    size = np.abs(value.astype(np.float64))
    return np.where(size > 0, size, scale_of(value))


def signed_magnitudes(shape: tuple[int, ...], rng: np.random.Generator) -> Float64:
    """±U[0.5, 1.5]: no entry nearly zero (as with normal ones), no two equal (which would hide a tie)."""
    return np.asarray(rng.choice([-1.0, 1.0], shape) * rng.uniform(0.5, 1.5, shape))


def draw(leaves: tuple[Leaf, ...], rng: np.random.Generator) -> Direction:
    """A random direction over all varied leaves."""
    return tuple(
        signed_magnitudes(leaf.value.shape, rng) * scale_of(leaf.value)
        if leaf.varied
        else np.zeros(leaf.value.shape)
        for leaf in leaves
    )


def shortened(direction: Direction, leaves: tuple[Leaf, ...]) -> Direction:
    """The direction with every entry within the entry's own size (`own_scale_of`)."""
    return tuple(
        part / scale_of(leaf.value) * own_scale_of(leaf.value) if leaf.varied else part
        for part, leaf in zip(direction, leaves, strict=True)
    )


def mirrored(direction: Direction, leaves: Collection[int]) -> Direction:
    """The direction with the matrices of some leaves made symmetric: their upper triangles count."""
    return tuple(
        np.triu(part) + np.swapaxes(np.triu(part, 1), -1, -2) if index in leaves else part
        for index, part in enumerate(direction)
    )


def restricted(direction: Direction, masks: dict[int, npt.NDArray[np.bool_]]) -> Direction:
    """The direction on the entries that the masks select, leaf by leaf; zero elsewhere."""
    return tuple(
        np.where(masks[index], part, 0.0) if index in masks else np.zeros(part.shape)
        for index, part in enumerate(direction)
    )


def only(direction: Direction, index: int) -> Direction:
    """The direction on one leaf."""
    return tuple(part if place == index else np.zeros(part.shape) for place, part in enumerate(direction))


def along_entry(leaves: tuple[Leaf, ...], index: int, entry: int, length: float) -> Direction:
    """The direction of one entry (a flat index) of one leaf, of the given length."""
    parts = [np.zeros(leaf.value.shape) for leaf in leaves]
    parts[index].reshape(-1)[entry] = length
    return tuple(parts)
