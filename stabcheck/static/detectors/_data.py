"""What is data, that come from outside and may be anything, and what a value is called where it is used.

Settings, what is learned, directions and random draws are no data: nobody meets a 0 there by chance.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice

from stabcheck.ops import OPERATIONS
from stabcheck.static.graph import (
    Apply,
    Assume,
    Call,
    Constant,
    Item,
    Opaque,
    Reference,
    Site,
    Symbol,
    Value,
    strip,
    walk,
)
from stabcheck.static.infer import Facts
from stabcheck.static.infer.layout import moved, source
from stabcheck.static.source_text import held_by

MOST_NODES = 200  # of a value that are looked at
_PROGRESSIONS = frozenset({"arange", "linspace"})
_NO_DATA_NAME = re.compile(
    r"(?:^|[._])(?:axis|axes|dims?|shape|size|keepdims?|n|dtype|device|width|height|\w*_?lengths?)$"
)
_ACTUAL_NAME = re.compile(
    r"^(?:y|y_?true|actuals?|targets?|labels?|truth|ground_?truth|gt|y_?test|obs|observed)$", re.IGNORECASE
)
# What is never all zeros: what is learned, settings, and directions.
SETTLED_NAME = re.compile(
    r"(?:^|[._])(?:weights?|sw|sw_\w+|scales?|rates?|temperatures?|kernels?|filters?|windows?|coef\w*|quat\w*|basis|codebook|params?|parameters?|dirn?s?|directions?|\w+_init|length_to_mask|sequence_mask|\w*normals?|tangents?|\w*times?|time_?(?:steps?|stamps?|points?)|timestamps?|freqs?|frequenc(?:y|ies)|wavelengths?|"
    r"concentrations?\w*|alphas?\w*|betas?\w*|sigmas?\w*|noise_levels?\w*|\w*embeds?|\w*embeddings?)_?$"
    r"|window|hann|hamming|blackman|bartlett|kaiser|^numpy\.unique$|^(?:self\.)?config\.",
    re.IGNORECASE,
)
_DATA_SETS = re.compile(r"(?:^|[._])(?:load_data|fetch_\w+|load_(?:iris|digits|mnist|wine|diabetes|boston))$")
# Draws that the operation table has no row for, and methods of generators, whatever the generator is called.
_DRAW = re.compile(
    r"^(?:random|numpy\.random|jax\.random|tensorflow\.random|keras\.random|torch\.distributions|scipy\.stats)\."
    r"|\.(?:exponential|standard_\w+|gamma|beta|dirichlet|normal|uniform|chisquare|laplace|lognormal|rayleigh|weibull|pareto|rvs)$"
    r"|\.(?:exponential|normal|uniform|log_normal|cauchy|random)_$"
)


@dataclass(frozen=True, slots=True)
class Place:
    """What is known, and the statement that asks: its names are those that a person reads there."""

    facts: Facts
    site: Site

    def names(self, node: Value) -> set[str]:
        """What a value is called here: by itself, and by the names that are bound to it."""
        return called(node, self.site)


def called(node: Value, site: Site) -> set[str]:
    """What a value is called at a statement: by itself, and by the names that are bound to it."""
    own = name_of(node)
    bound = {name.rpartition(".")[2] for name in held_by(node, site.bindings)}
    return bound | ({own} if own else set())


def is_text(index: Value) -> bool:
    """Whether an index is a key, as of a dictionary."""
    inner = strip(index)
    return isinstance(inner, Constant) and isinstance(inner.value, str)


def name_of(node: Value) -> str:
    """The last part of the name of a symbol, of the function that is called, or of the attribute."""
    if isinstance(node, Symbol):
        return node.name.rpartition(".")[2]
    if isinstance(node, Call):
        return (node.function or "").rpartition(".")[2]
    if isinstance(node, Item) and node.index is not None and is_text(node.index):
        inner = strip(node.index)
        return str(inner.value) if isinstance(inner, Constant) else ""
    return ""


_GRADIENT_NAME = re.compile(r"^(?:\w*_)?(?:grads?|gradients?)(?:_\w{1,4})?$")


def is_called_gradient(value: Value, site: Site) -> bool:
    """Whether a value is called a gradient: its own gradient is seldom taken."""
    return any(map(_GRADIENT_NAME.search, called(source(value), site)))


def drawn(value: Value) -> Value:
    """What a loop variable is drawn from; any other value itself."""
    node = source(value)
    if isinstance(node, Symbol) and node.kind == "loop" and node.source is not None:
        return source(node.source)
    return node


def is_actual(value: Value) -> bool:
    """Whether a value is called what observations are called."""
    return bool(_ACTUAL_NAME.search(name_of(source(value))))


def is_data(value: Value, facts: Facts) -> bool:
    """Whether `value` is made of data that come from outside: no settings, no random directions."""
    found = False
    for node in islice(walk(value), MOST_NODES):
        inner = strip(node)
        if isinstance(inner, Apply):
            row = OPERATIONS.get(inner.op)
            if (row is not None and row.kind == "random") or inner.op in _PROGRESSIONS:
                return False
        if isinstance(inner, Reference | Constant | Assume):
            continue
        if isinstance(inner, Symbol | Opaque):
            name = inner.name if isinstance(inner, Symbol) else ""
            if SETTLED_NAME.search(name):
                return False
            found |= not (isinstance(inner, Symbol) and _NO_DATA_NAME.search(inner.name))
        elif isinstance(inner, Call) and moved(inner) is None:
            function = inner.function or ""
            if any(each.search(function) for each in (SETTLED_NAME, _DRAW, _DATA_SETS)):
                return False
            found = True
    return found
