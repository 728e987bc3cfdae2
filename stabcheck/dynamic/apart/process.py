"""A process that runs cases, seen from the one that started it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import inf
from multiprocessing.connection import Connection
from typing import IO, Any

from stabcheck.dynamic.apart.death import died, given_up, spoiled
from stabcheck.dynamic.case_errors import CaseError
from stabcheck.dynamic.collect import Unit
from stabcheck.dynamic.running import Begun, Options, Position

_PROGRAM = (
    "import sys; sys.path[:] = {path!r}; from stabcheck.dynamic.apart.child import main; "
    "main({orders}, {answers}, {stack}, {arguments!r})"
)
_MOMENT = 0.5  # seconds to write a stack
_FAREWELL = 10.0  # seconds to leave: frameworks and the user's own clear up


@dataclass(slots=True)
class Process:
    """One that waits for orders, or works on one.

    `number` is that of the unit it works on, None if there is none; `begun` is the last that it began of it,
    and `since` when something was heard of it last: not before it is ready.
    """

    popen: subprocess.Popen[bytes]
    orders: Connection
    answers: Connection
    stack: IO[bytes]
    folder: str
    number: int | None = None
    begun: Begun = field(default_factory=lambda: Begun("file", "", "", ""))
    since: float = inf

    def give(self, number: int, unit: Unit, options: Options, after: Position) -> None:
        """Let it work on a unit."""
        self.number, self.since = number, inf
        self.begun = Begun("file", unit.shown, unit.target, "importing it")
        with contextlib.suppress(BrokenPipeError):  # it is dead, and will be found so
            self.orders.send((unit, options, after))

    def hear(self) -> Any:
        """What it says next.

        Raises
        ------
        EOFError
            if it says nothing any more.
        """
        event = self.answers.recv()
        self.since = time.monotonic()
        if isinstance(event, Begun):
            self.begun = event
        return event

    @property
    def alive(self) -> bool:
        """Whether there is anything to be heard of it. A process that it forked may hold its pipe open."""
        return self.popen.poll() is None or self.answers.poll()

    @property
    def behind(self) -> Position | None:
        """Where its unit goes on without what it has begun; None if that is the unit."""
        begun = self.begun
        if begun.kind == "case":
            return begun.function, begun.case + 1
        return (begun.function + 1, 0) if begun.kind == "function" else None

    def interrupt(self) -> None:
        """Pass Ctrl-C on."""
        with contextlib.suppress(ProcessLookupError):
            self.popen.send_signal(signal.SIGINT)

    def death(self) -> CaseError:
        """Why there is nothing to be heard of it any more."""
        return died(self.begun, self.popen.wait(), self._stack(), self.folder)

    def give_up(self, seconds: float) -> CaseError:
        """End it, wherever it is."""
        self.popen.send_signal(signal.SIGUSR2)
        time.sleep(_MOMENT)
        self.popen.kill()
        self.popen.wait()
        return given_up(self.begun, seconds, self._stack(), self.folder)

    def garbled(self) -> CaseError:
        """End it, as what it says can't be understood."""
        self.popen.kill()
        self.popen.wait()
        return spoiled(self.begun)

    def _stack(self) -> str:
        self.stack.seek(0)
        return self.stack.read().decode(errors="replace")


@contextmanager
def process(folder: str | None = None) -> Iterator[Process]:
    """A process in `folder`; behind the block it is gone."""
    theirs, orders = os.pipe()
    answers, ours = os.pipe()
    with tempfile.TemporaryFile() as stack:
        program = _PROGRAM.format(
            path=sys.path, orders=theirs, answers=ours, stack=stack.fileno(), arguments=sys.argv
        )
        popen = subprocess.Popen(
            [sys.executable, "-c", program], pass_fds=(theirs, ours, stack.fileno()), cwd=folder
        )
        os.close(theirs)
        os.close(ours)
        made = Process(
            popen,
            Connection(orders, readable=False),
            Connection(answers, writable=False),
            stack,
            folder or os.getcwd(),
        )
        try:
            with made.orders, made.answers:
                yield made
                made.orders.close()
                if made.number is None:
                    with contextlib.suppress(subprocess.TimeoutExpired):
                        popen.wait(_FAREWELL)
        finally:
            popen.kill()
            popen.wait()
