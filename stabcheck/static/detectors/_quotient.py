"""Difference quotients: two evaluations of one function, their difference, a division by a step.

`(f(x + h) - f(x - h)) / (2 * h)`, and the same through names: `above = f(x)` after `x[i] = old + h`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from sys import maxsize

from stabcheck.static.detectors._memo import once_per_module
from stabcheck.static.detectors._values import operations
from stabcheck.static.graph import Apply, Call, Constant, Site, Span, Symbol, Value, scalar, strip, walk
from stabcheck.static.identity import number
from stabcheck.static.module import Module
from stabcheck.static.normal import key, term
from stabcheck.static.source_text import text_of

_STEP_NAMES = frozenset(
    {"h", "eps", "epsilon", "ep", "delta", "step", "dx", "dh", "d", "dtheta", "dw", "step_size"}
)
_MOST = 0.9  # a "step" of 1 is a finite difference of a sequence, not a derivative
_NO_EVALUATIONS = frozenset({"add", "subtract", "multiply", "divide", "power", "square", "negative"})
_TWICE = re.compile(r"(?<![\w.])2(?:\.0*)?(?![\w.])")
_HALF_STEP = re.compile(r"/\s*2(?:\.0*)?(?![\w.])|(?<![\w.])0?\.5\s*\*")
_PAIRS = (("plus", "minus"), ("Plus", "Minus"), ("pos", "neg"), ("above", "below"), ("upper", "lower"))
_LINES_BEFORE = 15  # in which a perturbation in place stands


@dataclass(frozen=True, slots=True)
class Quotient:
    """A difference quotient.

    `first` and `second` are the evaluations, the second is subtracted; `step` is what moves the argument and
    `size` its value, if known. `moved` and `still` are the arguments that differ; both are None where an
    array is perturbed in place, so that the evaluations look alike.
    """

    site: Site
    value: Apply
    first: Value
    second: Value
    step: Value
    size: float | None
    one_sided: bool
    moved: Value | None
    still: Value | None

    @property
    def arguments(self) -> tuple[Value, ...]:
        """What the function is evaluated at."""
        return (*_arguments(self.first), *_arguments(self.second))


@once_per_module
def quotients(module: Module) -> Iterator[Quotient]:
    """Every difference quotient of the module."""
    for site, node in operations(module, "divide"):
        if len(node.operands) != 2:
            continue
        difference, divisor = (
            strip(term(node.operands[0]).value),
            node.operands[1],
        )  # also (above - below) / 2 / h
        if not isinstance(difference, Apply) or difference.op != "subtract":
            continue
        text = text_of(module)
        if _are_named_pair(text[difference.operands[0].span], text[difference.operands[1].span]):
            named = _named_step(divisor)
            if named is not None:
                one, other = difference.operands
                yield Quotient(site, node, one, other, named, _size(named), False, None, None)
            continue
        first, second = (_evaluation(each) for each in difference.operands)
        if first is None or second is None or not _same_function(first, second):
            continue
        moved, still = _differing(first, second)
        step = None if moved is None or still is None else _step_of(divisor, (moved, still))
        if step is not None and (_is_shifted(moved) or _is_shifted(still)):
            one_sided = _is_unmoved(still, moved) or _is_unmoved(moved, still)
            yield Quotient(site, node, first, second, step, _size(step), one_sided, moved, still)
            continue
        named = _named_step(divisor)
        if named is not None and (moved is None or step is not None or _may_be_perturbed(moved)):
            line = node.span.line
            nearby = text[Span(max(1, line - _LINES_BEFORE + 1), 1, line, maxsize)]
            one_sided = not _TWICE.search(text[divisor.span]) and not _HALF_STEP.search(nearby)
            yield Quotient(site, node, first, second, named, _size(named), one_sided, None, None)


def _are_named_pair(first: str, second: str) -> bool:
    """`J_plus[i]` and `J_minus[i]`: evaluations that were kept in arrays."""
    return any(word in first and first.replace(word, other) == second for word, other in _PAIRS)


def _evaluation(value: Value) -> Value | None:
    """A call of a function, or an operation of the table; also behind `float(…)` and `.item()`."""
    node = value if isinstance(value, Call) else strip(value)
    if isinstance(node, Call):
        if node.function in ("builtins.float", "numpy.float64") and len(node.arguments) == 1:
            return _evaluation(node.arguments[0])
        return node if _arguments(node) else None
    return node if isinstance(node, Apply) and node.operands and node.op not in _NO_EVALUATIONS else None


def _arguments(value: Value) -> tuple[Value, ...]:
    if isinstance(value, Call):
        return (*value.arguments, *value.keywords.values())
    return value.operands if isinstance(value, Apply) else ()


def _same_function(first: Value, second: Value) -> bool:
    if isinstance(first, Call) and isinstance(second, Call):
        if first.function != second.function:
            return False
        if first.callee is None or second.callee is None:
            return first.function is not None and first.callee is second.callee
        return number(first.callee) == number(second.callee)
    return isinstance(first, Apply) and isinstance(second, Apply) and first.op == second.op


def _differing(first: Value, second: Value) -> tuple[Value | None, Value | None]:
    """The first pair of arguments that are not the same value."""
    for one, other in zip(_arguments(first), _arguments(second), strict=False):
        if key(one) != key(other):
            return one, other
    return None, None


def _step_of(divisor: Value, arguments: tuple[Value, Value]) -> Value | None:
    """What both the divisor and one of the arguments hold: the step."""
    whole = scalar(divisor)
    if whole is not None:
        for argument in arguments:
            for node in walk(argument):
                size = scalar(node)
                if size is not None and 0 < abs(size) <= _MOST and _is_multiple(float(whole), float(size)):
                    return node
        return None
    step = strip(term(divisor).value)
    if any(number(strip(node)) == number(step) for argument in arguments for node in walk(argument)):
        size = _size(step)
        return step if size is None or 0 < abs(size) <= _MOST else None
    return None


def _is_multiple(divisor: float, step: float) -> bool:
    """H over h, 2h over h, or h over h/2."""
    return any(abs(abs(divisor) - factor * abs(step)) <= 1e-9 * abs(divisor) for factor in (1, 2))


def _named_step(divisor: Value) -> Value | None:
    """The step that an array is moved by in place: a parameter of such a name, or a small number."""
    whole = scalar(divisor)
    if whole is not None:
        return divisor if 0 < whole <= 0.02 else None
    inner = strip(term(divisor).value)
    if isinstance(inner, Symbol) and inner.name.rpartition(".")[2].lower() in _STEP_NAMES:
        size = _size(inner)
        return inner if size is None or 0 < abs(size) <= _MOST else None
    return None


def _may_be_perturbed(value: Value) -> bool:
    """An array that is written to elsewhere: a name, or a copy."""
    node = strip(value)
    if isinstance(node, Apply):
        return node.op in ("identity", "copy", "asarray", "zeros_like")
    return isinstance(node, Symbol) or (isinstance(node, Call) and "copy" in (node.function or ""))


def _size(step: Value) -> float | None:
    """The size of a step that is a number, or a parameter with a default."""
    inner = strip(step)
    found = scalar(inner)
    if found is None and isinstance(inner, Symbol) and inner.kind == "parameter" and inner.source is not None:
        found = scalar(inner.source)
    return None if found is None else abs(float(found))


def _is_shifted(value: Value | None) -> bool:
    """Whether a value is written as a sum or difference."""
    node = None if value is None else strip(value)
    return isinstance(node, Apply) and node.op in ("add", "subtract")


def _is_unmoved(still: Value | None, moved: Value | None) -> bool:
    """Whether `moved` is `still` plus or minus something."""
    node = None if moved is None else strip(moved)
    if still is None or not isinstance(node, Apply) or node.op not in ("add", "subtract"):
        return False
    return any(key(each) == key(still) for each in node.operands) and not isinstance(strip(still), Constant)
