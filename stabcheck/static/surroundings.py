"""What kind of function a value stands in: one that makes initial values, makes data, or is compiled."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stabcheck.static.graph import Site
    from stabcheck.static.module import Module

_STARTS = re.compile(r"(?:^|_)(?:init|initial|initiali[sz]e\w*|initiali[sz]er|reset_parameters)(?:_|$)")
_MAKES_DATA = re.compile(r"^_*(?:make|simulate|generate|gen|synthesi[sz]e|toy|sample|draw)_|simulation$")
_SIMULATES = re.compile(r"(?:^|[/\\_-])simulations?(?:[/\\_.-]|$)")
_COMPILED = re.compile(r"(?:^|\.)(?:n?jit|vectorize|guvectorize|stencil|generated_jit)$")


def starts(site: Site) -> bool:
    """Whether a function makes initial values: of settings, once."""
    return any(_STARTS.search(part) for part in site.function.split(".") if part != "__init__")


def makes_data(module: Module, site: Site) -> bool:
    """Whether a function, or its file, makes data of its own: draws and settings of ordinary size."""
    if _SIMULATES.search(module.path):
        return True
    return any(_MAKES_DATA.search(part) for part in site.function.split("."))


def is_compiled(module: Module, site: Site) -> bool:
    """Whether Numba compiles a function: what overflows there warns nobody."""
    function = module.functions.get(site.function)
    return function is not None and any(_COMPILED.search(each) for each in function.decorators)
