"""What `tf.test.compute_gradient` catches, misses and falsely accuses, side by side with `diagnose`.

    python benchmarks/gradcheck_power.py [--each]

The specimens are those of the tests: with a fault in the gradient or in the arithmetic, sound ones, and
points without a derivative to be right or wrong. compute_gradient runs with its defaults, and its two
Jacobians are compared as its users do it: by `assertAllClose` (1e-6, 1e-3 for half precision), or by a
maximal error of 1e-3. A gradient by hand is given to it as the gradient of a `tf.custom_gradient`; arguments
that it is not taken by are held fixed.
"""

from __future__ import annotations

import logging
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import click
import numpy as np
import tensorflow as tf
from tabulate import tabulate
from tensorflow.python.ops.gradient_checker_v2 import max_error

import stabcheck
from tests.dynamic import zoo_numpy, zoo_tensorflow

Given = Mapping[str, Any]  # the keywords of `diagnose`
KINDS = {"fail": "with a fault", "pass": "sound", "inconclusive": "without a derivative"}
CHECKERS = ("assertAllClose", "max error < 1e-3", "diagnose")


class NotCheckable(Exception):
    """What compute_gradient has no way to be given; the message is the reason."""


@dataclass(frozen=True, slots=True)
class Row:
    """A specimen, and what each checker says of it: "accused", "passed", "inconclusive", or why not."""

    name: str
    kind: str
    said: Mapping[str, str]
    first_cause_right: bool


def checkable(given: Given, in_numpy: bool) -> tuple[Callable[..., Any], list[Any]]:
    """Give a specimen as compute_gradient takes it: a function, and a list of tensors."""
    if "variables" in given or given.get("args") is None:
        raise NotCheckable("it has no way to check variables")
    values = given["args"] if isinstance(given["args"], tuple) else (given["args"],)
    if not all(isinstance(value, (float, np.ndarray, np.floating, tf.Tensor)) for value in values):
        raise NotCheckable("its arguments are nested")
    tensors = [tf.convert_to_tensor(np.float64(v) if isinstance(v, float) else v) for v in values]
    if not all(tensor.dtype.is_floating for tensor in tensors):
        raise NotCheckable("an argument holds integers")
    by_hand = given.get("grad") is not None or given.get("vjp") is not None
    if not by_hand and in_numpy:
        raise NotCheckable("there is no gradient to check")
    if not by_hand:
        return given["fn"], tensors
    varied = tensors[: entries_by_hand(given, values)]
    fixed = tensors[len(varied) :]

    def native(tensor: Any) -> Any:
        return tensor.numpy() if in_numpy else tensor

    def function(*leading: Any) -> Any:
        args = [native(tensor) for tensor in (*leading, *fixed)]
        value = tf.convert_to_tensor(given["fn"](*args))
        return value, lambda dy: slopes(given, args, native(dy))

    return tf.custom_gradient(function), varied


def entries_by_hand(given: Given, values: Sequence[Any]) -> int:
    """By how many of the arguments the gradient by hand is taken."""
    if given.get("vjp") is not None:
        return len(values)
    found = given["grad"](*values) if callable(given["grad"]) else given["grad"]
    return len(found) if isinstance(found, (tuple, list)) else 1


def slopes(given: Given, args: Sequence[Any], upstream: Any) -> list[Any]:
    """The gradient by hand, times the upstream gradient."""
    if given.get("vjp") is not None:
        found = given["vjp"](*args, upstream)
        return list(found) if isinstance(found, (tuple, list)) else [found]
    found = given["grad"](*args) if callable(given["grad"]) else given["grad"]
    entries = list(found) if isinstance(found, (tuple, list)) else [found]
    return [None if entry is None else contracted(entry, upstream) for entry in entries]


def contracted(entry: Any, upstream: Any) -> Any:
    """A derivative entry by entry, a gradient or a Jacobian, times the upstream gradient."""
    jacobian = np.ndim(upstream) > 0 and np.shape(entry)[: np.ndim(upstream)] == np.shape(upstream)
    if jacobian and np.ndim(entry) > np.ndim(upstream):
        return tf.tensordot(upstream, entry, np.ndim(upstream))
    return tf.convert_to_tensor(upstream * entry)


def by_compute_gradient(given: Given, in_numpy: bool) -> dict[str, str]:
    """What its users conclude from compute_gradient."""
    try:
        function, arguments = checkable(given, in_numpy)
        analytic, numeric = tf.test.compute_gradient(function, arguments)
    except NotCheckable as reason:
        return dict.fromkeys(CHECKERS[:2], f"can't run: {reason}")
    except Exception as error:
        return dict.fromkeys(CHECKERS[:2], f"raises {type(error).__name__}")
    try:
        tf.test.TestCase().assertAllClose(analytic, numeric)
        close = True
    except AssertionError:
        close = False
    small = bool(max_error(analytic, numeric) < 1e-3)
    return {"assertAllClose": said(close), "max error < 1e-3": said(small)}


def said(passed: bool) -> str:
    return "passed" if passed else "accused"


def by_diagnose(given: Given) -> tuple[str, str | None]:
    """Verdict and first cause of a diagnosis."""
    report = stabcheck.diagnose(**given)
    verdict = {"pass": "passed", "fail": "accused"}.get(report.verdict, report.verdict)
    return verdict, report.causes[0].kind if report.causes else None


def rows() -> Iterator[Row]:
    for zoo in (zoo_numpy, zoo_tensorflow):
        for specimen in zoo.ZOO:
            verdict, cause = by_diagnose(specimen.make())
            peer = by_compute_gradient(specimen.make(), in_numpy=zoo is zoo_numpy)
            yield Row(
                specimen.name,
                specimen.verdict,
                {**peer, "diagnose": verdict},
                first_cause_right=cause == specimen.cause,
            )


def summary(found: Sequence[Row]) -> Iterator[dict[str, Any]]:
    """One row for each kind of specimen and checker."""
    for kind, title in KINDS.items():
        mine = [row for row in found if row.kind == kind]
        for checker in CHECKERS:
            counts = Counter(row.said[checker].partition(" ")[0] for row in mine)
            yield {
                "specimens": f"{len(mine)} {title}",
                "checker": checker,
                "accused": counts["accused"],
                "passed": counts["passed"],
                "says it can't be told": counts["inconclusive"],
                "raises": counts["raises"],
                "can't be run": counts["can't"],
            }


def reasons(found: Sequence[Row]) -> list[tuple[str, int]]:
    """Why compute_gradient could not be run, or what it raised, and how often."""
    said = [row.said["assertAllClose"] for row in found]
    return Counter(text for text in said if text.startswith(("can't", "raises"))).most_common()


@click.command()
@click.option("--each", is_flag=True, help="List what each checker says of each specimen.")
def main(each: bool) -> None:
    """Print the tables in Markdown."""
    tf.get_logger().setLevel(logging.ERROR)
    np.seterr(all="ignore")
    found = list(rows())
    print(tabulate(list(summary(found)), headers="keys", tablefmt="github"))
    print("\nWhere compute_gradient gave no answer:\n")
    print(tabulate(reasons(found), headers=("reason", "specimens"), tablefmt="github"))
    right = sum(row.first_cause_right for row in found)
    print(f"\nFirst cause of `diagnose` as expected: {right} of {len(found)}.")
    if each:
        listed = [{"specimen": row.name, "kind": KINDS[row.kind], **row.said} for row in found]
        print("\n" + tabulate(listed, headers="keys", tablefmt="github"))


if __name__ == "__main__":
    main()
