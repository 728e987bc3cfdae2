"""stabcheck: a numerical-stability linter and gradient-check diagnosis for Python numerics.

Importing this package imports no framework, and nothing heavy: the three jobs load on first use.

>>> import stabcheck
>>> findings = stabcheck.lint(["model.py"])                 # doctest: +SKIP
>>> report = stabcheck.diagnose(loss, args=(w, b))          # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from stabcheck.dynamic import Cause, GradientCase, Report, Step, diagnose, gradient_case
    from stabcheck.static import lint
    from stabcheck.triage import triage

_HOMES = {
    "lint": "stabcheck.static",
    "diagnose": "stabcheck.dynamic",
    "gradient_case": "stabcheck.dynamic",
    "GradientCase": "stabcheck.dynamic",
    "Report": "stabcheck.dynamic",
    "Cause": "stabcheck.dynamic",
    "Step": "stabcheck.dynamic",
}

__all__ = [
    "Cause",
    "GradientCase",
    "Report",
    "Step",
    "__version__",
    "diagnose",
    "gradient_case",
    "lint",
    "triage",
]


def __getattr__(name: str) -> Any:
    """Load a public name from its home on first use (PEP 562), so that `import stabcheck` stays light."""
    from importlib import import_module  # noqa: PLC0415

    if name == "triage":
        return import_module("stabcheck.triage")  # a package that is called like the function it holds
    if name not in _HOMES:
        raise AttributeError(f"module 'stabcheck' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Public names, loaded or not."""
    return sorted(__all__)
