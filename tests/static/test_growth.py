"""What a file costs grows with its size, and no more: counted in calls of functions, not in seconds."""

import ast
import sys
import textwrap
from collections import Counter

import pytest

from stabcheck.static.cards import load
from stabcheck.static.engine import check
from stabcheck.static.testing import unmarked
from stabcheck.timelimit import cpu_limit

CARDS = tuple(load())
FOUND = [
    unmarked(next(example.source for example in card.examples if example.heading == "Found"))
    for card in CARDS
]


def counted(source, most=None):
    """How often each function is called in a check of a text; an AssertionError after `most` calls."""
    calls, total = Counter(), 0

    def note(frame, event, _):
        nonlocal total
        if event == "call":
            calls[f"{frame.f_code.co_filename.rpartition('/')[2]}:{frame.f_code.co_name}"] += 1
            total += 1
            if most is not None and total > most:
                raise AssertionError(f"more than {most} calls, now in {frame.f_code.co_name}")

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        check(source, "x.py", CARDS)
    finally:
        sys.setprofile(before)
    return calls


def repeated(blocks, times, *, within):
    """The blocks so many times in a module: each in a function of its own, or all in one function."""
    copies = [block for _ in range(times) for block in blocks]
    if within:
        return "def outer():\n" + "".join(textwrap.indent(block, "    ") for block in copies)
    return "".join(f"def outer{i}():\n{textwrap.indent(block, '    ')}\n" for i, block in enumerate(copies))


def parses(block):
    try:
        compile(repeated([block], 1, within=True), "x.py", "exec", ast.PyCF_ONLY_AST)
    except SyntaxError:
        return False
    return True


@pytest.mark.parametrize("within", [False, True], ids=["functions", "function"])
def test_no_function_is_called_more_than_in_proportion(within):
    blocks = [block for block in FOUND if parses(block)][within::2]
    check(repeated(blocks, 1, within=within), "x.py", CARDS)  # what is loaded and compiled once
    few = counted(repeated(blocks, 1, within=within))
    many = counted(repeated(blocks, 3, within=within))
    over = {name: (few[name], calls) for name, calls in many.items() if calls > 3.5 * few[name] + 300}
    assert over == {}


DOUBLED = [
    "x + x",
    "x - x",
    "x * x",
    "x / x",
    "x * x + x",
    "(x + x) * (x - x)",
    "2 * x * (2 * x)",
    "abs(x) + abs(x)",
    "-x - -x",
    "x / 2 + x / 2",
    "(lambda y: y + y)(x)",
    "np.exp(x) * np.exp(x)",
    "np.where(x > 0, x, x)",
    "x @ x",
    "[x, x]",
]


@pytest.mark.parametrize("doubled", DOUBLED)
def test_what_is_shared_is_not_taken_apart_once_for_each_use(doubled):
    body = [f"x = {doubled}"] * 40 + [
        "y = np.log(x) / x",
        "z = np.sqrt(x) - np.exp(x) / np.sum(np.exp(x))",
        "w = np.linalg.inv(x) - np.linalg.cholesky(x) + tf.where(x > 0, tf.math.log(x), 0.0)",
        "if x < 1e-10:",
        "    return 1 / x - np.exp(x) * (x <= 0)",
        "assert np.abs(x - y) < 1e-20",
        "return y / np.sum(x) + np.log(1 + np.exp(x)) + np.arccos(x) + z - w",
    ]
    counted(
        "import numpy as np\nimport tensorflow as tf\ndef f(x):\n    " + "\n    ".join(body) + "\n",
        most=6_000_000,
    )


@pytest.mark.parametrize("step", ["x = x + 1", "x -= np.exp(x)"])
def test_a_name_that_is_changed_many_times(step):
    def calls(times):
        body = f"    {step}\n" * times
        return counted(f"import numpy as np\ndef f(x):\n{body}    return np.sqrt(x)\n").total()

    assert calls(540) < 3.5 * calls(180)


def test_rows_of_comment_signs_are_gone_through_once():
    """Each `#` may begin a comment, and `>` stands before them in a text: trying all of them never ended."""
    text = f'import numpy as np\n\n\ndef check(x):\n    """>>> {"#" * 60}\n\n    > {"#" * 60} x\n    """\n'
    text += "    numeric = np.abs(x)\n    return np.max(np.abs(numeric - x)) < 1e-7\n"
    with cpu_limit(5):
        check(text, "rows.py", CARDS)
