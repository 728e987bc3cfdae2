"""What the rest of a function says of a value: what else uses it, and what kind of function it stands in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from stabcheck.ops import OPERATIONS
from stabcheck.static.graph import (
    Apply,
    Call,
    Item,
    Merge,
    Sequence,
    Site,
    Span,
    Symbol,
    Value,
    operands,
    scalar,
    strip,
    walk,
)
from stabcheck.static.identity import number
from stabcheck.static.infer.layout import moved, source
from stabcheck.static.lower.conditions import is_condition
from stabcheck.static.normal import key, term

if TYPE_CHECKING:
    from stabcheck.static.module import Module

_MOST_NODES = 200
_DEEPEST = 8
_ROUNDING = frozenset({"round", "floor", "ceil", "rint", "trunc"})
_STARTS = re.compile(r"(?:^|_)(?:init|initial|initiali[sz]e\w*|initiali[sz]er|reset_parameters)(?:_|$)")
_MAKES_DATA = re.compile(r"^_*(?:make|simulate|generate|gen|synthesi[sz]e|toy|sample|draw)_|simulation$")
_SIMULATES = re.compile(r"(?:^|[/\\_-])simulations?(?:[/\\_.-]|$)")
_COMPILED = re.compile(r"(?:^|\.)(?:n?jit|vectorize|guvectorize|stencil|generated_jit)$")
_CHOSEN = re.compile(
    r"mask|valid|keep|kept|where|select|chosen|useful|used|nonzero|good|finite", re.IGNORECASE
)
_DRAWS = re.compile(r"\.(?:random|gauss|normalvariate|uniform|normal|standard_normal|randn|rand|rvs)$")
# A factor that vanishes with what it is made of passes none of these.
_FAR_FROM_ZERO = frozenset({"exp", "log", "log2", "log10", "cos", "cosh", "sigmoid", "softmax"})
_FACTORS = frozenset({"multiply", "divide", "negative"})
_TERMS = frozenset({"add", "subtract"})


def where_written(value: Value) -> Span:
    """Where a value is written: the same for the copies that are made of a function for those who call it."""
    return strip(value).span


Above = dict[Span, list[Value]]  # the nodes of an expression by what they use


class Statements:
    """What the statements of a module use and round: each is looked through once, whoever asks.

    A function may have as many statements as values that are asked about.
    """

    def __init__(self, module: Module) -> None:
        self.functions: dict[str, list[Site]] = {}
        for site in module.sites:
            self.functions.setdefault(site.function, []).append(site)
        self.owned: dict[str, list[Site]] = {}  # by the function or class of the module that they stand in
        for function, sites in self.functions.items():
            self.owned.setdefault(function.partition(".")[0], []).extend(sites)
        self._using: dict[str, dict[Span, list[tuple[Site, Above]]]] = {}
        self._rounded: dict[str, list[tuple[Site, set[Span]]]] = {}
        self._uses: dict[str, dict[Span, list[tuple[Site, Span]]]] = {}

    def using(self, wanted: Span, function: str) -> list[tuple[Site, Above]]:
        """The statements of a function that use what is written at a span, with all that they use."""
        found = self._using.get(function)
        if found is None:
            found = self._using[function] = {}
            for site in self.functions.get(function, ()):
                above = users(site.value)
                for span in above:
                    found.setdefault(span, []).append((site, above))
        return found.get(wanted, [])

    def rounded_in(self, function: str) -> list[tuple[Site, set[Span]]]:
        """The statements of a function that round something, with where that and its parts are written."""
        found = self._rounded.get(function)
        if found is None:
            found = self._rounded[function] = [
                (site, set(map(where_written, islice(walk(node), _MOST_NODES))))
                for site in self.functions.get(function, ())
                for node in islice(walk(site.value), _MOST_NODES)
                if _rounds(node)
            ]
        return found

    def uses_in_owner(self, site: Site) -> dict[Span, list[tuple[Site, Span]]]:
        """Where values are used in a function or class with all that stands in it."""
        owner = site.function.partition(".")[0]
        found = self._uses.get(owner)
        if found is None:
            found = self._uses[owner] = {}
            for other in self.owned.get(owner, ()):
                for node in islice(walk(other.value), _MOST_NODES):
                    for span in _used(node):
                        found.setdefault(span, []).append((other, node.span))
        return found


_latest: list[tuple[Module, Statements]] = []  # of the module that was asked about last


def statements(module: Module) -> Statements:
    """What the statements of a module use and round."""
    if not _latest or _latest[0][0] is not module:
        _latest[:] = [(module, Statements(module))]
    return _latest[0][1]


def is_shared(module: Module, site: Site, target: Value) -> bool:
    """Whether a value is used at several places: what is computed once and applied many times."""
    wanted = where_written(target)
    elsewhere = statements(module).uses_in_owner(site).get(wanted, ())
    found = {span for other, span in elsewhere if other is not site}
    # A function that was followed is used here as it is written there.
    for node in islice(walk_inside(site.value), 5 * _MOST_NODES):
        if wanted in _used(node):
            found.add(node.span)
    return len(found) > 1


def _used(node: Value) -> set[Span]:
    """Where the values are written that a node takes, if it does more than to pass them on."""
    if not isinstance(node, Apply | Call | Item):
        return set()
    return {where_written(each) for each in operands(node) if strip(each) is not node}


def is_rounded_later(module: Module, site: Site, target: Value) -> bool:
    """Whether a statement of the function rounds to whole numbers what is made of a value."""
    wanted = where_written(target)
    rounded = statements(module).rounded_in(site.function)
    return any(other is not site and wanted in spans for other, spans in rounded)


def _rounds(node: Value) -> bool:
    if isinstance(node, Apply):
        return node.op in _ROUNDING
    return isinstance(node, Call) and (node.function or "").rpartition(".")[2] in _ROUNDING | {"int"}


def is_outweighed(module: Module, site: Site, target: Value, small: Value, kind: str) -> bool:
    """Whether `target`, which vanishes with `small`, is always a term beside another that does not.

    The digits that are lost near 0 are not seen in such a sum. `kind` says what counts as such a sum: "any",
    "unweighted" (no factors beside `target` but shares of 1), or "complement", `e * x + (1 - e) * y` with the
    exponential of `small` in the other term.
    """
    wanted = where_written(target)
    used = False
    for other, above in statements(module).using(wanted, site.function):
        if where_written(other.value) == wanted:
            continue
        used = True
        if not all(_is_outweighed(each, wanted, above, small, kind, _DEEPEST) for each in above[wanted]):
            return False
    return used


def is_amplified(module: Module, site: Site, target: Value, small: Value) -> bool:
    """Whether the function multiplies `target` by what is no share of 1, or sums it: its digits are seen."""
    wanted = where_written(target)
    for other, above in statements(module).using(wanted, site.function):
        if where_written(other.value) == wanted:
            continue
        stack, seen = [(each, wanted) for each in above.get(wanted, ())], set[int]()
        while stack:
            user, part = stack.pop()
            if id(user) in seen or not isinstance(user, Apply):
                continue
            seen.add(id(user))
            if user.op in ("sum", "cumsum", "dot", "matmul"):
                return True
            if user.op in _FACTORS:
                rest = [each for each in user.operands if where_written(each) != part]
                if not all(_is_share(each) or _is_made_of(each, small) for each in rest):
                    return True
            elif user.op not in _PASSED and moved(user) is None:
                continue
            stack.extend((each, where_written(user)) for each in above.get(where_written(user), ()))
    return False


_PASSED = frozenset({"where", "maximum", "minimum", "clip"})


def _is_made_of(value: Value, small: Value) -> bool:
    """Whether a factor is made of the small value itself: `(1 - q) * log(1 - q)`."""
    wanted = key(term(small).value)
    return any(key(each) == wanted for each in islice(walk(value), _MOST_NODES))


def users(root: Value) -> dict[Span, list[Value]]:
    """The nodes of an expression by what they use."""
    found: dict[Span, list[Value]] = {}
    for inner in islice(walk_inside(root), 3 * _MOST_NODES):
        for each in operands(inner):
            found.setdefault(where_written(each), []).append(inner)
    return found


def _is_outweighed(
    user: Value, part: Span, above: dict[Span, list[Value]], small: Value, kind: str, depth: int
) -> bool:
    if depth == 0 or not isinstance(user, Apply):
        return False
    others = [each for each in user.operands if where_written(each) != part]
    if user.op in _TERMS and others:
        if kind == "complement":
            return any(scalar(each) or _carries_exponential(each, small) for each in others)
        if not all(_vanishes(each, small) for each in others):
            return True
    elif (
        (user.op == "divide" and where_written(user.operands[1]) == part)
        or user.op not in _FACTORS
        or not (kind != "unweighted" or all(map(_is_share, others)))
    ):
        return False
    further = above.get(where_written(user), [])
    return bool(further) and all(
        _is_outweighed(each, where_written(user), above, small, kind, depth - 1) for each in further
    )


def _carries_exponential(value: Value, small: Value) -> bool:
    wanted = key(small)
    return any(
        isinstance(node, Apply) and node.op == "exp" and key(node.operands[0]) == wanted
        for node in map(strip, islice(walk(value), _MOST_NODES))
    )


def _is_share(value: Value) -> bool:
    """A number, or `1 - y` of a label or a weight."""
    node = strip(value)
    if scalar(node) is not None:
        return True
    return isinstance(node, Apply) and node.op == "subtract" and scalar(node.operands[0]) == 1


def _vanishes(value: Value, small: Value) -> bool:
    """Whether a term is, or may be, 0 where `small` is: one of its factors is made of it."""
    wanted = key(term(small).value)
    node = strip(value)
    if isinstance(node, Apply) and node.op in _TERMS:
        return all(_vanishes(each, small) for each in node.operands if scalar(each) is None)
    factors = [node]
    while factors:
        factor = strip(factors.pop())
        if isinstance(factor, Apply) and factor.op in _FACTORS:
            factors.extend(factor.operands)
        elif isinstance(factor, Apply) and factor.op in _FAR_FROM_ZERO:
            continue
        elif any(key(each) == wanted for each in islice(walk(factor), _MOST_NODES)):
            return True
    return False


def is_drawn(value: Value) -> bool:
    """Whether a value is made of random draws and numbers only: of ordinary size."""
    return _is_drawn(value, _DEEPEST) is True


def _is_drawn(value: Value, depth: int) -> bool | None:
    """None for a number."""
    node = source(value)
    if scalar(node) is not None:
        return None
    if depth == 0:
        return False
    if isinstance(node, Call):
        return _DRAWS.search(node.function or "") is not None
    if isinstance(node, Item):
        return _is_drawn(node.base, depth - 1)
    if not isinstance(node, Apply):
        return False
    row = OPERATIONS.get(node.op)
    if row is not None and row.kind == "random":
        return True
    if node.op not in _TERMS | _FACTORS | {"sum", "mean", "matmul", "dot", "abs", "square"}:
        return False
    found = [_is_drawn(each, depth - 1) for each in node.operands]
    return False if False in found else True if True in found else None


def is_chosen(value: Value) -> bool:
    """Whether entries were picked by a condition, or by what is called so: the author has looked at them."""
    node = source(value)
    if isinstance(node, Merge):
        return all(map(is_chosen, node.choices))
    if not isinstance(node, Item) or node.index is None:
        return False
    index, base = strip(node.index), number(node.base)
    parts = index.items if isinstance(index, Sequence) else (index,)
    return any(_is_called_chosen(strip(each)) or _is_condition_of(each, base) for each in parts)


def _is_condition_of(part: Value, base: int) -> bool:
    """`x[x > 0]`, not `x[group == 1]`."""
    return is_condition(part) and any(number(each) == base for each in islice(walk(part), _MOST_NODES))


def _is_called_chosen(part: Value) -> bool:
    """By its name, or by a negated mask that it is made of: `where(~mask)`."""
    if any(isinstance(each, Apply) and each.op == "logical_not" for each in islice(walk(part), 10)):
        return True
    match part:
        case Symbol(name=name):
            return _CHOSEN.search(name.rpartition(".")[2]) is not None
        case Call(function=str() as name):
            return _CHOSEN.search(name.rpartition(".")[2]) is not None
        case _:
            return False


def _functions(site: Site) -> Iterator[str]:
    yield from site.function.split(".")


def starts(site: Site) -> bool:
    """Whether a function makes initial values: of settings, once."""
    return any(_STARTS.search(part) for part in _functions(site) if part != "__init__")


def makes_data(module: Module, site: Site) -> bool:
    """Whether a function, or its file, makes data of its own: draws and settings of ordinary size."""
    if _SIMULATES.search(module.path):
        return True
    return any(_MAKES_DATA.search(part) for part in _functions(site))


def is_compiled(module: Module, site: Site) -> bool:
    """Whether Numba compiles a function: what overflows there warns nobody."""
    function = module.functions.get(site.function)
    return function is not None and any(_COMPILED.search(each) for each in function.decorators)


def default(value: Value) -> float | None:
    """The number that a parameter is by default, with its factor; None if it has none."""
    inner = term(value)
    node = strip(inner.value)
    if not isinstance(node, Symbol) or node.kind != "parameter" or node.source is None:
        return None
    known = scalar(node.source)
    return None if known is None else inner.coefficient * known


def carries(value: Value, op: str) -> bool:
    """Whether an operation is part of what a value is made of."""
    return any(isinstance(node, Apply) and node.op == op for node in islice(walk_inside(value), _MOST_NODES))


def walk_inside(value: Value) -> Iterator[Value]:
    """Every node below a value, what followed calls return included."""
    seen: set[int] = set()
    stack = [value]
    while stack:
        node = strip(stack.pop())
        if id(node) in seen:
            continue
        seen.add(id(node))
        yield node
        stack.extend(operands(node))
