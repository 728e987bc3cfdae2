"""Work spread over processes: in order, whatever dies, and none is left behind."""

import multiprocessing
import os
import signal
import time
from contextlib import closing

import pytest

from stabcheck.static.processes import CHUNK, spread

MANY = CHUNK * 4 + 3


def squared(number):
    return number * number


def squared_or_dead(number):
    if number in (5, CHUNK + 1, CHUNK * 2 - 1, MANY - 1):
        os.kill(os.getpid(), signal.SIGKILL)
    return number * number


def large(number):
    return b"x" * 1_000_000


def refused(number):
    raise OSError("no")


@pytest.mark.parametrize("count", [0, 1, MANY])
def test_results_are_in_order(count):
    assert list(spread(squared, range(count), 3, lambda item: None)) == [n * n for n in range(count)]


def test_only_the_item_that_kills_its_process_is_lost():
    dead = {5, CHUNK + 1, CHUNK * 2 - 1, MANY - 1}
    found = list(spread(squared_or_dead, range(MANY), 2, lambda item: f"killed by {item}"))
    assert found == [f"killed by {n}" if n in dead else n * n for n in range(MANY)]


def test_closing_ends_processes_in_the_middle_of_their_work():
    """One waits to be rid of an answer that fills its pipe, the other one sleeps."""
    before = multiprocessing.active_children()
    with closing(spread(large, range(MANY), 2, lambda item: None)) as results:
        next(results)
        assert len(multiprocessing.active_children()) == len(before) + 2
    with closing(spread(time.sleep, [0, *[60] * MANY], 2, lambda item: None)) as results:
        next(results)
    assert multiprocessing.active_children() == before


def test_what_work_raises_is_no_death():
    with pytest.raises(RuntimeError, match="a worker failed: no"):
        list(spread(refused, range(MANY), 2, lambda item: None))
    assert not multiprocessing.active_children()
