"""Writing a file so that a kill at any moment leaves the old one or the new one, never a half."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile


def write_text(path: str, text: str) -> None:
    """Write `text` in UTF-8, its newlines as they are; what UTF-8 can't hold is escaped.

    An existing file keeps its mode. What is no regular file (a terminal, a pipe), and what can only be
    written in place (a mount point, a file in a folder that is read-only), is written straight.

    Raises
    ------
    OSError
        if it can't be written.
    """
    data = text.encode("utf-8", errors="backslashreplace")
    target = os.path.realpath(path)
    try:
        mode = os.stat(target).st_mode
    except FileNotFoundError:
        mode = None
    if mode is not None and not stat.S_ISREG(mode):
        _write(target, data)
        return
    try:
        _replace(target, data, mode)
    except OSError:
        if mode is None or not os.access(target, os.W_OK):
            raise
        _write(target, data)


def _write(target: str, data: bytes) -> None:
    with open(target, "wb") as file:
        file.write(data)


def _replace(target: str, data: bytes, mode: int | None) -> None:
    if mode is not None and not os.access(target, os.W_OK):
        raise PermissionError(13, "Permission denied")
    handle, temporary = tempfile.mkstemp(prefix=".stabcheck-", dir=os.path.dirname(target))
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(temporary, stat.S_IMODE(mode) if mode is not None else 0o666 & ~_mask())
        os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def _mask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
