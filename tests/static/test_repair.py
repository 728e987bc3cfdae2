"""What is written instead of an unstable formula: true, measured, and kept away where it does not help."""

import ast
import re
from dataclasses import replace

import mpmath
import numpy as np
import pytest

from benchmarks.hamming import EXAMPLES, outcome, table
from stabcheck.ops import Interval
from stabcheck.ops.numeric import exact, working
from stabcheck.static.apply import fix as apply_fixes
from stabcheck.static.card import Domain, Pattern
from stabcheck.static.cards import CardError, load, parse
from stabcheck.static.engine import check
from stabcheck.static.formula import formula
from stabcheck.static.improvement import false_identities
from stabcheck.static.instability import drawn, symbolic
from stabcheck.static.measure import condition_bits, rounded
from stabcheck.static.pattern import parse_template
from stabcheck.static.repair import repair
from stabcheck.static.rewrite import expression_of, identities, rewritings
from stabcheck.static.sampling import Free
from stabcheck.static.source import Source

CATALOGUE = load()
CARD = CATALOGUE.find("NS299")
IDENTITIES = identities(CARD.identities)
SYMMETRIC = Domain(-40, 40, "log")


def repaired(expression, domains, dtype="float32", known=IDENTITIES, allowed=None):
    value, symbols = symbolic(expression)
    names = formula(value, symbols).names
    variables = tuple(Free(name, domains[name], (allowed or {}).get(name, Interval())) for name in names)
    found = repair(value, symbols, variables, dtype, known)
    return None if found is None else expression_of(found.value, symbols)


@pytest.fixture(scope="module")
def outcomes():
    return [outcome(example) for example in EXAMPLES]


def test_all_of_hammings_cancellations_are_found_and_nearly_all_repaired(outcomes):
    assert len(outcomes) == len({each.example.name for each in outcomes}) == 28
    assert [each.example.name for each in outcomes if not each.before.unstable] == []
    repaired = [each for each in outcomes if each.repaired]
    assert len(repaired) >= 20, [each.example.name for each in outcomes if not each.repaired]
    assert all(each.before.excess > 12 for each in outcomes)
    assert all(each.after < each.before.excess - 10 for each in repaired)


def test_what_the_table_says_holds_in_exact_arithmetic(outcomes):
    """The original to fifty digits is what the replacement is held against, not the replacement itself."""
    xp, narrow = exact(), working("float32")
    for each in outcomes:
        value, symbols = symbolic(each.example.expression)
        before = formula(value, symbols)
        after = formula(symbolic(each.replacement)[0], symbols)
        inputs = rounded(narrow, drawn(tuple(Free(*pair) for pair in each.example.domains.items()), 32))
        precise = {name: xp.asarray(x) for name, x in inputs.items()}
        computed = np.broadcast_to(np.asarray(after(narrow, inputs), dtype=np.float64), (32, 1))
        truth = np.broadcast_to(before(xp, precise), (32, 1))
        for row in range(32):
            if not mpmath.isfinite(truth[row, 0]) or truth[row, 0] == 0:
                continue
            sample = {name: x[row : row + 1] for name, x in precise.items()}
            condition = float(condition_bits(before, xp, sample, 1e-20).max())
            error = abs(computed[row, 0] - truth[row, 0]) / (2.0**-24 * abs(truth[row, 0]))
            assert np.log2(1 + float(error)) - condition <= each.after + 0.2, (each.example.name, sample)


def test_the_table_counts_what_it_shows(outcomes):
    told = table(outcomes[:3])
    assert told.startswith("3 of 3 found unstable; ")
    assert all(each.example.name in told for each in outcomes[:3])


def test_identities_hold_in_exact_arithmetic():
    assert len(CARD.identities) > 40
    assert list(false_identities(CARD)) == []


