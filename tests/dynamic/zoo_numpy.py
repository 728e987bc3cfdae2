"""NumPy functions with the verdict and the first cause that a diagnosis must give them.

A specimen returns the keywords of `diagnose`. `suspicious` marks the ones that other checkers accuse: right
gradients, and points where there is no derivative to be right or wrong.
"""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import numpy as np

from tests.dynamic.specimens import collection

ZOO, specimen = collection()

wrong = partial(specimen, "fail")
undecidable = partial(specimen, "inconclusive", suspicious=True)
poor_check = partial(specimen, "pass", suspicious=True)
right = specimen("pass")
suspect = specimen("pass", suspicious=True)


def normal(*shape, seed=0, dtype=np.float64):
    return np.random.default_rng(seed).normal(size=shape).astype(dtype)


def case(fn, args, grad=None, **more):
    return {"fn": fn, "args": args if isinstance(args, tuple) else (args,), "grad": grad, **more}


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def scaled_entry(grad, entry, factor):
    def wrong_there(x):
        found = np.array(grad(x))
        found.reshape(-1)[entry] *= factor
        return found

    return wrong_there


class Regression:
    """A ridge regression through tanh, with a bias: the model that most mistakes below are made on."""

    def __init__(self, dtype=np.float64):
        self.x, self.y = normal(8, 4, seed=1, dtype=dtype), normal(8, 4, seed=2, dtype=dtype)
        self.args = normal(4, 4, seed=3, dtype=dtype), normal(4, seed=4, dtype=dtype)

    def loss(self, w, b):
        return np.mean((np.tanh(self.x @ w + b) - self.y) ** 2) + 0.005 * np.sum(w * w)

    def parts(self, w, b):
        h = np.tanh(self.x @ w + b)
        delta = 2 * (h - self.y) * (1 - h**2) / h.size
        return self.x.T @ delta + 0.01 * w, delta

    def grad(self, w, b):
        by_w, delta = self.parts(w, b)
        return by_w, delta.sum(axis=0)

    def changed(self, change):
        return case(self.loss, self.args, lambda w, b: change(*self.grad(w, b), w))


# --- a factor, a sign, an index


@wrong("scale-error")
def mean_of_squares_without_the_mean():
    return case(lambda x: np.mean(x**2), normal(3, 4), lambda x: 2 * x)


@wrong("scale-error")
def mean_instead_of_sum():
    return case(lambda x: np.sum(x**2), normal(10), lambda x: 2 * x / x.size)


@wrong("scale-error")
def square_without_its_two():
    return case(lambda x: np.sum(x**2), normal(5), lambda x: x)


@wrong("scale-error")
def one_number_times_a_constant():
    return case(lambda x: x**2, 3.0, lambda x: 3 * x)


@wrong("scale-error")
def all_off_by_a_ten_thousandth():
    return case(lambda x: np.sum(np.tanh(x)), normal(3, 4), lambda x: 1.0001 * (1 - np.tanh(x) ** 2))


@wrong("scale-error")
def tiny_and_twice_too_large():
    return case(lambda x: 1e-9 * np.sum(np.sin(x)), normal(6), lambda x: 2e-9 * np.cos(x))


@wrong("scale-error")
def float32_misses_the_mean():
    return case(lambda x: np.mean(x**2), normal(20, dtype=np.float32), lambda x: 2 * x)


@wrong("scale-error")
def bias_gradient_averaged():
    return Regression().changed(lambda w, b, _: (w, b / 8))


@wrong("sign-error")
def cosine_without_its_minus():
    return case(lambda x: np.sum(np.cos(x)), normal(3, 4), np.sin)


@wrong("sign-error")
def ascent_for_descent():
    return Regression().changed(lambda w, b, _: (-w, -b))


@wrong("transposed")
def square_matrix_transposed():
    return Regression().changed(lambda w, b, _: (w.T, b))


