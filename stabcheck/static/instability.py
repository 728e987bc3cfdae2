"""Instability that is measured: expressions whose error is far above their conditioning, without a pattern.

An arithmetic expression of one to three free values is evaluated at sampled inputs in its working precision
and more exactly. Where more than a tenth of the samples lose more bits than the condition number explains,
the formula is at fault and not the problem: (1 - cos x)/sin x stands at 0.58, √(x+1) - √x at 0.34; sound
expressions, ill-conditioned ones among them, stand at 0 (`x - y`, `a*x + b`, `(x - m)/s`).

Only what is finite counts: an overflow needs a plausible input, and a sample is none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from stabcheck.ops import OPERATIONS
from stabcheck.ops.dtypes import FORMATS, format_of
from stabcheck.ops.numeric import working
from stabcheck.static.card import Domain
from stabcheck.static.finding import Witness
from stabcheck.static.formula import COUNT, Formula, Unmeasurable, formula, free_formula
from stabcheck.static.graph import Apply, Symbol, Value, operands, scalar, strip
from stabcheck.static.guard import Knowledge
from stabcheck.static.judge import DEFAULT_DTYPES
from stabcheck.static.measure import WIDER, condition_bits, lost_bits, rounded
from stabcheck.static.module import Module
from stabcheck.static.normal import UNWRITTEN
from stabcheck.static.pattern import compile_pattern, parse_template
from stabcheck.static.places import places
from stabcheck.static.sampling import Array, Free
from stabcheck.static.template import value_of
from stabcheck.static.witness import confirm, threshold

SAMPLES = 192
SHARE = 0.1  # of the samples: unstable formulas stand at 0.12 and above, sound ones at 0
LARGEST = 1.5  # the worst sample loses so many times the bits that count
_MOST_VARIABLES = 3

_SUMS = frozenset({"add", "subtract"})
# Without one of these, sums and products are as good as their conditioning.
_CURVED = frozenset(
    {
        "exp",
        "exp2",
        "expm1",
        "log",
        "log1p",
        "log2",
        "log10",
        "sqrt",
        "rsqrt",
        "power",
        "square",
        "reciprocal",
    }
    | {"divide", "sin", "cos", "tan", "sinh", "cosh", "tanh", "arctan", "arcsin", "arccos", "cbrt"}
    | {"sigmoid", "softplus", "erf", "erfc"}
)


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


def measure(expression: str, domains: Mapping[str, Domain], dtype: str = "float32") -> Instability:
    """The instability of an expression of the pattern language, `"sqrt($x + 1) - sqrt($x)"`.

    Parameters
    ----------
    expression
        operations of the table over metavariables.
    domains
        where each metavariable is sampled; log-uniformly over both signs if `spacing` is "log".
    dtype
        the working precision.

    Raises
    ------
    stabcheck.static.pattern.PatternError, stabcheck.static.formula.Unmeasurable
        if it is no such expression, or holds an operation that has no formula.
    """
    names = sorted(compile_pattern(expression).names)
    bindings: dict[str, Value] = {name: Symbol(UNWRITTEN, name, ("", name, 0), "parameter") for name in names}
    made = formula(value_of(parse_template(expression)), bindings)
    variables = tuple(Free(name, domains[name]) for name in made.names)
    return measured(made, variables, dtype)


@lru_cache(maxsize=4096)
def measured(made: Formula, variables: tuple[Free, ...], dtype: str) -> Instability:
    """The instability of a formula over the ranges of its variables.

    Raises
    ------
    stabcheck.static.formula.Unmeasurable
        if the table can't evaluate it.
    """
    rng = np.random.default_rng(20)
    narrow, wide = working(dtype), working(WIDER[dtype])
    plain = {variable.name: _drawn(variable, rng) for variable in variables}
    inputs = rounded(narrow, plain)
    computed = np.asarray(made(narrow, inputs), dtype=np.float64)
    truth = np.asarray(made(wide, inputs))
    bits = np.broadcast_to(lost_bits(computed, truth, dtype, representable=True), (SAMPLES, 1))[:, 0]
    usable = np.isfinite(np.broadcast_to(computed, (SAMPLES, 1))[:, 0]) & (bits >= 0)
    if usable.sum() < SAMPLES / 8:
        return Instability(0.0, 0.0, {}, dtype)
    condition = np.broadcast_to(condition_bits(made, wide, inputs, 1e-6), (SAMPLES, 1))[:, 0]
    excess = np.where(usable & np.isfinite(condition), bits - condition, -1.0)
    worst = float(excess.max())
    near = np.flatnonzero(excess >= worst - 2)
    row = min(near.tolist(), key=lambda each: sum(len(f"{x[each, 0]:.6g}") for x in plain.values()))
    share = float((excess > threshold(dtype)).sum() / usable.sum())
    return Instability(share, worst, {name: float(x[row, 0]) for name, x in plain.items()}, dtype)


def _drawn(variable: Free, rng: np.random.Generator) -> Array:
    """Samples of two digits, as a column: log-uniform magnitudes of both signs, or uniform ones."""
    domain, allowed = variable.domain, variable.allowed
    low, high = max(domain.low, allowed.lower), min(domain.high, allowed.upper)
    uniform = rng.uniform(size=SAMPLES)
    if low > high:
        return np.full((SAMPLES, 1), np.nan)
    if domain.spacing == "linear":
        drawn = low + (high - low) * uniform
    else:
        drawn = _log_uniform(low, high, uniform, rng)
    told = np.array([float(f"{x:.2g}") for x in drawn])
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


_NATURAL = Domain(-1e6, 1e6, "log")


@dataclass(frozen=True, slots=True)
class Unstable:
    """An expression of a module that was measured to be unstable."""

    value: Apply
    place: int  # in the list of `places`
    variables: Mapping[str, Value]
    share: float
    witness: Witness


def unstable_expressions(module: Module, facts: Knowledge) -> Iterator[Unstable]:
    """The smallest unstable expressions of a module: none of them holds another one."""
    found: set[int] = set()
    by_size = sorted(enumerate(places(module)), key=lambda each: sum(1 for _ in _inside(each[1][0])))
    for index, (node, _) in by_size:
        if not _worth_a_look(node) or any(id(each) in found for each in _inside(node)):
            continue
        try:
            made, free = free_formula(node)
            result = _judged(made, free, node, facts)
        except Unmeasurable:
            continue
        if result is not None:
            found.add(id(node))
            yield Unstable(node, index, free, *result)


def _judged(
    made: Formula, free: Mapping[str, Value], node: Apply, facts: Knowledge
) -> tuple[float, Witness] | None:
    names = [name for name in made.names if name != COUNT]
    row = OPERATIONS[made.steps[-1].op]
    if not 1 <= len(names) <= _MOST_VARIABLES or COUNT in made.names or row.kind in ("query", "selection"):
        return None
    if any(facts.integer(value) for value in free.values()):
        return None  # exact for all that a count can be
    variables = tuple(Free(name, _NATURAL, facts.interval(free[name])) for name in names)
    dtype = _dtype(node, facts)
    if dtype is None:
        return None
    result = measured(made, variables, dtype)
    if not result.unstable:
        return None
    inputs = {name: np.array([x]) for name, x in result.inputs.items()}
    witness = confirm(made, inputs, dtype)
    return None if witness is None else (result.share, replace(witness, inputs=dict(result.inputs)))


def _dtype(node: Apply, facts: Knowledge) -> str | None:
    known = facts.dtype(node)
    if known is not None:
        limits = format_of(known)
        return limits.name if limits is not None and limits.name in FORMATS else None
    return DEFAULT_DTYPES.get(facts.library(node) or "")


def _inside(node: Apply) -> Iterator[Value]:
    seen: set[int] = set()
    stack: list[Value] = [node]
    while stack and len(seen) < 200:
        each = strip(stack.pop())
        if id(each) not in seen:
            seen.add(id(each))
            yield each
            stack.extend(operands(each))


def _worth_a_look(node: Apply) -> bool:
    """A sum of something, and something curved, among few operations."""
    ops = [each.op for each in _inside(node) if isinstance(each, Apply) and scalar(each) is None]
    return 2 <= len(ops) <= 24 and not _SUMS.isdisjoint(ops) and not _CURVED.isdisjoint(ops)
