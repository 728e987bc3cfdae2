"""The arguments of a function, taken apart into named leaves and put together again; no framework is needed.

An argument is an array or a nested dict, list or tuple of arrays. A list of plain numbers is one array.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from numbers import Number
from typing import Any


class StructureError(ValueError):
    """A gradient that is not structured like the arguments it belongs to; the message is one clear line."""


@dataclass(frozen=True, slots=True)
class Item:
    """One value among the arguments: how a person would point at it, and which argument it belongs to."""

    name: str
    value: Any
    argument: int


def as_arguments(args: Any) -> tuple[Any, ...]:
    """What `fn` is called with: a tuple or a list is taken apart, anything else is the one argument."""
    if args is None:
        return ()
    return tuple(args) if isinstance(args, (tuple, list)) and not hasattr(args, "_fields") else (args,)


def items(fn: Callable[..., Any], args: Sequence[Any]) -> tuple[Item, ...]:
    """Every value among `args` in a fixed order, named after the parameters of `fn`: "x", "params['W1']"."""
    names = parameter_names(fn, len(args))
    return tuple(
        Item(name, value, index)
        for index, (prefix, argument) in enumerate(zip(names, args, strict=True))
        for name, value in _walk(prefix, argument)
    )


def rebuild(args: Sequence[Any], values: Sequence[Any]) -> tuple[Any, ...]:
    """`args` with its values replaced, in the order of `items`."""
    supply = iter(values)
    return tuple(_fill(argument, supply) for argument in args)


def gradients(result: Any, args: Sequence[Any]) -> tuple[tuple[Any, ...], int]:
    """What a user's gradient function returned, one entry a value of `args`, None where it gave none.

    Also the number of arguments that it covers: a gradient for the first of several arguments holds the rest
    fixed. A dict may use the keys of the argument or the customary "dW" for "W".

    Raises
    ------
    StructureError
        more gradients than arguments, or a nested argument whose gradient is nested differently.
    """
    given = _per_argument(result, args)
    entries: list[Any] = []
    for index, argument in enumerate(args):
        entries.extend(_match(given[index] if index < len(given) else None, argument))
    return tuple(entries), len(given)


def parameter_names(fn: Callable[..., Any], count: int) -> tuple[str, ...]:
    """The names of the first `count` positional parameters; "arg0", "arg1" … where they can't be known."""
    try:
        parameters = inspect.signature(fn).parameters.values()
    except (TypeError, ValueError):
        parameters = {}.values()
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    known = [parameter.name for parameter in parameters if parameter.kind in kinds]
    return tuple(known[index] if index < len(known) else f"arg{index}" for index in range(count))


def is_number_list(value: Any) -> bool:
    """Whether `value` is a list or tuple, nested or not, of plain numbers only: an array in Python's clothes."""
    if not isinstance(value, (list, tuple)) or not value or hasattr(value, "_fields"):
        return False
    return all(
        is_number_list(entry) or (isinstance(entry, Number) and type(entry) in (int, float, complex, bool))
        for entry in value
    )


def _walk(prefix: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, entry in value.items():
            yield from _walk(f"{prefix}[{key!r}]", entry)
    elif hasattr(value, "_fields"):
        for field in value._fields:
            yield from _walk(f"{prefix}.{field}", getattr(value, field))
    elif isinstance(value, (list, tuple)) and not is_number_list(value):
        for index, entry in enumerate(value):
            yield from _walk(f"{prefix}[{index}]", entry)
    else:
        yield prefix, value


def _fill(value: Any, supply: Iterator[Any]) -> Any:
    if isinstance(value, Mapping):
        return {key: _fill(entry, supply) for key, entry in value.items()}
    if hasattr(value, "_fields"):
        return type(value)(*(_fill(getattr(value, field), supply) for field in value._fields))
    if isinstance(value, (list, tuple)) and not is_number_list(value):
        return type(value)(_fill(entry, supply) for entry in value)
    return next(supply)


def _per_argument(result: Any, args: Sequence[Any]) -> tuple[Any, ...]:
    sequence = isinstance(result, (tuple, list)) and not is_number_list(result)
    if len(args) == 1:
        nested = isinstance(args[0], (tuple, list)) and not is_number_list(args[0]) and len(args[0]) != 1
        return (result[0],) if sequence and len(result) == 1 and not nested else (result,)
    if not sequence:
        return (result,)
    if len(result) > len(args):
        raise StructureError(
            f"the gradient function returned {len(result)} gradients for {len(args)} arguments"
        )
    return tuple(result)


def _match(gradient: Any, argument: Any) -> list[Any]:
    leaves = [value for _, value in _walk("", argument)]
    if gradient is None:
        return [None] * len(leaves)
    if isinstance(argument, Mapping):
        if not isinstance(gradient, Mapping):
            raise StructureError(f"the argument is a dict, its gradient is {_described(gradient)}")
        return [
            entry
            for key, value in argument.items()
            for entry in _match(gradient.get(key, gradient.get(f"d{key}")), value)
        ]
    if hasattr(argument, "_fields") or (isinstance(argument, (list, tuple)) and not is_number_list(argument)):
        if not isinstance(gradient, (list, tuple)) or len(gradient) != len(argument):
            raise StructureError(
                f"the argument is a {type(argument).__name__} of {len(argument)}, "
                f"its gradient is {_described(gradient)}"
            )
        return [entry for pair in zip(gradient, argument, strict=True) for entry in _match(*pair)]
    return [gradient]


def _described(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return f"a {type(value).__name__} of {len(value)}"
    shape = getattr(value, "shape", None)
    return f"a {type(value).__name__}" + (f" of shape {tuple(shape)}" if shape is not None else "")
