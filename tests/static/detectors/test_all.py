"""What holds of all detectors: no source makes them raise, and no other rule silences what they find."""

import argparse
import ast
import asyncio.base_events
import inspect
import statistics

import pytest

from stabcheck.static.cards import load
from stabcheck.static.engine import check
from stabcheck.static.reported import reported

CATALOGUE = load()
EVERYTHING = tuple(CATALOGUE)

ODD = """
import numpy as np, torch, tensorflow as tf
from torch.autograd import *
from . import *
lambda *a, **k: (yield)
[x := 1, *range(3)]
def f(a, /, b, *, c=10e-7, **d): return a[...], b[::2], c @ d
class A(torch.autograd.Function):
    def forward(): pass
    def backward(): return
class B(torch.autograd.Function):
    def forward(ctx): return ctx
    def backward(ctx, *grads): return (*grads,)
@tf.custom_gradient
def g(*x):
    return x, lambda dy: dy
@tf.custom_gradient
def h(): return
while t != 1.0 != 2.0: t += 0.1
np.exp(); np.log(*[]); torch.nn.Softmax(*()); torch.autograd.gradcheck(); tf.test.compute_gradient(x=1)
np.isclose(1e-9); model.compile(loss=None); tf.keras.Sequential([]).compile(loss="mse")
match x:
    case [1, *_]: np.exp(100 * x)
"""


@pytest.mark.parametrize("module", [argparse, asyncio.base_events, ast, statistics])
def test_the_standard_library_is_read(module):
    check(inspect.getsource(module), module.__name__, EVERYTHING)


def test_odd_code():
    check(ODD, "odd.py", EVERYTHING)


def test_an_empty_file():
    assert check("", "empty.py", EVERYTHING) == []


@pytest.mark.parametrize("card", EVERYTHING, ids=lambda card: card.name)
def test_found_among_all_rules(card):
    """The rule that a page is about still speaks when all other rules do."""
    others = [each for each in EVERYTHING if each.default or each is card]
    for example in card.examples:
        if example.heading == "Found":
            found = reported(example.source, "example.py", others, EVERYTHING)
            assert card.code in {finding.code for finding in found}
