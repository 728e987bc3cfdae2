"""What a test computes to compare with is no finding; what it tests, and how, may be."""

import pytest

from stabcheck.static.cards import load
from stabcheck.static.engine import check

CARDS = [card for card in load() if card.default]

EXPECTED = """
import numpy as np


class TestLoss:
    def test_it_equals_the_formula(self, y_true, y_pred):
        expected = -np.mean(y_true * np.log(y_pred) + (1 - y_true) * np.log(1 - y_pred))
        np.testing.assert_allclose(loss(y_true, y_pred), expected)
"""
TRAINED = """
import tensorflow as tf


def test_training(y_true, logits):
    y_pred = tf.nn.softmax(logits)
    return -tf.reduce_mean(y_true * tf.math.log(y_pred))
"""


def codes(source, path):
    return {found.code for found in check(source, path, CARDS)}


@pytest.mark.parametrize("path", ["test_losses.py", "tests/losses.py", "src/losses_test.py"])
def test_the_formula_of_a_test_is_not_judged(path):
    assert not codes(EXPECTED, path)


def test_the_same_formula_is_judged_elsewhere():
    assert "NS113" in codes(EXPECTED, "losses.py")
    assert "NS113" in codes(EXPECTED.replace("test_it", "it"), "tests/losses.py")


def test_what_a_test_trains_is_judged():
    assert "NS112" in codes(TRAINED, "tests/test_training.py")


def test_how_a_test_compares_is_judged():
    source = "import numpy as np\n\ndef test_sum(a, b):\n    assert a + b == 0.3\n"
    assert "NS701" in codes(source, "tests/test_sum.py")
