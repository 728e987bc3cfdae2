"""The textbook cancellations of Hamming's chapter 3: bits lost as written, and as stabcheck rewrites them.

R. W. Hamming, Numerical Methods for Scientists and Engineers, 2nd ed., Dover 1987, chapter 3: its examples
and problems, the 28 that P. Panchekha, A. Sanchez-Stern, J. R. Wilcox and Z. Tatlock (PLDI 2015) took as
benchmarks and named. Each is measured in float32 as `stabcheck.static.instability` does, over a domain on
which it does not overflow; its replacement is found by the identities of NS299 and measured on inputs of
its own. Excess bits are lost bits beyond those that the condition number accounts for.

python benchmarks/hamming.py            # prints the table
python benchmarks/hamming.py --write    # and stores it in benchmarks/results-hamming.md
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from tabulate import tabulate

from stabcheck.ops.numeric import working
from stabcheck.static.card import Domain
from stabcheck.static.cards import load
from stabcheck.static.formula import formula
from stabcheck.static.instability import Instability, drawn, measured, symbolic
from stabcheck.static.measure import rounded
from stabcheck.static.repair import GOOD, excess_bits, repair
from stabcheck.static.rewrite import Identity, expression_of, identities
from stabcheck.static.sampling import Free

DTYPE = "float32"
SAMPLES = 5000  # other inputs than those that the search looks at
RESULTS = Path(__file__).with_name("results-hamming.md")

ANY = Domain(-1e6, 1e6, "log")
POSITIVE = Domain(1e-6, 1e6, "log")
ANGLE = Domain(-6.3, 6.3, "log")
STEP = Domain(1e-6, 1, "log")
EXPONENT = Domain(-40, 40, "log")
INSIDE = Domain(-0.999, 0.999, "log")
DEGREE = Domain(1, 100, "log")


@dataclass(frozen=True, slots=True)
class Example:
    """An expression of the chapter: its name, where it stands, and where its variables are sampled."""

    name: str
    place: str
    expression: str
    domains: Mapping[str, Domain]


def _one(name: str, place: str, expression: str, domain: Domain) -> Example:
    return Example(name, place, expression, {"x": domain})


def _shifted(name: str, place: str, function: str) -> Example:
    return Example(name, place, f"{function}($x + $e) - {function}($x)", {"x": ANGLE, "e": STEP})


def _root(name: str, place: str, expression: str) -> Example:
    return Example(name, place, expression, {"a": ANY, "b": ANY, "c": ANY})


EXAMPLES = (
    _root("quadp", "p. 42", "(-$b + sqrt($b**2 - 4 * $a * $c)) / (2 * $a)"),
    _root("quadm", "p. 42", "(-$b - sqrt($b**2 - 4 * $a * $c)) / (2 * $a)"),
    _root("quad2p", "problem 3.2.1", "(-$b + sqrt($b**2 - $a * $c)) / $a"),
    _root("quad2m", "problem 3.2.1", "(-$b - sqrt($b**2 - $a * $c)) / $a"),
    _one("2sqrt", "example 3.1", "sqrt($x + 1) - sqrt($x)", POSITIVE),
    _shifted("2sin", "example 3.3", "sin"),
    _one("tanhf", "example 3.4", "(1 - cos($x)) / sin($x)", ANGLE),
    _one("2atan", "example 3.5", "arctan($x + 1) - arctan($x)", POSITIVE),
    _one("2isqrt", "example 3.6", "1 / sqrt($x) - 1 / sqrt($x + 1)", POSITIVE),
    _one("2frac", "problem 3.3.1", "1 / ($x + 1) - 1 / $x", ANY),
    _shifted("2tan", "problem 3.3.2", "tan"),
    _one("3frac", "problem 3.3.3", "1 / ($x + 1) - 2 / $x + 1 / ($x - 1)", ANY),
    _one("2cbrt", "problem 3.3.4", "cbrt($x + 1) - cbrt($x)", POSITIVE),
    _shifted("2cos", "problem 3.3.5", "cos"),
    _one("2log", "problem 3.3.6", "log($x + 1) - log($x)", POSITIVE),
    _one("exp2", "problem 3.3.7", "exp($x) - 2 + exp(-$x)", EXPONENT),
    _one("expm1", "example 3.7", "exp($x) - 1", EXPONENT),
    _one("logs", "example 3.8", "($x + 1) * log($x + 1) - $x * log($x) - 1", POSITIVE),
    _one("invcot", "example 3.9", "1 / $x - 1 / tan($x)", ANGLE),
    _one("qlog", "example 3.10", "log(1 - $x) / log(1 + $x)", INSIDE),
    _one("cos2", "problem 3.4.1", "(1 - cos($x)) / $x**2", ANGLE),
    Example(
        "expq3",
        "problem 3.4.2",
        "$e * (exp(($a + $b) * $e) - 1) / ((exp($a * $e) - 1) * (exp($b * $e) - 1))",
        {"a": ANGLE, "b": ANGLE, "e": STEP},
    ),
    _one("logq", "problem 3.4.3", "log((1 - $x) / (1 + $x))", INSIDE),
    _one("sqrtexp", "problem 3.4.4", "sqrt((exp(2 * $x) - 1) / (exp($x) - 1))", EXPONENT),
    _one("sintan", "problem 3.4.5", "($x - sin($x)) / ($x - tan($x))", ANGLE),
    Example(
        "2nthrt",
        "problem 3.4.6",
        "($x + 1) ** (1 / $k) - $x ** (1 / $k)",
        {"x": POSITIVE, "k": DEGREE},
    ),
    Example("expax", "section 3.5", "exp($a * $x) - 1", {"a": ANGLE, "x": ANGLE}),
    _one("expq2", "section 3.11", "exp($x) / (exp($x) - 1)", EXPONENT),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is lost as written, what is proposed instead, and the excess bits that this loses at worst."""

    example: Example
    before: Instability
    replacement: str | None
    after: float | None

    @property
    def repaired(self) -> bool:
        """The replacement loses no more than two bits over the domain."""
        return self.after is not None and self.after <= GOOD


