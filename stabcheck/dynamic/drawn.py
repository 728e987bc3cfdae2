"""The line that draws random numbers, or changes a state, from that where runs first come out differently.

A recording sees the first number that differs. Whole numbers, masks and the time are no numbers that it looks
at: `mask = rng.random(n) > rate` shows where the mask is used. From there the text is followed back.
"""

from __future__ import annotations

import ast
import re
from dataclasses import replace

from stabcheck.dynamic.report import Location
from stabcheck.dynamic.watch.source import Source, dotted, header, source_at

STEPS = 3  # names that are followed back
_DRAWS = re.compile(
    r"(?:^|[._])(?:rng|rand\w*|random\w*|shuffle\w*|permut\w*|choices?|sample|normal|uniform|bernoulli|binomial|"
    r"time|time_ns|perf_counter|monotonic|now|uuid\d|token_\w+|urandom)(?:$|[._])"
)
_CHANGES = re.compile(r"assign(_add|_sub)?$|^append$|^pop$")


def drawn_at(location: Location | None) -> Location | None:
    """The line that the differing value comes from, by the text; the line itself if no other draws."""
    source = None if location is None else source_at(location.path, location.line)
    if location is None or source is None:
        return location
    first = source.statement_at(location.line)
    front, seen = [] if first is None else [first], set[int]()
    for _ in range(STEPS):
        for statement in front:
            if _draws(statement):
                same = statement is first
                return location if same else replace(location, line=statement.lineno)
        seen |= {id(statement) for statement in front}
        behind = [_made(source, name, statement) for statement in front for name in _names(statement)]
        front = [made for made in behind if made is not None and id(made) not in seen]
    return location


def _draws(statement: ast.stmt) -> bool:
    """Whether a statement calls something that is random by its name, or changes what it is called on."""
    for node in (inner for expression in header(statement) for inner in ast.walk(expression)):
        if isinstance(node, ast.Call):
            name = dotted(node.func) or (node.func.attr if isinstance(node.func, ast.Attribute) else "")
            if _DRAWS.search(name) or (
                isinstance(statement, ast.Expr) and _CHANGES.search(name.rpartition(".")[2])
            ):
                return True
    return False


def _names(statement: ast.stmt) -> list[str]:
    """The names that a statement reads, longest first: `self.mask` before `self`."""
    found = {dotted(node) for part in header(statement) for node in ast.walk(part)}
    return sorted(filter(None, found), key=lambda name: (-name.count("."), name))


def _made(source: Source, name: str, statement: ast.stmt) -> ast.stmt | None:
    """The last statement before one that gives a name its value, or calls a method that changes it."""
    before = [s for s in source.statements if s.lineno < statement.lineno]
    binding = source.last_value(name, statement.lineno)
    bound = binding.statement if binding is not None and binding.statement in before else None
    changed = [s for s in before if isinstance(s, ast.Expr) and _called_on(s, name) and _draws(s)]
    return changed[-1] if changed else bound


def _called_on(statement: ast.Expr, name: str) -> bool:
    call = statement.value
    return (
        isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and (dotted(call.func.value) == name or any(dotted(argument) == name for argument in call.args))
    )
