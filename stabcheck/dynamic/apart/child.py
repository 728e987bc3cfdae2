"""The process that runs cases: it is sent one file after the other, and tells what happens as it happens."""

from __future__ import annotations

import contextlib
import faulthandler
import os
import pickle
import signal
import sys
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from types import FrameType

from stabcheck.dynamic.apart.death import SPEECHLESS
from stabcheck.dynamic.collect import Unit
from stabcheck.dynamic.report import Report
from stabcheck.dynamic.running import Options, Position, events, until_interrupted

Order = tuple[Unit, Options, Position]


class Done:
    """The unit has come to its end."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something of stabcheck's own has failed."""

    message: str


def main(orders: int, answers: int, stack: int, arguments: Sequence[str]) -> None:
    """Take orders from one file descriptor, and write events into another.

    Parameters
    ----------
    orders, answers, stack
        file descriptors; the last one is of a file that takes the Python stack when the process is killed.
    arguments
        `sys.argv` as the user's files are to see it.
    """
    sys.argv[:] = arguments
    for descriptor in (orders, answers, stack):
        os.set_inheritable(descriptor, False)
    faulthandler.enable(stack, all_threads=False)
    if hasattr(faulthandler, "register"):
        faulthandler.register(signal.SIGUSR2, stack, all_threads=False)
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, _interrupt_once)
    process = os.getpid()
    inbox, outbox = Connection(orders, writable=False), Connection(answers, readable=False)
    with contextlib.suppress(EOFError):  # nobody asks any more
        while True:
            unit, options, after = inbox.recv()
            for event in _events(unit, options, after):
                if os.getpid() != process:  # the user's code has forked, and came back twice
                    os._exit(0)
                try:
                    outbox.send_bytes(event)
                except OSError:  # the user's code has closed it, or nobody listens
                    os._exit(SPEECHLESS)


def _events(unit: Unit, options: Options, after: Position) -> Iterator[bytes]:
    """What happens, for another process; recordings only if somebody asked for them: they are made now."""
    try:
        for event in until_interrupted(events(unit, options, after)):
            if isinstance(event, Report) and not options.recorded:
                yield pickle.dumps(replace(event, recording=None))
            else:
                yield pickle.dumps(event)
        yield pickle.dumps(Done())
    except Exception as error:
        if os.environ.get("STABCHECK_DEBUG"):
            traceback.print_exc()
        yield pickle.dumps(Fault(f"{type(error).__name__}: {error}"))


def _interrupt_once(signum: int, frame: FrameType | None) -> None:
    """Ctrl-C comes twice where the terminal sends it to both processes, and the parent passes it on."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise KeyboardInterrupt
