"""A file with cases that crashes when it is imported."""

import ctypes

from stabcheck import gradient_case

ANSWER = r"importing it ended the process by SIGSEGV"

ctypes.string_at(0)


@gradient_case
def never():
    return None
