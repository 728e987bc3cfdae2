"""PyTorch's softmax without `dim`."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from stabcheck.static.card import Card
from stabcheck.static.detectors._on_lines import lines_naming, syntax_on
from stabcheck.static.detectors._syntax import Names
from stabcheck.static.hit import Hit
from stabcheck.static.infer import Facts
from stabcheck.static.lower.positions import Positions
from stabcheck.static.module import Module

# How many positional arguments there may be before `dim` is given.
_WITHOUT_DIM = {
    "torch.nn.functional.softmax": 1,
    "torch.nn.functional.log_softmax": 1,
    "torch.nn.functional.softmin": 1,
    "torch.nn.Softmax": 0,
    "torch.nn.LogSoftmax": 0,
    "torch.nn.Softmin": 0,
}
_NAMES = frozenset(name.rpartition(".")[2] for name in _WITHOUT_DIM)


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """`F.softmax(x)` and `nn.Softmax()`."""
    positions, names = Positions(module.text), Names(module)
    for node in syntax_on(module, lines_naming(module, _NAMES), ast.Call):
        if any(keyword.arg in ("dim", None) for keyword in node.keywords):
            continue
        most = _WITHOUT_DIM.get(names.qualified(node.func))
        if (
            most is not None
            and len(node.args) <= most
            and not any(isinstance(x, ast.Starred) for x in node.args)
        ):
            yield Hit(positions.span(node))
