"""The dynamic pass: a function in, a diagnosis out.

`adapters` make a `Problem` of what the user has; the gradient is held against ladders of steps, and causes
are ranked. A run is recorded operation by operation (`trace`) only where the diagnosis needs it, or when the
report is asked for it. NumPy, TensorFlow and Keras have adapters; checks of PyTorch and JAX are seen where
programs make them (`watch`), and explained through what the program has imported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stabcheck.dynamic.cases import GradientCase, gradient_case
    from stabcheck.dynamic.entry import diagnose
    from stabcheck.dynamic.precision import DiagnoseError
    from stabcheck.dynamic.report import Cause, Location, Report, Step

_HOMES = {
    "diagnose": "entry",
    "DiagnoseError": "precision",
    "GradientCase": "cases",
    "gradient_case": "cases",
    "Cause": "report",
    "Location": "report",
    "Report": "report",
    "Step": "report",
}

__all__ = [
    "Cause",
    "DiagnoseError",
    "GradientCase",
    "Location",
    "Report",
    "Step",
    "diagnose",
    "gradient_case",
]


def __getattr__(name: str) -> Any:
    """Load a public name on first use: a file that only declares cases needs no NumPy for it."""
    from importlib import import_module  # noqa: PLC0415

    if name not in _HOMES:
        raise AttributeError(f"module 'stabcheck.dynamic' has no attribute {name!r}")
    value = getattr(import_module(f"stabcheck.dynamic.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
