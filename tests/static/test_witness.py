"""Witnesses are real: what they say is computed is computed, what they say is exact is exact."""

from math import inf, isfinite, isnan

import mpmath
import numpy as np
import pytest

from stabcheck.ops import Interval
from stabcheck.static.card import Domain
from stabcheck.static.formula import formula
from stabcheck.static.graph import Symbol
from stabcheck.static.normal import UNWRITTEN
from stabcheck.static.pattern import compile_pattern, parse_template
from stabcheck.static.sampling import Free
from stabcheck.static.template import value_of
from stabcheck.static.witness import search


def witness(expression, domains, dtype="float32", allowed=None, **options):
    names = sorted(compile_pattern(expression).names)
    bindings = {name: Symbol(UNWRITTEN, name, ("", name, 0)) for name in names}
    made = formula(value_of(parse_template(expression)), bindings)
    free = tuple(Free(name, domains[name], (allowed or {}).get(name, Interval())) for name in made.names)
    return search(made, free, dtype, **options)


def test_expm1_is_told_with_its_value():
    found = witness("exp($x) - 1", {"x": Domain(-30, 30, "log", points=(1e-6,))})
    assert found.inputs == {"x": 1e-6}
    x = np.float32(1e-6)
    assert found.computed == float(np.exp(x) - np.float32(1))
    assert found.exact == pytest.approx(float(mpmath.expm1(float(x))), rel=1e-15)
    assert found.lost_bits > 15


def test_an_overflow_is_told_at_the_first_whole_number():
    found = witness("exp($x)", {"x": Domain(-200, 200)}, representable=False)
    assert found.inputs == {"x": 89.0}
    assert found.computed == inf
    assert found.exact == pytest.approx(4.49e38, rel=1e-3)


def test_an_overflow_that_no_formula_avoids_is_no_fault():
    assert witness("exp($x)", {"x": Domain(-200, 200)}) is None


def test_a_softmax_is_tried_on_vectors():
    found = witness("exp($z) / sum(exp($z))", {"z": Domain(-1000, 1000, size=3, points=(100.0,))})
    assert found.inputs == {"z": (100.0, 0.0, 0.0)}
    assert isnan(found.computed)
    assert found.exact == pytest.approx(1)


@pytest.mark.parametrize("expression", ["$x - $y", "$x**2 - $y**2", "log($x / $y)"])
def test_ill_conditioning_is_no_fault(expression):
    domain = Domain(0.5, 2.0, points=(1.0,))
    assert witness(expression, {"x": domain, "y": domain}) is None


def test_ranges_that_hold_no_bad_input_acquit():
    domain = {"x": Domain(-30, 30, "log", points=(1e-6,))}
    assert witness("exp($x) - 1", domain, allowed={"x": Interval(1.0, inf)}) is None
    assert witness("exp($x) - 1", domain, allowed={"x": Interval(40.0, 50.0)}) is None
    assert witness("exp($x) - 1", domain, allowed={"x": Interval(1e-9, 1e-7)}) is not None


def test_float64_needs_more_extreme_inputs():
    found = witness("log(1 + exp($x))", {"x": Domain(-30, 1000, points=(100.0,))}, "float64")
    assert found.inputs["x"] != 100
    found = witness("log(1 + exp($x))", {"x": Domain(20, 1000, points=(100.0,))}, "float64")
    assert found.inputs["x"] >= 710
    assert found.dtype == "float64"
    assert found.exact == pytest.approx(found.inputs["x"])


def test_an_overflow_of_the_wider_format_too_is_confirmed_exactly():
    found = witness("log(gamma($x))", {"x": Domain(1, 300, points=(200.0,))}, "float64")
    assert found.computed == inf
    assert found.exact == pytest.approx(float(mpmath.loggamma(200)))


def test_the_gradient_of_a_branch_not_taken():
    domain = {"x": Domain(-1, 1, points=(0.0,))}
    found = witness("where($x > 0, log($x), 0)", domain, quantity="gradient", representable=False)
    assert found.inputs == {"x": 0.0}
    assert not isfinite(found.computed)
    assert witness("where($x > 0, log($x), 0)", domain, quantity="value", representable=False) is None


def test_libraries_treat_singular_points_in_their_own_way():
    domain = {"x": Domain(-1, 1, points=(0.0,))}
    expression = "where($x > 0, sqrt($x), 0)"
    options = {"quantity": "gradient", "representable": False}
    assert witness(expression, domain, **options) is not None
    at_zero = {"x": Interval(0.0, 1.0)}
    assert witness(expression, domain, allowed=at_zero, library="jax", **options) is not None
    assert witness(expression, domain, allowed=at_zero, library="tensorflow", **options) is None


def test_the_order_of_the_code_counts():
    domain = {"x": Domain(0.0, 1.0, points=(1.0,))}
    written = "log($e + 1 - $x)"
    names = {"e": Domain(1e-8, 2e-8, points=(1e-8,)), **domain}
    assert witness(written, names) is not None
    assert witness("log(1 - $x + $e)", {"e": Domain(0.01, 0.02, points=(0.01,)), **domain}) is None


def test_inner_products_join_the_entries_of_each_sample():
    x = {"x": Domain(1e3, 1e5, size=4, points=(1e4,))}
    squares = "dot($x, $x) - sum($x) ** 2 / 4"
    found = witness(squares, x)
    x32 = np.array(found.inputs["x"], np.float32)
    centred = x32.astype(float) - x32.astype(float).mean()
    assert float(found.exact) == pytest.approx(float(centred @ centred))
