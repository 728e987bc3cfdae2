"""What cards need: derived from patterns and guards, and said in the triggers of detectors."""

from dataclasses import replace

import pytest

from stabcheck.static.card import Pattern
from stabcheck.static.cards import load
from stabcheck.static.needs import Needs, silent
from stabcheck.static.trigger import alternatives, triggers

CARD = replace(
    load().by_name["log-of-prod"], patterns=(), triggers=(), detector=None, libraries=(), needed=None
)


def of_pattern(find, *only_when):
    return replace(CARD, patterns=(Pattern(find, only_when=only_when),))


def of_triggers(*given):
    return replace(CARD, detector="scaled_exp", triggers=given)


def speaks(card, text):
    return card.code not in silent(Needs([card]), text)


NORM, PROBABILITY = "is_op($x, 'norm') or is_op($x, 'sqrt')", "tagged($p, 'probability')"
BETWEEN, GRADIENT = ("lower($p) >= 0", "upper($p) <= 1"), "tagged($x, 'named-gradient')"


@pytest.mark.parametrize(
    ("card", "held", "not_held"),
    [
        (of_pattern("($a - $b) ** $c", "$c > 0", "$c < 1"), ["(a - b)**.5", "pow(a - b, 1/3)"], ["(a-b)**2"]),
        (of_pattern("$a / $x", NORM), ["a / norm(b)", "a / sqrt(b)"], ["a / b"]),
        (of_pattern("$p - 1", PROBABILITY), ["sigmoid(x) - 1", "m.predict_proba(x) - 1"], ["p - 1"]),
        (of_pattern("sqrt($x)", GRADIENT), ["sqrt(w_grad)", "sqrt(d['grad'])"], ["sqrt(x)"]),
        (of_pattern("1 / $p", "in_gradient()"), ["def grad(p): 1 / p", "dx = 1 / p"], ["def f(p): 1 / p"]),
        (of_pattern("prod($p)", *BETWEEN), ["prod(cos(x))", "prod(a / b)"], ["prod(s)"]),
        (of_pattern("mean($x)"), ["x.mean()", "sum(x) / n"], ["sum(x)", "a / n"]),
        (
            of_pattern("mean($x)", "dtype($x) == 'int64'", "library() == 'tensorflow'"),
            ["import tensorflow as tf; tf.reduce_mean(tf.argmax(x))"],
            ["import tensorflow; np.mean(np.argmax(x))", "import tensorflow; tf.reduce_mean(x)"],
        ),
        (of_pattern("0.5 * log($x)"), ["log(x) / 2", "0.5 * log(x)"], ["log(x)"]),
        (of_pattern("matmul($a, $b)"), ["a @ b", "a.mm(b)"], ["@cached\ndef f(): pass"]),
    ],
)  # fmt: skip
def test_what_patterns_and_guards_need(card, held, not_held):
    assert [text for text in held if not speaks(card, text)] == []
    assert [text for text in not_held if speaks(card, text)] == []


def test_triggers_that_are_needed_together():
    card = of_triggers(("exp & math", "sum() & divide()", "log"))
    assert speaks(card, "import math; math.exp(x)")
    assert speaks(card, "x / x.sum()")
    assert speaks(card, "log(x)")
    assert not speaks(card, "exp(x) + sum(x)")


def test_many_that_are_needed_together_do_not_multiply():
    card = of_triggers(*(tuple(f"a{n}{m} & b{n}{m}" for m in range(3)) for n in range(30)))
    assert len(alternatives(card)) <= 64
    assert speaks(card, " ".join(f"a{n}0 b{n}0" for n in range(30)))
    assert not speaks(card, " ".join(f"a{n}0 b{n}0" for n in range(29)))


def test_the_byte_scan_takes_what_is_quickest_to_find():
    assert triggers([of_triggers(("exp here", "log anywhere"), ("subtract() here",))]) == {"exp", "log"}
