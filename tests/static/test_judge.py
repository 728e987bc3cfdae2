"""A pattern that loses nothing within the known ranges is dropped: by measurement, not by guards alone."""

import ast
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stabcheck.ops import Interval
from stabcheck.ops.numeric import working
from stabcheck.static.card import Domain
from stabcheck.static.cards import load
from stabcheck.static.engine import check
from stabcheck.static.formula import formula
from stabcheck.static.infer import Facts
from stabcheck.static.inspection import Inspection
from stabcheck.static.instability import drawn, symbolic
from stabcheck.static.judge import contradicted, unsure
from stabcheck.static.lower import lower
from stabcheck.static.measure import rounded
from stabcheck.static.reasons import reasons
from stabcheck.static.repair import excess_bits
from stabcheck.static.sampling import Free
from stabcheck.static.selection import selection
from stabcheck.static.witness import search, threshold

CATALOGUE = load()


def unguarded(code):
    """The card without what its author knows: only the measurement is left to acquit."""
    card = CATALOGUE.find(code)
    return replace(card, patterns=tuple(replace(each, safe_when=()) for each in card.patterns))


def program(expression, low, high, dtype="float32"):
    return (
        "import jax.numpy as jnp\n\n\ndef f(x):\n"
        f"    x = jnp.clip(jnp.asarray(x, dtype=jnp.{dtype}), {low}, {high})\n"
        f"    return {expression}\n"
    )


# Code, expression, a range on which it loses nothing, one on which it does.
JUDGED = [
    ("NS203", "jnp.log(1 + x)", (1, 100), (1e-8, 100)),
    ("NS201", "jnp.exp(x) - 1", (1, 20), (-1, 1)),
    ("NS206", "(1 - jnp.cos(x)) / x", (0.5, 3), (1e-3, 3)),
    ("NS207", "jnp.sqrt(x + 1) - jnp.sqrt(x)", (0, 3), (0, 1e7)),
    ("NS101", "jnp.exp(x) / jnp.sum(jnp.exp(x))", (-5, 5), (-5, 500)),
    ("NS102", "jnp.log(jnp.sum(jnp.exp(x)))", (0, 20), (0, 200)),
]


@pytest.mark.parametrize(
    ("code", "expression", "harmless", "harmful"), JUDGED, ids=[row[0] for row in JUDGED]
)
def test_ranges_acquit_without_a_guard(code, expression, harmless, harmful):
    card = unguarded(code)
    text = program(expression, *harmless)
    assert check(text, "example.py", [card]) == []
    assert any("no input" in reason and "goes wrong" in reason for _, reason in reasons(text, card))
    (finding,) = check(program(expression, *harmful), "example.py", [card])
    (x,) = finding.witness.inputs.values()
    assert all(harmful[0] <= entry <= harmful[1] for entry in np.atleast_1d(x))


def test_the_same_range_is_judged_in_the_dtype_of_the_code():
    card = unguarded("NS101")
    expression = "jnp.exp(x) / jnp.sum(jnp.exp(x))"
    assert check(program(expression, 0, 30, "float32"), "example.py", [card]) == []
    assert check(program(expression, 0, 30, "float16"), "example.py", [card]) != []


def test_what_is_acquitted_covers_nothing():
    text = program("jnp.sqrt(2 + (jnp.exp(x) - 1)) - jnp.sqrt(jnp.exp(x) - 1)", 0, 1)
    found = check(text, "example.py", [unguarded("NS207"), unguarded("NS201")])
    assert {each.code for each in found} == {"NS201"}


ends = st.sampled_from([-1e6, -30.0, -2.0, -0.5, 0.0, 1e-7, 1e-3, 0.1, 1.0, 3.0, 50.0, 1e6])


@given(st.tuples(ends, ends).filter(lambda pair: pair[0] < pair[1]))
@settings(max_examples=40, deadline=None)
@pytest.mark.parametrize(
    "expression", ["log(1 + $x)", "exp($x) - 1", "1 - cos($x)", "sqrt($x + 1) - sqrt($x)"]
)
def test_what_is_acquitted_loses_nothing_and_what_is_not_has_its_witness_in_the_range(expression, pair):
    value, symbols = symbolic(expression)
    made = formula(value, symbols)
    domain, allowed = Domain(-1e6, 1e6, "log"), Interval(*pair)
    variable = Free("x", domain, allowed)
    witness = search(made, (variable,), "float32")
    inputs = rounded(working("float32"), drawn((variable,), 400))
    worst = float(np.max(excess_bits(made, inputs, "float32")))
    if witness is None:
        assert worst <= threshold("float32") + 4, worst
    else:
        assert witness.inputs["x"] in allowed
        assert witness.lost_bits > threshold("float32")


def test_a_match_that_its_own_numbers_contradict_is_unsure():
    text = (
        "import numpy as np\ndef f(x):\n    return np.log(np.float16(x) + 1e-8) + np.log(np.float16(x) + 1)\n"
    )
    card = CATALOGUE.find("NS404")
    module = lower(ast.parse(text), text, "example.py")
    facts = Facts(module)
    readings = Inspection(module, facts, selection((card,)), frozenset({card.code})).candidates()
    told = [(contradicted(each, facts), unsure(each, facts)) for group in readings for each in group]
    assert {(False, None), (True, "$e < 2.9e-8")} <= set(told)
    assert all(guard is not None for out, guard in told if out)
