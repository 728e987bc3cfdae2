"""What a diagnosis costs beside the gradient checkers of TensorFlow and PyTorch.

    python benchmarks/gradcheck.py [--quick]

Process CPU time of one check on one thread, the least of several, warm and without imports, in float64. The
checkers take turns.
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

REPEATS = 9
MANY = 5000  # parameters for which compute_gradient takes a minute
LONG = 1.0  # seconds from which a check is not repeated
TARGETS = {"(a)": 1.0, "(b)": 100.0, "(c)": 20.0}  # how many times as fast as compute_gradient
SIZES = (10**2, 10**3, 10**4, 10**5, 10**6)


def in_turn(runs: dict[str, Callable[[], Any]]) -> tuple[dict[str, float], dict[str, Any]]:
    """The least CPU time of several runs of each, and what the last one returned; the first one warms up.

    They take turns, so that the load of the machine is the same for all.
    """
    least = dict.fromkeys(runs, float("inf"))
    results: dict[str, Any] = {}
    for attempt in range(REPEATS + 1):
        for name, run in runs.items():
            if LONG < least[name] < float("inf"):
                continue
            start = time.process_time()
            results[name] = run()
            spent = time.process_time() - start
            if attempt or spent > LONG:
                least[name] = min(least[name], spent)
    return least, results


def checkers(case: Case, quick: bool) -> dict[str, Callable[[], Any]]:
    """What is timed on a case: PyTorch's checkers only where PyTorch is, the longest one unless `quick`."""
    function, arguments = case.in_tensorflow()
    found: dict[str, Callable[[], Any]] = {
        "own": lambda: stabcheck.diagnose(function, tuple(arguments)),
        "full": lambda: stabcheck.diagnose(function, tuple(arguments), full=True),
    }
    if not quick or case.parameters < MANY:
        found["peer"] = lambda: tf.test.compute_gradient(function, arguments)
    if importlib.util.find_spec("torch") is not None:
        import torch  # noqa: PLC0415  (an optional peer)

        torch.set_num_threads(1)
        of_torch, leaves = case.in_torch()
        found["slow"] = lambda: torch.autograd.gradcheck(of_torch, leaves)
        found["fast"] = lambda: torch.autograd.gradcheck(of_torch, leaves, fast_mode=True)
    return found


def comparison(quick: bool) -> Iterator[dict[str, str]]:
    """One row a case: how many times as long each peer takes as a diagnosis, which must pass the gradient."""
    for case in (logistic_regression(), perceptron(), cross_entropy()):
        seconds, results = in_turn(checkers(case, quick))
        for report in (results["own"], results["full"]):
            expect_pass(case, report)
        own = seconds["own"]
        yield {
            "case": case.name,
            "parameters": f"{case.parameters:,}",
            "evaluations": f"{results['own'].evaluations:,}",
            "compute_gradient": ratio(seconds.get("peer"), own),
            "target": f"≥ {TARGETS[case.name[:3]]:g} ×",
            "gradcheck": ratio(seconds.get("slow"), own),
            "gradcheck, fast mode": ratio(seconds.get("fast"), own),
            "evaluations, `full`": f"{results['full'].evaluations:,}",
            "compute_gradient / `full`": ratio(seconds.get("peer"), seconds["full"]),
        }


def expect_pass(case: Case, report: Any) -> None:
    """End here if a right gradient is not passed."""
    if report.verdict != "pass" or report.causes:
        raise SystemExit(f"{case.name}: a right gradient is not passed\n{report}")


def growth() -> Iterator[dict[str, str]]:
    """One row a size of the perceptron: evaluations, and CPU time by that of one value and its gradient."""
    for size in SIZES:
        hidden = max(1, round(size / 110))
        case = perceptron(hidden=hidden)
        function, arguments = case.in_tensorflow()

        def diagnosis(function: Callable[..., Any] = function, arguments: list[Any] = arguments) -> Any:
            return stabcheck.diagnose(function, tuple(arguments))

        def once(function: Callable[..., Any] = function, arguments: list[Any] = arguments) -> Any:
            with tf.GradientTape() as tape:
                tape.watch(arguments)
                value = function(*arguments)
            return tape.gradient(value, arguments)

        seconds, results = in_turn({"own": diagnosis, "once": once})
        expect_pass(case, results["own"])
        yield {
            "parameters": f"{case.parameters:,}",
            "evaluations": str(results["own"].evaluations),
            "evaluations of compute_gradient": f"{2 * case.parameters + 1:,}",
            "CPU time, in values with gradient": f"{seconds['own'] / seconds['once']:.0f}",
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
