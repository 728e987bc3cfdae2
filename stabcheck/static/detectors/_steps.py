"""Which step suits which format.

The rounding error of a difference quotient is about u·|f|/h, its truncation error h²·f‴/6 (central) or h·f″/2
(one-sided); they balance at h ≈ u^(1/3) and u^(1/2) (W. H. Press et al., *Numerical Recipes*, 3rd ed., §5.7).
"""

from __future__ import annotations

from stabcheck.ops.dtypes import DEFAULT_DTYPES, FORMATS, Format, format_of
from stabcheck.static.detectors._quotient import Quotient
from stabcheck.static.infer import Facts
from stabcheck.static.module import Module

# A step that leaves half of the digits that the best one gives, for a function of order 1.
_SMALLEST = {"float16": 1e-2, "bfloat16": 5e-2, "float32": 1e-4, "float64": 1e-8}
_SMALLEST_ONE_SIDED = {"float16": 1e-2, "bfloat16": 5e-2, "float32": 1e-5, "float64": 1e-10}
_WIDE_WORDS = ("float64", "double", "enable_x64", "set_floatx")


def smallest_step(limits: Format, one_sided: bool) -> float:
    """The step below which rounding swamps the difference."""
    return (_SMALLEST_ONE_SIDED if one_sided else _SMALLEST)[limits.name]


def format_under_check(module: Module, facts: Facts, quotient: Quotient) -> tuple[Format, bool] | None:
    """The format that a quotient is computed in, and whether it is written; None if it can't be told."""
    for value in (*quotient.arguments, quotient.value):
        known = facts.dtype(value)
        found = format_of(known) if known else None
        if found is not None and found.name in _SMALLEST:
            return found, True
    if any(word in module.text for word in _WIDE_WORDS):
        return FORMATS["float64"], False
    libraries = {facts.library(value) for value in (*quotient.arguments, quotient.first, quotient.value)} - {
        None
    }
    imported = {"tensorflow", "torch", "jax", "keras", "numpy"} & module.libraries
    defaults = {DEFAULT_DTYPES.get(library or "", "float64") for library in libraries or imported} or {
        "float64"
    }
    return (FORMATS[defaults.pop()], False) if len(defaults) == 1 else None
