"""Wrong gradients that were written for one operation: the recording knows which, and where it stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from stabcheck.dynamic.report import GRADIENT_CAUSES, Cause
from stabcheck.dynamic.trace.event import CustomGradient, Trace

GENERIC = ("wrong-gradient", "localized-error", "missing-gradient")  # what a recording may know better


def in_custom_gradient(causes: Sequence[Cause], trace: Trace | None) -> list[Cause]:
    """The causes of a wrong gradient, placed at the custom gradient function that was found wrong.

    Where the ladder found no more than that the gradient is wrong, what is wrong with that function comes
    first.
    """
    found = [custom for custom in (trace.custom_gradients if trace else ()) if custom.problem]
    accused = [cause for cause in causes if cause.kind in GRADIENT_CAUSES and cause.kind != "nan-gradient"]
    if not found or not accused:
        return list(causes)
    placed = [_placed(cause, found[0]) if cause in accused else cause for cause in causes]
    if accused[0].kind in GENERIC and found[0].problem in GRADIENT_CAUSES and found[0].problem not in GENERIC:
        kept = [cause for cause in placed if cause.kind not in GENERIC]
        return [_cause(found[0]), *kept]
    return placed


def at_second_order(causes: Sequence[Cause], trace: Trace | None) -> list[Cause]:
    """The causes, a wrong second derivative at the custom gradient of the run, if there is just one."""
    places = {custom.location for custom in (trace.custom_gradients if trace else ()) if custom.location}
    if len(places) != 1:
        return list(causes)
    return [replace(cause, location=next(iter(places))) for cause in causes]


def _placed(cause: Cause, custom: CustomGradient) -> Cause:
    cause = replace(cause, location=custom.location)
    if cause.kind != "wrong-gradient" or not custom.error:
        return cause
    advice = (
        f"derive this gradient function anew: by itself it is off by {custom.error:.2g} relative from the "
        "derivative of what it replaces"
    )
    return replace(cause, suggestion=advice)


def _cause(custom: CustomGradient) -> Cause:
    text = f"the custom gradient of {custom.operation} is wrong by itself, for its input {custom.argument}"
    if custom.gradient_shape != custom.input_shape:
        text += f": it returns shape {custom.gradient_shape} for an input of shape {custom.input_shape}"
    elif custom.error:
        text += f": it differs by {custom.error:.2g} relative from the derivative of what it replaces"
    advice = {
        "missing-broadcast-sum": "sum over the axes along which the input was broadcast",
        "upstream-ignored": "multiply by the upstream gradient: return dy * …",
        "shape-mismatch": f"return shape {custom.input_shape}",
    }.get(custom.problem, "derive it anew, and check it alone")
    evidence = {
        "operation": custom.operation,
        "argument": custom.argument,
        "input_shape": list(custom.input_shape),
        "gradient_shape": list(custom.gradient_shape),
        "error": custom.error,
    }
    return Cause(custom.problem, text, advice, evidence, custom.location)
