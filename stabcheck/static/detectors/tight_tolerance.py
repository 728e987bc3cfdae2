"""A gradient check whose tolerance no difference quotient can meet."""

from __future__ import annotations

from collections.abc import Iterator

from stabcheck.static.card import Card
from stabcheck.static.detectors._checks import checks
from stabcheck.static.hit import Hit
from stabcheck.static.infer import Facts
from stabcheck.static.module import Module

_TIGHT = 1e-9


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """Relative and absolute tolerance both below what float64 can give."""
    for check in checks(module):
        relative, absolute = check.number("rtol"), check.number("atol")
        if relative is not None and absolute is not None and max(relative, absolute) < _TIGHT:
            yield Hit(
                check.call.span,
                check.site,
                check.call,
                message=f"a tolerance of {max(relative, absolute):g}: a central difference reaches 1e-10 at "
                "its best step, 1e-8 as a rule",
            )
