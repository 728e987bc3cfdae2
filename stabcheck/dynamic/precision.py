"""What a floating-point format means for finite differences: unit roundoff, and the steps to take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from stabcheck.dynamic.diagnose_error import DiagnoseError as DiagnoseError  # noqa: PLC0414


@dataclass(frozen=True, slots=True)
class Precision:
    """A floating-point format.

    `unit` is the unit roundoff u (half an ulp of 1). `steps` is the ladder, relative to the scale of the
    argument, coarsest first; it is centred on u^(1/3), where truncation and round-off of a central difference
    balance for a function whose third derivative is of the order of its value (Moré & Wild, "Estimating
    Derivatives of Noisy Simulations", TOMS 38(3), 2012). `usual` is the relative tolerance that a check in
    this format commonly has; the values are those of `jax.test_util.check_grads`.
    """

    name: str
    unit: float
    steps: tuple[float, ...]
    usual: float

    @property
    def best_step(self) -> float:
        """u^(1/3): where a central difference is most accurate if nothing more is known."""
        return float(np.cbrt(self.unit))


PRECISIONS = {
    precision.name: precision
    for precision in (
        Precision("float64", 2.0**-53, tuple(2.0**-k for k in range(2, 27, 3)), 1e-5),
        Precision("float32", 2.0**-24, tuple(2.0**-k for k in range(0, 17, 2)), 2e-3),
        Precision("float16", 2.0**-11, tuple(2.0**-k for k in range(-1, 8)), 1e-2),
        Precision("bfloat16", 2.0**-8, tuple(2.0**-k for k in range(-2, 6)), 1e-1),
    )
}


def precision_of(name: str) -> Precision:
    """The format called `name`.

    Raises
    ------
    DiagnoseError
        if it is none that the ladder knows.
    """
    if name not in PRECISIONS:
        raise DiagnoseError(f"dtype {name!r} is not one of {', '.join(PRECISIONS)}")
    return PRECISIONS[name]


def numpy_dtype(name: str) -> np.dtype[np.generic]:
    """Give the NumPy dtype of a format; bfloat16 comes from ml_dtypes, which comes with its frameworks."""
    if name == "bfloat16":
        try:
            import ml_dtypes  # noqa: PLC0415  (only where bfloat16 is in use)
        except ImportError:
            raise DiagnoseError("bfloat16 needs the package ml_dtypes") from None
        wide: np.dtype[np.generic] = np.dtype(ml_dtypes.bfloat16)
        return wide
    found: np.dtype[np.generic] = np.dtype(precision_of(name).name)
    return found


def is_floating(dtype: npt.DTypeLike) -> bool:
    """Whether arrays of this dtype are perturbed: float16, bfloat16, float32, float64 and wider."""
    resolved = np.dtype(dtype)
    return bool(np.issubdtype(resolved, np.floating)) or resolved.name == "bfloat16"


def coarsest_unit(entries: Any) -> float:
    """Unit roundoff of the coarsest floating-point array in nested dicts, lists and tuples; 0 without one."""
    if isinstance(entries, Mapping):
        entries = tuple(entries.values())
    if isinstance(entries, (list, tuple)):
        return max((coarsest_unit(entry) for entry in entries), default=0.0)
    return unit_of(entries.dtype) if hasattr(entries, "dtype") else 0.0


def unit_of(dtype: npt.DTypeLike) -> float:
    """Unit roundoff of values of this dtype; 0 for integers and truth values, which are exact."""
    name = np.dtype(dtype).name
    if name in PRECISIONS:
        return PRECISIONS[name].unit
    if np.issubdtype(np.dtype(dtype), np.floating):
        return float(np.finfo(dtype).eps) / 2  # long double
    return 0.0
