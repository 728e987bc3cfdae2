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
        replace(target, data)
    except OSError:
        if mode is None or not os.access(target, os.W_OK):
            raise
        _write(target, data)


def _write(target: str, data: bytes) -> None:
    with open(target, "wb") as file:
        file.write(data)


def replace(target: str, data: bytes) -> None:
    """Let a regular file hold `data`: all of it, on the disk, or what it held before.

    An existing file keeps its mode, and its owner where this user may give it away.

    Raises
    ------
    OSError
        if the file may not be written, or its folder has no room for the new one.
    """
    try:
        before = os.stat(target)
    except FileNotFoundError:
        before = None
    if before is not None and not os.access(target, os.W_OK):
        raise PermissionError(13, "Permission denied")
    handle, temporary = tempfile.mkstemp(prefix=".stabcheck-", dir=os.path.dirname(target))
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o666 & ~_mask() if before is None else stat.S_IMODE(before.st_mode))
        if before is not None:
            with contextlib.suppress(OSError):  # only the superuser may, and only he would change the owner
                os.chown(temporary, before.st_uid, before.st_gid)
        os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def _mask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
