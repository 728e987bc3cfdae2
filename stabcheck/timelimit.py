"""Limits on the time that a stretch of the program may take, kept even if it never comes back.

The interrupt comes as a signal, so that the exception is raised at the very line that runs, which a message
can then name. Signals reach the main thread of a POSIX process only: elsewhere there is no limit. Native code
is interrupted when it returns.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

AGAIN = 1.0  # seconds after which code that swallowed the exception is told again


class TimeLimitError(BaseException):
    """The time is up. No `Exception`, so that `except Exception` in what is interrupted does not keep it."""


@contextmanager
def time_limit(seconds: float | None) -> Iterator[None]:
    """Raise `TimeLimitError` in what runs inside for longer than `seconds`; None for no limit.

    An alarm that the program set for itself is put off until the end of the stretch.
    """
    if seconds is None or not _can_interrupt():
        yield
        return
    with _limit(signal.ITIMER_REAL, signal.SIGALRM, seconds):
        yield


@contextmanager
def cpu_limit(seconds: float) -> Iterator[None]:
    """Raise `TimeLimitError` in what uses the processor inside for longer than `seconds`.

    What else the machine does makes no difference.
    """
    if not _can_interrupt():
        yield
        return
    with _limit(signal.ITIMER_VIRTUAL, signal.SIGVTALRM, seconds):
        yield


@contextmanager
def _limit(timer: int, number: signal.Signals, seconds: float) -> Iterator[None]:
    before = signal.signal(number, _interrupt)
    left, interval = signal.setitimer(timer, seconds, AGAIN)
    try:
        yield
    finally:
        signal.setitimer(timer, 0)
        signal.signal(number, before)
        if left:
            signal.setitimer(timer, left, interval)


def _can_interrupt() -> bool:
    return hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()


def _interrupt(signum: int, frame: FrameType | None) -> None:
    raise TimeLimitError
