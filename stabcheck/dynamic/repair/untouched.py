"""The user's arrays, kept from what changed code may write into."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import numpy as np

from stabcheck.dynamic.adapters.captures import Kinds, reach
from stabcheck.dynamic.problem import Problem


@contextlib.contextmanager
def untouched(problem: Problem) -> Iterator[None]:
    """No array that function and gradient read can be written into: a change that would do so raises."""
    roots = [getattr(problem, name, None) for name in ("fn", "grad", "vjp")]
    found = reach([root for root in roots if callable(root)], Kinds(carried=lambda value: False))
    arrays: list[Any] = [each for each in found.objects if isinstance(each, np.ndarray)]
    writeable = [array for array in arrays if array.flags.writeable]
    for array in writeable:
        array.flags.writeable = False
    try:
        yield
    finally:
        for array in reversed(writeable):  # a view may be written into once its base may
            with contextlib.suppress(ValueError):
                array.flags.writeable = True
        for array in writeable:
            with contextlib.suppress(ValueError):
                array.flags.writeable = True
