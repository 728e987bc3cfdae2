"""Arguments as people write them, taken apart into named values and put together again.

An argument is a number, an array, or a nest of dicts, lists, tuples, named tuples and dataclasses of them. A
list of plain numbers is one array. What stands at the end of a nest may be anything: the adapters judge it.
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from stabcheck.dynamic.precision import DiagnoseError


@dataclass(frozen=True, slots=True)
class Item:
    """One value among the arguments: how a person would point at it, and which argument it belongs to."""

    name: str
    value: Any
    argument: int


def as_arguments(args: Any) -> tuple[Any, ...]:
    """`args` of `diagnose` as the positional arguments of the call."""
    if args is None:
        return ()
    return tuple(args) if isinstance(args, (tuple, list)) and not hasattr(args, "_fields") else (args,)


def items(fn: Callable[..., Any], args: Sequence[Any]) -> tuple[Item, ...]:
    """Every value among `args` in a fixed order, named after the parameters of `fn`: "x", "params['W1']"."""
    names = parameter_names(fn, len(args))
    try:
        return tuple(
            Item(name, value, index)
            for index, (prefix, argument) in enumerate(zip(names, args, strict=True))
            for name, value in _walk(prefix, argument)
        )
    except RecursionError:
        raise DiagnoseError("an argument is nested too deep, or holds itself") from None


def rebuild(args: Sequence[Any], values: Sequence[Any]) -> tuple[Any, ...]:
    """`args` with its values replaced, in the order of `items`."""
    supply = iter(values)
    return tuple(_fill(argument, supply) for argument in args)


def align(result: Any, args: Sequence[Any]) -> tuple[tuple[Any, ...], int]:
    """What a gradient function returned, one entry a value of `args`, None where it gave none.

    Also the number of arguments that it covers: a gradient for the first of several arguments holds the rest
    fixed. A dict may use the keys of the argument, or the customary "dW" for "W".

    Raises
    ------
    DiagnoseError
        more gradients than arguments, or a nested argument whose gradient is nested differently.
    """
    given = _per_argument(result, args)
    entries: list[Any] = []
    for index, argument in enumerate(args):
        entries.extend(_match(given[index] if index < len(given) else None, argument))
    return tuple(entries), len(given)


def refuse_too_many(result: Any, args: Sequence[Any], value_shape: tuple[int, ...]) -> None:
    """Several gradients for the one argument that there is; rows of a Jacobian are none.

    Raises
    ------
    DiagnoseError
        if `result` is a tuple or list of arrays that each have the shape of the only argument.
    """
    if len(args) != 1 or not isinstance(result, (tuple, list)) or len(result) < 2 or is_number_list(result):
        return
    if _parts(args[0]) is not None or value_shape == (len(result),):
        return
    shape = np.shape(args[0])
    if shape[:1] != (len(result),) and all(getattr(entry, "shape", None) == shape for entry in result):
        raise DiagnoseError(f"the gradient has {len(result)} entries, the function takes 1 argument")


def real_numbers(value: Any, what: str) -> npt.NDArray[Any]:
    """What the user's code returned, as an array of real numbers; `what` names it: "the function".

    Complex numbers without an imaginary part, as a Fourier transform leaves them, are real.

    Raises
    ------
    DiagnoseError
        if it is text, an object, complex, or not rectangular.
    """
    if isinstance(value, np.ma.MaskedArray) and value.dtype.kind in "fiub":
        value = value.filled(0)  # what is masked has no part in anything
    try:
        array = np.asarray(value)
    except ValueError:
        raise DiagnoseError(f"{what} is ragged: its rows differ in shape; one array is needed") from None
    if array.dtype.kind in "fiub" or array.dtype.name == "bfloat16":
        return array
    if array.dtype.kind == "c" and not np.any(array.imag):
        return array.real
    if inspect.iscoroutine(value):
        value.close()  # it is never awaited, and Python would say so in the middle of the report
    raise DiagnoseError(f"{what} is {_kind(value, array)}; real numbers are needed")


def _kind(value: Any, array: npt.NDArray[Any]) -> str:
    if value is None:
        return "None"
    if array.dtype.kind in "US":
        return "text"
    if array.dtype.kind == "O":
        return "an array of objects" if array.ndim else with_article(type(value).__name__)
    return "complex" if array.dtype.kind == "c" else f"of dtype {array.dtype}"


def with_article(noun: str) -> str:
    """`a dict`, `an int`."""
    return f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {noun}"


def parameter_names(fn: Callable[..., Any], count: int) -> list[str]:
    """Names of the first `count` positional parameters of `fn`, for messages."""
    try:
        parameters = list(inspect.signature(fn).parameters.values())
    except (TypeError, ValueError):  # built-in functions without a signature
        parameters = []
    names: list[str] = []
    for parameter in parameters:
        if parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD):
            names.append(parameter.name)
        elif parameter.kind is parameter.VAR_POSITIONAL:
            names.extend(f"{parameter.name}[{index}]" for index in range(count - len(names)))
    names.extend("x" if count == 1 else f"args[{index}]" for index in range(len(names), count))
    return names[:count]


def is_number_list(value: object) -> bool:
    """Whether `value` is a list of numbers, or an even nest of such lists."""
    if not isinstance(value, list) or not value:
        return False
    if all(isinstance(item, (bool, int, float, np.generic)) for item in value):
        return True
    return all(is_number_list(item) for item in value) and len({np.shape(item) for item in value}) == 1


def children(tree: object) -> list[tuple[str, Any]] | None:
    """The parts of a container, each with the text that selects it; None if `tree` is no container."""
    if isinstance(tree, Mapping):
        return [(f"[{key!r}]", child) for key, child in tree.items()]
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return [(f".{field}", getattr(tree, field)) for field in tree._fields]
    if isinstance(tree, (list, tuple)):
        return [(f"[{index}]", child) for index, child in enumerate(tree)]
    if dataclasses.is_dataclass(tree) and not isinstance(tree, type):
        return [(f".{field.name}", getattr(tree, field.name)) for field in dataclasses.fields(tree)]
    return None


def with_children(tree: Any, parts: list[Any]) -> Any:
    """A container like `tree`, of the same type, that holds `parts` instead."""
    if isinstance(tree, Mapping):
        entries = dict(zip(tree, parts, strict=True))
        return entries if type(tree) is dict else type(tree)(entries)  # type: ignore[call-arg]
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return type(tree)(*parts)
    if isinstance(tree, (list, tuple)):
        return type(tree)(parts)
    fields = dataclasses.fields(tree)
    values = {field.name: part for field, part in zip(fields, parts, strict=True) if field.init}
    return dataclasses.replace(tree, **values)


def _parts(value: Any) -> list[tuple[str, Any]] | None:
    return None if is_number_list(value) else children(value)


def _walk(prefix: str, value: Any) -> Iterator[tuple[str, Any]]:
    parts = _parts(value)
    if parts is None:
        yield prefix, value
    else:
        for selector, part in parts:
            yield from _walk(prefix + selector, part)


def _fill(value: Any, supply: Iterator[Any]) -> Any:
    parts = _parts(value)
    return next(supply) if parts is None else with_children(value, [_fill(part, supply) for _, part in parts])


def _per_argument(result: Any, args: Sequence[Any]) -> tuple[Any, ...]:
    """One gradient an argument, for as many of the first arguments as `result` covers."""
    sequence = isinstance(result, (tuple, list)) and not is_number_list(result)
    first = _parts(args[0])
    nested = isinstance(args[0], (tuple, list)) and first is not None
    if len(args) == 1:
        return (
            (result[0],)
            if sequence and len(result) == 1 and not (nested and len(first or ()) == 1)
            else (result,)
        )
    if not sequence or (nested and _structured_like(result, args[0]) and not _structured_like(result, args)):
        return (result,)
    if len(result) > len(args):
        raise DiagnoseError(
            f"the gradient has {len(result)} entries, the function takes {len(args)} arguments"
        )
    return tuple(result)


def _structured_like(result: Any, tree: Any) -> bool:
    """Whether `result` nests as `tree` does: a list of arrays for a list of arrays."""
    parts = _parts(tree)
    if parts is None:
        return _parts(result) is None
    given = _parts(result)
    if given is None or len(given) != len(parts):
        return False
    return all(_structured_like(a, b) for (_, a), (_, b) in zip(given, parts, strict=True) if a is not None)


def _match(gradient: Any, argument: Any) -> list[Any]:
    parts = _parts(argument)
    if parts is None:
        return [gradient]
    if gradient is None:
        return [None] * sum(1 for _ in _walk("", argument))
    if isinstance(argument, Mapping) and isinstance(gradient, Mapping):
        found = [_by_key(gradient, key) for key in argument]
    else:
        given = children(gradient)
        if isinstance(argument, Mapping) or given is None or len(given) != len(parts):
            kind, described = type(argument).__name__, _described(gradient)
            raise DiagnoseError(f"the argument is a {kind} of {len(parts)}, its gradient is {described}")
        found = [part for _, part in given]
    return [entry for inner, (_, part) in zip(found, parts, strict=True) for entry in _match(inner, part)]


def _by_key(gradient: Mapping[Any, Any], key: Any) -> Any:
    """The entry for `key`, under the key itself or one of the customary names of its gradient."""
    for name in (key, f"d{key}", f"d_{key}", f"grad_{key}", f"g{key}"):
        if name in gradient:
            return gradient[name]
    return None


def _described(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return f"a {type(value).__name__} of {len(value)}"
    shape = getattr(value, "shape", None)
    return f"a {type(value).__name__}" + (f" of shape {tuple(shape)}" if shape is not None else "")
