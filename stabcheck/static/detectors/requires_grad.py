"""torch.autograd.gradcheck with tensors that do not require a gradient."""

from __future__ import annotations

from collections.abc import Iterator

from stabcheck.ops import OPERATIONS
from stabcheck.static.card import Card
from stabcheck.static.detectors._checks import checks
from stabcheck.static.graph import Apply, Value, strip
from stabcheck.static.hit import Hit
from stabcheck.static.infer import Facts
from stabcheck.static.module import Module
from stabcheck.static.source_text import Text, text_of


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """Checks none of whose inputs requires a gradient, in files that never turn it on afterwards."""
    text = text_of(module)
    if "requires_grad_" in module.text or ".requires_grad =" in module.text:
        return
    for check in checks(module):
        if (
            check.library == "torch"
            and check.inputs
            and all(_is_plain(value, text) for value in check.inputs)
        ):
            yield Hit(check.call.span, check.site, check.call)


def _is_plain(value: Value, text: Text) -> bool:
    """A tensor made by a call that does not say `requires_grad`."""
    node = strip(value)
    if not isinstance(node, Apply) or node.library != "torch":
        return False
    row = OPERATIONS.get(node.op)
    made = row is not None and row.kind in ("creation", "random")
    return made and "requires_grad" not in text[node.span]
