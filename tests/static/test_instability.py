"""Instability is measured: Hamming's textbook cancellations stand out, sound formulas stand at zero."""

import ast

import pytest

from stabcheck.static.card import Domain
from stabcheck.static.formula import Unmeasurable
from stabcheck.static.infer import Facts
from stabcheck.static.instability import measure
from stabcheck.static.lower import lower
from stabcheck.static.unstable import unstable_expressions

POSITIVE = Domain(1e-6, 1e6, "log")
SYMMETRIC = Domain(-200, 200, "log")
SMALL = Domain(-6, 6, "log")
UNIT = Domain(-0.9, 0.9, "log")
TINY = Domain(1e-6, 1, "log")

# R. W. Hamming, Numerical Methods for Scientists and Engineers, chapter 3: its examples and problems.
HAMMING = [
    ("sqrt($x + 1) - sqrt($x)", {"x": POSITIVE}),
    ("sin($x + $e) - sin($x)", {"x": SMALL, "e": TINY}),
    ("1 / ($x + 1) - 1 / $x", {"x": POSITIVE}),
    ("(1 - cos($x)) / sin($x)", {"x": SMALL}),
    ("arctan($x + 1) - arctan($x)", {"x": POSITIVE}),
    ("tan($x + $e) - tan($x)", {"x": SMALL, "e": TINY}),
    ("1 / ($x + 1) - 2 / $x + 1 / ($x - 1)", {"x": POSITIVE}),
    ("cbrt($x + 1) - cbrt($x)", {"x": POSITIVE}),
    ("1 / sqrt($x) - 1 / sqrt($x + 1)", {"x": POSITIVE}),
    ("cos($x + $e) - cos($x)", {"x": SMALL, "e": TINY}),
    ("log($x + 1) - log($x)", {"x": POSITIVE}),
    ("exp($x) - 1", {"x": SYMMETRIC}),
    ("exp($x) - 2 + exp(-$x)", {"x": SMALL}),
    ("(1 - cos($x)) / $x ** 2", {"x": SMALL}),
    ("exp($x) / (exp($x) - 1)", {"x": SYMMETRIC}),
    ("log((1 - $x) / (1 + $x))", {"x": UNIT}),
    ("log(1 - $x) / log(1 + $x)", {"x": UNIT}),
    ("sqrt((exp(2 * $x) - 1) / (exp($x) - 1))", {"x": SMALL}),
    ("($x - sin($x)) / ($x - tan($x))", {"x": SMALL}),
    ("($x + 1) * log($x + 1) - $x * log($x) - 1", {"x": POSITIVE}),
    ("1 / $x - 1 / tan($x)", {"x": SMALL}),
    ("(-$b + sqrt($b ** 2 - 4 * $c)) / 2", {"b": POSITIVE, "c": TINY}),
    ("1 - exp(-$x)", {"x": SYMMETRIC}),
    ("log(1 + $x)", {"x": Domain(-0.9, 1e6, "log")}),
]

SOUND = [
    "$x - $y",
    "$x**2 - $y**2",
    "($x - $y) * ($x + $y)",
    "$a * $x + $b",
    "($x - $m) / $s",
    "$x / ($x + $y)",
    "1 - $x",
    "sqrt($x + $y)",
    "log($x / $y)",
    "2 * $x * $y / ($x + $y)",
    "($x - $a) / ($b - $a)",
    "hypot($x, $y)",
    "log1p($x)",
    "sin($x) * exp($y)",
    "0.5 * $x * (1 + cos($y))",
    "exp(-$x**2)",
    "tanh($x)",
    "4 * sinh($x / 2) ** 2",
    "tan($x / 2)",
]


@pytest.mark.parametrize(("expression", "domains"), HAMMING, ids=[each for each, _ in HAMMING])
def test_textbook_cancellations_are_unstable(expression, domains):
    found = measure(expression, domains)
    assert found.unstable, found
    assert found.excess > 12


@pytest.mark.parametrize("expression", SOUND)
def test_sound_formulas_are_not(expression):
    names = {name for name in "abmsxy" if f"${name}" in expression}
    found = measure(expression, dict.fromkeys(names, SYMMETRIC))
    assert found.share == 0.0
    assert not found.unstable


def test_float64_is_judged_by_its_own_digits():
    assert measure("exp($x) - 1", {"x": Domain(-1, 1, "log")}, "float32").unstable
    assert not measure("exp($x) - 1", {"x": Domain(0.5, 3, "linear")}, "float64").unstable


def found_in(body: str) -> list[str]:
    text = f"import jax.numpy as jnp\ndef f(x, y):\n{body}"
    module = lower(ast.parse(text), text, "example.py")
    lines = text.splitlines()
    spans = [each.value.span for each in unstable_expressions(module, Facts(module))]
    return [lines[span.line - 1][span.column - 1 : span.end_column - 1] for span in spans]


def test_the_smallest_unstable_expression_is_named():
    assert found_in("    return y * (jnp.sqrt(x + 1) - jnp.sqrt(x)) + y\n") == [
        "jnp.sqrt(x + 1) - jnp.sqrt(x)"
    ]


def test_a_known_range_acquits():
    assert found_in("    x = jnp.clip(x, 0.0, 2.0)\n    return jnp.sqrt(x + 1) - jnp.sqrt(x)\n") == []


def test_truth_values_have_no_digits():
    assert found_in("    return (x - 1 > jnp.exp(y)) * (x + 1 < y)\n") == []
    with pytest.raises(Unmeasurable, match="truth value"):
        measure("($x - 1 > exp($x)) * ($x + 1 < 2)", {"x": SYMMETRIC})
