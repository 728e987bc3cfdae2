"""Work spread over processes: results in order, none left behind by Ctrl-C, the death of one survived."""

from __future__ import annotations

import signal
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import active_children
from typing import TypeVar

from stabcheck.garbage import collect_seldom

CHUNK = 16  # items a worker gets at a time

Item = TypeVar("Item")
Result = TypeVar("Result")


def spread(
    work: Callable[[Item], Result], items: Sequence[Item], jobs: int, killed: Callable[[Item], Result]
) -> Generator[Result]:
    """`work` over all items, in order, by `jobs` processes.

    `killed` makes the result of an item whose process died of it: after the death of a worker each of the
    items that are left is worked on in a process of its own. Closing the iterator ends all processes.
    """
    chunks = [items[first : first + CHUNK] for first in range(0, len(items), CHUNK)]
    others = set(active_children())
    done = 0
    try:
        with ProcessPoolExecutor(min(jobs, len(chunks)), initializer=_deaf_to_interrupts) as executor:
            try:
                with _interrupts_held_back():
                    futures = [executor.submit(_over, work, chunk) for chunk in chunks]
                for future in futures:
                    yield from future.result()
                    done += 1
            except (KeyboardInterrupt, GeneratorExit):  # nobody waits for the rest
                executor.shutdown(wait=False, cancel_futures=True)
                for worker in set(active_children()) - others:
                    worker.terminate()
                raise
    except BrokenProcessPool:
        for chunk in chunks[done:]:
            for item in chunk:
                yield _alone(work, item, killed)


def _over(work: Callable[[Item], Result], chunk: Sequence[Item]) -> list[Result]:
    return [work(item) for item in chunk]


def _alone(work: Callable[[Item], Result], item: Item, killed: Callable[[Item], Result]) -> Result:
    """One item in a process of its own: some item near it has killed a worker, and this may be the one."""
    try:
        with ProcessPoolExecutor(1, initializer=_mortal) as executor:
            with _interrupts_held_back():
                future = executor.submit(work, item)
            return future.result()
    except BrokenProcessPool:
        return killed(item)


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


def _deaf_to_interrupts() -> None:
    """Ctrl-C reaches the workers, too: only the parent has something to say about it, and ends them."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    collect_seldom()


def _mortal() -> None:
    """A worker that nobody would end dies of Ctrl-C, without a word."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    collect_seldom()
