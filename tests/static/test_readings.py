"""Readings that are kept for many patterns are those that are found anew."""

import ast

import pytest

from stabcheck.static.graph import operands, walk
from stabcheck.static.lower import lower
from stabcheck.static.normal import products, sums
from stabcheck.static.readings import _MOST_KEPT, Readings

MANY = "*".join(["((((x*2)/y*3)/z*5)/n*7)"] * 2)  # each part can be taken apart so far, or further


def value(expression):
    text = f"def f(x, y, z, n):\n    return {expression}\n"
    return lower(ast.parse(text), text, "example.py").sites[-1].value


@pytest.mark.parametrize(
    "expression",
    ["x + 2 - y*3", "x * x / (y * y) * 2", "-(x + y) / -z", "(x - y) / (z * (1 - z))", "x / x**2", MANY],
)
def test_what_is_kept_is_what_is_found(expression):
    readings = Readings()
    for node in walk(value(expression)):
        for most in (1, 2, 3, 5, 3):
            assert list(readings.sums(node, most)) == list(sums(node, most))
            assert list(readings.products(node, most)) == list(products(node, most))


def test_many_readings_are_not_kept():
    node, readings = value(MANY), Readings()
    assert len(list(readings.products(node, 12))) > _MOST_KEPT
    ((_, kept),) = readings.products._known.values()
    assert len(kept) == _MOST_KEPT + 1


def test_equal_factors_are_one_however_deep_they_are():
    for factor in ("x", "(x + y*z)", "x[y]", "n(x, y)"):
        node = value(f"{factor} * {factor}")
        assert len(operands(node)) == 2
        assert [len(each.factors) for each in products(node, 2)] == [2, 1]
    assert [len(each.factors) for each in products(value("n(x) * n(y)"), 2)] == [2]
