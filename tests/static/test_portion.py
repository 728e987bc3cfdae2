"""What rules can't speak of is left out, and nothing that is found changes by it."""

import ast
from dataclasses import replace
from importlib.util import find_spec
from itertools import islice
from pathlib import Path

import pytest

from stabcheck.static.cards import load
from stabcheck.static.engine import check, check_whole
from stabcheck.static.needs import Needs
from stabcheck.static.portion import portion
from stabcheck.static.source import Source, decode, read

CATALOGUE = load()
CARDS, BY_NAME = CATALOGUE.cards, CATALOGUE.by_name
SIMPLE = {"any-exp": replace(BY_NAME["log-of-prod"], needed=((frozenset({"exp"}),),))}


def kept(text, *names):
    """The functions, methods and classes that are left, by name."""
    left = portion(text, Needs([SIMPLE.get(name) or BY_NAME[name] for name in names]))
    tree = ast.parse(text) if left is None else left.tree
    return [node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("def f(x):\n    return np.exp(x) - 1\ndef g(x):\n    return x\n", ["f"]),
        (
            "def f(x):\n    return h(x) - 1\ndef g(x):\n    return x\ndef h(x):\n    return np.exp(x)\n",
            ["f", "h"],
        ),
        ("def f(x):\n    '''np.exp(x)'''\ndef g(x):\n    return x.exp()  # np\n", ["g"]),
        ("def f(x):\n    # exp\n    return f'''{exp(x)}'''\ndef g(x):\n    return x\n", ["f"]),
        ("@decorated\ndef f(x):\n    return exp(x)\nX = 2\ndef g(x):\n    return X\n", ["f"]),
        ("X = np.exp(1)\ndef f(x):\n    return x\n", ["f"]),
        ("__all__ = ['exp']\ndef f(x):\n    return x\ndef exp(x):\n    return x\n", ["exp"]),
        (
            "X = f()\ndef f():\n    return Y\ndef g(x):\n    return exp(x)\ndef h(x):\n    return x\n",
            ["f", "g"],
        ),
        ("from numpy import exp as e\ndef f(x):\n    return e(x)\n", ["f"]),
        (
            "def f(x):\n    set_floatx('float64')\ndef g(x):\n    return exp(x)\ndef h(x):\n    pass\n",
            ["f", "g"],
        ),
    ],
)
def test_functions_without_what_a_rule_needs_are_left_out(text, left):
    assert kept(text, "any-exp") == left


CLASS = """
class A(Base):
    scale = 2
    def set(self):
        self.value = np.ones(3)
    def use(self):
        return exp(self.value) - 1
    def help(self, x):
        return x
    def other(self):
        return self.help(2)
    def last(self):
        return self.scale
"""


def test_methods_are_kept_with_those_that_store_what_they_use():
    assert kept(CLASS, "any-exp") == ["A", "set", "use"]
    assert kept(CLASS.replace("self.help(2)", "exp(self.help(2))"), "any-exp") == [
        "A", "set", "use", "help", "other",
    ]  # fmt: skip


def test_of_a_class_that_others_name_only_what_they_may_call_is_kept():
    assert kept(CLASS + "def f():\n    return A().use()\n", "any-exp") == ["A", "f", "set", "use"]
    assert kept(CLASS + "def f():\n    return exp(A().last())\n", "any-exp") == [
        "A", "f", "set", "use", "last",
    ]  # fmt: skip
    whole = ["A", "set", "use", "help", "other", "last"]
    assert kept(CLASS.replace("scale = 2", "scale = exp(2)"), "any-exp") == whole


def test_what_an_attribute_is_used_for_is_kept_with_what_is_stored():
    text = CLASS.replace("np.ones(3)", "np.exp(2)").replace("exp(self.value)", "self.value")
    assert kept(text, "any-exp") == ["A", "set", "use"]


def test_rules_are_told_apart_by_all_that_they_need():
    text = "import numpy as np\ndef f(x):\n    return np.log(x)\ndef g(x):\n    return np.log(np.prod(x))\n"
    assert kept(text, "log-of-prod") == ["g"]
    assert portion(text, Needs(CARDS)).spoken >= {"NS119"}


ALIVE = "def a(x):\n    return np.exp(x) - 1\n"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        # The difference stands in the function that the rule speaks of; what it is made of, anywhere.
        ("def f(x):\n    return g(x) - 1\ndef g(x):\n    return np.exp(x)\n", ["f", "g"]),
        ("def f(x):\n    return g(x)\ndef g(x):\n    return np.exp(x) - 1\n", ["g"]),
        ("def f(x):\n    return g(x)[-1]\ndef g(x):\n    return np.exp(x, dtype=a) * 1e-3\n" + ALIVE, ["a"]),
        ("def f(x):\n    return tf.subtract(g(x), 1)\ndef g(x):\n    return tf.exp(x)\n", ["f", "g"]),
        (
            "def f(x, minus=np.subtract):\n    return minus(g(x), 1)\ndef g(x):\n    return np.exp(x)\n",
            ["f", "g"],
        ),
        ("minus = np.subtract\ndef f(x):\n    return minus(np.exp(x), 1)\n", ["f"]),
        ("def f(x):\n    raise ValueError('exp(x) - 1 is not what it was before, by far')\n" + ALIVE, ["a"]),
        ("def f(x):\n    return (np.exp(x)\n        - 1)\n", ["f"]),
        ("def f(x):\n    return np.exp(x) \\\n        - 1\n", ["f"]),
        ("def f(x):\n    x = np.exp(x)\n    x -= 1\n    return x\n", ["f"]),
        # A choice between values bears on what is said of them where they are made.
        ("def f():\n    return np.exp(k) - 1\ndef g(c):\n    return np.where(c, f(), 0)\n", ["f", "g"]),
    ],
)
def test_an_operator_counts_where_it_is_written(text, left):
    assert kept(text, "missing-expm1") == left