@wrong("transposed")
def oblong_matrix_transposed():
    return case(lambda x: np.sum(np.sin(x)), normal(3, 4), lambda x: np.cos(x).T)


@wrong("wrong-gradient")
def penalty_forgotten():
    return Regression().changed(lambda w, b, value: (w - 0.01 * value, b))


@wrong("wrong-gradient")
def gradients_swapped():
    x = normal(3, 4)
    return case(lambda a, b: np.sum(a * b), (x, x**2 + 1), lambda a, b: (a, b))


@wrong("wrong-gradient")
def reversed_order():
    weights = np.arange(1.0, 6.0)
    return case(lambda x: np.sum(weights * x**2), normal(5), lambda x: (2 * weights * x)[::-1])


@wrong("wrong-gradient")
def shifted_by_one():
    weights = np.arange(1.0, 8.0)
    return case(lambda x: np.sum(weights * x**2), normal(7), lambda x: np.roll(2 * weights * x, 1))


@wrong("wrong-gradient")
def another_function_altogether():
    return case(lambda x: np.sum(np.sin(x)), normal(3, 4), lambda x: np.cos(x) + 0.1 * x**3)


@wrong("wrong-gradient")
def ratio_constant_by_accident():
    return case(np.exp, 1.3, lambda x: x * np.exp(x))


@wrong("wrong-gradient")
def equal_entries_make_equal_ratios():
    return case(lambda x: np.sum(x**3), np.full(6, 2.0), lambda x: 3 * x)


@wrong("wrong-gradient")
def elementwise_derivative_wrong():
    return case(np.tanh, normal(3, 4), lambda x: 1 - np.tanh(x))


# --- wrong in places


@wrong("localized-error")
def one_entry_of_twelve():
    return case(lambda x: np.sum(np.sin(x)), normal(3, 4), scaled_entry(np.cos, 5, 1.1))


@wrong("localized-error")
def one_entry_by_three_in_a_hundred_thousand():
    return case(lambda x: np.sum(np.sin(x)), normal(3, 4), scaled_entry(np.cos, 5, 1 + 3e-5))


@wrong("localized-error")
def one_entry_of_ten_thousand():
    return case(lambda x: np.sum(np.sin(x)), normal(10_000), scaled_entry(np.cos, 1234, 1.01))


@wrong("localized-error")
def one_small_entry_among_large():
    scales = 10.0 ** np.arange(0, -9, -1)
    grad = scaled_entry(lambda x: 2 * scales * x, 8, 1.5)
    return case(lambda x: np.sum(scales * x**2), normal(9, seed=3), grad)


@wrong("localized-error")
def leaky_slope_wrong_below_zero():
    return case(
        lambda x: np.sum(np.where(x > 0, x, 0.1 * x)), normal(3, 4), lambda x: np.where(x > 0, 1, 0.2)
    )


@wrong("localized-error")
def leaky_slope_wrong_below_zero_in_many():
    return case(
        lambda x: np.sum(np.where(x > 0, x, 0.1 * x)), normal(5000), lambda x: np.where(x > 0, 1, 0.2)
    )


@wrong("localized-error")
def clip_forgotten_outside():
    x = 2 * normal(50, seed=4)  # where -1.247 is flat for all but the widest step
    return case(lambda x: np.sum(np.clip(x, -1, 1) ** 2), x, lambda x: 2 * np.clip(x, -1, 1))


@wrong("localized-error")
def slope_wrong_between():
    x = 2 * normal(60, seed=1)
    return case(lambda x: np.sum(np.where(x > 1, 2 * x, x)), x, lambda x: np.where(x > 0, 2.0, 1.0))


@wrong("localized-error")
def huber_wrong_outside():
    def huber(x):
        return np.sum(np.where(np.abs(x) < 1, x * x / 2, np.abs(x) - 0.5))

    return case(huber, 1.5 * normal(40), lambda x: np.where(np.abs(x) < 1, x, 2 * np.sign(x)))


