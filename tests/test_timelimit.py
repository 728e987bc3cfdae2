"""A stretch that takes too long is interrupted at the line that runs."""

from __future__ import annotations

import itertools
import signal
import threading
import time

import pytest

from stabcheck.timelimit import TimeLimitError, cpu_limit, time_limit


def test_what_never_comes_back_is_interrupted_again_and_again():
    swallowed = []

    def stubborn():
        while len(swallowed) < 2:
            try:
                time.sleep(60)
            except TimeLimitError:
                swallowed.append(True)

    with time_limit(0.05):
        stubborn()
    assert len(swallowed) == 2


def test_waiting_takes_no_processor():
    with cpu_limit(0.1):
        time.sleep(0.3)
    with pytest.raises(TimeLimitError), cpu_limit(0.1):
        any(False for _ in itertools.count())


def test_no_limit_and_no_main_thread():
    with time_limit(None):
        pass
    ended = []

    def work():
        with time_limit(0.01), cpu_limit(0.01):
            time.sleep(0.05)
            ended.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert ended


def test_the_programs_own_alarm_comes_back():
    heard = []
    before = signal.signal(signal.SIGALRM, lambda *_: heard.append(True))
    try:
        signal.setitimer(signal.ITIMER_REAL, 1000)
        with time_limit(500):
            assert signal.getitimer(signal.ITIMER_REAL)[0] <= 500
        assert 500 < signal.getitimer(signal.ITIMER_REAL)[0] <= 1000
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert not heard
