"""Functions that change the world around them, and give the right value."""

from __future__ import annotations

import asyncio
import atexit
import builtins
import contextlib
import gc
import io
import locale
import logging
import multiprocessing
import os
import random
import resource
import signal
import subprocess
import sys
import threading
import time
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from declared import Hostile, expected, square

from stabcheck import gradient_case

HOSTILE = Hostile()


@HOSTILE.function("fail mutates-input")
def its_input(x):
    x += 1
    return np.sum((x - 1) ** 2)


@HOSTILE.function("fail mutates-input")
def its_input_and_back(x):
    found = np.sum(x**2)
    x[:] = 0
    return found


@HOSTILE.function("pass")
def the_flags_of_its_input(x):
    x.setflags(write=False)
    return square(x)


@HOSTILE.function("pass")
def the_shape_of_its_input(x):
    x.shape = (2, 2)
    return square(x)


@HOSTILE.function("pass")
def what_numpy_does_at_infinities(x):
    np.seterr(all="raise")
    return square(x)


@HOSTILE.function("pass")
def what_numpy_calls_at_infinities(x):
    np.seterrcall(lambda *what: sys.exit("infinite"))
    np.seterr(all="call")
    return square(x)


@HOSTILE.function("pass")
def warnings_into_errors(x):
    warnings.simplefilter("error")
    return square(x)


@HOSTILE.function("pass")
def the_seed(x):
    np.random.seed(0)
    random.seed(0)
    return square(x) + 0 * np.random.normal()


@HOSTILE.function("inconclusive nondeterministic")
def the_dice(x):
    return square(x) + 0.1 * np.random.normal()


@HOSTILE.function("inconclusive nondeterministic")
def the_time(x):
    return square(x) * (1 + time.perf_counter() % 1)


CALLS = [0]


@HOSTILE.function("inconclusive nondeterministic")
def a_counter(x):
    CALLS[0] += 1
    return square(x) + CALLS[0]


@HOSTILE.function("raised ZeroDivisionError|could not be checked: ZeroDivisionError")
def numpy_itself(x):
    found = square(x)
    np.abs = np.max = np.isfinite = lambda *args, **keywords: 1 / 0
    return found


@HOSTILE.function("pass|could not be checked|changed what stabcheck runs on")
def what_len_is(x):
    found = square(x)
    builtins.len = lambda what: 7
    return found


@HOSTILE.function("pass")
def where_it_is(x):
    os.chdir("/")
    return square(x)


@HOSTILE.function("pass")
def where_modules_come_from(x):
    sys.path.clear()
    sys.modules.pop("declared", None)
    return square(x)


@HOSTILE.function("pass")
def its_environment(x):
    os.environ.clear()
    return square(x)


@HOSTILE.function("pass")
def its_locale_and_mask(x):
    with contextlib.suppress(locale.Error):
        locale.setlocale(locale.LC_ALL, "")
    os.umask(0o777)
    return square(x)


@HOSTILE.function("pass")
def both_streams(x):
    print("noise")
    print("noise", file=sys.stderr)
    os.write(1, b"noise\n")
    return square(x)


@HOSTILE.function("pass")
def closed_streams(x):
    sys.stdout.close()
    sys.stderr.close()
    return square(x)


@HOSTILE.function("pass")
def closed_descriptors_of_streams(x):
    for number in (0, 1, 2):
        with contextlib.suppress(OSError):
            os.close(number)
    return square(x)


@HOSTILE.function("pass")
def other_streams(x):
    sys.stdout = io.StringIO()
    sys.stderr = None
    return square(x)


@HOSTILE.function("pass")
def what_is_logged(x):
    logging.basicConfig(level=0, force=True)
    logging.getLogger().debug("noise")
    return square(x)


@HOSTILE.function("pass")
def how_deep_it_may_go(x):
    sys.setrecursionlimit(200)
    return square(x)


@HOSTILE.function("pass")
def who_watches_it(x):
    sys.settrace(lambda *what: None)
    sys.setprofile(lambda *what: None)
    return square(x)


