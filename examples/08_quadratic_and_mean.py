"""NumPy: a quadratic that passes, a mean of squares whose gradient misses 1/n, and a one-sided difference.

A one-sided difference with h = 1e-4 is wrong by h/2 times the second derivative: enough to fail a tolerance
of 1e-6 on a gradient that is right. The two-sided one with the same h passes.
"""

import numpy as np

import stabcheck

rng = np.random.default_rng(8)
A = rng.normal(size=(6, 6))
A = A @ A.T + 6 * np.eye(6)
c = rng.normal(size=6)
x = rng.normal(size=6)
samples = rng.normal(size=50)


def quadratic(x):
    return 0.5 * x @ A @ x - c @ x


def quadratic_gradient(x):
    return A @ x - c


def mean_of_squares(x):
    return np.mean(x**2)


def gradient_without_the_mean(x):
    return 2 * x


def gradient_of_the_mean(x):
    return 2 * x / x.size


@stabcheck.gradient_case
def quadratic_form():
    return stabcheck.GradientCase(fn=quadratic, args=(x,), grad=quadratic_gradient)


@stabcheck.gradient_case
def missing_one_over_n():
    return stabcheck.GradientCase(fn=mean_of_squares, args=(samples,), grad=gradient_without_the_mean)


@stabcheck.gradient_case
def with_one_over_n():
    return stabcheck.GradientCase(fn=mean_of_squares, args=(samples,), grad=gradient_of_the_mean)


@stabcheck.gradient_case
def one_sided_difference():
    return stabcheck.GradientCase(
        fn=quadratic, args=(x,), grad=quadratic_gradient, step=("forward", 1e-4), tolerance=1e-6
    )


@stabcheck.gradient_case
def two_sided_difference():
    return stabcheck.GradientCase(fn=quadratic, args=(x,), grad=quadratic_gradient, step=1e-4, tolerance=1e-6)


def one_sided_derivative(f, x, i, h=1e-4):
    moved = x.copy()
    moved[i] += h
    return (f(moved) - f(x)) / h


def two_sided_derivative(f, x, i, h=1e-4):
    above, below = x.copy(), x.copy()
    above[i] += h
    below[i] -= h
    return (f(above) - f(below)) / (2 * h)


if __name__ == "__main__":
    exact = quadratic_gradient(x)[0]
    print(f"one-sided: off by {abs(one_sided_derivative(quadratic, x, 0) - exact):.1e}")
    print(f"two-sided: off by {abs(two_sided_derivative(quadratic, x, 0) - exact):.1e}")
    for case in (
        quadratic_form,
        missing_one_over_n,
        with_one_over_n,
        one_sided_difference,
        two_sided_difference,
    ):
        print(case().diagnose())
