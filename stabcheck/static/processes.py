"""Work spread over processes: results in order, none left behind by Ctrl-C, the death of one survived.

`concurrent.futures` has neither before Python 3.14: a pool whose workers are ended while they work blocks for
ever or prints a traceback at the exit of the interpreter, and the death of one takes the work of all with it.
Here each worker has a pipe of its own, on which nothing but its answers comes back.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
import sys
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, Generic, TypeVar, cast

from stabcheck.garbage import collect_seldom

CHUNK = 16  # items a worker gets at a time
_PATIENCE = 2.0  # seconds for a worker to go when it is told to, before it is killed

Item = TypeVar("Item")
Result = TypeVar("Result")


def spread(
    work: Callable[[Item], Result], items: Sequence[Item], jobs: int, killed: Callable[[Item], Result]
) -> Generator[Result]:
    """`work` over all items, in order, by `jobs` processes.

    `killed` makes the result of an item whose process died of it. Closing the iterator ends all processes.
    """
    chunks = deque(
        _Chunk(first, deque(items[first : first + CHUNK])) for first in range(0, len(items), CHUNK)
    )
    known: dict[int, Result] = {}
    told = 0
    with ExitStack() as stack:
        busy: dict[Connection, _Worker[Item]] = {}
        for _ in range(min(jobs, len(chunks))):
            _engage(busy, stack.enter_context(_worker(work)), chunks)
        while busy:
            for pipe in wait(list(busy)):
                worker = busy[cast("Connection", pipe)]
                chunk, alive = worker.chunk, True
                try:
                    known[chunk.first] = _answer(worker.pipe)
                except (EOFError, OSError):
                    known[chunk.first] = killed(chunk.left[0])
                    alive = False
                chunk.advance()
                if alive and chunk.left:
                    continue
                del busy[worker.pipe]
                if chunk.left:
                    chunks.appendleft(chunk)
                if chunks:
                    _engage(busy, worker if alive else stack.enter_context(_worker(work)), chunks)
            while told in known:
                yield known.pop(told)
                told += 1


@dataclass(slots=True)
class _Chunk(Generic[Item]):
    """Items that are left of those that stand together, and the place of the first of them among all."""

    first: int
    left: deque[Item]

    def advance(self) -> None:
        self.first += 1
        self.left.popleft()


@dataclass(slots=True)
class _Worker(Generic[Item]):
    pipe: Connection
    chunk: _Chunk[Item] = field(default_factory=lambda: _Chunk(0, deque()))


def _engage(
    busy: dict[Connection, _Worker[Item]], worker: _Worker[Item], chunks: deque[_Chunk[Item]]
) -> None:
    """Give a worker the next chunk."""
    worker.chunk = chunks.popleft()
    busy[worker.pipe] = worker
    with contextlib.suppress(OSError):  # it is dead: reading from it tells
        worker.pipe.send(list(worker.chunk.left))


def _answer(pipe: Connection) -> Any:
    """The answer for an item; EOFError if the worker died of it.

    Raises
    ------
    RuntimeError
        from what `work` has raised.
    """
    error, answer = pipe.recv()
    if error is not None:
        raise RuntimeError(f"a worker failed: {error}") from error
    return answer


@contextmanager
def _worker(work: Callable[[Item], Result]) -> Iterator[_Worker[Item]]:
    """A process that waits for items; behind the block it is gone, whatever it does."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.Process(target=_work, args=(work, there, here), daemon=True)
    with _interrupts_held_back():
        process.start()
        there.close()
    try:
        yield _Worker(here)
    finally:
        here.close()
        _end(process)


def _end(process: BaseProcess) -> None:
    process.terminate()
    process.join(_PATIENCE)
    if process.is_alive():
        process.kill()
        process.join()
    process.close()


def _work(work: Callable[[Any], Any], pipe: Connection, other_end: Connection) -> None:
    """What a worker does: it answers for each item of the chunks that it is sent, until it is told to go."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of Ctrl-C only the parent has something to say
    signal.signal(signal.SIGTERM, _go)
    other_end.close()  # where it is inherited: the pipe ends with the parent
    collect_seldom()
    with contextlib.suppress(EOFError, OSError):  # the parent is gone
        while True:
            for item in pipe.recv():
                pipe.send(_tried(work, item))


def _tried(work: Callable[[Any], Any], item: Any) -> tuple[Exception | None, Any]:
    try:
        return None, work(item)
    except Exception as error:  # raised in the parent
        return error, None


def _go(signum: int, frame: object) -> None:
    """What was begun is cleared away on the way out: a file half written beside the one it was to be."""
    sys.exit(1)


@contextmanager
def _interrupts_held_back() -> Iterator[None]:
    """Ctrl-C waits for the end of the block, and so it does in processes that are started inside.

    A worker would otherwise print a traceback if it came before the worker could say what to do about it.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
