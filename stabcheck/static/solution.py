"""What a pattern has found: values for its names, the nodes that it covers, what is left beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from stabcheck.static.graph import Value
from stabcheck.static.normal import key


@dataclass(frozen=True, slots=True)
class Rest:
    """What stands beside the matched part of a product: powers of values and a number."""

    factors: tuple[tuple[Value, float], ...] = ()
    coefficient: float = 1.0


class Solution(NamedTuple):
    """One way in which a pattern, or the part of it that has been tried, fits a value.

    A tuple, since each step of an attempt makes one.
    """

    bindings: Mapping[str, Value] = MappingProxyType({})
    inside: tuple[int, ...] = ()
    reshaped: bool = False
    rest: Rest = Rest()

    def bound(self, name: str, value: Value) -> Solution | None:
        """With `name` standing for `value`; None if it stands for something else already."""
        known = self.bindings.get(name)
        if known is None:
            return Solution({**self.bindings, name: value}, self.inside, self.reshaped, self.rest)
        return self if known is value or key(known) == key(value) else None

    def entered(self, *nodes: Value) -> Solution:
        """With `nodes` among those that the pattern covers."""
        return Solution(self.bindings, (*self.inside, *map(id, nodes)), self.reshaped, self.rest)

    def beside(self, rest: Rest) -> Solution:
        """With `rest` beside what the pattern covers."""
        return Solution(self.bindings, self.inside, self.reshaped, rest)

    def through_layout(self) -> Solution:
        """With a reshape between the nodes that the pattern covers."""
        return Solution(self.bindings, self.inside, True, self.rest)
