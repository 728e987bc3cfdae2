"""Large arguments and results."""

from __future__ import annotations

import numpy as np
from declared import Hostile

from stabcheck import gradient_case

HOSTILE = Hostile()


@HOSTILE.argument("pass")
def a_million_numbers():
    return np.linspace(0.5, 1.5, 1_000_000)


@HOSTILE.function("pass", args=np.ones(1), grad=lambda x: np.ones((10_000_000, 1)))
def ten_million_numbers(x):
    return np.broadcast_to(x, (10_000_000,)) + 0.0


@HOSTILE.function("pass")
def what_is_large_inside(x):
    return np.sum(np.outer(x, np.ones(1_000_000))[:, 0] ** 2)


@gradient_case
def large():
    return HOSTILE.cases
