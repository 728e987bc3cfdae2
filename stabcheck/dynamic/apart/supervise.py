"""Cases run by processes that are watched: whatever becomes of one, there is an answer."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from multiprocessing.connection import wait

from stabcheck.dynamic.apart.child import Done, Fault
from stabcheck.dynamic.apart.process import Process, process
from stabcheck.dynamic.case_errors import CaseError
from stabcheck.dynamic.collect import Unit, units
from stabcheck.dynamic.running import (
    Begun,
    CaseResults,
    Event,
    Interrupted,
    Options,
    Position,
    gathered,
    interrupted_in,
)
from stabcheck.dynamic.running import run as run_here

_GRACE = 5.0  # seconds beyond its time that a case has to come back from native code
_PATIENCE = 3.0  # seconds to tell what is known after Ctrl-C
_LOOK = 0.2  # seconds between two looks at whether a process still lives


def run(
    targets: Sequence[str],
    *,
    options: Options | None = None,
    empty_ok: bool = False,
    scripts: bool = False,
    started: Callable[[str], None] | None = None,
    jobs: int = 1,
) -> CaseResults:
    """As `running.run`, in `jobs` processes: a file at a time, its cases in their order.

    Where there are no such processes (elsewhere than on POSIX) it is done in this one.
    """
    if os.name != "posix":
        return run_here(targets, options=options, empty_ok=empty_ok, scripts=scripts, started=started)
    wanted = list(units(targets, scripts=scripts))
    every = supervised(wanted, options or Options(), jobs=jobs)
    return gathered(() if empty_ok else targets, wanted, every, started)


def supervised(
    wanted: Sequence[Unit | CaseError], options: Options, *, jobs: int = 1, folder: str | None = None
) -> Iterator[Event]:
    """What happens to all units, in their order; the processes work in `folder`."""
    watch = _Watch(wanted, options)
    with ExitStack() as stack, _interrupts() as interrupts:
        until = None
        while watch.left and (until is None or (watch.busy and time.monotonic() < until)):
            if interrupts and until is None:
                until = time.monotonic() + _PATIENCE
                for each in watch.busy:
                    each.interrupt()
            if until is None:
                watch.assign(jobs, lambda: stack.enter_context(process(folder)))
            watch.listen()
            yield from watch.told()
        if interrupts:
            yield from watch.rest()


class _Watch:
    """Which units wait, which process works on which, and what is known of them but not told yet."""

    def __init__(self, wanted: Sequence[Unit | CaseError], options: Options) -> None:
        self.units = wanted
        self.options = options
        self.heard: list[deque[Event]] = [deque() for _ in wanted]
        self.ended = [False] * len(wanted)
        self.waiting: deque[tuple[int, Unit, Position]] = deque()
        for number, unit in enumerate(wanted):
            if isinstance(unit, CaseError):
                self.heard[number].append(unit)
                self.ended[number] = True
            else:
                self.waiting.append((number, unit, (0, 0)))
        self.processes: list[Process] = []
        self.next = 0  # the first unit that is not told to its end
        self.current = ""  # what ran last of those told
        self.interrupted = False

    @property
    def left(self) -> bool:
        return self.next < len(self.units)

    @property
    def busy(self) -> list[Process]:
        return [each for each in self.processes if each.number is not None]

    def assign(self, jobs: int, start: Callable[[], Process]) -> None:
        """Give what waits to processes that are free; there are `jobs` of them at most."""
        self.processes = [each for each in self.processes if each.number is not None or each.alive]
        free = [each for each in self.processes if each.number is None]
        while self.waiting and (free or len(self.processes) < jobs):
            if not free:
                free.append(start())
                self.processes.append(free[0])
            free.pop().give(*self.waiting[0][:2], self.options, self.waiting[0][2])
            self.waiting.popleft()

    def listen(self) -> None:
        """Hear what there is to hear, for a moment at most."""
        busy = self.busy
        ready = wait([each.answers for each in busy], _LOOK) if busy else []
        for each in busy:
            if each.answers in ready:
                self._hear(each)
            elif not each.alive:
                self._bury(each, each.death())
            elif self.options.timeout and time.monotonic() - each.since > self.options.timeout + _GRACE:
                self._bury(each, each.give_up(self.options.timeout))

    def _hear(self, each: Process) -> None:
        assert each.number is not None
        try:
            event = each.hear()
        except EOFError:
            self._bury(each, each.death())
            return
        except Exception:  # whatever it is that reading nonsense raises
            self._bury(each, each.garbled())
            return
        if isinstance(event, Fault):
            raise RuntimeError(event.message)
        if isinstance(event, Done | Interrupted):
            self.ended[each.number] = True
        if not isinstance(event, Done):
            self.heard[each.number].append(event)
        else:
            each.number = None

    def _bury(self, each: Process, why: CaseError) -> None:
        """A process is gone: another one goes on behind what it had begun."""
        number, behind = each.number, each.behind
        assert number is not None
        self.heard[number].append(why)
        self.processes.remove(each)
        unit = self.units[number]
        if behind is None or isinstance(unit, CaseError):
            self.ended[number] = True
        else:
            self.waiting.appendleft((number, unit, behind))

    def told(self) -> Iterator[Event]:
        """What is known of the units, as far as their order allows."""
        while self.left:
            heard = self.heard[self.next]
            while heard:
                event = heard.popleft()
                if isinstance(event, Begun) and event.kind != "case":
                    self.current = event.name
                self.interrupted |= isinstance(event, Interrupted)
                yield event
            if not self.ended[self.next]:
                return
            self.next += 1

    def rest(self) -> Iterator[Event]:
        """What is known of the units when nobody waits for the others; that this is so comes last."""
        for heard in self.heard[self.next :]:
            yield from (event for event in heard if not isinstance(event, Interrupted))
        if not self.interrupted:
            yield interrupted_in(self.current)


@contextmanager
def _interrupts() -> Iterator[list[int]]:
    """The first Ctrl-C is noted, so that it breaks no message in two; the next one is raised as ever.

    Nothing is changed where it is ignored (a job in the background), or heard by another thread.
    """
    noted: list[int] = []
    main = threading.current_thread() is threading.main_thread()
    if not main or signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        yield noted
        return

    def note(signum: int, frame: object) -> None:
        if noted:
            raise KeyboardInterrupt
        noted.append(signum)

    before = signal.signal(signal.SIGINT, note)
    try:
        yield noted
    finally:
        signal.signal(signal.SIGINT, before)
