"""A loss from logits that is given the output of a relu."""

from __future__ import annotations

from collections.abc import Iterator

from stabcheck.static.card import Card
from stabcheck.static.detectors._models import is_given, losses
from stabcheck.static.hit import Hit
from stabcheck.static.infer import Facts
from stabcheck.static.module import Module


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """cross_entropy(relu(z)), and a last layer with activation="relu" before a loss from logits."""
    for loss in losses(module):
        if loss.logits and (is_given(module, loss, "relu", "relu6") or loss.activation in ("relu", "relu6")):
            yield Hit(loss.span, loss.site, loss.value)