@pytest.mark.parametrize(
    ("find", "wrong", "told"),
    [
        ("exp($x) - 1", "expm1($x) * (1 + 1e-9)", "is not"),
        ("sqrt($x ** 2)", "$x * 1", "is not"),
        ("log($x - $x) + 1", "log($x) + 1", "has no value"),
    ],
)
def test_what_is_no_identity_is_said(find, wrong, told):
    (line,) = false_identities(replace(CARD, identities=(Pattern(find, wrong),)))
    assert told in line


@pytest.mark.parametrize("identity", CARD.identities, ids=[each.find for each in CARD.identities])
def test_identities_are_found_where_they_are_written(identity):
    value, _ = symbolic(re.sub(r"\$\w+:const", "3", identity.find))
    assert any(each.old is value for each in rewritings(value, identities([identity])))


def test_a_repair_is_found_in_several_steps():
    assert repaired("log(1 - $x) / log(1 + $x)", {"x": Domain(-0.9, 0.9, "log")}) == "log1p(-$x) / log1p($x)"


def test_numbers_are_worked_out():
    assert repaired("2 ** $x - 1", {"x": Domain(-3, 3, "log")}) == "expm1($x * 0.6931471805599453)"
    assert repaired("arctan($x + 1) - arctan($x)", {"x": Domain(1, 1e4, "log")}).startswith("arctan")


def test_the_rest_of_the_expression_is_kept():
    told = repaired("3 * (exp($x) / (exp($x) - 1)) / $y", {"x": SYMMETRIC, "y": Domain(1, 9)})
    assert told is not None
    assert "expm1" in told
    assert "$y" in told


def test_what_is_sound_needs_no_repair():
    assert repaired("$x - $y", {"x": SYMMETRIC, "y": SYMMETRIC}) is None
    assert repaired("exp($x) + 1", {"x": SYMMETRIC}) is None


def test_an_identity_that_is_none_is_not_believed():
    wrong = identities([Pattern("exp($x) - 1", "expm1($x) * (1 + $x)"), Pattern("exp($x) - 1", "$x")])
    assert repaired("exp($x) - 1", {"x": Domain(-2, 2, "log")}, known=wrong) is None


def test_an_identity_of_one_branch_is_used_on_that_branch_only():
    root = identities([Pattern("sqrt($x ** 2 + $a) - $x", "$a / (sqrt($x ** 2 + $a) + $x)")])
    everywhere, positive = Domain(-1e4, 1e4, "log"), Domain(1, 1e4, "log")
    expression = "sqrt($x ** 2 + 1) - $x"
    assert repaired(expression, {"x": everywhere}, known=root) is None
    assert repaired(expression, {"x": everywhere}, known=root, allowed={"x": Interval(0.0, 1e4)}) is not None
    assert repaired(expression, {"x": positive}, known=root) == "1 / (sqrt($x**2 + 1) + $x)"


def test_a_rewriting_that_loses_as_much_is_no_repair():
    useless = identities([Pattern("exp($x) - 1", "(exp(2 * $x) - 1) / (exp($x) + 1)")])
    assert repaired("exp($x) - 1", {"x": Domain(-2, 2, "log")}, known=useless) is None


def source(expression, domains):
    """A program in JAX that says of its arguments what the domains say."""
    tree = parse_template(expression.replace("$", ""))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            node.func = ast.Attribute(ast.Name("jnp"), node.func.id)
    names = sorted(domains)
    lines = ["import jax.numpy as jnp", "", "", f"def f({', '.join(names)}):"]
    for name in names:
        lines.append(f"    {name} = jnp.asarray({name}, dtype=jnp.float32)")
        lines.append(f"    assert {domains[name].low} <= {name} <= {domains[name].high}")
    return "\n".join([*lines, f"    return {ast.unparse(tree)}", ""])


@pytest.mark.parametrize("example", EXAMPLES, ids=[each.name for each in EXAMPLES])
def test_the_linter_speaks_of_each_in_a_program(example):
    text = source(example.expression, example.domains)
    findings = check(text, "example.py", CATALOGUE)
    assert [each for each in findings if each.fix or each.advice], text


