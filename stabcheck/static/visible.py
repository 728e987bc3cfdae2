"""Whether the digits that a cancellation loses are seen: in a quotient, under a logarithm, in a result.

`1 - exp(-x)` near 0 has a small error beside 1, a large one beside itself. Most formulas add it to what is of
ordinary size, average it or take its cosine, and never notice. What notices is a division by something as
small, a logarithm or a root, a recurrence that adds the error up, and who calls a function that returns it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from stabcheck.static.graph import (
    Apply,
    Call,
    Constant,
    Merge,
    Opaque,
    Sequence,
    Site,
    Span,
    Value,
    operands,
    scalar,
    strip,
    walk,
)
from stabcheck.static.infer.layout import moved
from stabcheck.static.normal import DEEPEST, key, own_exponent
from stabcheck.static.source_text import text_of
from stabcheck.static.usage import Above, statements, where_written

if TYPE_CHECKING:
    from stabcheck.static.module import Module

_MOST_NODES = 200
_LONGEST_LINE = 10_000  # characters
_FACTORS = frozenset({"multiply", "divide", "negative"})
_PASSED = frozenset({"where", "maximum", "minimum", "clip", "abs", "sign"})
_HANDED = frozenset({"builtins.print", "builtins.sum", ".append", ".extend", ".insert"})
_BUILT = frozenset({"builtins.dict", "builtins.list", "builtins.tuple", "builtins.float"})
_MAGNIFYING = frozenset({"log", "log2", "log10", "log1p", "sqrt", "rsqrt", "reciprocal"})


def is_visible(module: Module, site: Site, target: Value, small: Value) -> bool:
    """Whether a function uses `target`, which vanishes with `small`, so that its relative error is seen."""
    if not site.function:
        return True  # what a module computes for itself is its result
    wanted = where_written(target)
    parts = {key(node) for node in islice(walk(small), _MOST_NODES) if not isinstance(strip(node), Constant)}
    if any(_is_returned(each, wanted, parts) for each in _returns(module, site)):
        return True
    if _is_given(module, site, wanted, parts) or _replaces(module, site, small):
        return True
    using = statements(module).using(wanted, site.function)
    return any(
        _is_given(module, user, wanted, parts) or _is_magnified(above, wanted, parts) for user, above in using
    )


def _returns(module: Module, site: Site) -> tuple[Value, ...]:
    function = module.functions.get(site.function)
    return () if function is None else function.returns


def _is_given(module: Module, site: Site, wanted: Span, parts: set[int]) -> bool:
    """Whether a statement yields, prints, gathers or keeps in an attribute what would count if returned."""
    value = site.value
    if isinstance(value, Call) and value.function in _HANDED:
        return any(_is_returned(each, wanted, parts) for each in value.arguments)
    if isinstance(value, Opaque) and text_of(module)[value.span].startswith("yield"):
        return any(_is_returned(each, wanted, parts) for each in value.parts)
    target = _target(module, site)
    return target is not None and "." in target and _is_returned(value, wanted, parts)


def _is_returned(value: Value, wanted: Span, parts: set[int]) -> bool:
    """Whether a function returns the target itself, a multiple, a choice, or a sum with what is as small."""
    stack, seen = [value], set[int]()
    while stack and len(seen) < _MOST_NODES:
        node = strip(stack.pop())
        if id(node) in seen:
            continue
        seen.add(id(node))
        if node.span == wanted:
            return True
        inner = moved(node)
        if inner is not None:
            stack.append(inner)
        elif isinstance(node, Apply) and node.op in ("add", "subtract"):
            if all(_vanishes(strip(each), parts) for each in node.operands):
                stack.extend(node.operands)
        elif (
            isinstance(node, Merge | Sequence)
            or (isinstance(node, Apply) and node.op in _FACTORS | _PASSED | {"sum"})
            or (isinstance(node, Call) and node.function in _BUILT)
        ):
            stack.extend(operands(node))
    return False


def _replaces(module: Module, site: Site, small: Value) -> bool:
    """`x = log(x + 1)` and `x[:, j] = exp(x[:, j]) - 1`: data are transformed in their place."""
    target = _target(module, site)
    node = strip(small)
    return target is not None and target in (text_of(module)[node.span], getattr(node, "name", ""))


def _target(module: Module, site: Site) -> str | None:
    """What the first line of an assignment assigns to, as it is written."""
    line = site.value.span.line
    found = re.match(
        r"\s*([\w.]+(?:\[[^=]*\])?)\s*=[^=]", text_of(module)[Span(line, 1, line, _LONGEST_LINE)]
    )
    return found[1] if found is not None else None


def _vanishes(node: Value, parts: set[int], depth: int = DEEPEST) -> bool:
    """`exp(x) - 1`, `log(1 + x)`, `max(x, 0)`, `mask * x`: by their form no terms of ordinary size."""
    if depth == 0 or not isinstance(node, Apply):
        return False
    match node.op:
        case "expm1" | "log1p" | "relu":
            return True
        case "maximum" | "minimum":
            return any(scalar(each) == 0 for each in node.operands)
        case "multiply":
            return any(
                key(each) in parts or _vanishes(strip(each), parts, depth - 1) for each in node.operands
            )
        case "subtract":
            return any(scalar(each) == 1 for each in node.operands)
        case "log":
            inner = strip(node.operands[0])
            return (
                isinstance(inner, Apply)
                and inner.op == "add"
                and any(scalar(each) == 1 for each in inner.operands)
            )
        case _:
            return False


def _is_magnified(above: Above, wanted: Span, parts: set[int]) -> bool:
    """Whether an expression, of which it is known what uses what, magnifies an error."""
    stack = [(each, wanted) for each in above.get(wanted, ())]
    seen: set[int] = set()
    while stack:
        user, part = stack.pop()
        if id(user) in seen:
            continue
        seen.add(id(user))
        if isinstance(user, Apply):
            if _magnifies(user, part, parts):
                return True
            if not (user.op in _FACTORS | _PASSED or _adds_a_number(user, part) or moved(user) is not None):
                continue
        elif moved(user) is None and not isinstance(user, Merge):
            continue
        stack.extend((each, user.span) for each in above.get(user.span, ()))
    return False


def _magnifies(user: Apply, part: Span, parts: set[int]) -> bool:
    others = [each for each in user.operands if where_written(each) != part]
    match user.op:
        case "divide" if where_written(user.operands[1]) == part:
            return True
        case "divide" | "multiply":
            return any(key(each) in parts for other in others for each in _divisors(user, other))
        case "power":
            exponent = own_exponent(user)
            return exponent is not None and exponent < 1 and where_written(user.operands[0]) == part
        case "add" | "subtract":
            inside = next((each for each in user.operands if where_written(each) == part), None)
            return inside is not None and any(_recurs(each, inside) for each in others)
        case op:
            return op in _MAGNIFYING


def _divisors(user: Apply, other: Value) -> Iterator[Value]:
    """The factors that a product divides by: of the divisor, and of a quotient beside the value."""
    node = strip(other)
    stack = [node] if user.op == "divide" else []
    if isinstance(node, Apply) and node.op == "divide":
        stack.append(node.operands[1])
    while stack:
        inner = strip(stack.pop())
        if isinstance(inner, Apply) and inner.op == "multiply":
            stack.extend(inner.operands)
        elif not isinstance(inner, Constant):
            yield inner


def _recurs(other: Value, product: Value) -> bool:
    """`v + (x - v) * e`, a step of a recurrence, and `log(1 + a) - log(1 + b)`, a difference of two alike."""
    node = strip(other)
    if isinstance(node, Apply) and node.op in ("log", "log1p"):
        alike = strip(product)
        return isinstance(alike, Apply) and alike.op == node.op
    wanted = key(node)
    return scalar(node) is None and any(key(each) == wanted for each in islice(walk(product), _MOST_NODES))


def _adds_a_number(user: Apply, part: Span) -> bool:
    """`1 - exp(-x) + 1e-7`: a number beside it that is as small."""
    rest = [scalar(each) for each in user.operands if where_written(each) != part]
    return user.op == "add" and all(each is not None and abs(each) < 1e-3 for each in rest)