def second_row_tripled(x):
    found = 2 * x
    found[1] *= 3
    return found


@wrong("localized-error")
def one_row():
    return case(lambda x: np.sum(x**2), normal(6, 4), second_row_tripled)


@wrong("localized-error")
def one_row_of_a_hundred():
    return case(lambda x: np.sum(x**2), normal(100, 30), second_row_tripled)


@wrong("localized-error")
def one_parameter_of_two():
    return Regression().changed(lambda w, b, _: (w, b + np.sin(np.arange(4))))


@wrong("localized-error")
def kink_with_a_value_outside():
    grad = lambda x: np.where(x == 0, 3, np.sign(x))  # noqa: E731
    return case(lambda x: np.sum(np.abs(x)), np.array([0.0, 1.0, -1.0]), grad)


@wrong("localized-error")
def kink_right_but_another_entry_wrong():
    grad = lambda x: np.where(x > 0, 3, np.sign(x))  # noqa: E731
    return case(lambda x: np.sum(np.abs(x)), np.array([0.0, 1.0, -1.0]), grad)


# --- shapes, None, upstream


@wrong("missing-broadcast-sum")
def bias_gradient_not_summed():
    def grad(x, b):
        return 2 * (x + b), 2 * (x + b)

    return case(lambda x, b: np.sum((x + b) ** 2), (normal(8, 4), normal(4, seed=1)), grad)


@wrong("missing-broadcast-sum")
def kept_axis_not_summed():
    def grad(x, b):
        return 2 * (x + b), 2 * (x + b)

    return case(lambda x, b: np.sum((x + b) ** 2), (normal(8, 4), normal(8, 1, seed=1)), grad)


@wrong("shape-mismatch")
def same_entries_other_shape():
    return case(lambda x: np.sum(np.sin(x)), normal(3, 4), lambda x: np.cos(x).reshape(4, 3))


@wrong("shape-mismatch")
def column_for_a_vector():
    return case(lambda x: np.sum(x**2), normal(4), lambda x: 2 * x[:, None])


@wrong("shape-mismatch")
def summed_over_an_axis_that_is_there():
    return case(lambda x: np.sum(np.sin(x)), normal(3, 4), lambda x: np.cos(x).sum(axis=0))


@wrong("missing-gradient")
def none_though_it_matters():
    x = normal(3, 4)
    return case(lambda a, b: np.sum(a * b), (x, x + 3), lambda a, b: (b, None))


@wrong("missing-gradient")
def zero_though_it_matters():
    x = normal(3, 4)
    return case(lambda a, b: np.sum(a * b), (x, x + 3), lambda a, b: (b, 0 * b))


@wrong("missing-gradient")
def key_left_out():
    params = {"W": normal(3, 2), "b": normal(2, seed=1)}
    return case(
        lambda p: np.sum(np.tanh(p["W"]) + p["b"] ** 2), (params,), lambda p: {"dW": 1 - np.tanh(p["W"]) ** 2}
    )


@wrong("upstream-ignored")
def cotangent_ignored_by_one_value():
    return {"fn": lambda x: np.sum(x**2), "args": (normal(3, 4),), "vjp": lambda x, dy: 2 * x}


@wrong("upstream-ignored")
def cotangent_ignored_by_many_values():
    return {"fn": np.sin, "args": (normal(3, 4),), "vjp": lambda x, dy: np.cos(x)}


# --- not finite


@wrong("nan-gradient")
def norm_at_zero():
    return case(lambda x: np.sqrt(np.sum(x * x)), np.zeros(3), lambda x: x / np.sqrt(np.sum(x * x)))


@wrong("nan-gradient")
def branch_not_taken():
    def fn(x):
        return np.sum(np.where(x > 0, np.sqrt(np.where(x > 0, x, 0)), 0))

    return case(fn, np.array([-1.0, -2.0, 2.0]), lambda x: np.where(x > 0, 1, 0) * 0.5 / np.sqrt(x))


