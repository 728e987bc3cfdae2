"""Operations: which calls of functions, and of methods of arrays, are operations of the table."""

from __future__ import annotations

import re
from collections.abc import Iterable

from stabcheck.ops import Spelling
from stabcheck.ops.table import lookup_method
from stabcheck.static.graph import Apply, Call, Constant, Place, Symbol, Value, strip
from stabcheck.static.graph import Sequence as Display
from stabcheck.static.lower.binding import Arguments, applied, bind
from stabcheck.static.lower.folding import fold
from stabcheck.static.lower.frame import Frame
from stabcheck.static.names import ARRAY_LIBRARIES, library, spellings

# Values whose methods are not those of arrays, by the last part of their name.
_NOT_ARRAYS = re.compile(
    r"(?:^|_)(?:log|logger|logging|writer|wandb|tqdm|pbar|bar|df|dist|distribution|transform|bijector|optimizer|opt|"
    r"model|net|network|module|layer|self|cls|path|file|parser|args|sess|session|rng|random_state|plt|ax|axes|fig)$",
    re.IGNORECASE,
)
_MAKES_NO_ARRAY = frozenset({"builtins.str", "builtins.dict", "builtins.slice"})
# Methods of arrays whose first argument may be a text.
_TAKES_TEXT = frozenset({"astype", "to", "type", "view"})
_KERAS_EPSILON = 1e-7  # keras.config.epsilon() unless the user's configuration says otherwise


def named_operation(frame: Frame, name: str, arguments: Arguments, place: Place) -> Value | None:
    """The operation that a function of this qualified name is."""
    if name in ("builtins.float", "builtins.int") and len(arguments.positional) == 1:
        number = _parsed(name, arguments.positional[0], place)
        if number is not None:
            return number
    if arguments.starred:
        return None
    found = _first(spellings(name), arguments, place)
    if found is not None:
        return found
    wrapped = _wrapped(frame, name)
    return None if wrapped is None else _first(spellings(wrapped), arguments, place)


def array_method(
    frame: Frame, receiver: Value, name: str, arguments: Arguments, place: Place
) -> Value | None:
    """The operation that a method of an array is, in the library whose arrays these are or may be."""
    candidates = lookup_method(name)
    if not candidates or arguments.starred or not _may_be_array(frame, strip(receiver), name, arguments):
        return None
    origin = frame.unit.origin(receiver)
    if origin is not None:
        ordered = [each for each in candidates if each.library == origin]
        if not ordered and origin in ("tensorflow", "keras"):
            return None  # their tensors have no numeric methods
    else:
        ordered = []
    ordered += [each for each in candidates if each not in ordered and each.library in frame.unit.libraries]
    if arguments.keywords and origin is None:
        # `dim` is PyTorch's, `axis` NumPy's: the library whose own names these are comes first.
        ordered.sort(key=lambda each: len(arguments.keywords.keys() - {own for _, own in each.parameters}))
    return _first(ordered, arguments, place, receiver)


def _first(
    candidates: Iterable[Spelling], arguments: Arguments, place: Place, receiver: Value | None = None
) -> Value | None:
    """The operation of the first spelling that the call fits."""
    for spelling in candidates:
        found = _spelled(spelling, arguments, place, receiver)
        if found is not None:
            return found
    return None


def _spelled(spelling: Spelling, arguments: Arguments, place: Place, receiver: Value | None) -> Value | None:
    """The operation that a call spells, with what its `where=` keyword does."""
    bound = bind(spelling, arguments.positional, arguments.keywords, receiver)
    if bound is None:
        return None
    found = applied(spelling, bound, place)
    if found is None:
        return None
    if found.op == "epsilon":
        return Constant(place, _KERAS_EPSILON)
    if not found.attributes:
        number = fold(found.op, found.operands, place)
        if number is not None:
            return number
    mask = arguments.keywords.get("where")
    if mask is not None and all(own != "where" for _, own in spelling.parameters):
        # A ufunc computes only where the mask holds; elsewhere its output keeps what it held.
        rest = arguments.keywords.get("out")
        if rest is not None:
            return Apply(place, "where", (mask, found, rest), {}, found.library)
    return found


def _may_be_array(frame: Frame, receiver: Value, name: str, arguments: Arguments) -> bool:
    """Whether methods of `receiver` can be those of an array, as far as names and origin tell."""
    if frame.unit.origin(receiver) is not None:
        return True
    if not (frame.unit.libraries & ARRAY_LIBRARIES) or isinstance(receiver, Constant | Display):
        return False
    if isinstance(receiver, Symbol) and _NOT_ARRAYS.search(receiver.name.rpartition(".")[2]):
        return False
    if isinstance(receiver, Call) and receiver.function in _MAKES_NO_ARRAY:
        return False
    first = arguments.positional[0] if arguments.positional else None
    text = isinstance(first, Constant) and isinstance(first.value, str)
    return not text or name in _TAKES_TEXT


def _wrapped(frame: Frame, name: str) -> str | None:
    """`reduce_sum` and the like, imported from a module of the project's own, by the name in TensorFlow.

    Such modules hide differences between versions of TensorFlow; the names mean the same as there.
    """
    if "reduce_" not in name:
        return None
    last = name.rpartition(".")[2]
    if not last.startswith("reduce_") or "tensorflow" not in frame.unit.libraries:
        return None
    return None if library(name) is not None else f"tensorflow.{last}"


def _parsed(name: str, value: Value, place: Place) -> Constant | None:
    """`float("inf")`, `float(2)`, `int(1e6)` as numbers."""
    inner = strip(value)
    if not isinstance(inner, Constant) or not isinstance(inner.value, str | int | float):
        return None
    try:
        return Constant(place, float(inner.value) if name.endswith("float") else int(inner.value))
    except (ValueError, OverflowError):
        return None