@HOSTILE.function("pass")
def what_is_swept(x):
    gc.disable()
    gc.set_threshold(0)
    return square(x)


@HOSTILE.function("pass")
def what_signals_do(x):
    for number in (signal.SIGALRM, signal.SIGINT, signal.SIGTERM, signal.SIGUSR2, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)
    return square(x)


@HOSTILE.function("pass")
def what_comes_at_the_end(x):
    atexit.register(os._exit, 9)
    atexit.register(print, "noise at the end")
    return square(x)


@HOSTILE.function("pass")
def hooks(x):
    sys.excepthook = threading.excepthook = sys.unraisablehook = lambda *what: os._exit(8)
    return square(x)


class Fallen:
    """Raises when it is swept up."""

    def __del__(self):
        raise RuntimeError("fallen")


@HOSTILE.function("pass")
def what_raises_when_it_is_swept_up(x):
    Fallen()
    return square(x)


@HOSTILE.function("pass")
def its_priority_and_limits(x):
    os.nice(1)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    return square(x)


@HOSTILE.function("pass")
def a_process_that_returns_twice(x):
    CALLS[0] += 1
    if CALLS[0] % 50 == 0:
        os.fork()
    return square(x)


@HOSTILE.function("pass")
def a_process_that_ends(x):
    CALLS[0] += 1
    if CALLS[0] % 50 == 0 and os.fork() == 0:
        os._exit(0)
    return square(x)


STARTED: list[int] = []


@HOSTILE.function("pass")
def a_program_that_outlives_it(x):
    if not STARTED:
        STARTED.append(subprocess.Popen(["sleep", "20"], start_new_session=True).pid)
    return square(x)


@HOSTILE.function("pass")
def a_pool_of_processes(x):
    if len(STARTED) < 2:
        with multiprocessing.get_context("fork").Pool(2) as pool:
            STARTED.append(sum(pool.map(abs, [1, 2])))
    return square(x)


@HOSTILE.function("pass")
def threads_that_go_on(x):
    if threading.active_count() < 10:
        threading.Thread(target=time.sleep, args=(20,), daemon=True).start()
    return square(x)


@HOSTILE.function("pass")
def a_thread_that_never_ends(x):
    if threading.active_count() < 20:
        threading.Thread(target=threading.Event().wait).start()
    return square(x)


@HOSTILE.function("pass")
def a_thread_that_raises(x):
    thread = threading.Thread(target=lambda: 1 / 0)
    thread.start()
    thread.join()
    return square(x)


@HOSTILE.function("pass")
def a_pool_of_threads(x):
    with ThreadPoolExecutor(2) as pool:
        return sum(pool.map(square, np.split(x, 2)))


@HOSTILE.function("pass")
def a_loop_of_events(x):
    async def inner():
        await asyncio.sleep(0)
        return square(x)

    return asyncio.run(inner())


@HOSTILE.function("pass")
def its_own_file(x):
    with contextlib.suppress(FileNotFoundError):
        os.remove(__file__)
    return square(x)


@HOSTILE.function("pass")
def its_own_code(x):
    its_own_code.__code__ = (lambda x: square(x)).__code__
    return square(x)


@HOSTILE.function("pass")
def nothing_after_all_this(x):
    """What the others have changed is as it was."""
    assert len([1, 2]) == 2
    assert np.geterr()["over"] != "raise"
    assert sys.getrecursionlimit() > 500
    assert gc.isenabled()
    assert sys.stderr is not None
    assert np.max(np.abs(x)) < 100
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
    warnings.warn("no error", stacklevel=1)
    return square(x)


@HOSTILE.function("pass")
def its_own_name(x):
    globals().clear()
    return (x**2).sum()


@gradient_case
def changes():
    return HOSTILE.cases


@expected("pass")
@gradient_case
def control():
    from declared import X, double, square

    from stabcheck import GradientCase

    return GradientCase(square, X, double)