@wrong("nan-gradient")
def sigmoid_derivative_of_large_arguments():
    grad = lambda x: np.exp(-x) / (1 + np.exp(-x)) ** 2  # noqa: E731
    return case(lambda x: np.sum(sigmoid(x)), np.array([-800.0, 1.0]), grad)


def log_sum_exp(x):
    return np.log(np.sum(np.exp(x)))


def softmax(x):
    e = np.exp(x)
    return e / e.sum()


@wrong("overflow")
def log_sum_exp_of_a_hundred_in_float32():
    return case(log_sum_exp, np.array([100.0, 99.0], np.float32), softmax)


@wrong("overflow")
def log_sum_exp_of_a_thousand():
    return case(log_sum_exp, np.array([1000.0, 99.0]), softmax)


@wrong("domain-error")
def logarithm_of_a_negative_number():
    return case(lambda x: np.sum(np.log(x)), np.array([-1.0, 2.0]), lambda x: 1 / x)


@wrong("underflow")
def product_of_small_numbers_in_float32():
    return case(np.prod, np.full(10, 1e-5, np.float32), lambda x: np.prod(x) / x)


@wrong("underflow")
def logarithm_of_a_product():
    p = np.full(400, 0.1)
    return case(lambda p: np.log(np.prod(p)), p, lambda p: 1 / p)


# --- digits lost


def naive_variance(x):
    return np.mean(x * x) - np.mean(x) ** 2


def variance_gradient(x):
    return 2 * (x - np.mean(x)) / x.size


@wrong("cancellation")
def naive_variance_in_float32():
    return case(naive_variance, (1e4 + normal(50)).astype(np.float32), variance_gradient)


@wrong("cancellation")
def naive_variance_without_a_gradient():
    return case(naive_variance, (1e4 + normal(50)).astype(np.float32))


@wrong("cancellation")
def one_minus_cosine_of_a_millionth():
    fn = lambda x: np.sum((1 - np.cos(x)) / x**2)  # noqa: E731
    return case(fn, np.array([1e-6, 2e-6]), lambda x: -x / 12)


# --- no derivative to compare with


@undecidable("non-differentiable")
def relu_at_zero():
    return case(lambda x: np.sum(np.maximum(x, 0)), np.array([0.0, 1.0, -1.0]), lambda x: (x > 0) * 1.0)


@undecidable("non-differentiable")
def absolute_value_at_zero():
    return case(lambda x: np.sum(np.abs(x)), np.array([0.0, 1.0, -1.0]), np.sign)


@undecidable("non-differentiable")
def maximum_with_a_tie():
    def grad(x):
        return (x == x.max()) / (x == x.max()).sum()

    return case(np.max, np.array([1.0, 1.0, 0.0]), grad)


@undecidable("non-differentiable")
def float32_relu_at_zero():
    x = np.array([0.0, 1.0, -1.0], np.float32)
    return case(lambda x: np.sum(np.maximum(x, 0)), x, lambda x: (x > 0) * np.float32(1))


@undecidable("discontinuous")
def floor_at_an_integer():
    return case(lambda x: np.sum(np.floor(x) + x), np.array([1.0, 2.5]), np.ones_like)


@undecidable("rough")
def rounded_to_thousandths():
    return case(lambda x: np.sum(np.round(np.sin(x) * 1000) / 1000), normal(3, 4), np.cos)


@undecidable("rough")
def cast_to_float16_inside():
    return case(lambda x: np.sum(np.sin(x.astype(np.float16)).astype(x.dtype)), normal(3, 4), np.cos)


@undecidable("rough")
def straight_through_rounding():
    return case(lambda x: np.sum(np.round(8 * x) / 8), 10 * normal(5), np.ones_like)