def test_the_fix_is_written_measured_and_final():
    text = source("tan($x + $e) - tan($x)", {"x": Domain(-6, 6), "e": Domain(1e-6, 1)})

    def lint(changed):
        return check(changed, "example.py", [CARD])

    (finding,) = lint(text)
    assert finding.fix.safety == "unsafe"
    assert "rewritten it loses at most" in finding.message
    fixed = apply_fixes(Source("example.py", text, text, "utf-8", "\n"), lint, unsafe=True).raw
    assert fixed.splitlines()[-1] == "    return jnp.sin(e) / (jnp.cos(x) * jnp.cos(x + e))"
    assert lint(fixed) == []


def test_one_value_in_two_guises():
    text = (
        "import jax.numpy as jnp\n\n\ndef f(x):\n"
        "    a = jnp.sqrt(jnp.asarray(x) + 1) - jnp.sqrt(x)\n"
        "    return a, jnp.arctan(x + 1) - jnp.arctan(jnp.asarray(x))\n"
    )
    assert [each.span.line for each in check(text, "example.py", [CARD])] == [5, 6]


def test_branches_that_a_condition_chooses_are_the_authors():
    text = (
        "import jax.numpy as jnp\n\n\ndef f(x):\n"
        "    return jnp.where(x > 10, 1 / (x + x), jnp.arctan(x + 1) - jnp.arctan(x))\n"
    )
    assert check(text, "example.py", [CARD]) == []


@pytest.mark.parametrize("example", EXAMPLES, ids=[each.name for each in EXAMPLES])
def test_fixing_is_final_and_makes_nothing_worse(example):
    text = source(example.expression, example.domains)
    everything = list(CATALOGUE)

    def lint(changed):
        return check(changed, "example.py", everything)

    fixed = apply_fixes(Source("example.py", text, text, "utf-8", "\n"), lint, unsafe=True).raw
    ast.parse(fixed)
    again = apply_fixes(Source("example.py", fixed, fixed, "utf-8", "\n"), lint, unsafe=True).raw
    assert again == fixed
    assert [each.message for each in lint(fixed) if each.severity == "error"] == []


def test_an_identity_with_a_pole_in_the_other_branch_is_kept_from_gradients():
    told = {}
    for name, library in (("jnp", "jax.numpy"), ("np", "numpy")):
        text = f"import {library} as {name}\n\n\ndef f(x):\n    return 1 / x - 1 / {name}.tan(x)\n"
        (finding,) = check(text, "example.py", [CARD])
        told[name] = finding.fix
    assert told["jnp"] is None
    assert "np.where(np.abs(x) < 1" in told["np"].replacement


PAGE = """# other-formula

```toml
code = "XX299"
name = "other-formula"
severity = "warning"
summary = "unstable"
detector = "unstable_formula"
fix = "unsafe"
triggers = ["cosh"]

[[identity]]
find = "exp($x) - cosh($x)"
replace = "sinh($x)"
```
"""


def test_a_page_of_ones_own_brings_its_identities():
    card = parse(PAGE, "rules/other-formula.md")
    text = "import jax.numpy as jnp\n\n\ndef f(x):\n    return jnp.exp(x) - jnp.cosh(x)\n"
    (finding,) = check(text, "example.py", [card])
    assert finding.fix.replacement == "jnp.sinh(x)"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('replace = "sinh($x)"\n', "", "needs find"),
        ('replace = "sinh($x)"', 'replace = "sinh($y)"', "$y"),
        ('replace = "sinh($x)"', 'replace = "sinh($x)"\nsafe_when = []', "safe_when"),
        ("[[identity]]\n", "[identity]\n", "identity"),
    ],
)
def test_what_is_wrong_with_an_identity_is_said(old, new, told):
    with pytest.raises(CardError) as raised:
        parse(PAGE.replace(old, new), "rules/other-formula.md")
    assert told in str(raised.value)
