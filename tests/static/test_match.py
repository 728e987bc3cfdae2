"""Patterns meet every way of writing the same arithmetic, and nothing else."""

import ast
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stabcheck.static.attempt import solutions
from stabcheck.static.graph import Apply, walk
from stabcheck.static.lower import lower
from stabcheck.static.pattern import PatternError, compile_pattern
from stabcheck.static.places import Operations, mask

HEAD = "import numpy as np\nimport tensorflow as tf\ndef f(x, y, z, n, mask):\n"


def matched(pattern: str, expression: str, before: str = "") -> bool:
    """Whether the pattern matches the whole of `expression`."""
    body = "".join(f"    {line}\n" for line in (*before.splitlines(), f"return {expression}"))
    text = HEAD + body
    module = lower(ast.parse(text), text, "example.py")
    node = module.sites[-1].value
    assert isinstance(node, Apply)
    return bool(solutions(compile_pattern(pattern), node))


@pytest.mark.parametrize(
    ("pattern", "expression"),
    [
        ("exp($x) - 1", "np.exp(x) - 1"),
        ("exp($x) - 1", "-1 + np.exp(x)"),
        ("exp($x) - 1", "np.subtract(np.exp(x), 1.0)"),
        ("exp($x) - 1", "-(1 - np.exp(x))"),
        ("exp($x) - 1", "tf.exp(x * y) + -1"),
        ("1 - $x", "-x + 1"),
        ("1 - $x", "1 - 2 * x"),
        ("$x ** 2 - $y ** 2", "x * x - np.square(y)"),
        ("$x ** 2 - $y ** 2", "(x + y) ** 2 - y * y"),
        ("mean($x ** 2) - mean($x) ** 2", "np.mean(x * x) - np.mean(x) * np.mean(x)"),
        ("mean($x ** 2) - mean($x) ** 2", "(x ** 2).mean() - x.mean() ** 2"),
        ("mean($x ** 2) - mean($x) ** 2", "np.sum(x ** 2) / len(x) - (np.sum(x) / len(x)) ** 2"),
        ("sqrt($x)", "x ** 0.5"),
        ("sqrt($x)", "np.power(x, 1 / 2)"),
        ("1 / (1 + exp(-$x))", "1 / (np.exp(-x) + 1.0)"),
        ("1 / (1 + exp(-$x))", "np.reciprocal(1 + np.exp(-x))"),
        ("1 / (1 + exp(-$x))", "1 / (1 + np.exp(-0.5 * x))"),
        ("1 / (1 + exp(-$x))", "1 / (1 + np.exp(y - x))"),
        ("1 / (1 + exp(-$x))", "x / (1 + np.exp(-x))"),
        ("1 / (1 + exp(-$x))", "0.5 / (1 + np.exp(-x))"),
        ("(exp($x) - exp(-$x)) / 2", "0.5 * (np.exp(x) - np.exp(-x))"),
        ("exp($z) / sum(exp($z), axis=$a)", "np.exp(z) / np.sum(np.exp(z), axis=1)[:, None]"),
        ("exp($z) / sum(exp($z))", "np.exp(z) * (1 / np.exp(z).sum())"),
        ("exp($x) / (1 + exp($x))", "y * np.exp(x) / (1 + np.exp(x))"),
        ("log($x + $e:const)", "np.log(1e-8 + x)"),
        ("$x + $e:const + 1", "1 + x + y + 2"),
        ("where($x > 0, log($x), $_)", "np.where(x > 0, np.log(x), 0)"),
        ("sum($x, axis=None)", "np.sum(x)"),
        ("sum($x, axis=$a)", "np.sum(x)"),
    ],
)
def test_a_pattern_matches_every_way_of_writing_it(pattern, expression):
    if pattern == "$x + $e:const + 1":
        assert not matched(pattern, "1 + x")
        return
    assert matched(pattern, expression)