@undecidable("nondeterministic")
def dropout():
    rng = np.random.default_rng(0)
    return case(lambda x: np.sum(x * (rng.random(x.shape) < 0.5)), normal(3, 4), np.ones_like)


@undecidable("nondeterministic")
def counts_its_calls():
    calls = []

    def fn(x):
        calls.append(1)
        return np.sum(x) * len(calls)

    return case(fn, normal(3), np.ones_like)


@wrong("mutates-input")
def doubles_its_argument_in_place():
    def fn(x):
        x *= 2
        return np.sum(x)

    return case(fn, normal(3), lambda x: 2 * np.ones_like(x))


# --- the check


@poor_check("step-too-small")
def step_below_an_ulp_of_float32():
    return case(np.sin, np.float32(1), np.cos, step=1e-8)


@poor_check("step-too-small")
def step_in_the_noise_of_float64():
    return case(np.sin, 1.0, np.cos, step=1e-12)


@poor_check("step-too-small")
def float32_among_the_dtypes_of_the_check():
    return case(np.sin, 1.0, np.cos, step=1e-6, dtypes=["float64", "float32"])


@poor_check("step-too-large")
def step_wider_than_the_wave():
    return case(lambda x: np.sin(200 * x), 1.0, lambda x: 200 * np.cos(200 * x), step=1e-3)


@poor_check("dtype-too-coarse")
def tolerance_of_float64_in_float32():
    return case(
        lambda x: np.sum(np.sin(x)), normal(3, 4, dtype=np.float32), np.cos, step=1e-3, tolerance=1e-6
    )


@poor_check("tolerance-too-tight")
def tolerance_below_any_difference():
    return case(lambda x: np.sum(np.sin(x)), normal(3, 4), np.cos, step=1e-5, tolerance=1e-14)


@poor_check("one-sided-difference")
def forward_difference():
    return case(lambda x: np.sum(np.sin(x)), normal(3, 4), np.cos, step=("forward", 1e-5), tolerance=1e-7)


@poor_check("integer-input")
def integers():
    return case(lambda x: np.sum(x**2), np.array([1, 2, 3]), lambda x: 2.0 * x)


@poor_check("dtype-mismatch")
def float32_result_of_float64_arguments():
    return case(lambda x: np.sum(np.sin(x.astype(np.float32))), normal(3, 4), np.cos)


@poor_check("dtype-mismatch")
def float32_between_float64():
    return case(lambda x: np.sum(np.sin(x.astype(np.float32)).astype(x.dtype)), normal(3, 4), np.cos)


@poor_check("dtype-mismatch")
def least_squares_cast_to_float32():
    data = normal(20, 5, seed=3)
    narrow = data.astype(np.float32)
    return case(
        lambda w: np.mean((narrow @ w.astype(np.float32)) ** 2),
        normal(5, seed=4),
        lambda w: 2 * data.T @ (data @ w) / 20,
        step=1e-6,
    )


@poor_check("dtype-too-coarse")
def large_constant_in_float32():
    return case(lambda x: np.float32(3e6) + np.sum(np.sin(x)), normal(3, 4, dtype=np.float32), np.cos)


@wrong("scale-error")
def wrong_whatever_the_step():
    return case(lambda x: np.sum(np.sin(x)), normal(3, 4), lambda x: 2 * np.cos(x), step=1e-12)


# --- right


@right
def regression():
    model = Regression()
    return case(model.loss, model.args, model.grad)


@right
def regression_with_a_dict():
    model = Regression()
    params = dict(zip(("W", "b"), model.args, strict=True))

    def grad(p):
        return dict(zip(("W", "b"), model.grad(p["W"], p["b"]), strict=True))

    return case(lambda p: model.loss(p["W"], p["b"]), (params,), grad)


class Layer(NamedTuple):
    w: Any
    b: Any


