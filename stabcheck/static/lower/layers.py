"""Layers and models whose last operation is known: calling them applies it.

`nn.Softmax(dim=1)(x)` is a softmax of x; `keras.Sequential([…, Dense(10, activation="softmax")])` makes
probabilities, whatever its layers before that do; so does `tf.layers.dense(x, 10, tf.nn.softmax)`, where
layer and call are one.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence as Several

from stabcheck.static.graph import Apply, Call, Constant, Place, Reference, Sequence, Value, strip
from stabcheck.static.lower.binding import applied, bind
from stabcheck.static.names import normalize, spellings

# Layer classes by qualified name -> the function that they apply.
_FUNCTIONS: dict[str, str] = {
    **{
        f"torch.nn.{layer}": f"torch.nn.functional.{function}"
        for layer, function in (
            ("Softmax", "softmax"),
            ("LogSoftmax", "log_softmax"),
            ("Softplus", "softplus"),
            ("ReLU", "relu"),
            ("ELU", "elu"),
            ("GELU", "gelu"),
            ("LogSigmoid", "logsigmoid"),
        )
    },
    "torch.nn.Sigmoid": "torch.sigmoid",
    "torch.nn.Tanh": "torch.tanh",
    "keras.layers.Softmax": "keras.ops.softmax",
    "keras.layers.ReLU": "keras.ops.relu",
    "keras.layers.ELU": "keras.ops.elu",
}
_PASS = frozenset({"torch.nn.Flatten", "torch.nn.Identity", "torch.nn.Unflatten", "keras.layers.Flatten"})
_ACTIVATIONS = frozenset(
    [
        "softmax",
        "sigmoid",
        "log_softmax",
        "softplus",
        "relu",
        "tanh",
        "elu",
        "selu",
        "exponential",
        "hard_sigmoid",
        "softsign",
        "gelu",
    ]
)
_SPELT: dict[str, str] = {"exponential": "exp"}
_MODELS = ("Sequential",)
_GRAPH_MODELS = frozenset({"keras.Model", "keras.models.Model"})
# Functions that make a layer and apply it at once; the activation is their third argument.
FUNCTIONAL_LAYERS = (
    "tensorflow.layers.",
    "tensorflow.contrib.layers.",
    "tensorflow.contrib.slim.",
    "tf_slim.",
    "tflearn.",
)
_DENSE = frozenset({"dense", "fully_connected", "linear"})
_NAMED_ACTIVATION = (
    "activation",
    "activation_fn",
    "activation_function",
    "act",
    "act_fn",
    "nonlinearity",
    "output_activation",
)
_TO_PROBABILITIES = frozenset({"softmax", "sigmoid"})
_PREDICT = frozenset({"predict", "predict_proba", "predict_on_batch", "__call__", "call", "forward"})


_LOSSES = {"torch.nn.BCELoss": "torch.nn.functional.binary_cross_entropy"}


def is_model(value: Value) -> bool:
    """Whether `value` makes a sequence of layers."""
    inner = strip(value)
    return isinstance(inner, Call) and inner.function is not None and _short(inner.function) in _MODELS


def _short(qualified: str) -> str:
    return qualified.rpartition(".")[2]


def called(layer: Value, method: str | None, arguments: tuple[Value, ...], place: Place) -> Value | None:
    """What a layer or a model makes of `arguments`, if its last operation is in the table."""
    inner = strip(layer)
    if not isinstance(inner, Call) or inner.function is None or not arguments:
        return None
    if method is not None and method not in _PREDICT:
        return None
    return _output(inner, Call(place, None, layer, arguments), place, 3)


def loss(made: Value, arguments: tuple[Value, ...], place: Place) -> Apply | None:
    """The operation of a loss that is made first and called later, of a prediction and what it should be."""
    function = _LOSSES.get(made.function or "") if isinstance(made, Call) else None
    if function is None or len(arguments) != 2:
        return None
    for spelling in spellings(function):
        bound = bind(spelling, arguments, {})
        if bound is not None:
            return applied(spelling, bound, place)
    return None


def activated(
    function: str, positional: Several[Value], keywords: Mapping[str, Value], place: Place
) -> Value | None:
    """What a function that is told its activation returns: a layer of TensorFlow 1, or one like it.

    Of functions that are not known, only the activations that make probabilities are believed: that of hidden
    layers is not what such a function does last.
    """
    if not keywords and len(positional) < 3:
        return None
    given = next((keywords[each] for each in _NAMED_ACTIVATION if each in keywords), None)
    if given is None and len(positional) < 3:
        return None
    last = _short(function)
    layer = function.replace("tensorflow.compat.v1.", "tensorflow.").startswith(FUNCTIONAL_LAYERS)
    if given is None and layer and last in _DENSE and len(positional) > 2:
        given = positional[2]
    if given is None or last[:1].isupper():  # a class makes a layer, which is still to be called
        return None
    before = Call(place, function, None, tuple(positional), keywords)
    found = _activated(given, before, place)
    known = isinstance(found, Apply) and (layer or found.op in _TO_PROBABILITIES)
    return found if known else None


def called_as(function: Value, arguments: Several[Value], place: Place) -> Value | None:
    """`function(x)` as an operation, where a parameter that is called turns out to be one: `act(x)`."""
    inner = strip(function)
    if not isinstance(inner, Reference) or len(arguments) != 1:
        return None
    name = normalize(inner.name)
    if name.startswith("keras.activations."):
        name = f"keras.ops.{_short(name)}"
    return _applied(name, None, arguments[0], place)


def _output(layer: Call, before: Call, place: Place, steps: int) -> Value | None:
    """`before` stands for the layer's output without its last operation."""
    name = normalize(layer.function or "")
    function = _FUNCTIONS.get(name)
    if function is not None:
        return _applied(function, layer, before.arguments[0], place)
    if _short(name) in _MODELS:
        last = _last_layer(layer)
        return _output(last, before, place, steps - 1) if last is not None and steps else None
    if name in _GRAPH_MODELS:
        return _last_operation(layer, before, place)
    activation = layer.keywords.get("activation")
    if name.startswith("keras.") and activation is None and _short(name) == "Activation" and layer.arguments:
        activation = layer.arguments[0]
    if (
        name.startswith("keras.")
        and activation is None
        and _short(name) == "Dense"
        and len(layer.arguments) > 1
    ):
        activation = layer.arguments[1]
    return None if activation is None else _activated(activation, before, place)


