"""Whether the author has looked at the degenerate case: tests of a name, and what handles NaN and infinities.

A test may stand in any statement and in any form (`if not s`, `s[s == 0] = 1`, `np.where(n > 0, …)`,
`x.sum() or 1`): names that are tested anywhere in the function count as tested, but not for their type, their
shape or None. What handles NaN counts where it stands near.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from itertools import islice

from stabcheck.static.detectors._memo import once_per_module
from stabcheck.static.detectors._syntax import syntax
from stabcheck.static.graph import Site, Span, Value, strip, walk
from stabcheck.static.identity import number
from stabcheck.static.module import Module
from stabcheck.static.source_text import bound_to, text_of

# Whoever writes one of these near a quotient or a logarithm knows that it may not be finite.
_HANDLED = re.compile(
    r"\b(?:nan_to_num\w*|isnan|isinf|isfinite|is_finite|is_nan|errstate|seterr|filterwarnings|simplefilter|"
    r"ZeroDivisionError|FloatingPointError|divide_no_nan|nanmean|nansum|zero_division|xlogy|div_no_nan|"
    r"_*safe_?(?:div|log|norm|sqrt)\w*|\w*handle_zeros?\w*)\b"
    r"|(?<!\bord )(?<!\border )(?<!\bnorm )(?<!\bp )==\s*"  # the order of a norm is no test
    r"(?:float\(\W?inf|np\.inf|numpy\.inf|torch\.inf|math\.inf|jnp\.inf)"
)
_ARITHMETIC = re.compile(r"\b(?:ZeroDivisionError|ArithmeticError|ValueError|OverflowError|Exception)\b")
_MOST_NODES = 60  # of a tested value that are looked through
_LINES_BEFORE, _LINES_BEHIND = 12, 10
_TESTING = re.compile(
    r"^(?:where\w*|isclose|allclose|any|all|nonzero|flatnonzero|cond|select|"
    r"greater\w*|less\w*|equal|not_equal|is_zero|assert_\w+|check_\w+|masked_fill\w*)$"
)
_LAYOUT = frozenset({"shape", "ndim", "dtype", "size", "rank", "device", "dim", "training"})
_NO_VALUES = frozenset(
    {"isinstance", "len", "hasattr", "callable", "issubclass", "getattr", "type", "range"}
    | {"argmax", "argmin", "arg_max", "arg_min", "argsort"}  # which entry, not how large
)


_ASSIGNED = re.compile(r"([^\W\d][\w.]*)(?:\[[^\]=\n]*\])?\s*(?::[^=\n]*)?[-+*/]?=[\s(]*$")
_ADDED = re.compile(r"([^\W\d][\w.]*)\s*[-+*/]=[^=]")


def assigned(site: Site, module: Module) -> str:
    """The name that the value of a statement gets: `loss = …`, `self.loss += …`; empty if it gets none."""
    span, text = site.value.span, text_of(module)
    found = _ASSIGNED.search(text[Span(span.line, 1, span.line, span.column)]) or _ADDED.match(text[span])
    return "" if found is None else found[1].rpartition(".")[2]


def snake(name: str) -> str:
    """A name with its parts set off: `CrossEntropy` is `Cross_Entropy`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)


def handled(module: Module, site: Site, span: Span) -> bool:
    """Whether what stands around `span` in its function deals with what is not finite."""
    function = module.functions.get(site.function)
    first, last = (function.span.line, function.span.end_line) if function is not None else (1, 10**9)
    near = Span(max(first, span.line - _LINES_BEFORE), 1, min(last, span.end_line + _LINES_BEHIND) + 1, 1)
    return _HANDLED.search(text_of(module)[near]) is not None


def caught(module: Module, span: Span) -> bool:
    """Whether a `try` around `span` catches what Python's own arithmetic raises; arrays raise nothing."""
    return any(node.lineno <= span.line <= (node.body[-1].end_lineno or 0) for node in _catching(module))


@once_per_module
def _catching(module: Module) -> Iterable[ast.Try]:
    for node in syntax(module, ast.Try):
        if any(map(_catches, node.handlers)):
            yield node


def _catches(handler: ast.ExceptHandler) -> bool:
    return handler.type is None or _ARITHMETIC.search(ast.unparse(handler.type)) is not None


def handled_anywhere(module: Module) -> bool:
    """Whether any function of the module deals with what is not finite."""
    return _HANDLED.search(text_of(module).whole) is not None


def tested(module: Module, site: Site, written: str, values: Iterable[Value]) -> bool:
    """Whether the function tests a divisor, or what it is made of.

    Parameters
    ----------
    module, site
        where the division stands.
    written
        the text of the divisor: every name in it counts.
    values
        the divisor and what it is made of: every name that is bound to one of them counts.
    """
    judged = tuple(values)
    known = _tested_names(module, site.function) | _tested_around(module, site.function)
    if not known.isdisjoint(_names_in(written) | _bound(site, judged)):
        return True
    return any(_is_made_of(site.bindings[name], judged) for name in known if name in site.bindings)