@right
def named_tuples_and_lists():
    layers = [Layer(normal(3, 3), normal(3, seed=1)), Layer(normal(3, 3, seed=2), normal(3, seed=3))]

    def fn(layers):
        return sum(np.sum(layer.w**2) + np.sum(np.sin(layer.b)) for layer in layers)

    return case(fn, (layers,), lambda layers: [Layer(2 * layer.w, np.cos(layer.b)) for layer in layers])


@right
def jacobian():
    def fn(x):
        return np.sin(x[:2]) * x[2]

    def grad(x):
        return np.array([[np.cos(x[0]) * x[2], 0, np.sin(x[0])], [0, np.cos(x[1]) * x[2], np.sin(x[1])]])

    return case(fn, normal(3), grad)


@right
def gradient_as_an_array():
    return case(lambda x: np.sum(x**2), normal(3, 4), 2 * normal(3, 4))


@right
@right
def data_after_the_parameters():
    x, y = normal(9, 4, seed=1), normal(9, seed=2)
    grad = lambda w, x, y: 2 * x.T @ (x @ w - y) / len(y)  # noqa: E731
    return case(lambda w, x, y: np.mean((x @ w - y) ** 2), (normal(4), x, y), grad)


@right
def second_order():
    grad = lambda x: np.cos(x) * x[::-1] + np.sin(x)[::-1]  # noqa: E731
    return case(lambda x: np.sum(np.sin(x) * x[::-1]), normal(6), grad, order=2)


@right
def none_where_nothing_depends():
    x = normal(3, 4)
    return case(lambda a, b: np.sum(2 * a), (x, x + 3), lambda a, b: (2 * np.ones_like(a), None))


@suspect
def float32_regression():
    model = Regression(np.float32)
    return case(model.loss, model.args, model.grad)


@suspect
def symmetric_gradient():
    a = normal(4, 4)
    return case(lambda w: np.sum(w * (a + a.T)), normal(4, 4, seed=1), lambda w: a + a.T)


@suspect
def float16_tanh():
    return case(lambda x: np.sum(np.tanh(x)), normal(3, 4, dtype=np.float16), lambda x: 1 - np.tanh(x) ** 2)


@suspect
def float32_sum_of_a_thousand():
    return case(lambda x: np.sum(np.sin(x)), normal(1000, dtype=np.float32), np.cos)


@suspect
def large_constant():
    return case(lambda x: 1e6 + np.sum(np.sin(x)), normal(3, 4), np.cos)


@suspect
def tiny_gradient():
    return case(lambda x: 1e-9 * np.sum(np.sin(x)), normal(3, 4), lambda x: 1e-9 * np.cos(x))


@suspect
def twelve_orders_of_magnitude():
    return case(lambda x: np.sum(x**3), 10.0 ** np.linspace(-6, 6, 13), lambda x: 3 * x**2)


@suspect
def high_curvature():
    return case(lambda x: np.sum(np.sin(200 * x)), normal(3, 4), lambda x: 200 * np.cos(200 * x))


@suspect
def very_high_curvature():
    return case(lambda x: np.sum(np.sin(1000 * x)), np.array([0.3, 0.7]), lambda x: 1000 * np.cos(1000 * x))


@suspect
def at_the_optimum():
    return case(lambda x: np.sum((x - 1) ** 2), np.ones(5), lambda x: 2 * (x - 1))


@suspect
def near_the_optimum_in_float32():
    x, w = normal(100, 10), np.ones(10)
    target = x @ w
    grad = lambda w: 2 * x.T.astype(w.dtype) @ (x.astype(w.dtype) @ w - target.astype(w.dtype)) / 100  # noqa: E731
    fn = lambda w: np.mean((x.astype(w.dtype) @ w - target.astype(w.dtype)) ** 2)  # noqa: E731
    return case(fn, (w * 1.0001).astype(np.float32), grad)


@suspect
def edge_of_the_domain():
    return case(lambda x: np.sum(np.log(x)), np.array([1e-8, 1.0]), lambda x: 1 / x)


