"""Keras layers, models and losses: what they hold, what they compute in, and their run at another dtype.

A layer is not cloned. Its variables and its dtype policy are exchanged for the time of a call, so custom
layers need no `get_config`, and a function that closes over a model is run with the very same model.

Nothing here imports Keras: it is asked only if the user's program has loaded it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from stabcheck.dynamic.adapters.captures import Child, Place, attribute_place, item_place
from stabcheck.dynamic.report import Cause, Location

WIDTH = {"float16": 11, "bfloat16": 8, "float32": 24, "float64": 53}  # digits of the significand, in bits

_BOOKKEEPING = (
    "_self_",
    "_inbound_nodes",
    "_outbound_nodes",
    "_tracker",
    "_lock",
    "_saved_model",
    "_metrics",
)
_HELD = ("_trainable_variables", "_non_trainable_variables", "_layers", "_seed_generators", "_losses")


def loaded() -> Any:
    """The keras module if the user's program has it, else None."""
    module = sys.modules.get("keras")
    return module if hasattr(module, "Variable") else None


def is_layer(value: Any) -> bool:
    """Whether `value` is a Keras layer or model."""
    keras = loaded()
    return keras is not None and isinstance(value, keras.layers.Layer)


def is_variable(value: Any) -> bool:
    """Whether `value` is a Keras variable; its numbers are in the backend's variable that it holds."""
    keras = loaded()
    return keras is not None and isinstance(value, keras.Variable)


def opened(value: Any) -> Iterable[Child] | None:
    """What a Keras object holds, for the walk through captures; None if it is not one."""
    if is_variable(value):
        return ((attribute_place(value, "_value"), value._value),) if value._value is not None else ()
    if is_layer(value):
        return tuple(_layer(value))
    if _is_seed_generator(value):
        return ((None, value.state),)
    return None


def _layer(layer: Any) -> Iterator[Child]:
    yield from ((None, variable) for variable in layer.variables)
    yield from ((None, inner) for inner in layer._flatten_layers(include_self=False, recursive=False))
    inner = vars(layer)
    for name, value in list(inner.items()):
        if not name.startswith(_BOOKKEEPING) and name not in _HELD:
            yield item_place(inner, name), value
    yield None, type(layer)


def _is_seed_generator(value: Any) -> bool:
    keras = loaded()
    return keras is not None and isinstance(value, keras.random.SeedGenerator)


def _computes(value: Any) -> bool:
    keras = loaded()
    return keras is not None and isinstance(
        value, (keras.layers.Layer, keras.losses.Loss, keras.metrics.Metric)
    )


def layers(objects: Iterable[Any]) -> list[Any]:
    """The layers and models among the objects that a walk met."""
    return [value for value in objects if is_layer(value)]


def settings(objects: Sequence[Any], dtype: str) -> list[tuple[Place, Any]]:
    """The dtype policies that make everything of Keras's among `objects` compute in `dtype`.

    `keras.config.floatx` is among them: functions such as `keras.ops.convert_to_tensor` cast to it.
    """
    keras = loaded()
    if keras is None:
        return []
    policy = keras.dtype_policies.DTypePolicy(dtype)
    result = [(Place(keras.config.floatx, keras.config.set_floatx), dtype)]
    for value in objects:
        if is_variable(value) and _floating(value._dtype):
            result.append((attribute_place(value, "_dtype"), dtype))
        elif _computes(value):
            result.append((attribute_place(value, "_dtype_policy"), policy))
            if hasattr(value, "_dtype"):
                result.append((attribute_place(value, "_dtype"), dtype))
            result.extend((attribute_place(tensor, "_dtype"), dtype) for tensor in _symbols(value))
    return result


def _symbols(model: Any) -> Iterator[Any]:
    """The symbolic inputs of a functional model: it casts what it is given to their dtype."""
    for owner in (model, getattr(model, "_functional", None)):
        for tensor in getattr(owner, "_inputs", None) or ():
            if _floating(str(tensor.dtype)):
                yield tensor


def _floating(dtype: Any) -> bool:
    return str(dtype) in WIDTH


def narrowest(objects: Iterable[Any]) -> tuple[str, str] | None:
    """The narrowest dtype that a layer among `objects` casts its inputs to, and the layer's name.

    A functional or sequential model casts to the dtype of its symbolic inputs, not to that of its policy.
    """
    inputs = loaded().layers.InputLayer if loaded() is not None else ()
    found = []
    for layer in layers(objects):
        if not isinstance(layer, inputs) and getattr(layer, "_convert_input_args", True) and layer.autocast:
            found.append((str(layer.compute_dtype), str(layer.name)))
        found.extend((str(tensor.dtype), str(layer.name)) for tensor in _symbols(layer))
    return min((pair for pair in found if pair[0] in WIDTH), key=lambda pair: WIDTH[pair[0]], default=None)


