"""What is made for a file is freed when the file is checked, not when the garbage collector comes."""

from __future__ import annotations

import ast
import gc

from stabcheck.config import Settings
from stabcheck.static.engine import check
from stabcheck.static.rules import rules

TEXT = """
import numpy as np

class Model:
    def __init__(self, x):
        self.scale = np.exp(x)
        self.twin = Model(x)

    def call(self, p):
        def inner(q):
            return inner(q - 1) + np.log(1 + q)
        return inner(p) / self.scale

def softplus(x):
    return np.log(1 + np.exp(x))
"""


def test_functions_and_classes_that_refer_to_themselves_are_freed_without_the_collector() -> None:
    cards = rules(Settings()).cards
    assert check(TEXT, "a.py", cards)
    check("import numpy as np\nnp.log(np.exp(x))\n", "b.py", cards)  # what is kept is of the last module
    gc.collect()
    gc.disable()
    try:
        before = sum(isinstance(each, ast.Module | ast.FunctionDef) for each in gc.get_objects())
        check(TEXT, "a.py", cards)
        check("import numpy as np\nnp.log(np.exp(x))\n", "b.py", cards)
        after = sum(isinstance(each, ast.Module | ast.FunctionDef) for each in gc.get_objects())
    finally:
        gc.enable()
    assert after == before