@suspect
def root_next_to_zero():
    return case(lambda x: np.sum(np.sqrt(x)), np.array([1e-8, 1.0]), lambda x: 0.5 / np.sqrt(x))


@suspect
def kink_nearby():
    x = np.array([1.0001, 2.0, -1.0])
    return case(lambda x: np.sum(np.maximum(x - 1, 0)), x, lambda x: (x > 1) * 1.0)


@suspect
def softmax_of_large_logits():
    def stable(x):
        return np.max(x) + np.log(np.sum(np.exp(x - np.max(x))))

    return case(stable, np.array([1000.0, 999.0, 0.0]), lambda x: softmax(x - np.max(x)))


@suspect
def argument_of_a_hundred_thousand_in_float32():
    return case(lambda x: np.sum(x**2), np.array([1e5, 2e5], np.float32), lambda x: 2 * x)


@suspect
def noise_of_a_solver():
    def noise(x):
        return np.sin(1e12 * x) * 1e-6

    return case(lambda x: np.sum(np.sin(x) + noise(x)), normal(3, 4), np.cos)


@suspect
def normalised_rows():
    def fn(x):
        return (x - x.mean(axis=-1, keepdims=True)) / np.sqrt(x.var(axis=-1, keepdims=True) + 1e-5)

    def vjp(x, dy):
        scale = 1 / np.sqrt(x.var(axis=-1, keepdims=True) + 1e-5)
        y = (x - x.mean(axis=-1, keepdims=True)) * scale
        return scale * (dy - dy.mean(axis=-1, keepdims=True) - y * (dy * y).mean(axis=-1, keepdims=True))

    return {"fn": fn, "args": (normal(4, 8),), "vjp": vjp}


@suspect
def the_usual_threshold():
    return case(lambda x: np.sum(np.sin(x)), normal(3, 4), np.cos, step=1e-7, tolerance=1e-7)


@suspect
def a_generous_one_sided_check():
    return case(lambda x: np.sum(np.sin(x)), normal(3, 4), np.cos, step=("forward", 1e-8), tolerance=1e-5)


@suspect
def no_gradient_at_all():
    return case(lambda x: np.sum(np.sin(x)), normal(3, 4))


@suspect
def waves_of_every_length():
    scales = 10.0 ** np.linspace(-6, 6, 5)
    return case(lambda x: np.sum(np.sin(x / scales)), 0.7 * scales, lambda x: np.cos(x / scales) / scales)


@wrong("localized-error")
def one_short_wave_wrong():
    scales = 10.0 ** np.linspace(-6, 6, 5)
    grad = scaled_entry(lambda x: np.cos(x / scales) / scales, 0, 1.1)
    return case(lambda x: np.sum(np.sin(x / scales)), 0.7 * scales, grad)


# --- met while looking for wrong explanations


@wrong("transposed")
def recurrent_cell_times_its_matrix_again():
    w, x = normal(4, 4), normal(4, seed=1)

    def vjp(x, dy):
        return (dy * (1 - np.tanh(x @ w) ** 2)) @ w

    return case(lambda x: np.tanh(x @ w), x, vjp=vjp)


@wrong("localized-error")
def gradient_of_the_last_time_step_alone():
    def states(x):
        state = 0.0
        for value in x:
            state = np.tanh(0.7 * state + value)
        return state

    def gradient(x):
        found = np.zeros_like(x)
        found[-1] = 1 - states(x) ** 2
        return found

    return case(states, normal(5), gradient)


@wrong("wrong-gradient")
def approximate_gelu_for_the_exact_one():
    from math import erf, pi, sqrt

    c = sqrt(2 / pi)

    def exact(x):
        return np.sum(x * [0.5 * (1 + erf(value / sqrt(2))) for value in x])

    def gradient(x):
        t = np.tanh(c * (x + 0.044715 * x**3))
        return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * c * (1 + 3 * 0.044715 * x**2)

    return case(exact, normal(6), gradient)