def _last_operation(model: Call, before: Call, place: Place) -> Apply | None:
    """The operation that the outputs of `keras.Model(inputs, outputs)` come from."""
    outputs = model.keywords.get("outputs", model.arguments[1] if len(model.arguments) > 1 else None)
    inner = None if outputs is None else strip(outputs)
    if not isinstance(inner, Apply) or len(inner.operands) != 1:
        return None
    return Apply(place, inner.op, (before,), inner.attributes, inner.library)


def _last_layer(model: Call) -> Call | None:
    """The last layer of a `Sequential(…)` that does anything to values."""
    layers: tuple[Value, ...] = model.arguments
    if "layers" in model.keywords:
        layers = (model.keywords["layers"],)
    if len(layers) == 1 and isinstance(strip(layers[0]), Sequence):
        display = strip(layers[0])
        assert isinstance(display, Sequence)
        layers = display.items
    for each in reversed(layers):
        inner = strip(each)
        if not isinstance(inner, Call):
            return None
        if normalize(inner.function or "") not in _PASS:
            return inner
    return None


def _activated(activation: Value, before: Call, place: Place) -> Value | None:
    inner = strip(activation)
    if isinstance(inner, Constant) and isinstance(inner.value, str) and inner.value in _ACTIVATIONS:
        return _applied(f"keras.ops.{_SPELT.get(inner.value, inner.value)}", None, before, place)
    if isinstance(inner, Reference):
        name = normalize(inner.name)
        if name.startswith("keras.activations."):
            name = f"keras.ops.{_short(name)}"
        return _applied(name, None, before, place)
    return None


def _applied(function: str, layer: Call | None, operand: Value, place: Place) -> Apply | None:
    keywords = (
        {}
        if layer is None
        else {name: value for name, value in layer.keywords.items() if name in ("dim", "axis")}
    )
    if layer is not None and layer.arguments and function.endswith("softmax"):
        keywords.setdefault("dim" if function.startswith("torch") else "axis", layer.arguments[0])
    for spelling in spellings(function):
        bound = bind(spelling, (operand,), keywords)
        if bound is not None:
            return applied(spelling, bound, place)
    return None


def appended(model: Value, layer: Value, place: Place) -> Call | None:
    """The model after `model.add(layer)`."""
    inner = strip(model)
    if not isinstance(inner, Call) or not is_model(inner):
        return None
    layers = inner.arguments
    if len(layers) == 1 and isinstance(layers[0], Sequence):
        layers = layers[0].items
    return Call(
        inner.place, inner.function, inner.callee, (Sequence(place, (*layers, layer)),), inner.keywords
    )
