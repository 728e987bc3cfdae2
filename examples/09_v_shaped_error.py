"""The error of the numeric gradient of sin(x₀)·exp(x₁) against the step h, from 1e-14 to 1e-1.

Halving a large step quarters the error (truncation), halving a small one doubles it (round-off): the famous
V. Its lowest point is measured, not assumed. `python examples/09_v_shaped_error.py v.png` draws it (needs
matplotlib).
"""

import sys
import tempfile
from pathlib import Path

import numpy as np
from tabulate import tabulate

import stabcheck

POINT = np.array([0.7, 1.2])
STEPS = 10.0 ** np.arange(-14, 0)


def f(x):
    return np.sin(x[0]) * np.exp(x[1])


def gradient(x):
    return np.array([np.cos(x[0]), np.sin(x[0])]) * np.exp(x[1])


def central_difference(x, h):
    numeric = np.zeros_like(x)
    for i in range(x.size):
        above, below = x.copy(), x.copy()
        above[i] += h
        below[i] -= h
        numeric[i] = (f(above) - f(below)) / (2 * h)
    return numeric


def relative_errors():
    exact = gradient(POINT)
    size = np.linalg.norm(exact)
    return np.array([np.linalg.norm(central_difference(POINT, h) - exact) / size for h in STEPS])


def draw(errors, path):
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    best = int(np.argmin(errors))
    figure, axes = plt.subplots(figsize=(6, 4), layout="constrained")
    axes.loglog(STEPS, errors, "o-")
    axes.annotate(
        f"best: h = {STEPS[best]:.0e}", (STEPS[best], errors[best]), (0, -18), textcoords="offset points"
    )
    axes.set(xlabel="step h", ylabel="relative error", title="Central difference of sin(x₀)·exp(x₁)")
    axes.margins(y=0.15)
    figure.savefig(path)
    plt.close(figure)


@stabcheck.gradient_case
def product_of_sin_and_exp():
    return stabcheck.GradientCase(fn=f, args=(POINT,), grad=gradient)


@stabcheck.gradient_case
def left_arm():
    return stabcheck.GradientCase(fn=f, args=(POINT,), grad=gradient, step=1e-13, tolerance=1e-6)


@stabcheck.gradient_case
def right_arm():
    return stabcheck.GradientCase(fn=f, args=(POINT,), grad=gradient, step=1e-1, tolerance=1e-6)


def main(arguments):
    errors = relative_errors()
    marks = ["<- best" if error == errors.min() else "" for error in errors]
    print(
        tabulate(zip(STEPS, errors, marks, strict=True), headers=["h", "relative error", ""], floatfmt=".1e")
    )
    path = Path(arguments[0]) if arguments else Path(tempfile.mkdtemp()) / "v.png"
    try:
        draw(errors, path)
        print(f"drawn: {path}")
    except ImportError:
        print("not drawn: pip install 'stabcheck[plot]'")
    print(product_of_sin_and_exp().diagnose())
    print(left_arm().diagnose())
    print(right_arm().diagnose())


if __name__ == "__main__":
    main(sys.argv[1:])