@wrong("upstream-ignored")
def upstream_gradient_clipped():
    x = normal(4)
    return case(np.tanh, x, vjp=lambda x, dy: np.clip(dy, -1, 1) * (1 - np.tanh(x) ** 2))


@suspect
def squares_at_their_optimum():
    y = normal(20)
    return case(
        lambda m: np.mean((y - m) ** 2), y.mean(keepdims=True), lambda m: -2 * np.mean(y - m, keepdims=True)
    )


@suspect
def single_precision_gradient_at_the_optimum():
    x, y = normal(20, 3), normal(20, seed=1)
    b = np.linalg.lstsq(x, y, rcond=None)[0]
    narrow, target = x.astype(np.float32), y.astype(np.float32)
    stored = 2 * narrow.T @ (narrow @ b.astype(np.float32) - target) / 20
    return case(lambda b: np.mean((x @ b - y) ** 2), b, stored)


@undecidable("discontinuous")
def angle_on_the_negative_axis():
    point = np.array([0.0, -2.0])
    return case(lambda p: np.arctan2(p[0], p[1]), point, lambda p: np.array([p[1], -p[0]]) / np.sum(p**2))


@wrong("scale-error")
def width_of_a_mixture_forgotten():
    width, data = 0.7, normal(20, 2, seed=1)

    def shares(m):
        distances = ((data[:, None] - m) ** 2).sum(-1) / (2 * width**2)
        return -distances - np.logaddexp.reduce(-distances, axis=1)[:, None], distances

    def loss(m):
        return -np.sum(np.logaddexp.reduce(-shares(m)[1], axis=1))

    def gradient(m):
        return -(np.exp(shares(m)[0])[:, :, None] * (data[:, None] - m)).sum(0)

    return case(loss, normal(3, 2), gradient)


@wrong("wrong-gradient")
def batch_norm_without_its_variance():
    weights = normal(6, 4, seed=1)

    def fn(x):
        return np.sum(weights * (x - x.mean(0)) / np.sqrt(x.var(0) + 1e-5))

    return case(fn, normal(6, 4), lambda x: (weights - weights.mean(0)) / np.sqrt(x.var(0) + 1e-5))


@wrong("wrong-gradient")
def kernel_reshaped_without_a_transpose():
    weights = normal(3, 2, 2, 2, seed=1)

    def gradient(w):
        return (np.cos(w) * weights).reshape(3, -1).T.reshape(w.shape)

    return case(lambda w: np.sum(np.sin(w) * weights), normal(3, 2, 2, 2), gradient)


@wrong("localized-error")
def slope_of_huber_forgotten():
    def loss(r):
        return np.sum(np.where(np.abs(r) <= 1.5, r**2 / 2, 1.5 * np.abs(r)))

    r = np.array([0.2, 0.5, -3.3, 5.6, 1.4, -3.1])
    return case(loss, r, lambda r: np.where(np.abs(r) <= 1.5, r, np.sign(r)))


@suspect
def probabilities_add_up_to_one():
    def probabilities(z):
        e = np.exp(z - z.max(1, keepdims=True))
        return e / e.sum(1, keepdims=True)

    z = normal(4, 5)
    p = probabilities(z.astype(np.float32))
    return case(lambda z: probabilities(z).sum(), z, p * (1 - p.sum(1, keepdims=True)))


@suspect
def normalised_values_add_up_to_zero():
    def gradient(x):
        y = (x - x.mean(0)) / np.sqrt(x.var(0) + 1e-5)
        ones = np.ones_like(x)
        return (ones - ones.mean(0) - y * (ones * y).mean(0)) / np.sqrt(x.var(0) + 1e-5)

    return case(lambda x: np.sum((x - x.mean(0)) / np.sqrt(x.var(0) + 1e-5)), normal(4, 5), gradient)
