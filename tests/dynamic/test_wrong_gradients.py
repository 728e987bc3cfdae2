"""What is said of a wrong gradient, and what isn't: look-alikes of factors, transposes, places and shapes."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

import stabcheck
from stabcheck.dynamic.directions import restricted
from stabcheck.dynamic.locate import conditions, describe
from stabcheck.dynamic.relation import size_that_equals
from stabcheck.dynamic.shapes import forgotten_sum, summed_away


def normal(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def first(fn, args, grad):
    report = stabcheck.diagnose(fn, args, grad)
    assert report.verdict == "fail", str(report)
    return report.causes[0]


def sines(x):
    return np.sum(np.sin(x))


# --- factors


@pytest.mark.parametrize(
    ("factor", "equals"),
    [
        (7.0, "len(x) = 7"),
        (1 / 7, "1 / (len(x) = 7)"),
        (7.1, None),
        (6.0, None),
        (49.0, None),
        (np.pi, None),
        (1.000003, None),
        (2.0, None),
        (0.5, None),
    ],
)
def test_a_size_is_named_only_if_something_has_it(factor, equals):
    cause = first(sines, normal(7), lambda x: factor * np.cos(x))
    assert cause.kind == "scale-error"
    assert cause.evidence["factor"] == pytest.approx(factor)
    assert cause.evidence.get("equals") == equals
    assert ("= 7" in cause.explanation) == (equals is not None)


def test_a_factor_of_two_with_two_entries_is_not_called_the_size():
    cause = first(lambda x: np.sum(x**3), normal(2), lambda x: 6 * x**2)
    assert cause.kind == "scale-error"
    assert "equals" not in cause.evidence
    assert "= 2" not in cause.explanation
    assert "square" in cause.suggestion
    assert "len(x) = 2" in cause.suggestion


def test_the_missing_mean_over_captured_rows():
    x, y = normal(11, 3), normal(11, seed=1)
    cause = first(lambda w: np.mean((x @ w - y) ** 2), normal(3), lambda w: 2 * x.T @ (x @ w - y))
    assert cause.evidence["factor"] == pytest.approx(11)
    assert "= 11" in cause.evidence["equals"]
    assert "averages" in cause.suggestion


@pytest.mark.parametrize("decorate", [lambda fn: fn, tf.function], ids=["eager", "compiled"])
def test_the_missing_mean_over_rows_that_tensorflow_captures(decorate):
    x = tf.constant(normal(11, 3))

    @tf.custom_gradient
    def mean_square(z):
        return tf.reduce_mean(z**2), lambda dy: dy * 2 * z

    @decorate
    def loss(w):
        return mean_square(tf.linalg.matvec(x, w))

    cause = first(loss, tf.constant(normal(3)), None)
    assert cause.kind == "scale-error"
    assert cause.evidence["equals"] == "x.shape[0] = 11"


def test_a_ratio_that_is_constant_by_accident_of_the_point_is_no_factor():
    x = np.full(5, 3.0)  # x² / 2x is 1.5 at each entry here, and nowhere else
    cause = first(lambda x: np.sum(x**2), x, lambda x: x**2)
    assert cause.kind == "wrong-gradient"


def test_a_single_number_is_no_factor_where_another_point_has_another_one():
    assert first(np.sin, 1.0, np.sin).kind == "wrong-gradient"
    assert first(np.sin, 1.0, lambda x: 3 * np.cos(x)).kind == "scale-error"


@pytest.mark.parametrize(
    ("factor", "kind"), [(-1.0, "sign-error"), (-1.01, "scale-error"), (-3.0, "scale-error")]
)
def test_only_minus_one_is_a_wrong_sign(factor, kind):
    cause = first(sines, normal(5), lambda x: factor * np.cos(x))
    assert cause.kind == kind
    assert cause.evidence["factor"] == pytest.approx(factor)


def test_one_argument_of_two_has_the_factor():
    cause = first(
        lambda a, b: sines(a) + np.sum(b**2),
        (normal(4), normal(3, seed=1)),
        lambda a, b: (3 * np.cos(a), 2 * b),
    )
    assert (cause.kind, list(cause.evidence["leaves"])) == ("scale-error", ["a"])


@pytest.mark.parametrize(
    ("factor", "sizes", "found"),
    [
        (1.0, {"n": 1}, None),
        (12.0, {"n": 12}, ("n = 12", 1.0)),
        (12.001, {"n": 12}, None),
        (-12.0, {"n": 12}, ("n = 12", 1.0)),
        (1 / 12, {"n": 12}, ("n = 12", -1.0)),
        (12.0, {"n": 4, "m": 3}, ("m × n = 12", 1.0)),
        (4.0, {"n": 2}, None),
        (5.0, {}, None),
    ],
)
def test_sizes(factor, sizes, found):
    assert size_that_equals(factor, sizes) == found


# --- transposes


def test_a_square_matrix_is_transposed():
    a = normal(4, 4)
    cause = first(lambda w: np.sum(w * a), normal(4, 4, seed=1), lambda w: a.T)
    assert cause.kind == "transposed"


def test_a_symmetric_gradient_off_by_a_factor_is_not_transposed():
    a = normal(4, 4)
    symmetric = a + a.T
    cause = first(lambda w: np.sum(w * symmetric), normal(4, 4, seed=1), lambda w: 3 * symmetric)
    assert cause.kind == "scale-error"


def test_a_symmetric_argument_is_not_transposed():
    w = normal(4, 4)
    report = stabcheck.diagnose(sines, w + w.T, np.cos)
    assert (report.verdict, report.causes) == ("pass", ())


def test_transposed_and_off_by_a_factor():
    a = normal(3, 3)
    cause = first(lambda w: np.sum(w * a), normal(3, 3, seed=1), lambda w: 5 * a.T)
    assert cause.kind == "transposed"
    assert cause.evidence["factor"] == pytest.approx(5)


# --- shapes


@pytest.mark.parametrize(
    ("gradient", "argument", "axes"),
    [
        ((5, 3), (3,), (0,)),
        ((5, 3), (1, 3), (0,)),
        ((5, 3), (5, 1), (1,)),
        ((5, 3), (), (0, 1)),
        ((2, 5, 3), (5, 1), (0, 2)),
        ((5, 3), (5,), None),
        ((3,), (5, 3), None),
        ((3, 1), (3,), None),
        ((4, 3), (5, 3), None),
    ],
)
def test_axes_that_were_not_summed(gradient, argument, axes):
    assert forgotten_sum(np.zeros(gradient), argument) == axes


@pytest.mark.parametrize(
    ("gradient", "argument", "said"),
    [((3,), (5, 3), "axis 0"), ((5,), (5, 3), "axis 1"), ((1, 3), (5, 3), "axis 0"), ((4,), (5, 3), "")],
)
def test_axes_that_were_summed(gradient, argument, said):
    found = summed_away(np.zeros(gradient), argument)
    assert (said in found) if said else found == ""


@pytest.mark.parametrize(
    ("grad", "kind", "said"),
    [
        (lambda b: 2 * (X + b), "missing-broadcast-sum", "not summed over axis 0"),
        (lambda b: np.sum(2 * (X + b), axis=0, keepdims=True), "shape-mismatch", "values are right"),
        (lambda b: np.sum(2 * (X + b)), "shape-mismatch", "summed over axis 0"),
        (lambda b: np.sum(2 * (X + b), axis=1), "shape-mismatch", "(6,) for an argument of shape (4,)"),
        (lambda b: np.mean(2 * (X + b), axis=0), "scale-error", "1 / (X.shape[0] = 6)"),
    ],
    ids=["not summed", "keepdims", "summed away", "other axis", "averaged"],
)
def test_the_gradient_of_a_bias(grad, kind, said):
    cause = first(lambda b: np.sum((X + b) ** 2), normal(4, seed=3), grad)
    assert cause.kind == kind
    assert said in cause.explanation + str(cause.evidence.get("equals"))


X = normal(6, 4, seed=2)


# --- places


def test_conditions_name_every_case_once():
    names = [selection.text for selection in conditions(np.array([-2.0, 0.0, 0.5]), "x")]
    assert len(names) == len(set(names))
    masks = {
        selection.text: selection.mask.tolist() for selection in conditions(np.array([-2.0, 0.0, 0.5]), "x")
    }
    assert masks["x < 0"] == [True, False, False]
    assert masks["|x| < 1"] == [False, True, True]


def test_bounds_between_and_entries_that_could_not_be_told():
    value = np.linspace(-3.9, 3.9, 40)
    bad = (value > 0.5) & (value < 2)
    assert describe(bad, value, "x").text == "0.5 < x < 2"
    unknown = np.zeros(40, bool)
    unknown[np.flatnonzero(bad)[3]] = True
    assert describe(bad & ~unknown, value, "x").text != "0.5 < x < 2"
    found = describe(bad & ~unknown, value, "x", unknown)
    assert found.text == "0.5 < x < 2"
    assert found.mask.tolist() == bad.tolist()


@pytest.mark.parametrize("bad", [np.zeros(9, bool), np.ones(9, bool)])
def test_none_and_all_are_no_place(bad):
    assert describe(bad, normal(9), "x") is None


def test_one_entry_is_named_by_its_index():
    bad = np.zeros((3, 4), bool)
    bad[2, 1] = True
    assert describe(bad, normal(3, 4), "x").text == "x[2, 1]"


def test_one_negative_entry_of_many_is_an_entry_not_a_condition():
    value = np.arange(9.0) - 0.5  # a single one is negative
    assert describe(value < 0, value, "x").text == "x[0]"


@pytest.mark.parametrize(
    ("grad", "where"),
    [
        (lambda x: np.where(x < 0, 0, np.cos(x)), "x < 0"),
        (lambda x: np.cos(x) * np.where(np.abs(x) > 1, 2, 1), "|x| > 1"),
        (lambda x: np.cos(x) * np.where(np.arange(24).reshape(4, 6) // 6 == 2, 2, 1), "x[2, :]"),
        (lambda x: np.cos(x) * np.where(np.arange(24).reshape(4, 6) % 6 == 5, 2, 1), "x[:, 5]"),
        (lambda x: np.cos(x) * np.where(np.arange(24).reshape(4, 6) == 9, 1.001, 1), "x[1, 3]"),
    ],
)
def test_wrong_entries_are_placed(grad, where):
    cause = first(sines, normal(4, 6), grad)
    assert (cause.kind, cause.evidence["where"]) == ("localized-error", where)


@pytest.mark.parametrize(
    ("grad", "where"),
    [
        (lambda x: np.where(x < 0, 0, np.cos(x)), "x < 0"),
        (lambda x: np.cos(x) * np.where(np.abs(x) > 1, 2, 1), "|x| > 1"),
        (lambda x: np.cos(x) * np.where(np.arange(160)[:, None] == 77, 2, 1), "x[77, :]"),
        (lambda x: np.cos(x) * np.where(np.arange(6) == 5, 2, 1), "x[:, 5]"),
        (lambda x: np.cos(x) * np.where(np.arange(960).reshape(160, 6) == 9, 1.001, 1), "x[1, 3]"),
    ],
)
def test_wrong_entries_of_many_are_placed(grad, where):
    cause = first(sines, normal(160, 6), grad)
    assert (cause.kind, cause.evidence["where"]) == ("localized-error", where)


def test_a_direction_is_restricted_to_what_is_asked():
    direction = (np.ones(3), np.ones(2))
    some = restricted(direction, {0: np.array([True, False, True])})
    assert [part.tolist() for part in some] == [[1, 0, 1], [0, 0]]


# --- cut gradients, and indices that repeat


def squares(w):
    return np.sum((X @ w) ** 2)


def slopes(w):
    return 2 * X.T @ (X @ w)


def test_a_gradient_clipped_entry_by_entry_names_the_limits():
    w = normal(4, 2, seed=2)
    limit = float(np.median(np.abs(slopes(w))))
    cause = first(squares, w, lambda w: np.clip(slopes(w), -limit, limit))
    assert cause.kind == "localized-error"
    assert cause.evidence["limits"] == pytest.approx([-limit, limit])
    assert "clipped" in cause.explanation


@pytest.mark.parametrize(
    "wrong",
    [
        lambda g: np.where(np.abs(g) > 2, 0, g),  # cut out, not cut off
        lambda g: np.where(np.abs(g) > 2, 3.0, g),  # some are raised to it
        np.ones_like,
    ],
)
def test_equal_entries_are_not_clipped_ones_by_that_alone(wrong):
    cause = first(squares, normal(4, 2, seed=2), lambda w: wrong(slopes(w)))
    assert "limits" not in cause.evidence


def test_a_gradient_clipped_by_its_norm_has_that_norm_everywhere():
    def clipped(w):
        g = slopes(w)
        return g * min(1, 5 / np.linalg.norm(g))

    cause = first(squares, 9 * normal(4, 2, seed=2), clipped)
    assert cause.kind == "scale-error"
    assert cause.evidence["norm"] == pytest.approx(5)
    assert "clipped" in cause.explanation


def test_a_factor_that_is_the_root_of_a_length():
    keys, values = normal(5, 9), normal(5, seed=1)

    def scores(q):
        return keys @ q / 3

    cause = first(
        lambda q: np.tanh(scores(q)) @ values,
        normal(9, seed=2),
        lambda q: keys.T @ (values * (1 - np.tanh(scores(q)) ** 2)),
    )
    assert cause.evidence["equals"] == "sqrt(len(q)) = 3"
    assert size_that_equals(2.0, {"n": 4}) is None
    assert size_that_equals(3.0, {"n": 9, "m": 3}) == ("m = 3", 1.0)


ROWS = np.array([3, 1, 3, 5, 3, 0])


def looked_up(table, rows):
    return np.sum(np.tanh(table[rows]))


@pytest.mark.parametrize("captured", [True, False])
def test_rows_that_an_index_repeats_are_named(captured):
    def overwritten(table, rows=ROWS):
        g = np.zeros_like(table)
        g[rows] += 1 - np.tanh(table[rows]) ** 2
        return g

    table = normal(8, 4)
    if captured:
        cause = first(lambda table: looked_up(table, ROWS), table, overwritten)
    else:
        cause = first(looked_up, (table, ROWS), lambda table, rows: (overwritten(table, rows), None))
    assert cause.kind == "localized-error"
    assert cause.evidence["repeated"] == ("ROWS" if captured else "rows")
    assert "np.add.at" in cause.suggestion


def test_rows_are_not_blamed_on_an_index_that_repeats_others():
    def wrong(table):
        g = np.zeros_like(table)
        np.add.at(g, ROWS, 1 - np.tanh(table[ROWS]) ** 2)
        g[5] *= 2
        return g

    cause = first(lambda table: looked_up(table, ROWS), normal(8, 4), wrong)
    assert "repeated" not in cause.evidence


@pytest.mark.parametrize(
    ("factor", "ratio"), [(2 / 3, "2/3"), (-1.5, "-3/2"), (0.7, None), (3.0, None), (1 / 3, None)]
)
def test_a_factor_of_small_numbers_is_told_as_a_fraction(factor, ratio):
    cause = first(sines, normal(5), lambda x: factor * np.cos(x))
    assert cause.kind == "scale-error"
    assert cause.explanation.endswith(f"that is {ratio}") if ratio else "that is" not in cause.explanation


def ranks_weighted(x):
    return np.sum(np.sort(x) * np.arange(x.size))


def test_right_entries_in_another_order():
    x = normal(7)  # the ranks are argsort(argsort(x))
    cause = first(ranks_weighted, x, lambda x: np.argsort(x).astype(float))
    assert cause.kind == "wrong-gradient"
    assert "in another order" in cause.explanation


def test_entries_that_are_alike_are_not_in_another_order():
    cause = first(lambda x: np.sum(np.tanh(x)) + x[0], 1e-3 * normal(7), lambda x: np.ones(7))
    assert "another order" not in cause.explanation


def test_a_gradient_of_integers_is_told():
    cause = first(lambda x: np.sum(x**2), normal(5), lambda x: (2 * x).astype(int))
    assert cause.kind == "wrong-gradient"
    assert "whole numbers" in cause.explanation


# --- constants, rearrangements, terms left out


SIGMA, RATE = 0.7, 0.15


def scaled(x):
    return np.sum(np.sin(x / SIGMA)) * SIGMA / (1 - RATE)


@pytest.mark.parametrize(
    ("factor", "equals"),
    [
        (SIGMA, "SIGMA"),
        (1 / SIGMA, "1 / SIGMA"),
        (-(SIGMA**2), "SIGMA ** 2"),
        (1 - RATE, "(1 - RATE)"),
        (1 / (1 - RATE), "1 / (1 - RATE)"),
        (0.7001, None),
        (SIGMA**3, None),
    ],
)
def test_a_constant_is_named_only_if_the_factor_is_a_power_of_it(factor, equals):
    cause = first(scaled, normal(6), lambda x: factor * np.cos(x / SIGMA) / (1 - RATE))
    assert cause.kind == "scale-error"
    assert cause.evidence.get("equals") == equals
    assert (equals is not None) == ("which is" in cause.explanation)


class Quadratic:
    def __init__(self):
        self.rows = normal(11, 3)

    def value(self, w):
        return np.mean((self.rows @ w) ** 2)

    def gradient(self, w):
        return 2 * self.rows.T @ (self.rows @ w)


def test_sizes_of_what_a_method_reads_are_named():
    model = Quadratic()
    cause = first(model.value, normal(3), model.gradient)
    assert cause.evidence["equals"] == "self.rows.shape[0] = 11"


REARRANGED = {
    "reshaped": (lambda g: g.reshape(4, -1).T.reshape(g.shape), "transposed first"),
    "other axes": (lambda g: np.ascontiguousarray(g.transpose(0, 2, 1, 3)), "axes in the order (0, 2, 1, 3)"),
    "turned": (lambda g: g[:, :, ::-1, ::-1].copy(), "convolution for a correlation"),
}


@pytest.mark.parametrize("name", REARRANGED)
def test_a_kernel_with_its_entries_in_another_order(name):
    change, said = REARRANGED[name]
    weights = normal(4, 3, 3, 3, seed=1)
    cause = first(
        lambda w: np.sum(np.sin(w) * weights), normal(4, 3, 3, 3), lambda w: change(np.cos(w) * weights)
    )
    assert cause.kind == "wrong-gradient"
    assert said in cause.explanation


WEIGHTS = normal(6, 5, seed=1)


def normalised(x):
    return np.sum(WEIGHTS * (x - x.mean(0)) / np.sqrt(x.var(0) + 1e-5))


def without_mean_and_variance(x):
    return WEIGHTS / np.sqrt(x.var(0) + 1e-5)


def without_variance(x):
    return (WEIGHTS - WEIGHTS.mean(0)) / np.sqrt(x.var(0) + 1e-5)


def unit_rows(x):
    return np.sum(WEIGHTS * x / np.linalg.norm(x, axis=1, keepdims=True))


def without_norm(x):
    return WEIGHTS / np.linalg.norm(x, axis=1, keepdims=True)


def centred_cubes(x):
    return np.sum((x - x.mean()) ** 3)


SHORT = {
    "variance": (
        normalised,
        normal(6, 5),
        without_variance,
        "axis 0: the derivatives of a mean and a variance",
    ),
    "both": (normalised, normal(6, 5), without_mean_and_variance, "axis 0: the derivatives of a mean and a"),
    "norm": (unit_rows, normal(6, 5), without_norm, "axis 1: the derivative of a norm"),
    "mean": (
        centred_cubes,
        normal(7),
        lambda x: 3 * (x - x.mean()) ** 2,
        "the derivative of a mean or a sum",
    ),
}


@pytest.mark.parametrize("name", SHORT)
def test_a_term_of_a_mean_a_variance_or_a_norm_left_out_is_named(name):
    function, x, gradient, said = SHORT[name]
    cause = first(function, x, gradient)
    assert cause.kind == "wrong-gradient"
    assert "short of" in cause.explanation
    assert said in cause.explanation


def test_a_plain_number_is_not_taken_for_the_derivative_of_a_mean():
    cause = first(lambda v: np.sum(np.exp(v) - v) / 2, normal(5), lambda v: (np.exp(v) + 1) / 2)
    assert cause.kind == "wrong-gradient"
    assert "short of -1 in every entry: a linear term" in cause.explanation


def test_another_wrong_term_is_not_taken_for_one_of_a_mean():
    cause = first(normalised, normal(6, 5), lambda x: without_variance(x) + 1e-3 * np.sin(3 * x))
    assert "short of" not in cause.explanation


DELTA = 1.5
RESIDUALS = np.array([0.2, 0.5, -3.3, 5.6, 1.4, -3.1])


def huber(r):
    return np.sum(np.where(np.abs(r) <= DELTA, r**2 / 2, DELTA * (np.abs(r) - DELTA / 2)))


def test_a_missing_factor_of_some_entries_is_no_clip():
    cause = first(huber, RESIDUALS, lambda r: np.where(np.abs(r) <= DELTA, r, np.sign(r)))
    assert cause.kind == "localized-error"
    assert cause.evidence["factor"] == pytest.approx(1 / DELTA)
    assert "which is 1 / DELTA" in cause.explanation
    assert "clip" not in cause.explanation


def test_most_entries_may_be_wrong_if_the_others_are_right_and_not_zero():
    x = np.array([-0.5, 0.25, 0.75, 1.5, 2.0])
    cause = first(lambda x: np.sum(np.clip(x, 0, 1) ** 2), x, lambda x: 2 * np.clip(x, 0, 1) + 0.1 * (x < 0))
    assert (cause.kind, cause.evidence["count"]) == ("localized-error", 3)
    zeros = first(lambda x: np.sum(np.maximum(x, 0) ** 3), x - 1, lambda x: np.maximum(x, 0) ** 2)
    assert zeros.kind == "scale-error" or zeros.evidence.get("count") != 2


def test_wrong_outside_of_an_interval():
    x = np.linspace(-2.97, 3.04, 24)
    cause = first(lambda x: np.sum(np.clip(x, -2, 1) * 3 + x**2), x, lambda x: 3 + 2 * x)
    assert cause.evidence["where"] == "x < -2 or x > 1"


def test_a_table_that_ends_beside_the_point_is_no_error():
    table = tf.constant(np.linspace(0, 1, 11) ** 2, tf.float32)

    def looked_up(x):
        return tf.reduce_sum(tf.gather(table, tf.cast(x * 10.0, tf.int32)) * x)

    report = stabcheck.diagnose(looked_up, tf.constant([0.23, 0.48, 0.91]))
    assert report.verdict == "pass", str(report)
