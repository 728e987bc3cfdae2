"""A difference quotient whose step is too small for its dtype."""

from __future__ import annotations

from collections.abc import Iterator

from stabcheck.static.card import Card
from stabcheck.static.detectors._checks import checks
from stabcheck.static.detectors._quotient import quotients
from stabcheck.static.detectors._steps import format_under_check, smallest_step
from stabcheck.static.hit import Hit
from stabcheck.static.infer import Facts
from stabcheck.static.module import Module


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """Quotients with a known step, and steps given to the libraries' checkers."""
    for quotient in quotients(module):
        known = format_under_check(module, facts, quotient)
        if known is None or quotient.size is None:
            continue
        limits, is_written = known
        if is_written and limits.name != "float64":
            continue  # the dtype is at fault: `check_float32` tells of it
        least = smallest_step(limits, quotient.one_sided)
        if quotient.size < least:
            error = limits.unit_roundoff / quotient.size
            yield Hit(
                quotient.value.span,
                quotient.site,
                quotient.value,
                message=f"a step of {quotient.size:g} in {limits.name}: rounding alone is an error of about "
                f"{min(error, 1.0):.1g} for values of order 1",
            )
    for check in checks(module):
        # The checkers of the libraries take central differences; float64 is the best that they can be run in.
        if check.step_given and check.step is not None and 0 < check.step < 1e-8:
            yield Hit(
                check.call.span,
                check.site,
                check.call,
                message=f"a step of {check.step:g} is too small even for float64: rounding alone is an error "
                f"of about {min(1.1e-16 / check.step, 1.0):.1g}",
            )