def mixed_policies(objects: Iterable[Any]) -> list[str]:
    """The names of the layers whose variables and computations have different dtypes."""
    return [
        str(layer.name)
        for layer in layers(objects)
        if _floating(layer.compute_dtype) and layer.compute_dtype != layer.variable_dtype
    ]


def silent_cast(given: str, computed: str, layer: str, leaf: str, location: Location | None) -> Cause:
    """The cause `dtype-mismatch` of an input that a layer casts to a narrower dtype without a word."""
    from_bits, to_bits = WIDTH[given], WIDTH[computed]
    return Cause(
        "dtype-mismatch",
        f"{leaf} is {given}, but layer '{layer}' computes in {computed} and casts it silently: a step below "
        f"{2.0 ** (1 - to_bits):.1e} of the value is lost before the function sees it",
        f"check in one dtype: give the layer dtype='{given}' (keras.config.set_floatx('{given}')), "
        f"or take a step that {computed} can resolve, about {2.0 ** (-to_bits / 3):.0e}",
        {"given": given, "computed": computed, "layer": layer, "argument": leaf, "bits": from_bits - to_bits},
        location,
    )


def shared_prefix(variables: Iterable[Any]) -> str:
    """The name of the model that all these variables belong to, with its slash: "sequential_1/"; else "".

    It is kept where nothing but the layer's own name would go: "dense/kernel" has no model to drop.
    """
    paths = [str(variable.path).split("/") for variable in variables if is_variable(variable)]
    first = {path[0] for path in paths}
    return f"{first.pop()}/" if len(first) == 1 and all(len(path) > 2 for path in paths) else ""


def variable_name(variable: Any, prefix: str) -> str:
    """A Keras variable as a person would point at it: "dense_1/kernel"."""
    return str(variable.path).removeprefix(prefix)


class Conduct:
    """How the layers behave during a call: told from the state that the call leaves behind.

    A layer that drew random numbers has moved its seed generator; batch normalization in training mode has
    moved its averages.
    """

    def __init__(self, objects: Iterable[Any]) -> None:
        keras = loaded()
        self._seeds: list[tuple[str, Any]] = []
        self._averages: list[tuple[str, Any]] = []
        self.names: list[str] = []
        for layer in layers(objects):
            self.names.append(str(layer.name))
            if _draws(layer):
                self._seeds += [(_titled(layer), generator.state) for generator in layer._seed_generators]
            if isinstance(layer, keras.layers.BatchNormalization) and layer.built:
                self._averages.append((_titled(layer), layer.moving_mean))
        self._before: list[bytes] = []

    def begin(self) -> None:
        """Remember the state before a call."""
        self._before = [_contents(state) for _, state in (*self._seeds, *self._averages)]

    def notes(self) -> tuple[str, ...]:
        """What the call did, a sentence each."""
        moved = [
            before != _contents(state)
            for before, (_, state) in zip(self._before, (*self._seeds, *self._averages), strict=True)
        ]
        random = [name for (name, _), m in zip(self._seeds, moved[: len(self._seeds)], strict=True) if m]
        averaged = [name for (name, _), m in zip(self._averages, moved[len(self._seeds) :], strict=True) if m]
        still = [name for (name, _), m in zip(self._seeds, moved[: len(self._seeds)], strict=True) if not m]
        idle = [name for (name, _), m in zip(self._averages, moved[len(self._seeds) :], strict=True) if not m]
        result = []
        if random:
            result.append(f"training mode: {_listed(random)} drew new random numbers at every call")
        if averaged:
            result.append(
                f"training mode: {_listed(averaged)} normalized by the batch and moved its averages"
            )
        if still or idle:
            result.append(f"inference mode: {_listed([*still, *idle])} did not act as in training")
        return tuple(result)


def _draws(layer: Any) -> bool:
    """Whether a layer uses its seed generator in training: recurrent cells have one in any case."""
    rates = [getattr(layer, name, None) for name in ("dropout", "recurrent_dropout")]
    known = [rate for rate in rates if isinstance(rate, (int, float))]
    return not known or any(known)


def _titled(layer: Any) -> str:
    return f"{type(layer).__name__} '{layer.name}'"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) if len(names) <= 3 else f"{', '.join(names[:3])} and {len(names) - 3} more"


def _contents(variable: Any) -> bytes:
    import numpy as np  # noqa: PLC0415

    return np.asarray(variable).tobytes()
