"""The garbage collector, told that a syntax tree is no garbage, nor is the trace of a run.

A tree and its graph are some hundred thousand small objects that live as long as their file is checked, the
events of a trace as long as their report. At its usual threshold CPython's collector of reference cycles
walks them again and again while they are made, and all that a framework keeps beside them: half of the time
of linting, a third of that of a recording. It finds next to nothing: most are freed by reference counts.
"""

from __future__ import annotations

import atexit
import gc
from collections.abc import Iterator
from contextlib import contextmanager

# New objects between two collections: those of some twenty thousand lines, about 120 MB.
_THRESHOLDS = (1_000_000, 2, 2)


def collect_seldom() -> None:
    """For the rest of the process; a process that only lints."""
    gc.set_threshold(*_THRESHOLDS)


def leave_at_exit() -> None:
    """Let what is left at exit go with the process, instead of walking all of it for cycles once more.

    With libcst, NumPy and mpmath loaded that walk takes a fifth of linting one file. Exit handlers are called
    all the same; what is in a cycle is not ended, so a process that writes must have closed its files.
    """
    atexit.register(gc.freeze)


@contextmanager
def collecting_seldom() -> Iterator[None]:
    """Inside the block; behind it the thresholds of the caller hold again."""
    before = gc.get_threshold()
    collect_seldom()
    try:
        yield
    finally:
        gc.set_threshold(*before)
