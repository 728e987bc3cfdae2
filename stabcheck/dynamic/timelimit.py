"""A limit on the time that a stretch of the user's code may take, kept even if it never comes back.

A budget is looked at between evaluations; a loop that does not end needs an interrupt. It comes as a signal,
so that the exception is raised at the very line that runs, which the message can then name. Signals reach the
main thread of a POSIX process only: elsewhere there is no limit. Native code is interrupted when it returns.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

AGAIN = 1.0  # seconds after which code that swallowed the exception is told again


class TimeLimitError(BaseException):
    """The time is up. No `Exception`, so that `except Exception` in the user's code does not keep it."""


@contextmanager
def time_limit(seconds: float | None) -> Iterator[None]:
    """Raise `TimeLimitError` in what runs inside for longer than `seconds`; None for no limit.

    An alarm that the program set for itself is put off until the end of the stretch.
    """
    if seconds is None or not _can_interrupt():
        yield
        return
    before = signal.signal(signal.SIGALRM, _interrupt)
    left, interval = signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        if left:
            signal.setitimer(signal.ITIMER_REAL, left, interval)


def _can_interrupt() -> bool:
    return hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()


def _interrupt(signum: int, frame: FrameType | None) -> None:
    raise TimeLimitError
