"""How the rows of the operation table write the names and signatures of an operation, and the reader of it.

A row lists its spellings as text, a token each: a qualified name, and its signature where the library's usual
parameter names don't apply:

    numpy.sum(x=a, axis, dtype, out, keepdims)  tensorflow.reduce_sum(x=input_tensor, axis, keepdims, name)
    torch.var(x=input, axis=dim, ddof=correction:1, keepdims=keepdim)  -tensorflow.log  torch:.exp
    numpy,torch:.sum(axis)

`x=a` pairs the canonical parameter `x` with the library's `a`; a bare name stands for itself, and has no
canonical counterpart if the row does not know it. `name:value` is the library's default where it differs
from the row's, and `name:required` says that it has none; `dtype=:'float32'` is implied by the name and no
argument. `*shape` takes all the positional arguments that are left; what comes after a `*` of its own is
given by keyword alone. A leading `-` marks a name that newer releases no longer have. Methods of arrays are
`library:.name`; their first operand is the array unless a parameter is paired with `self`. The column is
the first part of the name, with `jax`, `torch` … for what lies below them; `builtins` and `operator` are
the column "python", `cmath` is "math".

Nothing is parsed until a row is asked for its spellings: the table has some two thousand.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

from stabcheck.ops.operation import Spelling

_TOKEN = re.compile(
    r"(?P<removed>-)?(?:(?P<libraries>[\w,]+):)?(?P<name>[\w.]+)(?:\((?P<signature>[^()]*)\))?"
)

_COLUMNS = {"cmath": "math", "builtins": "python", "operator": "python"}

# Parameter names of functions of one, two and three operands, where a spelling gives none.
_USUAL: Mapping[str, tuple[str, ...]] = {
    "math": ("x", "y", "z"),
    "numpy": ("x1", "x2", "x3"),
    "scipy": ("x", "y", "z"),
    "tensorflow": ("x", "y", "z"),
    "keras": ("x1", "x2", "x3"),
    "jax": ("x", "y", "z"),
    "torch": ("input", "other", "third"),
    "python": ("a", "b", "c"),
}
_USUAL_SINGLE: Mapping[str, str] = {"numpy": "x", "keras": "x"}


def column(qualified: str) -> str:
    """The column of the table that a qualified name belongs to: its first part, as a rule."""
    root = qualified.partition(".")[0]
    return _COLUMNS.get(root, root)


def names(text: str) -> Iterator[tuple[str, str]]:
    """Each (column, name) that a row's text spells, methods with their dot; signatures are skipped."""
    for token in _TOKEN.finditer(text):
        name = token["name"]
        if token["libraries"]:
            for library in token["libraries"].split(","):
                yield library, name
        else:
            yield column(name), name


def parse(
    operation: str, parameters: tuple[str, ...], operands: int, text: str
) -> dict[str, tuple[Spelling, ...]]:
    """The columns that `text` spells for an operation with these `parameters`, in the order written."""
    columns: dict[str, list[Spelling]] = {}
    for token in _TOKEN.finditer(text):
        libraries = token["libraries"]
        for library in libraries.split(",") if libraries else (column(token["name"]),):
            spelling = _spelling(operation, parameters, operands, library, token)
            columns.setdefault(library, []).append(spelling)
    return {library: tuple(found) for library, found in columns.items()}


def _spelling(
    operation: str, parameters: tuple[str, ...], operands: int, library: str, token: re.Match[str]
) -> Spelling:
    name, signature = token["name"], token["signature"]
    is_method = name.startswith(".")
    pairs = _usual(parameters, operands, library, is_method)
    defaults: tuple[tuple[str, object], ...] = ()
    required: tuple[str, ...] = ()
    most = None
    if signature is not None:
        by_position, marker, _ = signature.partition("*,")
        most = by_position.count(",") if marker else None
        pairs, defaults, required = _signature(signature.replace("*,", ""), parameters)
    if is_method and all(own != "self" for _, own in pairs):
        pairs = ((parameters[0], "self"), *pairs)
        most = None if most is None else most + 1
    return Spelling(operation, library, name, pairs, bool(token["removed"]), defaults, required, most)


def _usual(
    parameters: tuple[str, ...], operands: int, library: str, is_method: bool
) -> tuple[tuple[str | None, str], ...]:
    own = _USUAL.get(library, _USUAL["math"])
    if operands == 1 and library in _USUAL_SINGLE:
        own = (_USUAL_SINGLE[library],)
    pairs = tuple(zip(parameters[:operands], own, strict=False))
    return pairs[1:] if is_method else pairs


def _signature(
    signature: str, parameters: tuple[str, ...]
) -> tuple[tuple[tuple[str | None, str], ...], tuple[tuple[str, object], ...], tuple[str, ...]]:
    pairs: list[tuple[str | None, str]] = []
    defaults: list[tuple[str, object]] = []
    required: list[str] = []
    for part in filter(None, (piece.strip() for piece in signature.split(","))):
        written, _, default = part.partition(":")
        name, renamed, own = written.partition("=")
        canonical = name.lstrip("*") if name.lstrip("*") in parameters else None
        if own or not renamed:
            pairs.append((canonical, own or name))
        if default and canonical:
            if default == "required":
                required.append(canonical)
            else:
                defaults.append((canonical, ast.literal_eval(default)))
    return tuple(pairs), tuple(defaults), tuple(required)


class Columns(Mapping[str, tuple[Spelling, ...]]):
    """The spellings of one row by column, read from the row's text when first asked for."""

    __slots__ = ("_operands", "_operation", "_parameters", "_parsed", "text")

    def __init__(self, operation: str, parameters: tuple[str, ...], operands: int, text: str) -> None:
        self.text = text
        self._operation = operation
        self._parameters = parameters
        self._operands = operands
        self._parsed: dict[str, tuple[Spelling, ...]] | None = None

    def _columns(self) -> dict[str, tuple[Spelling, ...]]:
        if self._parsed is None:
            self._parsed = parse(self._operation, self._parameters, self._operands, self.text)
        return self._parsed

    def __getitem__(self, library: str) -> tuple[Spelling, ...]:
        return self._columns()[library]

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns())

    def __len__(self) -> int:
        return len(self._columns())
