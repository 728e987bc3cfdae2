"""Between a call as it is written and an operation with canonical parameters, both ways."""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping, Sequence

from stabcheck.ops.dtypes import format_of
from stabcheck.ops.operation import Operation, Spelling
from stabcheck.ops.symbols import PRECEDENCE, SYMBOLS, expression_precedence
from stabcheck.ops.table import OPERATIONS, overloads

# Keywords that libraries accept beside their own: NumPy's in PyTorch, TensorFlow 1's in old code.
_KEYWORDS = {
    "axis": "axis",
    "axes": "axis",
    "dim": "axis",
    "reduction_indices": "axis",
    "keepdims": "keepdims",
    "keepdim": "keepdims",
    "keep_dims": "keepdims",
    "correction": "ddof",
    "unbiased": "ddof",
    "dtype": "dtype",
}

# Attributes that people write without their name: np.clip(x, 0, 1), tf.reshape(x, shape).
_WRITTEN_BARE = frozenset({"lower", "upper", "shape", "axes", "indices"})


def bind(
    spelling: Spelling, positional: int, keywords: Collection[str] = ()
) -> dict[int | str, str | None] | None:
    """The canonical parameter that each argument of a call stands for.

    Parameters
    ----------
    spelling
        what the call's function resolved to.
    positional
        how many positional arguments there are; the array of a method call is the first of them.
    keywords
        the names of the keyword arguments.

    Returns
    -------
    dict or None
        canonical parameter by position (0, 1, …) or keyword; None as a value for an argument that has no
        canonical counterpart (`name=`, `out=`). None if the call does not fit the spelling: too many
        arguments, two for one parameter, or an operand that is not given.
    """
    taken: dict[int | str, str | None] = {}
    named, rest = _positions(spelling)
    if positional > len(named) and rest is None:
        return None
    for position in range(positional):
        taken[position] = named[position] if position < len(named) else rest
    own = {name: canonical for canonical, name in spelling.parameters}
    known = {canonical for canonical, _ in spelling.parameters if canonical}
    for keyword in keywords:
        canonical = own.get(keyword, keyword if keyword in known else _KEYWORDS.get(keyword))
        if canonical not in OPERATIONS[spelling.operation].parameters:
            canonical = None
        if canonical is None and keyword not in own and _elsewhere(spelling, keyword):
            return None
        taken[keyword] = canonical
    given = [canonical for canonical in taken.values() if canonical is not None and canonical != rest]
    operation = OPERATIONS[spelling.operation]
    needed = {canonical for canonical in operation.parameters[: operation.operands] if canonical in known}
    fits = len(given) == len(set(given)) and needed <= {*given, rest if positional > len(named) else None}
    return taken if fits else None


def _elsewhere(spelling: Spelling, keyword: str) -> bool:
    """Another reading of the name has this parameter: `torch.max(x, other=y)` is no reduction."""
    others = overloads(spelling.qualified)
    return any(
        keyword == own for other in others if other.library == spelling.library for _, own in other.parameters
    )


def _positions(spelling: Spelling) -> tuple[list[str | None], str | None]:
    """The canonical parameters by position, and the one that takes all positions left (`x.reshape(2, 3)`)."""
    named: list[str | None] = []
    for canonical, name in spelling.parameters[: spelling.most_positional]:
        if name.startswith("*"):
            return named, canonical
        named.append(canonical)
    return named, None


def resolve(qualified: str, positional: int, keywords: Collection[str] = ()) -> Spelling | None:
    """The first reading of a qualified name (methods: ".sum") that fits the call; None if none does."""
    for spelling in overloads(qualified):
        if bind(spelling, positional, keywords) is not None:
            return spelling
    return None


def render_call(
    operation: str,
    library: str,
    imports: Mapping[str, str],
    operands: Sequence[str],
    attributes: Mapping[str, str] | None = None,
) -> str | None:
    """The source text that applies an operation, in a library's spelling.

    Parameters
    ----------
    operation, library
        canonical name, and column of the table; "python" writes operators.
    imports
        the names that the file has for modules and functions: `{"np": "numpy"}`.
    operands
        the source text of each operand, in canonical order.
    attributes
        the source text of attributes by canonical name.

    Returns
    -------
    str or None
        None if the library has no spelling of the operation, lacks one of the attributes, or isn't imported.

    Raises
    ------
    KeyError
        if there is no such operation.
    """
    row = OPERATIONS[operation]
    given = {name: text for name, text in (attributes or {}).items() if text != repr(row.defaults.get(name))}
    if library == "python" and operation in SYMBOLS and not given:
        return _infix(operation, operands)
    current = [
        s for s in row.spellings.get(library, ()) if not s.removed and not s.qualified.startswith("operator.")
    ]
    for spelling in sorted(current, key=lambda s: s.is_method):
        text = _render(row, spelling, imports, operands, given)
        if text is not None:
            return text
    return None


