"""Guards are parsed when a card is loaded, walked when it is used, and never executed."""

import ast

import pytest

from stabcheck.ops import Interval
from stabcheck.static.graph import Apply, Constant, Site, Span, Symbol
from stabcheck.static.guard import GuardError, Scene, holds, parse_guard
from stabcheck.static.normal import UNWRITTEN

SPAN = Span(1, 1, 1, 2)
X = Symbol(SPAN, "x", ("f", "x", 0))
Y = Symbol(SPAN, "y", ("f", "y", 0))
NAMES = frozenset({"x", "y", "c", "a"})


class Known:
    """What is known of x, and nothing of anything else."""

    def interval(self, value):
        return Interval(0.0, 80.0, nonzero=True) if value is X else Interval()

    def tags(self, value):
        return frozenset({"probability"}) if value is X else frozenset()

    def dtype(self, value):
        return "float32" if value is X else None

    def shape(self, value):
        return ("n", 3) if value is X else None

    def integer(self, value):
        return False

    def library(self, value):
        return None

    def differentiated(self, site, value):
        return True


def quotient(divisor):
    value = Apply(SPAN, "divide", (Y, divisor))
    return Scene(Known(), Site(value, "f", {}), value, {"x": X, "y": Y})


@pytest.mark.parametrize(("divisor", "silent"), [(X, True), (Y, False)])
def test_a_divisor_that_was_tested(divisor, silent):
    assert holds("nonzero_divisor()", frozenset(), quotient(divisor)) is silent


SCENE = Scene(
    Known(),
    Site(X, "f", {}),
    X,
    {"x": X, "y": Y, "c": Constant(SPAN, 1e-8), "a": Constant(UNWRITTEN, None)},
)


@pytest.mark.parametrize(
    ("guard", "expected"),
    [
        ("upper($x) <= 80", True),
        ("upper($y) <= 80", False),
        ("lower($x) > 0", True),
        ("lower($x) > 1", False),
        ("nonzero($x) and not nonzero($y)", True),
        ("tagged($x, 'probability')", True),
        ("tagged($y, 'probability')", False),
        ("dtype($x) == 'float32'", True),
        ("dtype($y) == 'float32'", False),
        ("dtype($y) != 'float32'", False),
        ("not (dtype($y) == 'float32')", False),
        ("dtype($y) == 'float32' or upper($x) <= 80", True),
        ("dtype($y) == 'float32' and upper($x) > 80", False),
        ("library() != 'numpy'", False),
        ("differentiated()", True),
        ("entry($x)", False),
        ("constant($c) and $c < 1e-6", True),
        ("2 * $c + 1 > 1", True),
        ("$y > 0", False),
        ("1 / ($c - $c) > 0", False),
        ("same($x, $x) and not same($x, $y)", True),
        ("rank($x) == 2", True),
        ("given($x) and not given($a)", True),
        ("0 < upper($x) < 100", True),
        ("mentions($x, $x)", True),
        ("shifted($x - $y)", False),
        ("-lower($x) < 0", True),
    ],
)
def test_a_guard_holds_only_if_it_is_surely_true(guard, expected):
    assert holds(guard, NAMES, SCENE) is expected


@pytest.mark.parametrize(
    "guard",
    [
        "upper($z) > 0",
        "open('x')",
        "upper($x, $y)",
        "upper('x')",
        "tagged($x, $y)",
        "tagged($x)",
        "[1]",
        "x.y",
        "upper(x=1)",
        "lambda: 1",
        "$x if 1 else 2",
        "upper($x) in 'abc'",
        "upper($x",
        "f'{1}'",
        "(y := 1)",
        "upper($x) is None",
    ],
)
def test_anything_else_is_refused(guard):
    with pytest.raises(GuardError):
        parse_guard(guard, NAMES)


def test_a_guard_is_a_syntax_tree_and_no_code():
    assert isinstance(parse_guard("upper($x) <= 80", NAMES), ast.Compare)
