"""Graphs as text, so that tests read as the expressions they are about."""

import ast
from collections.abc import Callable
from textwrap import dedent

import pytest

from stabcheck.static.graph import (
    Apply,
    Assume,
    Call,
    Constant,
    Item,
    Merge,
    Opaque,
    Sequence,
    Symbol,
    Value,
)
from stabcheck.static.lower import lower
from stabcheck.static.module import Module


def text(value: Value) -> str:
    """A graph as text close to Python: operations as calls, merges in braces, assumptions after a colon."""
    match value:
        case Constant():
            return repr(value.value)
        case Symbol():
            return value.name
        case Apply():
            named = [f"{name}={text(each)}" for name, each in value.attributes.items()]
            return f"{value.op}({', '.join([*map(text, value.operands), *named])})"
        case Call():
            name = value.function or (value.callee.name if isinstance(value.callee, Symbol) else "_")
            called = f"{name}!({', '.join(map(text, value.arguments))})"
            return called if value.result is None else f"{called} -> {text(value.result)}"
        case Sequence():
            return f"[{', '.join(map(text, value.items))}]"
        case Item():
            return f"{text(value.base)}[{'' if value.index is None else text(value.index)}]"
        case Merge():
            return "{" + " | ".join(map(text, value.choices)) + "}"
        case Assume():
            limits = value.interval
            zero = ", nonzero" if limits.nonzero else ""
            return f"{text(value.base)}:({limits.lower:g}, {limits.upper:g}{zero})"
        case Opaque():
            return f"?({', '.join(map(text, value.parts))})"
        case _:
            raise AssertionError(value)


IMPORTS = """
import math
import numpy as np
import tensorflow as tf
import torch
import torch.nn as nn
import keras
import jax.numpy as jnp
"""


@pytest.fixture
def lowered() -> Callable[..., Module]:
    """Lower a source text, after the usual imports unless told otherwise."""

    def make(source: str, imports: str = IMPORTS, path: str = "example.py") -> Module:
        whole = imports + dedent(source)
        return lower(ast.parse(whole), whole, path)

    return make


@pytest.fixture
def last(lowered: Callable[..., Module]) -> Callable[..., str]:
    """The graph of the last expression of a source text, as text."""

    def make(source: str, imports: str = IMPORTS) -> str:
        return text(lowered(source, imports).sites[-1].value)

    return make


@pytest.fixture
def as_text() -> Callable[[Value], str]:
    return text
