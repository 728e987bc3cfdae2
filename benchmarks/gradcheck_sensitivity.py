"""How small an error `diagnose` finds, and whether it ever accuses a right gradient.

    python benchmarks/gradcheck_sensitivity.py [--inputs 30] [--errors 4]

Right gradients: those that TensorFlow derives for seventeen ordinary functions, at random inputs, in each
dtype. Errors: the same gradients as code, with every entry or one random entry multiplied by 1 + δ; and as
arrays, computed beforehand in the dtype in use, where δ below its rounding can't be seen by anyone. The
formula is compared in float64 whatever the dtype, so that code is judged alike in all of them. An entry that
is 0, or that δ leaves as it was, does not count.
"""

from __future__ import annotations

import logging
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import click
import numpy as np
import tensorflow as tf
from ordinary_functions import FUNCTIONS, Ordinary
from tabulate import tabulate

import stabcheck

DTYPES = ("float64", "float32", "float16")
ERRORS = (1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8)
NOT_THE_GRADIENT = ("overflow", "underflow", "cancellation", "precision-loss", "domain-error", "rough")

Gradient = Callable[..., list[Any]]


def arguments_of(ordinary: Ordinary, seed: int, dtype: str) -> list[Any]:
    return [tf.constant(value, dtype) for value in ordinary.draw(np.random.default_rng(seed))]


def product_of(function: Callable[..., Any]) -> Gradient:
    """The vector-Jacobian product that TensorFlow derives, as a user would write one by hand."""

    def product(*args: Any) -> list[Any]:
        *given, upstream = args
        with tf.GradientTape() as tape:
            tape.watch(given)
            value = function(*given)
        return list(tape.gradient(value, given, output_gradients=tf.cast(upstream, value.dtype)))

    return product


def everywhere(found: list[Any], error: float, seed: int) -> list[Any]:
    """All entries off by `error`."""
    return [entry * tf.constant(1 + error, entry.dtype) for entry in found]


def in_one_entry(found: list[Any], error: float, seed: int) -> list[Any]:
    """One random entry of one argument off by `error`."""
    rng = np.random.default_rng(seed)
    leaf = int(rng.integers(len(found)))
    array = found[leaf].numpy().copy()
    entry = int(rng.integers(array.size))
    array.reshape(-1)[entry] *= array.dtype.type(1) + array.dtype.type(error)
    return [tf.constant(array) if index == leaf else part for index, part in enumerate(found)]


def is_found(ordinary: Ordinary, seed: int, dtype: str, spoil: Gradient, error: float) -> bool | None:
    """Whether an error in the code of a gradient is found; None if it changes nothing."""
    args = arguments_of(ordinary, seed, dtype)
    product = product_of(ordinary.function)
    if _unchanged(product, spoil, args, ordinary, error, seed):
        return None
    report = stabcheck.diagnose(
        ordinary.function, tuple(args), vjp=lambda *given: spoil(product(*given), error, seed)
    )
    return bool(report.verdict == "fail")


def is_found_in_array(
    ordinary: Ordinary, seed: int, dtype: str, spoil: Gradient, error: float
) -> bool | None:
    """The same of a gradient that is given as an array."""
    args = arguments_of(ordinary, seed, dtype)
    product = product_of(ordinary.function)
    if tuple(ordinary.function(*args).shape) or _unchanged(product, spoil, args, ordinary, error, seed):
        return None
    given = spoil(product(*args, tf.ones((), dtype)), error, seed)
    report = stabcheck.diagnose(ordinary.function, tuple(args), tuple(given) if len(args) > 1 else given[0])
    return bool(report.verdict == "fail")


def _unchanged(
    product: Gradient, spoil: Gradient, args: Sequence[Any], ordinary: Ordinary, error: float, seed: int
) -> bool:
    right = product(*args, tf.ones_like(ordinary.function(*args)))
    spoilt = spoil(right, error, seed)
    return all(bool(tf.reduce_all(a == b)) for a, b in zip(right, spoilt, strict=True))


def sensitivity(inputs: int) -> Iterator[dict[str, str]]:
    """One row a size of error: the share that was found."""
    for error in ERRORS:
        row = {"relative error": f"{error:.0e}"}
        for where, spoil in (("all", everywhere), ("one", in_one_entry)):
            for dtype in DTYPES:
                row[f"{where}, {dtype}"] = _share(is_found, inputs, dtype, spoil, error)
            row[f"{where}, float32 array"] = _share(is_found_in_array, inputs, "float32", spoil, error)
        yield row


def _share(look: Callable[..., bool | None], inputs: int, dtype: str, spoil: Gradient, error: float) -> str:
    looked = [look(ordinary, seed, dtype, spoil, error) for ordinary in FUNCTIONS for seed in range(inputs)]
    counted = [found for found in looked if found is not None]
    return f"{sum(counted)} of {len(counted)}" if counted else "–"


def right_gradients(inputs: int, others: Counter[tuple[str, str, str]]) -> Iterator[dict[str, Any]]:
    """One row a dtype: verdicts on right gradients; in `others`, what was said of which function instead."""
    for dtype in DTYPES:
        counts: Counter[str] = Counter()
        for ordinary in FUNCTIONS:
            for seed in range(inputs):
                report = stabcheck.diagnose(ordinary.function, tuple(arguments_of(ordinary, seed, dtype)))
                counts[_verdict(report)] += 1
                if report.verdict != "pass":
                    others[dtype, ordinary.name, report.causes[0].kind] += 1
        yield {
            "dtype": dtype,
            "right gradients": sum(counts.values()),
            "passed": counts["pass"],
            "can't be told": counts["inconclusive"],
            "function unsound": counts["unsound"],
            "accused": counts["accused"],
        }


def _verdict(report: Any) -> str:
    """A fault of the function is no accusation of its gradient."""
    if report.verdict != "fail":
        return str(report.verdict)
    return "unsound" if report.causes[0].kind in NOT_THE_GRADIENT else "accused"


@click.command()
@click.option("--inputs", default=30, show_default=True, help="Random inputs of each right gradient.")
@click.option("--errors", default=2, show_default=True, help="Random inputs of each error.")
def main(inputs: int, errors: int) -> None:
    """Print the tables in Markdown."""
    tf.get_logger().setLevel(logging.ERROR)
    np.seterr(all="ignore")
    others: Counter[tuple[str, str, str]] = Counter()
    print(tabulate(list(right_gradients(inputs, others)), headers="keys", tablefmt="github"))
    print("\nWhat was said where it was not a pass:\n")
    rows = [(*key, count) for key, count in others.items()]
    print(
        tabulate(rows, headers=("dtype", "function", "first cause", "inputs"), tablefmt="github"), flush=True
    )
    print("\nErrors found:\n")
    print(tabulate(list(sensitivity(errors)), headers="keys", tablefmt="github"))


if __name__ == "__main__":
    main()
