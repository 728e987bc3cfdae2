"""A product with a matrix where the gradient takes one with its transpose: the Jacobian, or a part of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from stabcheck.dynamic.contracts import as_cotangent, fitted
from stabcheck.dynamic.directions import along_entry, scale_of
from stabcheck.dynamic.formula import Formula
from stabcheck.dynamic.relation import EXACT, Relation
from stabcheck.dynamic.stack import Stack, on_line
from stabcheck.dynamic.verdict import ACCUSED, Judgement

Float64 = npt.NDArray[np.float64]

SMALL = range(3, 33)  # entries of arguments whose whole Jacobian is looked at
NEGLIGIBLE = 1e-6  # of the largest entry of a Jacobian: a difference can't tell it from 0
EQUAL = 1e-4  # relative, for products of quotients of entries that differences have measured


def untransposed(formula: Formula, judgements: Sequence[Judgement], leaf: int) -> Relation | None:
    """The relation if the gradient forgets to transpose; None if it doesn't, or if it can't be told."""
    value = formula.centre.value
    if value.size < 2 or value.shape != formula.sampler.problem.leaves[leaf].value.shape:
        return None
    if times_jacobian(formula, judgements, leaf):
        return Relation("transposed", "J @ dy for the Jacobian J, where J.T @ dy is right")
    if value.size in SMALL and times_matrix(formula, leaf):
        return Relation("transposed", "right but for a matrix W that is not transposed: dy @ W.T is right")
    return None


def times_jacobian(formula: Formula, judgements: Sequence[Judgement], leaf: int) -> bool:
    """Whether the gradient by an upstream one u is J u, for J the Jacobian by this leaf.

    The function changes by <w, J d> along d. So <w, gradient by d> must be that, for every d along which it
    has been measured: one gradient each, and no evaluation of the function.
    """
    for judgement in judgements:
        product = _gradient_by(formula, judgement.rungs.direction[leaf], leaf) * formula.centre.cotangent
        rounding = formula.grant * float(np.sqrt(np.sum(product**2)))
        left = abs(float(np.sum(product)) - judgement.numeric)
        if not left <= ACCUSED * judgement.bar + EXACT * judgement.residual + rounding:
            return False
    return True


def times_matrix(formula: Formula, leaf: int) -> bool:
    """Whether the gradient by u is A D u where A.T D u is right, for a matrix A and a diagonal D.

    Then V[i, j] = A[i, j] D[j] in the gradient, and J[i, j] = D[i] A[i, j] in the Jacobian: the quotients are
    1 on the diagonal, and multiply to 1 around every triangle, whatever A and D are. With D behind A it is
    the same. A symmetric A needs no transpose, and its gradient is not accused.
    """
    jacobian, given = _jacobian(formula, leaf), _given(formula, leaf)
    if jacobian is None or not np.all(np.isfinite(given)):
        return False
    known = np.abs(jacobian) > NEGLIGIBLE * np.max(np.abs(jacobian))
    if not np.array_equal(known, np.abs(given) > NEGLIGIBLE * np.max(np.abs(given))):
        return False
    off = known & ~np.eye(len(known), dtype=bool)
    triangles = off[:, :, None] & off[None, :, :] & off.T[:, None, :]
    quotients = np.where(known, given, 1.0) / np.where(known, jacobian, 1.0)
    around = quotients[:, :, None] * quotients[None, :, :] * quotients.T[:, None, :]
    return bool(
        triangles.any()
        and np.all(np.abs(np.diagonal(quotients) - 1) < EQUAL)
        and np.all(np.abs(quotients * quotients.T - 1)[known & known.T] < EQUAL)
        and np.all(np.abs(around - 1)[triangles] < EQUAL)
    )


def _gradient_by(formula: Formula, upstream: npt.NDArray[Any], leaf: int) -> Float64:
    sampler = formula.sampler
    found = sampler.gradient(as_cotangent(upstream, formula.contracts.value, sampler))
    return np.asarray(fitted(found, sampler.problem.leaves)[leaf])


def _given(formula: Formula, leaf: int) -> Float64:
    """The matrix that the gradient multiplies upstream ones by, one column each."""
    shape, size = formula.centre.value.shape, formula.centre.value.size
    columns = [_gradient_by(formula, unit.reshape(shape), leaf).ravel() for unit in np.eye(size)]
    return np.stack(columns, axis=1)


def _jacobian(formula: Formula, leaf: int) -> Float64 | None:
    """The Jacobian by central differences at the step that suits the dtype; None where it is not finite."""
    sampler = formula.sampler
    leaves, step = sampler.problem.leaves, sampler.best_step
    lengths = scale_of(leaves[leaf].value).ravel()
    columns = []
    for entry, length in enumerate(lengths):
        direction = along_entry(leaves, leaf, entry, float(length))
        ends: Stack = on_line(sampler.point, direction, np.asarray([step, -step]))
        sampler.effort.spend(2)
        try:
            ahead, behind = (np.asarray(end, dtype=np.float64) for end in sampler.problem.values(ends))
        except (ArithmeticError, ValueError):
            return None
        columns.append((ahead - behind).ravel() / (2 * step * length))
    found = np.stack(columns, axis=1)
    return found if np.all(np.isfinite(found)) else None
