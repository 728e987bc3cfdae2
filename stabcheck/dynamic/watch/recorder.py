"""What gradient checkers were called with, kept by reference until the test that called them has passed."""

from __future__ import annotations

import functools
import sys
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from time import perf_counter
from types import CodeType, FrameType
from typing import Any

from stabcheck.dynamic.trace.location import is_users

MOST_CALLS = 200  # of one test: those before are forgotten
SMALL = 1 << 16  # bytes up to which an array is copied: a test may write into it after the check
DEEPEST = 200  # frames that are looked through for the user's

Site = tuple[CodeType, int]  # a line of the user's code that was being executed


@dataclass(slots=True, eq=False)
class WatchedCall:
    """One call of a library's gradient checker.

    `sites` are the lines of the user's code that led to it, innermost first. `result` and `error` are what it
    returned or raised; neither is touched.
    """

    checker: str
    original: Callable[..., Any]
    args: tuple[Any, ...]
    keywords: dict[str, Any]
    sites: tuple[Site, ...]
    result: Any = None
    error: BaseException | None = None
    seconds: float = 0.0

    @property
    def place(self) -> tuple[str, int]:
        """Path and line of the call in the user's code."""
        code, line = self.sites[0]
        return code.co_filename, line


@dataclass(slots=True)
class Recorder:
    """The calls since the last `clear`. `ended` is told of each call that ends, if anybody wants to know."""

    calls: deque[WatchedCall] = field(default_factory=lambda: deque(maxlen=MOST_CALLS))
    ended: Callable[[WatchedCall], None] | None = None
    listening: bool = True

    def clear(self) -> None:
        """Forget the calls, and with them the arguments."""
        self.calls.clear()

    def watching(self, checker: str, original: Callable[..., Any]) -> Callable[..., Any]:
        """The checker itself, but each call from outside its own file is recorded."""
        own = getattr(getattr(original, "__code__", None), "co_filename", None)

        @functools.wraps(original)
        def watched(*args: Any, **keywords: Any) -> Any:
            __tracebackhide__ = True  # of pytest: the frame is ours, not the user's
            caller = sys._getframe(1)
            sites = users_sites(caller) if self.listening and caller.f_code.co_filename != own else ()
            if not sites:
                return original(*args, **keywords)
            kept = WatchedCall(checker, original, _kept(args), dict(keywords), sites)
            self.calls.append(kept)
            begun = perf_counter()
            try:
                kept.result = original(*args, **keywords)
            except BaseException as error:
                kept.error = error
                raise
            finally:
                kept.seconds = perf_counter() - begun
                if self.ended is not None:
                    self.ended(kept)
            return kept.result

        return watched


def users_sites(frame: FrameType | None) -> tuple[Site, ...]:
    """The lines of the user's code on the stack, innermost first; frames are not held."""
    sites: list[Site] = []
    for _ in range(DEEPEST):
        if frame is None:
            break
        if is_users(frame.f_code.co_filename):
            sites.append((frame.f_code, frame.f_lineno))
        frame = frame.f_back
    return tuple(sites)


def _kept(value: Any) -> Any:
    """Arguments by reference, small NumPy arrays as copies."""
    if type(value) in (tuple, list):
        return type(value)(_kept(entry) for entry in value)
    numpy = sys.modules.get("numpy")
    array = getattr(numpy, "ndarray", None)
    if array is not None and isinstance(value, array) and value.nbytes <= SMALL:
        return value.copy()
    return value
