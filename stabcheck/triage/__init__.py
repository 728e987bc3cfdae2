"""Findings and diagnoses joined into one ranked report.

The package is called like the function that it holds, and both are public: `stabcheck.triage(paths)` is
`stabcheck.triage.triage(paths)`. To that end this module object can be called.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

from stabcheck.triage.entry import Entry, Triage
from stabcheck.triage.join import triage

__all__ = ["Entry", "Triage", "triage"]


class _CallableModule(ModuleType):
    """A module that passes a call on to its function of the same name."""

    def __call__(self, *args: Any, **kwargs: Any) -> Triage:
        return triage(*args, **kwargs)


_CallableModule.__call__.__doc__ = triage.__doc__
sys.modules[__name__].__class__ = _CallableModule
