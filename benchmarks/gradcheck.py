"""What a diagnosis costs beside the gradient checkers of TensorFlow and PyTorch.

    python benchmarks/gradcheck.py [--quick]

Process CPU time of one check on one thread, the least of several, warm and without imports, in float64.
`diagnose` climbs its whole ladder in two dtypes, along random directions; `full=True` measures every column
as well, at one step where that settles it. The peers take a single step. Figures are ratios, because times
are a machine's own. PyTorch's columns need PyTorch.
"""

from __future__ import annotations

import importlib.util
import os
import time
from collections.abc import Callable, Iterator
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import click
import tensorflow as tf
from gradcheck_cases import Case, cross_entropy, logistic_regression, perceptron
from tabulate import tabulate

import stabcheck

REPEATS = 5
LONG = 1.0  # seconds from which a check is not repeated
TARGETS = {"(a)": 1.0, "(b)": 100.0, "(c)": 20.0}  # how many times as fast as compute_gradient
SIZES = (10**2, 10**3, 10**4, 10**5, 10**6)


def cpu_seconds(run: Callable[[], Any]) -> tuple[float, Any]:
    """The least CPU time of several runs, and what the last one returned; the first one warms up."""
    least, result = float("inf"), None
    for attempt in range(REPEATS + 1):
        start = time.process_time()
        result = run()
        spent = time.process_time() - start
        least = min(least, spent) if attempt or spent > LONG else least
        if spent > LONG:
            break
    return least, result


def diagnosed(case: Case, *, full: bool) -> tuple[float, int]:
    """CPU time and evaluations of a diagnosis, which must find the gradient right."""
    function, arguments = case.in_tensorflow()
    seconds, report = cpu_seconds(lambda: stabcheck.diagnose(function, tuple(arguments), full=full))
    if report.verdict != "pass" or report.causes:
        raise SystemExit(f"{case.name}: a right gradient is not passed\n{report}")
    return seconds, report.evaluations


def compute_gradient(case: Case) -> float:
    """CPU time of `tf.test.compute_gradient`."""
    function, arguments = case.in_tensorflow()
    return cpu_seconds(lambda: tf.test.compute_gradient(function, arguments))[0]


def torch_gradcheck(case: Case, *, fast: bool) -> float | None:
    """CPU time of `torch.autograd.gradcheck`; None without PyTorch."""
    if importlib.util.find_spec("torch") is None:
        return None
    import torch  # noqa: PLC0415  (an optional peer)

    torch.set_num_threads(1)
    function, arguments = case.in_torch()
    return cpu_seconds(lambda: torch.autograd.gradcheck(function, arguments, fast_mode=fast))[0]


def comparison(quick: bool) -> Iterator[dict[str, str]]:
    """One row a case: how many times as long each peer takes as a diagnosis."""
    for case in (logistic_regression(), perceptron(), cross_entropy()):
        key = case.name[:3]
        own, evaluations = diagnosed(case, full=False)
        every, columns = diagnosed(case, full=True)
        peer = None if quick and key == "(b)" else compute_gradient(case)
        yield {
            "case": case.name,
            "parameters": f"{case.parameters:,}",
            "evaluations": f"{evaluations:,}",
            "compute_gradient": ratio(peer, own),
            "target": f"≥ {TARGETS[key]:g} ×",
            "gradcheck": ratio(torch_gradcheck(case, fast=False), own),
            "gradcheck, fast mode": ratio(torch_gradcheck(case, fast=True), own),
            "evaluations, `full`": f"{columns:,}",
            "compute_gradient / `full`": ratio(peer, every),
        }


def growth() -> Iterator[dict[str, str]]:
    """One row a size of the perceptron: evaluations, and CPU time by that of one value and its gradient."""
    for size in SIZES:
        hidden = max(1, round(size / 110))
        case = perceptron(hidden=hidden)
        seconds, evaluations = diagnosed(case, full=False)
        function, arguments = case.in_tensorflow()

        def once(function: Callable[..., Any] = function, arguments: list[Any] = arguments) -> Any:
            with tf.GradientTape() as tape:
                tape.watch(arguments)
                value = function(*arguments)
            return tape.gradient(value, arguments)

        yield {
            "parameters": f"{case.parameters:,}",
            "evaluations": str(evaluations),
            "evaluations of compute_gradient": f"{2 * case.parameters + 1:,}",
            "CPU time, in values with gradient": f"{seconds / cpu_seconds(once)[0]:.0f}",
        }


def ratio(peer: float | None, own: float) -> str:
    """How many times as long the peer takes."""
    if peer is None:
        return "–"
    return f"{peer / own:.2g} ×" if peer < 100 * own else f"{peer / own:.0f} ×"


@click.command()
@click.option("--quick", is_flag=True, help="Leave out compute_gradient in (b), which takes the longest.")
def main(quick: bool) -> None:
    """Print both tables in Markdown."""
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    print("How many times as long each checker takes as `diagnose`:\n")
    print(tabulate(list(comparison(quick)), headers="keys", tablefmt="github", disable_numparse=True))
    print("\nGrowth with the number of parameters:\n")
    print(tabulate(list(growth()), headers="keys", tablefmt="github", disable_numparse=True))


if __name__ == "__main__":
    main()
