"""The ways to read values as sums and as products: each found once for all patterns that are tried."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Generic, TypeVar

from stabcheck.static.graph import Value
from stabcheck.static.normal import ProductParts, SumParts, products, sums

T = TypeVar("T")

_MOST_KEPT = 100  # of a value; what has more is read anew, as far as an attempt goes


class _Kept(Generic[T]):
    """One kind of reading of the values of a module.

    The values are kept with their readings: an attempt makes some, and a later one could get the same id.
    """

    __slots__ = ("_known", "_read")

    def __init__(self, read: Callable[[Value, int], Iterator[T]]) -> None:
        self._known: dict[tuple[int, int], tuple[Value, list[T]]] = {}
        self._read = read

    def __call__(self, value: Value, most: int) -> Iterable[T]:
        """The ways to read `value` in at most so many parts."""
        found = self._known.get((id(value), most))
        if found is None:
            few = list(islice(self._read(value, most), _MOST_KEPT + 1))
            found = self._known[id(value), most] = (value, few)
        return found[1] if len(found[1]) <= _MOST_KEPT else self._read(value, most)


class Readings:
    """What `stabcheck.static.normal` tells of the values of one module."""

    __slots__ = ("products", "sums")

    def __init__(self) -> None:
        self.sums: _Kept[SumParts] = _Kept(sums)
        self.products: _Kept[ProductParts] = _Kept(products)
