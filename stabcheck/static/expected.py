"""What a test computes to compare with: the formula as the textbook has it, at inputs that the test chooses.

Its purpose is to be obvious, and at those inputs it is right, or the test fails. Rules about formulas are
silent there; what is said of comparisons, gradient checks and dtypes counts in tests as anywhere.
"""

from __future__ import annotations

import re
from functools import lru_cache

_TEST_FILE = re.compile(r"(?:^|[/\\])(?:tests?|testing)[/\\]|(?:^|[/\\])test_[^/\\]*$|_test\.py$")
_TEST = re.compile(r"(?:^|\.)test_?[^.]*(?:$|\.)")  # and what is defined in it
_FORMULAS = ("NS1", "NS2", "NS3", "NS4", "NS8")
PLAIN = frozenset({None, "numpy", "scipy", "math", "python"})  # libraries in which nothing is trained


@lru_cache(maxsize=8)
def is_test_file(path: str) -> bool:
    """Whether a file holds tests, by its name or its folder."""
    return _TEST_FILE.search(path) is not None


def is_expectation(code: str, path: str, function: str) -> bool:
    """Whether a rule speaks of a formula in a test: one that is computed in a library of `PLAIN` is expected.

    Parameters
    ----------
    code, path
        of the rule and the file.
    function
        the qualified name of the function that the formula stands in.
    """
    return code.startswith(_FORMULAS) and is_test_file(path) and _TEST.search(function) is not None
