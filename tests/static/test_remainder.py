"""The tree of what is kept, and whether what is left out is Python."""

import ast

import pytest

from stabcheck.static.cards import load
from stabcheck.static.needs import Needs
from stabcheck.static.parsing import parse
from stabcheck.static.portion import portion
from tests.static.test_parsing import INVALID

NEEDS = Needs(load().cards)
ALIVE = "import numpy as np\ndef alive(x):\n    return np.log(np.exp(x).sum())\n"
DEAD = """
class Dead:
    '''def f(): pass'''
    def f(self):
        import torch
        return torch.zeros(3)
    @property
    def g(self):
        from jax import (
            numpy as jnp,
        )
        return jnp
"""


@pytest.mark.parametrize("text", INVALID)
def test_errors_in_what_is_left_out_are_told(text):
    whole = f"{ALIVE}def dead(x):\n    x = 3\n{text}\n"
    with pytest.raises(SyntaxError) as told:
        portion(whole, NEEDS)
    with pytest.raises(SyntaxError) as real:
        parse(whole)
    assert (told.value.msg, told.value.lineno) == (real.value.msg, real.value.lineno)


def test_what_is_kept_stands_where_it_stood():
    text = DEAD + ALIVE + DEAD.replace("Dead", "Late")
    left = portion(text, NEEDS)
    (kept,) = (node for node in left.tree.body if hasattr(node, "name"))
    (whole,) = (node for node in parse(text).body if getattr(node, "name", "") == "alive")
    assert ast.dump(kept, include_attributes=True) == ast.dump(whole, include_attributes=True)


def test_imports_of_what_is_left_out_are_told_in_the_order_of_the_text():
    left = portion(DEAD + ALIVE + DEAD.replace("Dead", "Late"), NEEDS)
    assert [ast.unparse(node) for node in left.imports] == [
        "import torch",
        "from jax import numpy as jnp",
    ] * 2
    assert [node.lineno for node in left.imports] == [5, 9, 20, 24]


def test_of_a_class_that_is_kept_methods_are_left_out_one_by_one():
    text = DEAD + "    def alive(self, x):\n        return log(exp(x).sum())\nfrom numpy import exp, log\n"
    (cut,) = (node for node in portion(text, NEEDS).tree.body if isinstance(node, ast.ClassDef))
    assert [type(node).__name__ for node in cut.body] == ["Expr", "Pass", "Pass", "FunctionDef"]


@pytest.mark.parametrize(
    "odd",
    [
        "def dead(x):\n    y = (\n1)\n    return y\n",  # what is in parentheses stands to the left
        "def dead(\nx,\n):\n    return x\n",
        "def dead(x): import os; return os\n",
        "def dead(x):\n    return 'import'\n",
        "class Dead:\n    def f(self): return [\n2]\n    def g(self): pass\n",
    ],
)
def test_what_is_laid_out_in_an_odd_way_is_read_all_the_same(odd):
    left = portion(ALIVE + odd + "y = 2\n", NEEDS)
    whole = parse(ALIVE + odd + "y = 2\n")
    assert [ast.dump(node) for node in whole.body if not hasattr(node, "name") or node.name == "alive"] == [
        ast.dump(node) for node in left.tree.body if not hasattr(node, "name") or node.name == "alive"
    ]
