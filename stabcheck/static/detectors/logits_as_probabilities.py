"""A Keras loss of probabilities that is given the output of a layer without an activation."""

from __future__ import annotations

from collections.abc import Iterator

from stabcheck.static.card import Card
from stabcheck.static.detectors._models import losses
from stabcheck.static.hit import Hit
from stabcheck.static.infer import Facts
from stabcheck.static.module import Module


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """`Dense(1)` compiled with "binary_crossentropy"; only models whose last layer is known."""
    for loss in losses(module):
        if not loss.logits and loss.activation == "linear":
            yield Hit(loss.span, loss.site, loss.value)
