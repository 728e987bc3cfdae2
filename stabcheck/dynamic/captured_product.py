"""A matrix that the function reads, not transposed in the gradient: A @ v where A.T @ v is right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from stabcheck.dynamic.formula import Formula
from stabcheck.dynamic.relation import Relation, explains
from stabcheck.dynamic.verdict import Judgement

Float64 = npt.NDArray[np.float64]

LARGEST = 256  # rows of a matrix that is tried
WORST = 1e6  # condition number from which solving with it proves nothing


def matrix_not_transposed(formula: Formula, judgements: Sequence[Judgement], leaf: int) -> Relation | None:
    """The relation if the gradient is right with one square matrix in front, or behind, transposed.

    The factor v is had by solving with the matrix; A.T @ v has to be the derivative along every direction.
    """
    gradient = formula.centre_gradient[leaf]
    if gradient.ndim not in (1, 2):
        return None
    for name, matrix in _matrices(formula):
        if matrix.shape[0] not in gradient.shape or np.linalg.cond(matrix) > WORST:
            continue
        for candidate in _repaired(gradient, matrix):
            same = np.allclose(candidate, gradient, rtol=1e-9, atol=0)
            if not same and explains(candidate, judgements, leaf, slack=1e-9):
                return Relation("transposed", f"right but for {name}, where {name}.T belongs")
    return None


def _matrices(formula: Formula) -> Iterator[tuple[str, Float64]]:
    """Square matrices that are not symmetric, among the arguments and what the function reads besides."""
    problem = formula.sampler.problem
    given = [(leaf.name, leaf.value) for leaf in problem.leaves]
    arrays: list[tuple[str, npt.NDArray[Any]]] = [*given, *getattr(problem, "captured_matrices", ())]
    for name, array in arrays:
        if array.ndim != 2 or array.shape[0] != array.shape[1] or not 2 <= len(array) <= LARGEST:
            continue
        matrix = array.astype(np.float64)
        if np.all(np.isfinite(matrix)) and not np.allclose(matrix, matrix.T):
            yield name, matrix


def _repaired(gradient: Float64, matrix: Float64) -> Iterator[Float64]:
    """The gradient with the matrix transposed in front of it, and behind it."""
    if gradient.shape[0] == len(matrix):
        yield matrix.T @ np.linalg.solve(matrix, gradient)
    if gradient.ndim == 2 and gradient.shape[1] == len(matrix):
        yield np.linalg.solve(matrix.T, gradient.T).T @ matrix.T