@cache
def _identities() -> tuple[Identity, ...]:
    card = load().find("NS299")
    assert card is not None
    return identities(card.identities)


def outcome(example: Example) -> Outcome:
    """One line of the table."""
    value, symbols = symbolic(example.expression)
    made = formula(value, symbols)
    variables = tuple(Free(name, example.domains[name]) for name in made.names)
    before = measured(made, variables, DTYPE)
    better = repair(value, symbols, variables, DTYPE, _identities())
    if better is None:
        return Outcome(example, before, None, None)
    inputs = rounded(working(DTYPE), drawn(variables, SAMPLES))
    after = float(np.max(excess_bits(formula(better.value, symbols), inputs, DTYPE)))
    return Outcome(example, before, expression_of(better.value, symbols), max(after, 0.0))


def table(outcomes: list[Outcome]) -> str:
    """A Markdown table, and what it comes to."""
    rows = [
        (
            each.example.name,
            each.example.place,
            f"`{_plain(each.example.expression)}`",
            _domains(each.example),
            f"{each.before.share:.2f}",
            f"{each.before.excess:.1f}",
            f"`{_plain(each.replacement)}`" if each.replacement else "none",
            "" if each.after is None else f"{each.after:.1f}",
        )
        for each in outcomes
    ]
    heads = (
        "name",
        "in Hamming",
        "as written",
        "domain",
        "share",
        "bits lost",
        "stabcheck writes",
        "bits lost",
    )
    found = sum(each.before.unstable for each in outcomes)
    repaired = sum(each.repaired for each in outcomes)
    told = tabulate(rows, heads, tablefmt="github", disable_numparse=True)
    return (
        f"{found} of {len(outcomes)} found unstable; {repaired} rewritten so that no more than "
        f"{GOOD:g} bits are lost at any input tried.\n\n{told}\n"
    )


def _plain(expression: str) -> str:
    return expression.replace("$", "")


def _domains(example: Example) -> str:
    return ", ".join(f"{name}: {each.low:g} to {each.high:g}" for name, each in example.domains.items())


_PREFACE = f"""# Hamming's cancellations

By `python benchmarks/hamming.py --write`: {DTYPE}, bits lost beyond those that the condition number
accounts for, of 24. *Share* is the part of the sampled inputs on which more than 8 are lost, *bits lost* is
the worst input: as written among those that the linter samples, as rewritten among {SAMPLES} others.
Variables are sampled log-uniformly, of both signs where the domain has both. The last bit depends on how
NumPy's functions are rounded on the machine.

"""


def main() -> None:
    told = table([outcome(example) for example in EXAMPLES])
    print(told)
    if "--write" in sys.argv[1:]:
        RESULTS.write_text(_PREFACE + told, encoding="utf-8")


if __name__ == "__main__":
    main()
