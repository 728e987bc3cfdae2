"""Functions of a project's other modules that are called like functions everybody knows: `utils.sigmoid(x)`.

What they compute is not read; what they are called says it, as long as they are called like it: with one
array, and perhaps an axis.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from stabcheck.static.graph import Opaque, Place, Value
from stabcheck.static.lower.binding import applied, bind
from stabcheck.static.lower.unit import Unit
from stabcheck.static.names import library, spellings

_SPELT = {
    "sigmoid": "scipy.special.expit",
    "softmax": "scipy.special.softmax",
    "log_softmax": "scipy.special.log_softmax",
    "logsumexp": "scipy.special.logsumexp",
}
# Plain functions only of modules that are called so: a `log` from elsewhere may write lines.
_PLAIN = {"log": "numpy.log", "exp": "numpy.exp", "sqrt": "numpy.sqrt"}
_MEANT = _SPELT.keys() | _PLAIN.keys()
_NUMERIC_MODULES = frozenset({"math", "ops", "functional", "functions", "nn", "tensor", "autograd"})
_SYMBOLIC = ("pytensor.", "theano.", "aesara.", "sympy.")  # they rewrite what is unstable themselves
_OF_LIBRARY = {
    "torch": "torch.nn.functional.",
    "tensorflow": "tensorflow.nn.",
    "jax": "jax.nn.",
}
_ELEMENTWISE = frozenset({"sigmoid", *_PLAIN})
_AXES = frozenset({"axis", "dim"})


def meant(
    unit: Unit, function: str, positional: Sequence[Value], keywords: Mapping[str, Value], place: Place
) -> Value | None:
    """What a function of the project's own is meant to return, if its name and its arguments tell."""
    name = function.rpartition(".")[2]
    if name not in _MEANT or function.startswith(_SYMBOLIC):
        return None
    spelt = _SPELT.get(name)
    if spelt is None and not _NUMERIC_MODULES.isdisjoint(function.split(".")[:-1]):
        spelt = _PLAIN.get(name)
    if spelt is None or library(function) is not None or len(positional) != 1 or keywords.keys() - _AXES:
        return None
    origin = unit.origin(positional[0]) or next(iter(sorted(unit.libraries & _OF_LIBRARY.keys())), None)
    prefix = None if "numpy" in unit.libraries and origin is None else _OF_LIBRARY.get(origin or "")
    axis = {("dim" if prefix == "torch.nn.functional." else "axis"): each for each in keywords.values()}
    for qualified in (f"{prefix}{name}", spelt) if prefix else (spelt,):
        for spelling in spellings(qualified):
            bound = bind(spelling, tuple(positional), axis)
            found = None if bound is None else applied(spelling, bound, place)
            if found is not None:
                own_axis = not axis and name not in _ELEMENTWISE  # one of its own, that is not read
                return replace(found, attributes={"axis": Opaque(place)}) if own_axis else found
    return None
