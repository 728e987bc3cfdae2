"""What a case changes beside its own data is put back behind it: the next one runs as if it were alone.

Put back are settings of Python, NumPy, Keras and TensorFlow that are one for the whole process, and the names
of NumPy and of the built-in functions. What can't be put back (threads, descriptors, files) is left.
"""

from __future__ import annotations

import builtins
import contextlib
import gc
import locale
import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, MutableMapping
from typing import Any

Undo = Callable[[], object]


@contextlib.contextmanager
def restored() -> Iterator[None]:
    """Everything that is put back is as it was, however the block ends."""
    undo = [keep() for keep in _KEPT]
    try:
        with warnings.catch_warnings():
            yield
    finally:
        for each in undo:
            with contextlib.suppress(Exception):  # one setting that resists does not keep the others
                each()


def _names() -> Undo:
    """Names of NumPy and of built-in functions that were given another meaning, or taken away."""
    modules = [builtins, *(sys.modules[name] for name in ("numpy", "math") if name in sys.modules)]
    before = [(vars(module), dict(vars(module))) for module in modules]

    def undo() -> None:
        for names, copy in before:
            _as_before(names, copy)

    return undo


def _as_before(now: MutableMapping[str, Any], before: dict[str, Any]) -> None:
    """What was there is there again; what has come since stays."""
    for name, value in before.items():
        if now.get(name, before) is not value:
            now[name] = value


def _modules() -> Undo:
    before = dict(sys.modules)
    return lambda: _as_before(sys.modules, before)


def _environment() -> Undo:
    before = dict(os.environ)

    def undo() -> None:
        if dict(os.environ) != before:
            os.environ.clear()
            os.environ.update(before)

    return undo


def _interpreter() -> Undo:
    limit, collected, thresholds = sys.getrecursionlimit(), gc.isenabled(), gc.get_threshold()
    hooks = sys.excepthook, sys.unraisablehook, threading.excepthook
    streams = sys.stdin, sys.stderr

    def undo() -> None:
        sys.excepthook, sys.unraisablehook, threading.excepthook = hooks
        sys.stdin, sys.stderr = streams
        gc.set_threshold(*thresholds)
        (gc.enable if collected else gc.disable)()
        sys.setrecursionlimit(limit)

    return undo


def _watchers() -> Undo:
    trace, profile = sys.gettrace(), sys.getprofile()

    def undo() -> None:
        if sys.gettrace() is not trace:
            sys.settrace(trace)
        if sys.getprofile() is not profile:
            sys.setprofile(profile)

    return undo


def _signals() -> Undo:
    """Handlers of signals, and which of them are blocked; only the main thread may set the former."""
    if os.name != "posix" or threading.current_thread() is not threading.main_thread():
        return lambda: None
    handlers = {number: signal.getsignal(number) for number in signal.valid_signals()}
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, ())

    def undo() -> None:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        if isinstance(sys.exception(), KeyboardInterrupt):
            return  # nothing runs behind it, and who was interrupted once may have chosen to be deaf
        for number, handler in handlers.items():
            if handler is not None and signal.getsignal(number) is not handler:
                signal.signal(number, handler)

    return undo


def _files() -> Undo:
    """The mask of new files, and what standard input and error are connected to; output is not the case's."""
    mask = os.umask(0)
    os.umask(mask)
    kept = {number: _copied(number) for number in (0, 2)}

    def undo() -> None:
        os.umask(mask)
        for number, copy in kept.items():
            if copy is not None:
                os.dup2(copy, number)
                os.close(copy)
        if sys.stderr is not None and sys.stderr.closed:
            sys.stderr = os.fdopen(2, "w", buffering=1, closefd=False)

    return undo


def _limits() -> Undo:
    """The limits of the process, as far as they were not lowered for good."""
    if os.name != "posix":
        return lambda: None
    import resource  # noqa: PLC0415  (of POSIX alone)

    kinds = (resource.RLIMIT_AS, resource.RLIMIT_NOFILE, resource.RLIMIT_CPU, resource.RLIMIT_STACK)
    before = [(kind, resource.getrlimit(kind)) for kind in kinds]

    def undo() -> None:
        for kind, limit in before:
            if resource.getrlimit(kind) != limit:
                with contextlib.suppress(ValueError, OSError):  # the hard limit was lowered: it stays so
                    resource.setrlimit(kind, limit)

    return undo


def _copied(descriptor: int) -> int | None:
    try:
        return os.dup(descriptor)
    except OSError:  # it is closed
        return None


def _locale() -> Undo:
    before = locale.setlocale(locale.LC_ALL)
    return lambda: locale.setlocale(locale.LC_ALL) != before and locale.setlocale(locale.LC_ALL, before)


def _numpy() -> Undo:
    numpy = sys.modules.get("numpy")
    if numpy is None:
        return lambda: None
    errors, call, printed = numpy.geterr(), numpy.geterrcall(), numpy.get_printoptions()

    def undo() -> None:
        numpy.seterr(**errors)
        numpy.seterrcall(call)
        numpy.set_printoptions(**printed)

    return undo


def _keras() -> Undo:
    config: Any = getattr(sys.modules.get("keras"), "config", None)
    if not hasattr(config, "dtype_policy"):
        return lambda: None
    floatx, policy = config.floatx(), config.dtype_policy()

    def undo() -> None:
        config.set_floatx(floatx)
        config.set_dtype_policy(policy)

    return undo


def _tensorflow() -> Undo:
    config: Any = getattr(sys.modules.get("tensorflow"), "config", None)
    if not hasattr(config, "functions_run_eagerly"):
        return lambda: None
    eagerly = config.functions_run_eagerly()
    return lambda: config.functions_run_eagerly() != eagerly and config.run_functions_eagerly(eagerly)


_KEPT: tuple[Callable[[], Undo], ...] = (
    _names,
    _modules,
    _environment,
    _limits,
    _interpreter,
    _files,
    _watchers,
    _signals,
    _locale,
    _numpy,
    _keras,
    _tensorflow,
)
