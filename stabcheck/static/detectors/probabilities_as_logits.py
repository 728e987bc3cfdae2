"""A categorical loss from logits that is given the output of a softmax."""

from __future__ import annotations

from collections.abc import Iterator

from stabcheck.static.card import Card
from stabcheck.static.detectors._models import is_given, losses
from stabcheck.static.hit import Hit
from stabcheck.static.infer import Facts
from stabcheck.static.module import Module


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """softmax_cross_entropy(softmax(z)) in all its forms."""
    for loss in losses(module):
        if (
            loss.logits
            and loss.kind == "categorical"
            and (is_given(module, loss, "softmax") or loss.activation == "softmax")
        ):
            yield Hit(loss.span, loss.site, loss.value)
