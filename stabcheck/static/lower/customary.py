"""What an import of everything brings from a module that isn't read: `from utils import *`, then `np.log`."""

from __future__ import annotations

import re
from collections.abc import Iterator

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