def _is_made_of(value: Value, parts: Iterable[Value]) -> bool:
    """Whether what is tested is computed from one of the parts: it vanishes with them."""
    wanted = {number(strip(each)) for each in parts}
    return any(number(strip(each)) in wanted for each in islice(walk(value), _MOST_NODES))


def _tested_names(module: Module, function: str) -> frozenset[str]:
    known = _by_function(module)[0]
    if function not in known:
        found = module.functions.get(function)
        root: ast.AST = module.tree if found is None else found.node
        known[function] = frozenset(_tests(root))
    return known[function]


def _tested_around(module: Module, function: str) -> set[str]:
    """What the functions around a closure test, and what the methods that store an attribute test of it."""
    parts = function.split(".")
    found: set[str] = set()
    for i in range(1, len(parts)):
        around = ".".join(parts[:i])
        if around in module.functions:
            own = module.functions[function].parameters if function in module.functions else {}
            found |= _tested_names(module, around) - own.keys()
        else:
            found |= _tested_attributes(module, around)
    return found


def _tested_attributes(module: Module, owner: str) -> frozenset[str]:
    """`self.std_` where a method of the class stores it, and tests it or the name that it gets."""
    known = _by_class(module)[0]
    if owner not in known:
        methods = [name for name in module.functions if name.rpartition(".")[0] == owner]
        known[owner] = frozenset(name for each in methods for name in _stored_tested(module, each))
    return known[owner]


def _stored_tested(module: Module, method: str) -> Iterator[str]:
    tests = _tested_names(module, method)
    for node in ast.walk(module.functions[method].node):
        if not isinstance(node, ast.Assign):
            continue
        for target in node.targets:
            stored = _dotted(target) if isinstance(target, ast.Attribute) else None
            named = isinstance(node.value, ast.Name) and node.value.id in tests
            if stored is not None and (stored in tests or named):
                yield stored


@once_per_module
def _by_class(module: Module) -> Iterable[dict[str, frozenset[str]]]:
    yield {}


@once_per_module
def _by_function(module: Module) -> Iterable[dict[str, frozenset[str]]]:
    yield {}


def _tests(root: ast.AST) -> Iterator[str]:
    for node in ast.walk(root):
        match node:
            case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test) | ast.Assert(test=test):
                yield from _names(test, indices=False)
            case ast.Compare() | ast.BoolOp() | ast.UnaryOp(op=ast.Not()):
                yield from _names(node, indices=False)
            case ast.comprehension(ifs=tests):
                for test in tests:
                    yield from _names(test, indices=False)
            case ast.Call(func=ast.Name(id="max" | "min"), args=[_, _, *_]):
                yield from _names(node, indices=False)
            case ast.Call(
                func=ast.Name(id="where") | ast.Attribute(attr="where"),
                args=[ast.Call() | ast.Compare() as condition, _, _],
            ):
                yield from _names(condition, indices=False)  # what is chosen is not what is looked at
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if _TESTING.match(name):
                yield from _names(node, indices=False)
            case _:
                continue


def _names(root: ast.expr, indices: bool = True) -> Iterator[str]:
    """The values that an expression names, dotted ones whole; none of layouts, types and tests for None.

    Of `y[i]` also i, unless told otherwise: a test of `y[i]` says nothing of what else i is an index of.
    """
    stack: list[ast.AST] = [root]
    while stack:
        node = stack.pop()
        match node:
            case ast.Name(id=name):
                yield name
            case ast.Attribute(attr=name, value=base):
                if name in _LAYOUT:
                    continue
                dotted = _dotted(node)
                if dotted is not None:
                    yield dotted
                else:
                    stack.append(base)
            case ast.Call(func=function):
                called = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
                if called in _NO_VALUES or called in _LAYOUT:
                    continue
                if isinstance(function, ast.Attribute):
                    stack.append(function.value)
                stack.extend((*node.args, *(each.value for each in node.keywords)))
            case ast.Subscript(value=base, slice=ast.Name()) if not indices:
                stack.append(base)
            case ast.Compare(left=left, comparators=[ast.Tuple() | ast.List() | ast.Set() as among]) if any(
                isinstance(each, ast.Constant) and each.value == 0 for each in among.elts
            ):
                stack.append(left)  # `p in (0, 1)`
            case ast.Compare(ops=ops) if any(
                isinstance(op, ast.Is | ast.IsNot | ast.In | ast.NotIn) for op in ops
            ):
                continue
            case ast.Compare(comparators=others) if any(_is_text(each) for each in others):
                continue
            case _:
                stack.extend(ast.iter_child_nodes(node))


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _dotted(node: ast.expr) -> str | None:
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else None


def _names_in(written: str) -> set[str]:
    try:
        tree = ast.parse(written.strip(), mode="eval")
    except (SyntaxError, ValueError):
        return set()
    return set(_names(tree.body)) - _MODULES


_MODULES = frozenset(
    {"np", "numpy", "tf", "torch", "jnp", "math", "K", "F", "ops", "self", "keras", "cp", "xp", "nn"}
)


def _bound(site: Site, values: Iterable[Value]) -> set[str]:
    wanted = {number(strip(each)) for each in values}
    named = {name for each in values for name in bound_to(each, site.bindings)}
    return {name for name in named if number(strip(site.bindings[name])) in wanted}
