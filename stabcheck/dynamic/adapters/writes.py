"""The line of a program that writes into its arguments, found by watching them line by line."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Any

import numpy as np
import numpy.typing as npt

from stabcheck.dynamic.report import Location
from stabcheck.dynamic.trace.location import is_users

LARGEST = 10_000_000  # bytes of arguments that are compared after every line


def line_that_writes(call: Callable[[], Any], arrays: Sequence[npt.NDArray[Any]]) -> Location | None:
    """Run `call`, and give the first line of the user's after which one of the arrays is another.

    None if none is, if there is too much to compare, or if a debugger or a measurement of coverage watches
    the lines already. Exceptions of the call are swallowed: it is run for the line alone.
    """
    if sys.gettrace() is not None or sum(array.nbytes for array in arrays) > LARGEST:
        return None
    watch = _Watch(arrays)
    sys.settrace(watch.entered)
    try:
        with np.errstate(all="ignore"):
            call()
    except Exception:
        return watch.found
    finally:
        sys.settrace(None)
    return watch.found


class _Watch:
    """What has run last, and whether the arrays are still as they were."""

    def __init__(self, arrays: Sequence[npt.NDArray[Any]]) -> None:
        self._arrays = arrays
        self._before = [array.tobytes() for array in arrays]
        self._last: Location | None = None
        self.found: Location | None = None

    def entered(self, frame: FrameType, event: str, argument: Any) -> Any:
        """A function is called: its lines are watched if it is the user's."""
        if self.found is not None or not is_users(frame.f_code.co_filename):
            return None
        self._look()
        return self._passed

    def _passed(self, frame: FrameType, event: str, argument: Any) -> Any:
        if self.found is not None:
            return None
        self._look()
        caller = frame.f_back if event == "return" else frame
        if caller is not None and is_users(caller.f_code.co_filename):
            self._last = Location(caller.f_code.co_filename, caller.f_lineno, caller.f_code.co_name)
        return self._passed

    def _look(self) -> None:
        changed = (a.tobytes() != b for a, b in zip(self._arrays, self._before, strict=True))
        if self._last is not None and any(changed):
            self.found = self._last
