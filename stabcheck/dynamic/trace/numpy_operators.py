"""The hooks of rewritten NumPy code for operators, and for parts of values: entries, views, rows.

Each performs what is written on the working values first, and hands that result on; `numpy_watch` has the
hooks for calls, and says what holds for all.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable
from typing import Any

import numpy as np

from stabcheck.dynamic.trace.numpy_functions import BINARY
from stabcheck.dynamic.trace.numpy_ledger import Ledger, Tracked
from stabcheck.dynamic.trace.numpy_shadow import Slot, constant, is_complex, is_floating


class Operators(Ledger):
    """The hooks for operators and for parts of values."""

    slice = builtins.slice

    # Operators.

    def binary(self, site: int, symbol: str, left: Any, right: Any) -> Any:
        """`left symbol right`."""
        name, function, _ = BINARY[symbol]
        result = function(left, right)
        if is_complex(result):
            self.counts["complex"] += 1
        if not is_floating(result) or not (is_floating(left) or is_floating(right) or symbol == "/"):
            return result
        return self._done(site, name, function, (left, right), {}, result)

    def negative(self, site: int, value: Any) -> Any:
        """`-value`."""
        result = -value
        if not is_floating(result):
            return result
        return self._done(site, "negative", np.negative, (value,), {}, result)

    def update(self, site: int, symbol: str, target: Any, value: Any) -> Any:
        """`target symbol= value`; the new target."""
        name, function, in_place = BINARY[symbol]
        if not (isinstance(target, np.ndarray) and is_floating(target)):
            result = in_place(target, value)
            if not is_floating(result) or not (is_floating(target) or is_floating(value)):
                return result
            return self._done(site, name, function, (target, value), {}, result)
        before = target.copy()
        known = self.track(target)
        slot = known.slot
        operands = (before, value)
        if not isinstance(self.shadow.values[slot.number], np.ndarray):
            # An array without axes, whose shadow is a number: another one follows it.
            self._tracked[id(before)] = Tracked(before, slot, known.event)
            return self._done(site, name, function, operands, {}, in_place(target, value))
        template = self._template(value)
        result = in_place(target, value)
        index = len(self.events)
        local = self._local(function, operands, {})
        try:
            self.shadow.change(_in_place(name), (slot, template), index)
        except (TypeError, ValueError, np.exceptions.DTypePromotionError):
            return self._resynchronized(site, name, operands, result)
        self._event(site, name, operands, result, slot, local)
        self._injectable(index, slot)
        return result

    def update_item(self, site: int, symbol: str, owner: Any, index: Any, value: Any) -> None:
        """`owner[index] symbol= value`."""
        self.store(site, self.update(site, symbol, self.item(site, owner, index), value), owner, index)

    def update_attribute(self, site: int, symbol: str, owner: Any, name: str, value: Any) -> None:
        """`owner.name symbol= value`."""
        setattr(owner, name, self.update(site, symbol, getattr(owner, name), value))

    # Parts of values.

    def item(self, site: int, owner: Any, index: Any) -> Any:
        """`owner[index]`."""
        result = owner[index]
        if isinstance(owner, np.flatiter) and is_floating(owner.base) and is_floating(result):
            self._derive(owner.base, result, _flat_item, (self.track(owner.base).slot, constant(index)))
        if isinstance(owner, np.ndarray) and is_floating(owner) and is_floating(result):
            parts = index if isinstance(index, tuple) else (index,)
            if any(part is None for part in parts):
                return self._done(site, "getitem", take_item, (owner, constant(index)), {}, result)
            self._derive(owner, result, take_item, (self.track(owner).slot, constant(index)))
        return result

    def store(self, site: int, value: Any, owner: Any, index: Any) -> None:
        """`owner[index] = value`."""
        owner[index] = value
        put = _store
        if isinstance(owner, np.flatiter):
            owner, put = owner.base, _store_flat
        if not (isinstance(owner, np.ndarray) and is_floating(owner)):
            return
        if not is_floating(value) and not isinstance(value, list | tuple | np.ndarray | int):
            return
        self._change(owner, put, (constant(index), self._template(value)))
        target = self.track(owner)
        source = next(
            (self._tracked[id(v)].event for v in self._floats([value]) if id(v) in self._tracked), -1
        )
        target.event = max(target.event, source)

    def view(self, site: int, owner: Any, name: str) -> Any:
        """`owner.name`, for attributes that are views."""
        result = getattr(owner, name)
        if isinstance(owner, np.ndarray) and is_floating(owner) and isinstance(result, np.ndarray):
            self._derive(owner, result, getattr, (self.track(owner).slot, name))
        return result

    def rows(self, site: int, values: Any) -> Any:
        """What a loop goes over."""
        if isinstance(values, np.ndarray) and is_floating(values) and values.ndim:
            return (self.item(site, values, i) for i in range(len(values)))
        return values

    def unpack(self, site: int, values: Any) -> Any:
        """What is assigned to several targets."""
        return tuple(self.rows(site, values)) if isinstance(values, np.ndarray) else values

    def _derive(
        self, owner: Any, result: Any, function: Callable[..., Any], arguments: tuple[Any, ...]
    ) -> None:
        """Track a part of a value: made by whatever made the whole."""
        if result is owner:
            return
        try:
            slot = self.shadow.run(function, arguments, {}, None)
        except Exception:  # as in `_done`: the part starts a shadow of its own
            return
        if isinstance(slot, Slot):
            self._tracked[id(result)] = Tracked(result, slot, self.track(owner).event)


def take_item(owner: Any, index: Any) -> Any:
    """The part of a value at an index."""
    return owner[index]


def _flat_item(owner: Any, index: Any) -> Any:
    return owner.flat[index]


def _store_flat(owner: Any, index: Any, value: Any) -> None:
    owner.flat[index] = value


def _store(owner: Any, index: Any, value: Any) -> None:
    owner[index] = value


def _in_place(name: str) -> Callable[[Any, Any], Any]:
    return next(in_place for known, _, in_place in BINARY.values() if known == name)
