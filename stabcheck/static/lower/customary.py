"""What the customary names of libraries mean where they come from a module that isn't read.

`from utils import *`, then `np.log`; `import tinyflow as tf`, which offers what TensorFlow does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from stabcheck.static.names import library

# Whoever writes these names means these modules.
_MODULES = {
    "np": "numpy",
    "numpy": "numpy",
    "math": "math",
    "scipy": "scipy",
    "tf": "tensorflow",
    "torch": "torch",
    "keras": "keras",
    "jnp": "jax.numpy",
    "jax": "jax",
    "F": "torch.nn.functional",
    "nn": "torch.nn",
}
_USED = re.compile(rf"(?<![\w.])({'|'.join(_MODULES)})\.[a-z]")
_OF_TORCH = ("F", "nn")
_OTHERS = re.compile(r"\b(?:chainer|flax|jax|jnp|mxnet|paddle|mindspore|hk|mx)\b")


def customary(text: str) -> Iterator[tuple[str, str]]:
    """The names of libraries that a text uses, and what they customarily mean."""
    used = set(_USED.findall(text))
    for name in sorted(used):
        if name not in _OF_TORCH or _OTHERS.search(text) is None:
            yield name, _MODULES[name]


# A module that is imported under one of these has the functions of the library.
_STANDS_FOR = frozenset({"np", "tf", "jnp"})


def stands_for(alias: str, qualified: str) -> str:
    """The library that a module is imported in place of; the module itself where it is known, or named so."""
    if alias not in _STANDS_FOR or qualified == alias or library(f"{qualified}.exp") is not None:
        return qualified
    return _MODULES[alias]
