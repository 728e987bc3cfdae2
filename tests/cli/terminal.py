"""A command on a terminal of its own: a pseudo-terminal, as wide as wanted, on which Ctrl-C works."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from contextlib import contextmanager

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_CLEAN = ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES")


class Terminal:
    """A process and what it has written; standard output is the terminal as well, or a pipe."""

    def __init__(self, process, master):
        self.process, self.master, self.shown = process, master, b""

    def read_until(self, pattern, seconds=60.0):
        """Wait until a pattern is shown, or the process has closed the terminal."""
        deadline = time.monotonic() + seconds
        while not re.search(pattern, self.text):
            if not self._read(deadline - time.monotonic()):
                return
            assert time.monotonic() < deadline, self.text

    def read_all(self, seconds=60.0):
        """Everything until the process closes the terminal, and its status."""
        deadline = time.monotonic() + seconds
        while self._read(deadline - time.monotonic()):
            assert time.monotonic() < deadline, self.text
        return self.process.wait(timeout=seconds)

    def _read(self, seconds):
        ready, _, _ = select.select([self.master], [], [], max(seconds, 0))
        if not ready:
            return True
        try:
            data = os.read(self.master, 65536)
        except OSError:  # Linux: nobody has the other end open
            return False
        self.shown += data
        return bool(data)

    def press(self, keys):
        """Type something; "\\x03" is Ctrl-C, which reaches every process of the group."""
        os.write(self.master, keys.encode())

    @property
    def text(self):
        """All that was shown, as text."""
        return self.shown.decode(errors="replace").replace("\r\n", "\n")


@contextmanager
def terminal(arguments, cwd, columns=80, stdout=None, **environment):
    """Run a program on a terminal with so many columns."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    clean = {key: value for key, value in os.environ.items() if key not in _CLEAN}
    process = subprocess.Popen(
        arguments,
        cwd=cwd,
        stdin=slave,
        stdout=slave if stdout is None else stdout,
        stderr=slave,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509
        env={**clean, "TERM": "xterm", "PYTHONDONTWRITEBYTECODE": "1", **environment},
    )
    os.close(slave)
    try:
        yield Terminal(process, master)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        os.close(master)


def stabcheck(*arguments, cwd, columns=80, **environment):
    """What `stabcheck` shows on a terminal, and its status."""
    with terminal([sys.executable, "-m", "stabcheck", *arguments], cwd, columns, **environment) as shown:
        status = shown.read_all()
        return status, shown.text


def visible(text, *, escapes=False):
    """The lines that stay: what a carriage return goes back over is gone, and colours unless wanted."""
    lines = [re.split(r"\r(?:\x1b\[K)?(?:\x1b\[\?25h)?", line)[-1] for line in text.split("\n")]
    return lines if escapes else [ESCAPES.sub("", line) for line in lines]
