"""What users' files and their frameworks write while they run is kept out of the report.

Python's standard output goes nowhere, and so does what a library writes into the file descriptor beneath it:
JSON stands there. Of standard error, only the messages are dropped that TensorFlow's C++ libraries write
when they are loaded and when they look for devices; everything else comes through.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import IO

# Lines as absl and the older logger of TensorFlow write them: information and warnings, and the errors about
# graphics processors that are not there.
_CHATTER = re.compile(
    rb"^(WARNING: All log messages before absl::InitializeLog\(\) is called are written to STDERR"
    rb"|[IW]\d{4} \d\d:\d\d:[\d.]+ "
    rb"|\d{4}-\d\d-\d\d \d\d:\d\d:[\d.:]+ ?: [IW] (external/\S+/)?(tensorflow|xla|tsl)"
    rb"|(E\d{4} \d\d:\d\d:[\d.]+ |\d{4}-\d\d-\d\d \d\d:\d\d:[\d.:]+ ?: E ).*"
    rb"(cuInit|cuda|CUDA|cuDNN|cuBLAS|cuFFT|gpu|GPU|computation placer|register factory)"
    rb"|To enable the following instructions: )"
)


@contextlib.contextmanager
def unheard() -> Iterator[None]:
    """Standard output goes nowhere; the folder that the user's code may leave is come back to."""
    folder = os.getcwd()
    try:
        with contextlib.redirect_stdout(io.StringIO()), _descriptor_unheard(1):
            yield
    finally:
        with contextlib.suppress(OSError):
            os.chdir(folder)


@contextlib.contextmanager
def on_standard_error() -> Iterator[None]:
    """What is written to standard output goes to standard error: nothing is lost, reports stay whole."""
    folder = os.getcwd()
    _flush(sys.stdout)
    before = None
    with contextlib.suppress(OSError):  # one of them is closed
        before = os.dup(1)
        os.dup2(2, 1)
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    finally:
        _flush(sys.__stdout__)
        if before is not None:
            os.dup2(before, 1)
            os.close(before)
        with contextlib.suppress(OSError):
            os.chdir(folder)


@contextlib.contextmanager
def without_start_up_messages() -> Iterator[None]:
    """Standard error without what TensorFlow's libraries say about themselves; all of it after an exception.

    It is held back until the end: a stretch of the program in which a framework starts, no longer.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    with contextlib.ExitStack() as stack:
        try:
            held = stack.enter_context(tempfile.TemporaryFile())
            before = os.dup(2)
        except OSError:  # no standard error, or no room for it
            yield
            return
        stack.callback(os.close, before)
        _flush(sys.stderr)
        os.dup2(held.fileno(), 2)
        failed = True
        try:
            yield
            failed = False
        finally:
            _flush(sys.stderr)
            os.dup2(before, 2)
            _replay(held, everything=failed)


def without_device_messages() -> AbstractContextManager[None]:
    """The same for a stretch in which TensorFlow, loaded before, may run its first operation.

    That is when it looks for devices. After it, standard error is left alone.
    """
    module = sys.modules.get("tensorflow.python.eager.context")
    context = module.context() if module is not None and hasattr(module, "context") else None
    starting = context is not None and not getattr(context, "_initialized", True)
    return without_start_up_messages() if starting else contextlib.nullcontext()


def _replay(held: IO[bytes], *, everything: bool) -> None:
    held.seek(0)
    with contextlib.suppress(OSError):  # nobody listens
        for line in held:
            if everything or not _CHATTER.match(line):
                os.write(2, line)


@contextlib.contextmanager
def _descriptor_unheard(descriptor: int) -> Iterator[None]:
    _flush(sys.__stdout__)
    try:
        before = os.dup(descriptor)
    except OSError:  # it is closed
        yield
        return
    try:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), descriptor)
        yield
    finally:
        _flush(sys.__stdout__)
        os.dup2(before, descriptor)
        os.close(before)


def _flush(stream: IO[str] | None) -> None:
    with contextlib.suppress(OSError, ValueError):
        if stream is not None:
            stream.flush()
