"""What a process that died says of the case that ran in it, in one line."""

from __future__ import annotations

import re
import signal
from pathlib import Path

from stabcheck.dynamic.case_errors import CaseError
from stabcheck.dynamic.running import Begun
from stabcheck.dynamic.trace.location import is_users

# A line of the stack that `faulthandler` writes, the innermost frame first.
_FRAME = re.compile(r'^  File "(?P<path>.*)", line (?P<line>\d+) in (?P<function>.*)$', re.MULTILINE)
SPEECHLESS = 113  # the exit status of a process whose answers are not taken any more
_MEANINGS = {
    "SIGSEGV": "a segmentation fault",
    "SIGBUS": "a bus error",
    "SIGILL": "an illegal instruction",
    "SIGFPE": "an integer fault of the processor",
    "SIGABRT": "an abort in native code",
    "SIGKILL": "killed, perhaps as the memory was used up",
}


def died(begun: Begun, status: int, stack: str, folder: str) -> CaseError:
    """The process has ended by itself, with this exit status (negative: the number of a signal)."""
    where, line = _where(begun, stack, folder)
    if status == SPEECHLESS:
        return CaseError(
            begun.shown, f"{begun.what} closed file descriptors that were not its own{where}", line
        )
    if status >= 0:
        return CaseError(
            begun.shown, f"{begun.what} ended the process with exit status {status}{where}", line
        )
    return CaseError(begun.shown, f"{begun.what} ended the process by {_signal(-status)}{where}", line)


def given_up(begun: Begun, seconds: float, stack: str, folder: str) -> CaseError:
    """It was killed: its time limit is no exception in native code, nor where all of them are caught."""
    where, line = _where(begun, stack, folder)
    said = f"{begun.what} was given up after {seconds:g} s{where}, where no exception ends it"
    return CaseError(begun.shown, said, line)


def spoiled(begun: Begun) -> CaseError:
    """What it says is no answer: the user's code has its hands in what answers are made of, or sent by."""
    said = (
        "changed what stabcheck runs on (a function of Python's own, a file descriptor): there is no answer"
    )
    return CaseError(begun.shown, f"{begun.what} {said}", begun.line)


def _signal(number: int) -> str:
    try:
        name = signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
    return f"{name} ({_MEANINGS[name]})" if name in _MEANINGS else name


def _where(begun: Begun, stack: str, folder: str) -> tuple[str, int | None]:
    """The innermost of the user's frames: ", in f", and its line if it is in the file of the case."""
    file = Path(folder, begun.shown).resolve()
    for frame in _FRAME.finditer(stack):
        path = frame["path"]
        if is_users(path):
            here = Path(path).resolve() == file
            named = frame["function"] not in ("<module>", "<lambda>")
            inside = f", in {frame['function']}" if named else ""
            return inside if here else f"{inside} ({path}:{frame['line']})", int(
                frame["line"]
            ) if here else begun.line
    return "", begun.line
