"""What a case changes of the process is put back behind it."""

from __future__ import annotations

import builtins
import gc
import os
import signal
import sys
import warnings

import numpy as np

from stabcheck.dynamic.restored import restored


def test_settings_are_put_back():
    before = np.geterr(), sys.getrecursionlimit(), gc.isenabled(), sys.unraisablehook, os.umask(0o022)
    os.umask(before[-1])
    with restored():
        np.seterr(all="raise")
        sys.setrecursionlimit(300)
        gc.disable()
        sys.unraisablehook = print
        os.umask(0o777)
        os.environ["STABCHECK_TEST"] = "1"
        warnings.simplefilter("error")
    mask = os.umask(0o022)
    os.umask(mask)
    assert (np.geterr(), sys.getrecursionlimit(), gc.isenabled(), sys.unraisablehook, mask) == before
    assert "STABCHECK_TEST" not in os.environ
    assert not any(each[0] == "error" and each[2] is Warning for each in warnings.filters[:1])


def test_names_are_put_back_even_after_an_exception():
    before = np.abs, builtins.len
    try:
        with restored():
            np.abs = None
            del builtins.len
            raise ValueError
    except ValueError:
        pass
    assert (np.abs, builtins.len) == before


def test_handlers_of_signals_are_put_back():
    before = signal.getsignal(signal.SIGTERM)
    with restored():
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
    assert signal.getsignal(signal.SIGTERM) is before
    assert signal.SIGUSR1 not in signal.pthread_sigmask(signal.SIG_BLOCK, ())
