"""The questions that a guard may ask of the values that a pattern matched, and of the place where it did."""

from __future__ import annotations

from collections.abc import Callable
from math import ulp
from typing import Any

from stabcheck.static.expression_questions import (
    chosen_by,
    clipped_by_name,
    cosines,
    counts_drawn,
    imaginary,
    inside,
    made_here,
    matrix_entry,
    mentions,
    numerator_carries,
    offset,
    own_weight,
    raised,
    scaled,
    setting,
    skips_first,
    weighs,
)
from stabcheck.static.graph import Apply, Item, Value, scalar, strip
from stabcheck.static.matrices import is_frame
from stabcheck.static.matrix_questions import (
    covariance,
    inverts_harmlessly,
    kept,
    projects,
    reused,
    sandwiched,
    solves,
)
from stabcheck.static.name_questions import falls, in_gradient, is_kernel, is_shape, sized, successive
from stabcheck.static.normal import is_written, key, term
from stabcheck.static.origin import carries, default, is_chosen, is_drawn
from stabcheck.static.place_questions import (
    amplified,
    boosts,
    compared,
    complemented,
    is_compiled_here,
    is_divergence,
    is_entropy,
    is_gradient,
    is_half_of_logit,
    is_handled,
    is_initial_value,
    is_numerator_tested,
    is_plain_numpy,
    is_seen,
    is_tested,
    is_under_logarithm,
    makes_data_here,
    ordered,
    outweighed,
    range_tested,
    rounded,
    second_hand,
)
from stabcheck.static.scene import Knowledge, Scene, is_op
from stabcheck.static.surroundings import starts

__all__ = ["QUESTIONS", "Knowledge", "Scene"]

_Question = Callable[..., Any]


def _shifted(scene: Scene, x: Value) -> bool:
    """`x` is something minus its own maximum (or its logsumexp)."""
    return "shifted" in scene.facts.tags(x)


def _lower(scene: Scene, x: Value) -> float:
    """The lower end; the smallest positive number for what is above zero: `lower($x) > 0` asks for that."""
    interval = scene.facts.interval(x)
    return ulp(0.0) if interval.lower == 0 and interval.nonzero else interval.lower


def _upper(scene: Scene, x: Value) -> float:
    interval = scene.facts.interval(x)
    return -ulp(0.0) if interval.upper == 0 and interval.nonzero else interval.upper


def _nonzero_divisor(scene: Scene) -> bool:
    """The place is a quotient, and its divisor was tested for zero or can't be zero."""
    node = strip(scene.value)
    if not isinstance(node, Apply) or node.op != "divide":
        return False
    return scene.facts.interval(node.operands[1]).excludes_zero


def _rank(scene: Scene, x: Value) -> int | None:
    shape = scene.facts.shape(x)
    return None if shape is None else len(shape)


# Arguments: "v" a metavariable or arithmetic of them, "s" a text.
QUESTIONS: dict[str, tuple[str, _Question]] = {
    "lower": ("v", _lower),
    "upper": ("v", _upper),
    "nonzero": ("v", lambda scene, x: scene.facts.interval(x).excludes_zero),
    "constant": ("v", lambda _, x: scalar(x) is not None),
    "offset": ("v", offset),
    "rounded": ("", rounded),
    "own_weight": ("", own_weight),
    "chosen_by": ("v", chosen_by),
    "compared": ("vv", compared),
    "clipped_by_name": ("v", clipped_by_name),
    "weighs": ("v", weighs),
    "cosines": ("v", cosines),
    "inside": ("s", inside),
    "setting": ("v", setting),
    "logit_half": ("v", is_half_of_logit),
    "initial_value": ("", is_initial_value),
    "complemented": ("", complemented),
    "plain_numpy": ("", is_plain_numpy),
    "boosts": ("", boosts),
    "counts_drawn": ("v", counts_drawn),
    "divergence": ("", is_divergence),
    "entropy": ("", is_entropy),
    "under_log": ("", is_under_logarithm),
    "range_tested": ("v", range_tested),
    "factor": ("v", lambda _, x: abs(term(x).coefficient)),
    "integer": ("v", lambda scene, x: scene.facts.integer(x)),
    "tagged": ("vs", lambda scene, x, tag: tag in scene.facts.tags(x)),
    "shifted": ("v", _shifted),
    "dtype": ("v", lambda scene, x: scene.facts.dtype(x)),
    "rank": ("v", _rank),
    "is_op": ("vs", is_op),
    "entry": ("v", lambda _, x: isinstance(strip(x), Item)),
    "mentions": ("vv", mentions),
    "same": ("vv", lambda _, x, y: key(x) == key(y)),
    "library": ("", lambda scene: scene.facts.library(scene.value)),
    "differentiated": ("", lambda scene: scene.facts.differentiated(scene.site, scene.value)),
    "nonzero_divisor": ("", _nonzero_divisor),
    "written": ("v", lambda _, x: is_written(strip(x))),
    "handled": ("", is_handled),
    "tested": ("v", is_tested),
    "divisor_tested": ("", is_tested),
    "numerator_tested": ("v", is_numerator_tested),
    "reused": ("", reused),
    "covariance": ("v", covariance),
    "outweighed": ("vs", outweighed),
    "ordered": ("v", ordered),
    "raised": ("v", raised),
    "scaled": ("v", scaled),
    "amplified": ("v", amplified),
    "numerator_carries": ("s", numerator_carries),
    "second_hand": ("", second_hand),
    "shape": ("v", is_shape),
    "kernel": ("v", is_kernel),
    "in_gradient": ("", in_gradient),
    "made_here": ("s", made_here),
    "falls": ("v", falls),
    "matrix_entry": ("v", matrix_entry),
    "harmless_inverse": ("v", inverts_harmlessly),
    "frame": ("v", lambda _, x: is_frame(x)),
    "drawn": ("v", lambda _, x: is_drawn(x)),
    "chosen": ("v", lambda _, x: is_chosen(x)),
    "default": ("v", lambda _, x: default(x)),
    "carries": ("vs", lambda _, x, op: carries(x, op)),
    "starts": ("", lambda scene: starts(scene.site)),
    "makes_data": ("", makes_data_here),
    "compiled": ("", is_compiled_here),
    "gradient": ("v", is_gradient),
    "sized": ("v", sized),
    "successive": ("v", successive),
    "skips_first": ("v", skips_first),
    "seen": ("v", is_seen),
    "solves": ("vv", solves),
    "imaginary": ("v", imaginary),
    "projects": ("vv", projects),
    "sandwiched": ("", sandwiched),
    "kept": ("", kept),
    "given": ("v", lambda _, x: is_written(x)),
}
