"""Facts about the arguments of the last call of a source text."""

import ast
from collections.abc import Callable
from textwrap import dedent

import pytest

from stabcheck.static.graph import Site, Value
from stabcheck.static.infer import Facts
from stabcheck.static.lower import lower

IMPORTS = """
import math
import numpy as np
import tensorflow as tf
import torch
import torch.nn as nn
import keras
import jax
import jax.numpy as jnp
"""


@pytest.fixture
def known() -> Callable[..., tuple[Facts, Site, Value]]:
    """Lower `source` after the usual imports; the facts, its last site, and what that computes."""

    def make(source: str, imports: str = IMPORTS, path: str = "example.py") -> tuple[Facts, Site, Value]:
        text = imports + dedent(source)
        module = lower(ast.parse(text), text, path)
        site = module.sites[-1]
        return Facts(module), site, site.value

    return make
