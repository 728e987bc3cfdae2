"""Functions that end their process, or never come back."""

from __future__ import annotations

import contextlib
import ctypes
import faulthandler
import itertools
import os
import pickle
import re
import resource
import signal
import sys
import threading
import time

import numpy as np
from declared import Hostile, square

from stabcheck import gradient_case

HOSTILE = Hostile()
LATE = r"given up after \d+ s"


@HOSTILE.function("raised ValueError: no$")
def raises(x):
    raise ValueError("no")


@HOSTILE.function("raised ValueError: two lines")
def raises_two_lines(x):
    raise ValueError("two lines\nof text")


class Odd(BaseException):
    """No `Exception`."""


@HOSTILE.function("raised Odd: odd")
def raises_what_is_no_exception(x):
    raise Odd("odd")


class Unprintable(Exception):
    """An exception that can't be shown."""

    def __str__(self):
        raise RuntimeError("not printable")


@HOSTILE.function("raised Unprintable")
def raises_what_can_not_be_shown(x):
    raise Unprintable


@HOSTILE.function("raised ExceptionGroup: several")
def raises_a_group(x):
    raise ExceptionGroup("several", [ValueError("a"), TypeError("b")])


@HOSTILE.function("raised GeneratorExit")
def raises_generator_exit(x):
    raise GeneratorExit


@HOSTILE.function("raised StopIteration")
def raises_stop_iteration(x):
    return next(iter(()))


@HOSTILE.function("raised RecursionError")
def without_end(x):
    return without_end(x)


@HOSTILE.function("RecursionError|SIGSEGV")
def recursion_in_c(x):
    nested = []
    for _ in range(1_000_000):
        nested = [nested]
    return len(pickle.dumps(nested))


@HOSTILE.function(r"called sys.exit\(3\)")
def leaves(x):
    sys.exit(3)


@HOSTILE.function("EOFError|pass|" + LATE)
def asks(x):
    return float(input())


@HOSTILE.function("raised MemoryError|_ArrayMemoryError")
def takes_terabytes(x):
    return np.zeros((10**13,)).sum()


@HOSTILE.function("raised MemoryError|_ArrayMemoryError")
def grows_to_its_limit(x):
    before = resource.getrlimit(resource.RLIMIT_AS)
    with open("/proc/self/statm") as file:
        pages = int(file.read().split()[0])
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + (256 << 20), before[1]))
    try:
        held = [np.ones(1 << 20) for _ in itertools.count()]
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)
    return len(held)


@HOSTILE.function("ended the process by SIGSEGV .*in reads_from_nowhere")
def reads_from_nowhere(x):
    return ctypes.string_at(0)


@HOSTILE.function("ended the process by SIGSEGV")
def reads_from_nowhere_in_a_thread(x):
    thread = threading.Thread(target=ctypes.string_at, args=(0,))
    thread.start()
    thread.join()


@HOSTILE.function("ended the process by SIGSEGV")
def crashes_without_a_stack(x):
    faulthandler.disable()
    return ctypes.string_at(0)


@HOSTILE.function("ended the process by SIGABRT .*in aborts")
def aborts(x):
    os.abort()


@HOSTILE.function("ended the process by SIGKILL")
def is_killed(x):
    os.kill(os.getpid(), signal.SIGKILL)


@HOSTILE.function("ended the process by SIGTERM")
def is_terminated(x):
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(60)


@HOSTILE.function("ended the process with exit status 5")
def leaves_at_once(x):
    os._exit(5)


@HOSTILE.function("ended the process with exit status 0")
def leaves_as_if_all_were_well(x):
    os._exit(0)


@HOSTILE.function("ended the process with exit status 6")
def leaves_in_a_thread(x):
    threading.Thread(target=os._exit, args=(6,)).start()
    time.sleep(60)


@HOSTILE.function(LATE)
def stops_itself(x):
    os.kill(os.getpid(), signal.SIGSTOP)
    return square(x)


@HOSTILE.function(LATE + ", in loops")
def loops(x):
    while True:
        pass


@HOSTILE.function(LATE + ", in sleeps")
def sleeps(x):
    time.sleep(1000)


@HOSTILE.function(LATE)
def searches_for_ever(x):
    return re.match(r"(a+)+$", "a" * 60 + "b")


@HOSTILE.function(LATE)
def multiplies_for_ever(x):
    return len(str(7 ** (7**12)))


@HOSTILE.function(LATE)
def catches_every_exception(x):
    while True:
        with contextlib.suppress(BaseException):
            while True:
                time.sleep(0.01)


@HOSTILE.function(LATE)
def waits_for_itself(x):
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()


@HOSTILE.function(LATE)
def hears_no_signals(x):
    signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 32))
    while True:
        time.sleep(0.01)


@HOSTILE.function(LATE)
def has_an_alarm_of_its_own(x):
    signal.signal(signal.SIGALRM, signal.SIG_IGN)
    while True:
        time.sleep(0.01)


@HOSTILE.function("raised TimeoutError: mine")
def is_interrupted_by_its_own_alarm(x):
    def late(number, frame):
        raise TimeoutError("mine")

    signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    time.sleep(60)


@HOSTILE.function("closed file descriptors that were not its own")
def closes_what_is_not_its_own(x):
    os.closerange(0, 200)
    return square(x)


@HOSTILE.function("pass")
def opens_all_there_is(x):
    resource.setrlimit(resource.RLIMIT_NOFILE, (100, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    held = []
    with contextlib.suppress(OSError):
        while True:
            held.append(os.open(os.devnull, os.O_RDONLY))
    for each in held:
        os.close(each)
    return square(x)


@HOSTILE.function("pass")
def control(x):
    return square(x)


@gradient_case
def ends():
    return HOSTILE.cases
