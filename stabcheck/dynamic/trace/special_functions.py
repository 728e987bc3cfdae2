"""Special functions, which no hardware type wider than float64 has, from exact values; small arrays only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from stabcheck.dynamic.trace.exact_arrays import apply, exact_numbers, exactly, rounded
from stabcheck.dynamic.trace.formats import wide_type

# Exact values cost some 30 µs each, of incomplete integrals a few ms.
_ENTRIES = 1024
_FEW = 64

# Names in scipy.special for what `stabcheck.ops.functions` calls otherwise.
_SCIPY = {"psi": "digamma", "loggamma": "gammaln", "i0": "bessel_i0", "i1": "bessel_i1"}


@dataclass(frozen=True, slots=True)
class ThroughExact:
    """An elementwise function by its name in `stabcheck.ops.functions`.

    Of exact arrays it gives exact values, of others values in the wide type.
    """

    exact_name: str

    def __call__(self, *operands: Any) -> Any:
        """The function of arrays or numbers of one shape.

        Raises
        ------
        ValueError
            if they have too many entries.
        """
        _refuse(self.exact_name, operands, _ENTRIES)
        values = apply(self, tuple(exactly(x) for x in operands), {})
        return values if _any_exact(operands) else rounded(values, wide_type())[()]


@cache
def through_exact(function: np.ufunc) -> ThroughExact | None:
    """The exact form of a ufunc that is not NumPy's own (`scipy.special.erf`), if there is one."""
    name = _SCIPY.get(function.__name__, function.__name__)
    own = getattr(np, function.__name__, None) is function
    return None if own or function.nout != 1 or not exact_numbers().has(name) else ThroughExact(name)


def incomplete(name: str) -> Callable[..., Any]:
    """An incomplete integral, or a function of an order, by TensorFlow's name and order of operands."""
    context = exact_numbers().context
    function = {
        "Igamma": lambda a, x: context.gammainc(a, 0, x, regularized=True),
        "Igammac": lambda a, x: context.gammainc(a, x, context.inf, regularized=True),
        "Betainc": lambda a, b, x: context.betainc(a, b, 0, x, regularized=True),
        "Zeta": context.zeta,
        "Polygamma": lambda n, x: context.psi(int(n), x),
    }[name]

    def of(*operands: Any) -> Any:
        _refuse(name, operands, _FEW)
        values = np.frompyfunc(function, len(operands), 1)(*(exactly(x) for x in operands))
        return values if _any_exact(operands) else rounded(values, wide_type())[()]

    return of


def _refuse(name: str, operands: tuple[Any, ...], most: int) -> None:
    if max(np.size(x) for x in operands) > most:
        raise ValueError(f"too many entries for exact values of {name}")


def _any_exact(operands: tuple[Any, ...]) -> bool:
    number = exact_numbers().context.mpf
    return any(isinstance(x, number) or np.asarray(x).dtype.kind == "O" for x in operands)