def _render(
    row: Operation,
    spelling: Spelling,
    imports: Mapping[str, str],
    operands: Sequence[str],
    attributes: Mapping[str, str],
) -> str | None:
    texts = dict(zip(row.parameters, operands, strict=False))
    texts |= attributes
    known = {canonical for canonical, _ in spelling.parameters}
    for name, value in spelling.defaults:
        if name in known:
            texts.setdefault(name, repr(row.defaults.get(name)))
        elif _same_dtype(texts.pop(name, ""), value):
            continue
        else:
            return None
    for name in spelling.required:
        if name not in texts and name not in row.defaults:
            return None
        texts.setdefault(name, repr(row.defaults.get(name)))
    if not set(texts) <= known:
        return None
    function = written(spelling.qualified, imports)
    pairs = list(spelling.parameters)
    if spelling.is_method:
        receiver = next((p for p in pairs if p[1] == "self"), None)
        if receiver is None or receiver[0] is None:
            return None
        pairs.remove(receiver)
        function = _atom(texts.pop(receiver[0])) + spelling.qualified
    if function is None:
        return None
    return f"{function}({', '.join(_arguments(row, pairs, texts))})"


def _same_dtype(text: str, implied: object) -> bool:
    """`text` (tf.float32, "float32", torch.float) means the dtype that the spelling implies."""
    named = text.strip("\"'").rpartition(".")[2]
    return named == implied or (format_of(named) is not None and format_of(named) == format_of(str(implied)))


def _arguments(row: Operation, pairs: Sequence[tuple[str | None, str]], texts: dict[str, str]) -> list[str]:
    """The arguments in the library's order: operands by position, attributes by keyword as a rule."""
    arguments, by_position = [], True
    bare = {*row.parameters[: row.operands], *_WRITTEN_BARE, *(("dtype",) if row.kind == "cast" else ())}
    for canonical, own in pairs:
        text = None if canonical is None else texts.pop(canonical, None)
        if text is None:
            by_position = False
        elif own.startswith("*") or (by_position and canonical in bare):
            arguments.append(text)
        else:
            by_position = False
            arguments.append(f"{own}={text}")
    return arguments


def written(qualified: str, imports: Mapping[str, str]) -> str | None:
    """How a file with these imports writes a qualified name; None if it can't be reached from them."""
    if qualified.startswith("builtins."):
        return qualified.removeprefix("builtins.")
    reached = [
        (len(module) - len(name), local + name[len(module) :])  # the shorter the rest, the nearer
        for name in (qualified, *(("tensorflow." + qualified,) if qualified.startswith("keras.") else ()))
        for local, module in imports.items()
        if name == module or name.startswith(module + ".")
    ]
    return max(reached)[1] if reached else None


def _atom(text: str) -> str:
    """`text`, in parentheses unless a method can be called on it as it stands."""
    node = ast.parse(text, mode="eval").body
    simple = isinstance(node, ast.Name | ast.Attribute | ast.Call | ast.Subscript | ast.List | ast.Dict)
    return text if simple else f"({text})"


def _infix(operation: str, operands: Sequence[str]) -> str | None:
    """An operator between its operands, with the parentheses that it takes."""
    symbol, own = SYMBOLS[operation], PRECEDENCE[operation]
    ranks = [expression_precedence(text) for text in operands]
    if len(operands) == 1:
        return symbol + (operands[0] if ranks[0] >= own else f"({operands[0]})")
    if len(operands) != 2:
        return None
    right_associative = operation == "power"
    left = (
        operands[0] if ranks[0] > own or (ranks[0] == own and not right_associative) else f"({operands[0]})"
    )
    right = operands[1] if ranks[1] > own or (ranks[1] == own and right_associative) else f"({operands[1]})"
    return f"{left}{symbol}{right}" if operation == "power" else f"{left} {symbol} {right}"
