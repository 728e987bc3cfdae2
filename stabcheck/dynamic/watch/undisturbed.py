"""A diagnosis in the middle of a program leaves no trace: random generators go on where they were."""

from __future__ import annotations

import random
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from stabcheck.dynamic.quiet import unheard


@contextmanager
def undisturbed() -> Iterator[None]:
    """Global random generators of Python, NumPy and PyTorch are put back; nothing is printed or warned of."""
    numpy, torch = sys.modules.get("numpy"), sys.modules.get("torch")
    state = random.getstate()
    arrays = numpy.random.get_state() if numpy is not None else None
    tensors = torch.get_rng_state() if torch is not None else None
    try:
        with unheard(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        random.setstate(state)
        if numpy is not None and arrays is not None:
            numpy.random.set_state(arrays)
        if torch is not None and tensors is not None:
            torch.set_rng_state(tensors)