@pytest.mark.parametrize(
    ("pattern", "expression"),
    [
        ("exp($x) - 1", "1 - np.exp(x)"),
        ("exp($x) - 1", "np.exp(x) - 2"),
        ("exp($x) - 1", "np.exp(x) - y"),
        ("exp($x) - 1", "2 * np.exp(x) - 1"),
        ("exp($x) - 1", "(np.exp(x) if y else x) - 1"),
        ("$x ** 2 - $y ** 2", "x ** 2 + y ** 2"),
        ("mean($x ** 2) - mean($x) ** 2", "np.mean(x * y) - np.mean(x) ** 2"),
        ("mean($x ** 2) - mean($x) ** 2", "np.mean(x ** 2, axis=0) - np.mean(x) ** 2 * 1"),
        ("sum($x, axis=None)", "np.sum(x, axis=0)"),
        ("exp($z) / sum(exp($z))", "np.exp(z) / np.sum(np.exp(y))"),
        ("sqrt($x)", "x ** 0.25"),
        ("log($x + $e:const)", "np.log(x + y)"),
        ("1 / (1 + exp(-$x))", "1 / (1 + np.exp(-x)) ** 2"),
    ],
)
def test_a_pattern_matches_nothing_else(pattern, expression):
    if "axis=0" in expression and pattern.startswith("mean"):
        pattern = "mean($x ** 2, axis=$a) - mean($x, axis=$a) ** 2"
    assert not matched(pattern, expression)


def test_locals_are_seen_through():
    assert matched("exp($z) / sum(exp($z))", "e / e.sum()", "e = np.exp(z)")
    assert matched("log(1 + exp($x))", "np.log(t)", "t = np.exp(x)\nt = 1 + t")


def test_a_metavariable_stands_for_equal_arithmetic():
    assert matched("exp($z) / sum(exp($z))", "np.exp(x - y) / np.sum(np.exp(-(y - x)))")
    assert matched("exp($x) + exp(-$x)", "np.exp(2 * x) + np.exp(-(x * 2))")


def test_what_differs_each_time_is_not_the_same_value():
    assert not matched("$x - $x", "np.random.rand(3) - np.random.rand(3)")


@pytest.mark.parametrize(
    "pattern",
    ["$x", "1", "lag($x)", "$x:float", "log($x", "$x[0]", "log($x, $y, $z)", "log($x, base=2)", "x + 1"],
)
def test_what_is_no_pattern_is_refused(pattern):
    with pytest.raises(PatternError):
        compile_pattern(pattern)


LEAVES = st.sampled_from(["x", "y", "1", "2.0", "np.exp(x)", "np.exp(-x)"])
EXPRESSIONS = st.recursive(
    LEAVES,
    lambda inner: st.tuples(inner, st.sampled_from("+-*/"), inner).map(
        lambda each: f"({each[0]} {each[1]} {each[2]})"
    ),
    max_leaves=24,
)


@given(EXPRESSIONS)
def test_no_expression_makes_matching_explode_or_fail(expression):
    text = f"{HEAD}    return {expression}\n"
    module = lower(ast.parse(text), text, "example.py")
    pattern = compile_pattern("(exp($x) - exp(-$x)) / (exp($x) + exp(-$x)) + $y * $x - $x / $y")
    for site in module.sites:
        for node in walk(site.value):
            solutions(pattern, node)


ARITHMETIC = [
    *("$x * $y", "$x / $y", "1 / $x", "1 / $x ** 2", "$x ** 2", "$x ** 3", "sqrt($x)", "$x / sqrt($y)"),
    *("$x + $y", "$x - 1", "-$x - $y", "1 - $x ** 2", "$x ** 2 - $y ** 2", "$x ** $n", "mean($x)", "2 * $x"),
]
FORMS = [
    *("x", "y", "1", "-x", "1 / x", "x ** 2", "x ** -1", "x ** 0.5", "x ** y", "np.square(x)", "np.sqrt(x)"),
    *("tf.math.rsqrt(x)", "np.reciprocal(x)", "np.mean(x)", "np.sum(x) / len(x)", "(y - x)"),
]


def test_a_match_holds_what_its_pattern_requires():
    written = [f"{a} {op} {b}" for a, op, b in product(FORMS, "+-*/", FORMS)]
    text = f"{HEAD}    return [{', '.join(written)}]\n"
    matches = 0
    for node in lower(ast.parse(text), text, "example.py").sites[-1].value.items:
        held = Operations().of(node)
        for pattern in map(compile_pattern, ARITHMETIC):
            if solutions(pattern, node):
                matches += 1
                assert all(mask(choice) & held for choice in pattern.required), pattern.text
    assert matches > 1000


def test_a_long_chain_is_read_without_recursion_errors():
    text = (
        HEAD
        + "".join(f"    x = x + {number}.5 * y\n" for number in range(3000))
        + "    return np.exp(x) - 1\n"
    )
    module = lower(ast.parse(text), text, "example.py")
    assert solutions(compile_pattern("exp($x) - 1"), module.sites[-1].value)
