"""What rewritten NumPy code announces its operations to: the hooks for calls.

Every hook performs the operation on the working values first, exactly as the original expression would, and
hands its result on; then the same operation runs on the shadow. What the shadow can't do ends in a new leaf
at the working result, never in an exception of ours.
"""

from __future__ import annotations

import functools
import math
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from stabcheck.dynamic.trace.numpy_functions import MATH, OPAQUE, UNRELATED
from stabcheck.dynamic.trace.numpy_ledger import overwrite
from stabcheck.dynamic.trace.numpy_operators import Operators, take_item
from stabcheck.dynamic.trace.numpy_rewrite import rewritten
from stabcheck.dynamic.trace.numpy_shadow import WIDE, is_complex, is_floating

_REDUCERS: tuple[Any, ...] = (sum, max, min, abs, pow)
_CASTS: tuple[Any, ...] = (float, np.floating)
# NumPy takes the shadow of an argument through these; the result's numbers are given, not computed from
# operands.
_CREATIONS = frozenset(
    {"empty", "zeros", "ones", "eye", "identity", "arange", "linspace", "logspace", "loadtxt", "load"}
)


class Watch(Operators):
    """All hooks of rewritten code: operators, parts of values, calls."""

    def method(self, site: int, owner: Any, name: str, *arguments: Any, **keywords: Any) -> Any:
        """`owner.name(…)`."""
        function = getattr(owner, name)
        if not is_floating(owner) or isinstance(owner, float) or not callable(function):
            return self.call(site, function, *arguments, **keywords)
        form = (
            getattr(np, name, None)
            if name in ("dot", "round", "clip", "mean", "sum", "std", "var", "prod")
            else None
        )
        if name == "astype":
            return self._cast(site, owner, function(*arguments, **keywords))
        if name in ("sort", "fill", "partition", "put", "itemset", "resize"):
            return self._changed_in_place(owner, function, name, arguments, keywords)
        if form is not None:
            return self._numpy(
                site, form, (owner, *arguments), keywords, perform=lambda: function(*arguments, **keywords)
            )
        result = function(*arguments, **keywords)
        if name == "tolist":
            self._scatter(owner, result)
            return result
        return self._done(site, name, _Method(name), (owner, *arguments), keywords, result)

    def _changed_in_place(
        self, owner: Any, function: Any, name: str, arguments: tuple[Any, ...], keywords: Mapping[str, Any]
    ) -> Any:
        self.track(owner)
        result = function(*arguments, **keywords)
        change = functools.partial(_call_method, name, keywords)
        self._change(owner, change, tuple(self._template(a) for a in arguments))
        return result

    def call(self, site: int, function: Any, *arguments: Any, **keywords: Any) -> Any:
        """`function(…)`."""
        if isinstance(function, functools.partial):
            return self.call(
                site, function.func, *function.args, *arguments, **{**function.keywords, **keywords}
            )
        if _is_numpy(function):
            return self._numpy(site, function, arguments, keywords)
        if isinstance(function, type) and issubclass(function, _CASTS):
            result = function(*arguments, **keywords)
            return self._cast(site, arguments[0], result) if arguments and is_floating(result) else result
        if isinstance(function, types.BuiltinFunctionType):
            return self._builtin(site, function, arguments, keywords)
        if function in (map, filter, zip, enumerate) and arguments:
            return self._iteration(site, function, arguments, keywords)
        inside = self.rewrite(function)
        if inside is not None:
            return inside(*arguments, **keywords)
        return self._opaque(site, function, arguments, keywords)

    def rewrite(self, function: Any) -> Any:
        """A function of the user's, rewritten; None for any other callable."""
        if isinstance(function, types.MethodType):
            inside = self.rewrite(function.__func__)
            return None if inside is None else types.MethodType(inside, function.__self__)
        if isinstance(function, types.FunctionType):
            return rewritten(function, self)
        call = vars(type(function)).get("__call__")
        if isinstance(call, types.FunctionType):
            return self.rewrite(types.MethodType(call, function))
        return None

    def _builtin(self, site: int, function: Any, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        if (
            function in (sum, max, min)
            and arguments
            and isinstance(arguments[0], types.GeneratorType | list | tuple)
        ):
            arguments = (list(arguments[0]), *arguments[1:])
        result = function(*arguments, **keywords)
        operands = self._floats(arguments)
        if not is_floating(result) or not operands:
            return result
        wide = MATH.get(function, function if function in _REDUCERS else None)
        if wide is None or keywords:
            self.counts[f"no shadow of {function.__name__}"] += 1
            return result
        name = "abs" if function in (abs, math.fabs) else function.__name__
        return self._done(site, name, wide, arguments, {}, result)

    def _iteration(
        self, site: int, function: Any, arguments: tuple[Any, ...], keywords: dict[str, Any]
    ) -> Any:
        if function in (map, filter):
            inside = self.rewrite(arguments[0])
            sources = [self.rows(site, a) for a in arguments[1:]]
            return function(inside if inside is not None else arguments[0], *sources, **keywords)
        if function is zip:
            strict = keywords.pop("strict", False)
            return zip(*(self.rows(site, a) for a in arguments), strict=strict, **keywords)
        return enumerate(self.rows(site, arguments[0]), *arguments[1:], **keywords)

    def _opaque(self, site: int, function: Any, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        """A call that can't be watched; what it returns, and arrays that it changed, start a new shadow."""
        arrays = [a for a in self._floats((*arguments, *keywords.values())) if isinstance(a, np.ndarray)]
        before = [a.tobytes() for a in arrays if id(a) in self._tracked]
        seen = [a for a in arrays if id(a) in self._tracked]
        result = function(*arguments, **keywords)
        for array, content in zip(seen, before, strict=True):
            if array.tobytes() != content:
                self._change(array, overwrite, (array.astype(WIDE),))
        name = str(getattr(function, "__name__", type(function).__name__))
        if not arrays or not is_floating(result) or name in UNRELATED or id(result) in self._tracked:
            return result
        return self._resynchronized(site, name, tuple(arrays), result, "opaque")

    def _numpy(
        self,
        site: int,
        function: Any,
        arguments: tuple[Any, ...],
        keywords: dict[str, Any],
        perform: Callable[[], Any] | None = None,
    ) -> Any:
        """A call of a NumPy function; `perform` if it was written as a method."""
        name = getattr(function, "__name__", "ufunc")
        run = perform or functools.partial(function, *arguments, **keywords)
        if (
            name in OPAQUE
            or name in UNRELATED
            or any(callable(a) and not isinstance(a, type) for a in arguments)
        ):
            return self._opaque(site, function, arguments, keywords) if perform is None else run()
        if isinstance(function, np.ufunc) and len(arguments) > function.nin:  # np.exp(x, y) writes into y
            out = arguments[function.nin :]
            arguments = arguments[: function.nin]
            keywords = {**keywords, "out": out if function.nout > 1 else out[0]}
        operands = self._floats((*arguments, *keywords.values()))
        if keywords.get("out") is not None or name in (
            "at",
            "copyto",
            "put",
            "fill_diagonal",
            "place",
            "putmask",
        ):
            return self._numpy_in_place(site, name, function, arguments, keywords, run)
        result = run()
        if is_complex(result):
            self.counts["complex"] += 1
        if not operands or name in _CREATIONS:
            return result
        if name in ("array", "asarray", "asanyarray", "ascontiguousarray") and is_floating(arguments[0]):
            return self._cast(site, arguments[0], result)
        return self._done(site, name, function, arguments, keywords, result)

    def _numpy_in_place(
        self,
        site: int,
        name: str,
        function: Any,
        arguments: tuple[Any, ...],
        keywords: dict[str, Any],
        run: Any,
    ) -> Any:
        out = keywords.get("out", arguments[0] if arguments else None)
        out = out[0] if isinstance(out, tuple) else out
        if out is None or not is_floating(out):
            return run()
        inputs = tuple(a.copy() if a is out else a for a in arguments)
        template = tuple(self._template(a) for a in arguments)
        named = {k: self._template(v) for k, v in keywords.items()}
        slot = self.track(out).slot
        result = run()
        index = len(self.events)
        try:
            self.shadow.change(functools.partial(_call, function, len(template)), (*template, named), index)
        except (TypeError, ValueError):
            return self._resynchronized(site, name, inputs, out) if result is out else result
        if result is out:
            local = self._local(function, inputs, {k: v for k, v in keywords.items() if k != "out"})
            self._event(site, name, inputs, out, slot, local)
            self._injectable(index, slot)
        return result

    def _cast(self, site: int, source: Any, result: Any) -> Any:
        """A conversion between dtypes: rounds if the new one is narrower."""
        if result is source or not is_floating(result):
            return result
        if not is_floating(source):
            return result
        narrower = np.asarray(result).dtype.itemsize < np.asarray(source).dtype.itemsize
        return self._done(site, "cast" if narrower else "copy", _copied, (source,), {}, result)

    def _scatter(self, owner: Any, result: Any) -> None:
        """Track the plain floats of `array.tolist()`."""
        if isinstance(result, list) and isinstance(owner, np.ndarray) and owner.size <= 4096:
            for i, value in enumerate(result):
                self._scatter_one(owner, i, value)

    def _scatter_one(self, owner: Any, i: int, value: Any) -> None:
        if isinstance(value, float):
            self._derive(owner, value, take_item, (self.track(owner).slot, i))
        elif isinstance(value, list):
            self._scatter(self.item(0, owner, i), value)


def _is_numpy(function: Any) -> bool:
    if isinstance(function, np.ufunc) or isinstance(getattr(function, "__self__", None), np.ufunc):
        return True
    module = getattr(function, "__module__", None) or ""
    if not isinstance(function, types.FunctionType | types.BuiltinFunctionType | type(np.sum)):
        return False
    return module.split(".")[0] == "numpy" and not module.startswith(
        ("numpy.random", "numpy.testing", "numpy.ma")
    )


def _copied(value: Any) -> Any:
    return np.array(value, copy=True) if isinstance(value, np.ndarray) else value


def _call(function: Any, count: int, *arguments: Any) -> Any:
    return function(*arguments[:count], **arguments[count])


def _call_method(name: str, keywords: Mapping[str, Any], owner: Any, *arguments: Any) -> Any:
    return getattr(owner, name)(*arguments, **keywords)


@dataclass(frozen=True, slots=True)
class _Method:
    """A method call as a function of the object."""

    name: str

    def __call__(self, owner: Any, *arguments: Any, **keywords: Any) -> Any:
        return getattr(owner, self.name)(*arguments, **keywords)
