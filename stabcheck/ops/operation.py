"""What a numeric operation is: the data model of the operation table.

One canonical operation (`exp`, `sum`, `matmul`, `softmax` …) is described once, as a row; every part of
stabcheck reads the row and none keeps a list of its own: names for the static pass, ranges for its guards,
spellings for its fixes, exact values for witnesses, run-time names and conditioning for the trace.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from stabcheck.ops.interval import Interval

Kind = Literal[
    "elementwise",  # one output entry from one entry of each operand, with broadcasting
    "reduction",  # an axis disappears (or stays with size one): sum, max, logsumexp, norm
    "scan",  # an axis is accumulated along: cumsum, cumprod
    "normalizer",  # same shape, but coupled along an axis: softmax, log_softmax, l2_normalize
    "contraction",  # matmul, dot, einsum
    "linalg",  # solve, inv, det, cholesky, eigh …
    "selection",  # where, clip by condition, gather: values are picked, not computed
    "layout",  # reshape, transpose, stack, expand_dims: the values stay what they are
    "cast",  # the dtype changes
    "creation",  # zeros, ones, arange, eye, full
    "random",
    "loss",  # cross entropies and the like, with a logits or a probability argument
    "barrier",  # stop_gradient, detach, no_grad: the value passes, the gradient does not
    "query",  # shape, size, len, isfinite, comparison: integers and truth values
]


@dataclass(frozen=True, slots=True)
class Spelling:
    """How one library writes one operation.

    `qualified` is the dotted name without aliases ("tensorflow.math.exp"), or ".exp" for a method of the
    library's arrays. `parameters` pairs the operation's canonical parameter names with the library's own,
    in the library's positional order: `(("x", "input"), ("axis", "dim"), ("keepdims", "keepdim"))`. A
    library parameter that has no canonical counterpart is paired with None.
    """

    operation: str
    library: str
    qualified: str
    parameters: tuple[tuple[str | None, str], ...]
    removed: bool = False  # a name that older releases had: understood when read, never written by a fix
    # attributes of a call that does not give them, where they differ from the operation's defaults, or are
    # implied by the name (`x.double()` is a cast with dtype "float64")
    defaults: tuple[tuple[str, object], ...] = ()
    required: tuple[str, ...] = ()  # attributes that the library has no default for
    most_positional: int | None = (
        None  # parameters beyond are given by keyword alone; None: all may be given by position
    )

    @property
    def is_method(self) -> bool:
        """Written after the array: `x.sum()`. The array is the parameter that is paired with "self"."""
        return self.qualified.startswith(".")


@dataclass(frozen=True, slots=True)
class Operation:
    """A row of the operation table.

    Parameters
    ----------
    name
        canonical name, lower case with underscores.
    parameters
        canonical parameter names, operands first: `("x", "axis", "keepdims")`.
    operands
        how many of `parameters` are operands (values of the graph); the others are attributes.
    kind
        what the operation does to shapes.
    spellings
        a column a library: "math", "numpy", "scipy", "tensorflow", "keras", "jax", "torch", "python".
        The first spelling of a column is the one that a fix writes.
    compute
        the value over a namespace `xp` (`stabcheck.ops.numeric`): `compute(xp, *operands, **attributes)`.
        The same definition serves the working precision (NumPy) and the exact value (mpmath).
    partials
        one function an operand, `partial(xp, result, *operands, **attributes)`: for an elementwise operation
        ∂result/∂operand; None where there is none. Serves condition numbers and gradient witnesses.
    range
        interval transfer: `range(*intervals, **attributes)`, sound for real arithmetic; rounding and the
        largest number of the dtype are added by the caller.
    natural_domain
        an interval for each operand outside of which the result is not a real number (log: x >= 0).
    commutative
        the first two operands may be swapped.
    runtime
        the names under which frameworks run it: graph operations ("Exp"), ufuncs ("exp").
    defaults
        what an attribute is when it is not given, if that is not None: `{"axis": -1}` of softmax.
    pullback
        the reverse rule of an operation that is not elementwise, or whose derivative a library computes by
        selection: `pullback(xp, cotangent, result, *operands, **attributes)` gives one cotangent an
        operand, None where there is none.
    composed
        the same by other operations, as a Python expression over the operands: what a fix writes in a library
        that has no name for it, "logaddexp(0, x)" for softplus in NumPy. As accurate as `compute`.
    """

    name: str
    parameters: tuple[str, ...]
    operands: int
    kind: Kind
    spellings: Mapping[str, tuple[Spelling, ...]] = field(default_factory=dict)
    compute: Callable[..., Any] | None = None
    partials: tuple[Callable[..., Any] | None, ...] = ()
    range: Callable[..., Interval] | None = None
    natural_domain: tuple[Interval, ...] = ()
    commutative: bool = False
    runtime: tuple[str, ...] = ()
    defaults: Mapping[str, object] = field(default_factory=dict)
    pullback: Callable[..., tuple[Any, ...]] | None = None
    composed: str | None = None
