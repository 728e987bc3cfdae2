"""Arrays that are moved by a step, coordinate by coordinate, in functions that take difference quotients."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from stabcheck.static.detectors._quotient import quotients
from stabcheck.static.detectors._syntax import Definition, functions, names_in, own_statements, parameters
from stabcheck.static.module import Module


@dataclass(frozen=True, slots=True)
class Perturbation:
    """A statement that stores into `array[index]`; `moves` says that it stores the old value and a step."""

    statement: ast.stmt
    array: str
    target: str  # the whole target, as text: "x[i]"
    moves: bool
    in_loop: ast.For | ast.While | None


def checkers(module: Module) -> Iterator[Definition]:
    """The functions that take a difference quotient."""
    names = {quotient.site.function.rpartition(".")[2] for quotient in quotients(module)}
    for node in functions(module) if names else ():
        if node.name in names:
            yield node


def perturbations(function: Definition) -> list[Perturbation]:
    """The stores into elements of arrays, in the order of the text."""
    found: list[Perturbation] = []
    for loop, statement in _statements(function, None):
        match statement:
            case ast.AugAssign(target=ast.Subscript() as target, op=ast.Add() | ast.Sub()):
                moves = True
            case ast.Assign(targets=[ast.Subscript() as target], value=ast.BinOp(op=ast.Add() | ast.Sub())):
                moves = True
            case ast.Assign(targets=[ast.Subscript() as target]):
                moves = False
            case _:
                continue
        array = _array(target)
        if array is not None:
            found.append(Perturbation(statement, array, ast.unparse(target), moves, loop))
    return found


def perturbing_functions(module: Module) -> dict[str, tuple[int, ...]]:
    """Functions of the module that perturb a parameter in place: its positions among the arguments."""
    found: dict[str, tuple[int, ...]] = {}
    for function in checkers(module):
        moved = {each.array for each in perturbations(function) if each.moves} - _rebound(function)
        positions = tuple(i for i, name in enumerate(parameters(function)) if name in moved)
        if positions:
            found[function.name] = positions
    return found


def _rebound(function: Definition) -> set[str]:
    """Names that the function assigns: they are no longer what was passed."""
    targets = (node.targets for node in own_statements(function) if isinstance(node, ast.Assign))
    return {target.id for each in targets for target in each if isinstance(target, ast.Name)}


def _statements(
    node: ast.AST, loop: ast.For | ast.While | None
) -> Iterator[tuple[ast.For | ast.While | None, ast.stmt]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Definition | ast.ClassDef | ast.Lambda):
            continue
        if isinstance(child, ast.stmt):
            yield loop, child
        yield from _statements(child, child if isinstance(child, ast.For | ast.While) else loop)


def _array(target: ast.Subscript) -> str | None:
    """The name of the array: x of `x[i]` and of `x.flat[i]`."""
    base = target.value
    if isinstance(base, ast.Attribute) and base.attr in ("flat", "data"):
        base = base.value
    return base.id if isinstance(base, ast.Name) else None


def assigned_in(node: ast.AST, name: str) -> bool:
    """Whether a loop or function binds a name anew."""
    for child in own_statements(node):
        match child:
            case ast.Assign(targets=targets) if any(
                isinstance(x, ast.Name) and x.id == name for x in targets
            ):
                return True
            case ast.For(target=target) if name in names_in(target):
                return True
    return False
