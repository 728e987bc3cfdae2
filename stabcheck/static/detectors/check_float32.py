"""A gradient check on float32 (or half) data."""

from __future__ import annotations

from collections.abc import Iterator

from stabcheck.ops.dtypes import format_of
from stabcheck.static.card import Card
from stabcheck.static.detectors._checks import Check, checks
from stabcheck.static.detectors._quotient import quotients
from stabcheck.static.detectors._steps import format_under_check
from stabcheck.static.graph import Apply, Call, Sequence, Value, strip, walk
from stabcheck.static.hit import Hit
from stabcheck.static.infer import Facts
from stabcheck.static.module import Module

_COARSE = ("float16", "bfloat16", "float32")
_BEARABLE = 1e-3  # steps from here on leave some digits in float32
_WIDENED = ("set_default_dtype", "set_floatx", "enable_x64", ".double()", "float64")
# Functions that make an array of the library's default dtype if none is given.
_MAKERS = frozenset(
    {"zeros", "ones", "full", "asarray", "random_normal", "random_uniform", "random_unit", "linspace", "eye"}
)


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """Checkers and quotients whose data are known to be coarser than float64."""
    for check in checks(module):
        bearable = check.step_given and (check.step is None or check.step >= _BEARABLE)
        dtype = None if bearable else _coarse_input(module, facts, check)
        if dtype is not None:
            step = "" if check.step is None else f" with a step of {check.step:.3g}"
            yield Hit(
                check.call.span,
                check.site,
                check.call,
                message=f"a gradient check in {dtype}{step}: the numeric gradient has few digits or none; "
                "check in float64",
            )
    for quotient in quotients(module):
        known = format_under_check(module, facts, quotient)
        if known is None or not known[1] or known[0].name not in _COARSE:
            continue
        limits, size = known[0], quotient.size
        if size is not None and size < _BEARABLE:
            yield Hit(
                quotient.value.span,
                quotient.site,
                quotient.value,
                message=f"a difference quotient in {limits.name} with a step of {size:g}: rounding alone is "
                f"an error of about {min(limits.unit_roundoff / size, 1.0):.1g}; check in float64",
            )


def _coarse_input(module: Module, facts: Facts, check: Check) -> str | None:
    """The dtype of an input that is coarser than float64, by what is written or the library's default."""
    for value in check.inputs:
        known = facts.dtype(value)
        limits = format_of(known) if known else None
        if limits is not None:
            if limits.name in _COARSE:
                return limits.name
        elif not any(word in module.text for word in _WIDENED) and _is_made_by_default(value):
            return "float32"
    return None


def _is_made_by_default(value: Value) -> bool:
    """`torch.randn(3)`, `tf.constant([0.5])`: made of floats, without a dtype."""
    node = strip(value)
    while isinstance(node, Call) and (node.function or "").endswith("requires_grad_"):
        node = strip(getattr(node.callee, "base", node))
    if (
        not isinstance(node, Apply)
        or node.library not in ("torch", "tensorflow", "jax")
        or node.op not in _MAKERS
    ):
        return False
    if "dtype" in node.attributes:
        return False
    if node.op != "asarray":
        return True
    data = strip(node.operands[0])
    return isinstance(data, Sequence) and any(
        isinstance(getattr(each, "value", None), float) for each in walk(data)
    )