def test_of_a_class_only_what_a_method_takes_of_itself_is_kept():
    text = CLASS.replace("return self.help(2)", "return exp(x.help + x.value) - help")
    assert kept(text, "missing-expm1") == ["A", "set", "use", "other"]  # `set` for `use`
    assert "help" in kept(text.replace("x.help", "super().help()"), "missing-expm1")
    assert "help" in kept(
        text.replace("def other(self):", "def other(self):\n        x = self"), "missing-expm1"
    )


def test_marks_of_the_module_count_for_all_of_it():
    text = (
        "import numpy as np\nE = 1e-8\ndef f(x):\n    return np.add(1, E) - x\ndef g(x):\n    return 1 - x\n"
    )
    assert kept(text, "epsilon-absorbed") == ["f"]


def test_who_calls_a_function_with_a_logarithm_is_kept():
    text = "def f(p):\n    return np.log(p)\ndef g(x):\n    return f(x)\ndef h(x):\n    return x\n"
    assert kept(text, "log-of-probability") == ["f", "g"]


def test_an_instance_that_the_module_makes_may_be_called_anywhere():
    text = (
        CLASS.replace("exp(self.value)", "self.value") + "a = A()\ndef f(x):\n    return exp(a.last()) - x\n"
    )
    assert kept(text, "missing-expm1") == ["A", "f", "last"]


def test_line_ends_do_not_shift_what_is_kept():
    text = (
        "def f(x):\r    return x\r\ndef g(x):\n    '''\r\n'''\n    return exp(x)\r\rdef h(x):\r\n    pass\n"
    )
    assert kept(text, "any-exp") == ["g"]


def test_nothing_changes_by_what_is_left_out_of_many_examples_in_one_file():
    examples = [example.source for card in CARDS for example in card.examples if card.code != "NS001"]
    for number in range(0, len(examples), 96):
        text = "\n\n".join(examples[number : number + 24])
        try:
            ast.parse(text)
        except SyntaxError:  # `from __future__` and the like
            continue
        assert check(text, "examples.py", CARDS) == check_whole(text, "examples.py", CARDS)


@pytest.mark.skipif(find_spec("keras") is None, reason="reads the installed keras")
def test_nothing_changes_by_what_is_left_out_of_a_large_package():
    folder = Path(find_spec("keras").origin).parent
    examples = [each.source for card in CARDS for each in card.examples if each.heading == "Found"]
    found = 0
    for number, path in enumerate(islice(sorted(folder.rglob("*.py")), 3, None, 90)):
        source = decode(read(str(path)), str(path))
        assert isinstance(source, Source)
        text = f"{source.text}\n\n{examples[number * 7 % len(examples)]}"
        fast = check(text, str(path), CARDS)
        assert fast == check_whole(text, str(path), CARDS)
        found += len(fast)
    assert found > 3


def test_of_a_base_is_kept_what_a_class_uses_of_it():
    base = """
class Base:
    def set(self):
        self.value = np.ones(3)
    def help(self, x):
        return exp(x)
    def other(self, x):
        return x
class Middle(Base):
    pass
class Child(Middle):
    def use(self):
        return self.help(self.value) - 1
"""
    assert kept(base, "missing-expm1") == ["Base", "Middle", "Child", "set", "help", "use"]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        # The root is taken where the rule speaks; what it is taken of may be computed elsewhere.
        ("def f(x):\n    return np.sqrt(g(x))\ndef g(x):\n    return np.exp(x)\n", ["f", "g"]),
        ("def f(x):\n    return g(np.sqrt(x))\ndef g(x):\n    return np.exp(x)\n", ["f", "g"]),
        ("def f(x):\n    return g(x)\ndef g(x):\n    return np.sqrt(np.exp(x))\n", ["g"]),
        (
            "def f(x):\n    return g(np.exp(x))\ndef g(x):\n    return x\ndef h(x):\n    return np.sqrt(x)\n",
            [],
        ),
        # A function by another name: an attribute, a parameter's default, a constant, an import.
        (
            "class A:\n    def __init__(self):\n        self.f = np.sqrt\n    def g(self, x):\n"
            "        return self.f(np.exp(x))\n    def h(self, x):\n        return self.g(x)\n",
            ["A", "__init__", "g", "h"],
        ),
        ("F = tf.sqrt\ndef f(x):\n    return F(np.exp(x))\n", ["f"]),
        ("from numpy import sqrt as F\ndef f(x):\n    return F(np.exp(x))\n", ["f"]),
        ("def f(x):\n    return g(np.exp(x))\ndef g(x, F=np.sqrt):\n    return F(x)\n", ["f", "g"]),
    ],
)
def test_the_name_of_an_operation_counts_where_it_is_written_or_handed_on(text, left):
    text += "def last(x):\n    return x\n"
    assert kept(text, "sqrt-of-exp") == (left or ["f", "g", "h", "last"])


def test_what_counts_for_a_file_may_stand_anywhere_in_it():
    text = (
        "def loss(z, y):\n    return tf.nn.softmax_cross_entropy_with_logits(y, z)\n"
        "def other(z):\n    return z\ndef use(x, y):\n    return loss(tf.nn.softmax(x), y)\n"
    )
    assert kept(text, "double-softmax") == ["loss", "use"]
    assert portion(text.replace(".softmax(", ".relu("), Needs([BY_NAME["double-softmax"]])) is None
