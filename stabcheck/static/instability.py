"""Instability that is measured: formulas whose error is far above their conditioning, without a pattern.

A formula is evaluated at sampled inputs in its working precision and more exactly. Where more than a tenth of
the samples lose more bits than the condition number explains, the formula is at fault and not the problem:
(1 - cos x)/sin x stands at 0.58, √(x+1) - √x at 0.34; sound expressions, ill-conditioned ones among them,
stand at 0 (`x - y`, `a*x + b`, `(x - m)/s`).

Only what is finite counts: an overflow needs a plausible input, and a sample is none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from stabcheck.ops.numeric import working
from stabcheck.static.card import Domain
from stabcheck.static.formula import Formula, Unmeasurable, formula
from stabcheck.static.graph import Symbol, Value
from stabcheck.static.measure import WIDER, condition_bits, lost_bits, rounded
from stabcheck.static.normal import UNWRITTEN
from stabcheck.static.pattern import compile_pattern, parse_template
from stabcheck.static.sampling import Array, Free
from stabcheck.static.template import value_of
from stabcheck.static.witness import threshold

SAMPLES = 192
SHARE = 0.1  # of the samples: unstable formulas stand at 0.12 and above, sound ones at 0
LARGEST = 1.5  # the worst sample loses so many times the bits that count
_STEP = 1e-6  # relative change of an input, for the condition number


@dataclass(frozen=True, slots=True)
class Instability:
    """How much of its domain a formula is unstable on, and where it is worst.

    `share` is the part of the usable samples whose excess bits exceed the threshold of the dtype; `excess`
    is the largest; `inputs` are the plainest among the worst.
    """

    share: float
    excess: float
    inputs: Mapping[str, float]
    dtype: str

    @property
    def unstable(self) -> bool:
        """The formula is at fault."""
        return self.share >= SHARE and self.excess >= LARGEST * threshold(self.dtype)


def measure(
    expression: str, domains: Mapping[str, Domain], dtype: str = "float32", samples: int = SAMPLES
) -> Instability:
    """The instability of an expression of the pattern language, `"sqrt($x + 1) - sqrt($x)"`.

    Parameters
    ----------
    expression
        operations of the table over metavariables.
    domains
        where each metavariable is sampled; log-uniformly over both signs if `spacing` is "log".
    dtype
        the working precision.
    samples
        how many inputs are tried.

    Raises
    ------
    stabcheck.static.pattern.PatternError, stabcheck.static.formula.Unmeasurable
        if it is no such expression, or holds an operation that has no formula.
    """
    value, bindings = symbolic(expression)
    made = formula(value, bindings)
    return measured(made, tuple(Free(name, domains[name]) for name in made.names), dtype, samples)


def symbolic(expression: str) -> tuple[Value, dict[str, Value]]:
    """An expression of the pattern language as a value, and the symbols of its metavariables.

    Raises
    ------
    stabcheck.static.pattern.PatternError, stabcheck.static.formula.Unmeasurable
        if it is no such expression.
    """
    names = sorted(compile_pattern(expression).names)
    bindings: dict[str, Value] = {name: Symbol(UNWRITTEN, name, ("", name, 0), "parameter") for name in names}
    return value_of(parse_template(expression)), bindings


@lru_cache(maxsize=4096)
def measured(made: Formula, variables: tuple[Free, ...], dtype: str, samples: int = SAMPLES) -> Instability:
    """The instability of a formula over the ranges of its variables.

    Raises
    ------
    stabcheck.static.formula.Unmeasurable
        if the table can't evaluate it.
    """
    plain = drawn(variables, samples)
    inputs = rounded(working(dtype), plain)
    computed, truth = evaluated(made, inputs, dtype)
    bits = lost_bits(computed, truth, dtype, representable=True)[:, 0]
    usable = np.isfinite(computed[:, 0]) & (bits >= 0)
    if usable.sum() < samples / 8:
        return Instability(0.0, 0.0, {}, dtype)
    condition = conditioning(made, inputs, dtype)
    excess = np.where(usable & np.isfinite(condition), bits - condition, -1.0)
    worst = float(excess.max())
    near = np.flatnonzero(excess >= worst - 2)
    row = min(near.tolist(), key=lambda each: sum(len(f"{x[each, 0]:.6g}") for x in plain.values()))
    share = float((excess > threshold(dtype)).sum() / usable.sum())
    return Instability(share, worst, {name: float(x[row, 0]) for name, x in plain.items()}, dtype)


def evaluated(made: Formula, inputs: Mapping[str, Array], dtype: str) -> tuple[Array, Array]:
    """The formula as the dtype rounds it, and in the next wider format: columns, an entry per sample.

    Raises
    ------
    stabcheck.static.formula.Unmeasurable
        if the table can't evaluate it, or it is a truth value.
    """
    rows = len(next(iter(inputs.values())))
    truth = np.asarray(made(working(WIDER[dtype]), inputs))
    if truth.dtype == bool:
        raise Unmeasurable("a truth value")
    computed = np.asarray(made(working(dtype), inputs), dtype=np.float64)
    return np.broadcast_to(computed, (rows, 1)), np.broadcast_to(truth, (rows, 1))


def conditioning(made: Formula, inputs: Mapping[str, Array], dtype: str) -> Array:
    """The condition bits of a formula at each sample."""
    rows = len(next(iter(inputs.values())))
    bits: Array = np.broadcast_to(condition_bits(made, working(WIDER[dtype]), inputs, _STEP), (rows, 1))
    return bits[:, 0]


def drawn(variables: tuple[Free, ...], samples: int = SAMPLES) -> dict[str, Array]:
    """Samples of every variable as columns, the same ones each time."""
    rng = np.random.default_rng(20)
    return {variable.name: _drawn(variable, samples, rng) for variable in variables}


def _drawn(variable: Free, samples: int, rng: np.random.Generator) -> Array:
    """Samples of two digits: log-uniform magnitudes of both signs, or uniform ones."""
    domain, allowed = variable.domain, variable.allowed
    low, high = max(domain.low, allowed.lower), min(domain.high, allowed.upper)
    uniform = rng.uniform(size=samples)
    if low > high:
        return np.full((samples, 1), np.nan)
    if domain.spacing == "linear":
        values = low + (high - low) * uniform
    else:
        values = _log_uniform(low, high, uniform, rng)
    told = np.array([float(f"{x:.2g}") for x in values])
    if variable.integer:
        told = np.round(told)
    column: Array = np.clip(told, low, high)[:, None]
    return column


def _log_uniform(low: float, high: float, uniform: Array, rng: np.random.Generator) -> Array:
    largest = max(abs(low), abs(high))
    smallest = min(abs(low), abs(high)) if low * high > 0 else min(1e-6, largest * 1e-6)
    if largest == 0:
        return np.zeros_like(uniform)
    sizes: Array = np.exp(np.log(smallest) + (np.log(largest) - np.log(smallest)) * uniform)
    if low >= 0:
        return sizes
    if high <= 0:
        return -sizes
    signs = np.where(rng.uniform(size=len(sizes)) < 0.5, -1.0, 1.0)
    signed: Array = np.clip(signs * sizes, low, high)
    return signed
