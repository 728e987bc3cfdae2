"""Losses and what they are given: calls of loss functions, and Keras models with their compiled loss."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from stabcheck.static.detectors._memo import once_per_module
from stabcheck.static.detectors._passed import passed
from stabcheck.static.detectors._values import calls, is_op, literal, method, operations, qualified
from stabcheck.static.graph import Call, Item, Sequence, Site, Span, Value, strip
from stabcheck.static.module import Module

# Operations of the table that take logits, by the kind of distribution.
LOGIT_LOSSES = {
    "sigmoid_cross_entropy": "binary",
    "weighted_cross_entropy": "binary",
    "softmax_cross_entropy": "categorical",
    "sparse_softmax_cross_entropy": "categorical",
}
_PROBABILITY_LOSSES = {
    "binary_cross_entropy": "binary",
    "categorical_cross_entropy": "categorical",
    "sparse_categorical_cross_entropy": "categorical",
}
# Averaged losses of TensorFlow 1, by kind and the place of their logits.
_LOGIT_FUNCTIONS = {
    f"tensorflow.{home}losses.{name}": (kind, place)
    for home, place in (("", 1), ("contrib.", 0), ("contrib.slim.", 0))
    for name, kind in (
        ("sigmoid_cross_entropy", "binary"),
        ("softmax_cross_entropy", "categorical"),
        ("sparse_softmax_cross_entropy", "categorical"),
    )
}
_KERAS_CLASSES = {
    "BinaryCrossentropy": "binary",
    "BinaryFocalCrossentropy": "binary",
    "CategoricalCrossentropy": "categorical",
    "SparseCategoricalCrossentropy": "categorical",
    "CategoricalFocalCrossentropy": "categorical",
}
_KERAS_NAMES = {
    "binary_crossentropy": "binary",
    "categorical_crossentropy": "categorical",
    "sparse_categorical_crossentropy": "categorical",
}
# Layers that pass values on, so that the activation of the layer before them counts.
_PASSING = frozenset({"Flatten", "Reshape", "Dropout", "InputLayer", "Input"})
_ACTIVATION_LAYERS = {"Softmax": "softmax", "ReLU": "relu", "LeakyReLU": "leaky_relu"}


@dataclass(frozen=True, slots=True)
class Loss:
    """A loss, its kind of distribution, whether it takes logits, and what it is given.

    `given` is the prediction, where it is an argument; `activation` that of the last layer of a Keras model
    ("linear" for none), where the loss was compiled with it.
    """

    span: Span
    site: Site
    value: Value
    kind: str
    logits: bool
    given: Value | None = None
    activation: str | None = None


@once_per_module
def losses(module: Module) -> Iterator[Loss]:
    """Every loss of the module that is known to take logits or probabilities."""
    for site, node in operations(module, *LOGIT_LOSSES, *_PROBABILITY_LOSSES):
        if len(node.operands) != 2:
            continue
        if node.op in LOGIT_LOSSES:
            yield Loss(node.span, site, node, LOGIT_LOSSES[node.op], True, node.operands[1])
        elif node.library in ("keras", "tensorflow"):
            from_logits = literal(node.attributes.get("from_logits"))
            if isinstance(from_logits, bool) or from_logits is None:
                kind = _PROBABILITY_LOSSES[node.op]
                yield Loss(node.span, site, node, kind, bool(from_logits), node.operands[1])
    for site, call in calls(module):
        called = _called(site, call)
        if called is not None:
            yield called
    yield from _compiled(module)


def is_given(module: Module, loss: Loss, *operations: str) -> bool:
    """Whether the prediction comes out of one of these operations, here or where the function is called."""
    if loss.given is None:
        return False
    return is_op(loss.given, *operations) or any(
        is_op(each, *operations) for each in passed(module, loss.given)
    )


def _called(site: Site, call: Call) -> Loss | None:
    """`nn.CrossEntropyLoss()(logits, target)` and `keras.losses.BinaryCrossentropy()(y, p)`."""
    direct = _LOGIT_FUNCTIONS.get((call.function or "").replace("tensorflow.compat.v1.", "tensorflow."))
    if direct is not None:
        kind, place = direct
        given = call.keywords.get("logits", call.arguments[place] if len(call.arguments) > place else None)
        return None if given is None else Loss(call.span, site, call, kind, True, given)
    maker = None if call.callee is None else strip(call.callee)
    if not isinstance(maker, Call):
        return None
    name = qualified(maker)
    torch_kind = {"torch.nn.CrossEntropyLoss": "categorical", "torch.nn.BCEWithLogitsLoss": "binary"}.get(
        name
    )
    if torch_kind is not None:
        given = call.arguments[0] if call.arguments else call.keywords.get("input")
        return None if given is None else Loss(call.span, site, call, torch_kind, True, given)
    described = _keras_loss(maker)
    if described is None:
        return None
    given = call.arguments[1] if len(call.arguments) > 1 else call.keywords.get("y_pred")
    return None if given is None else Loss(call.span, site, call, described[0], described[1], given)


def _compiled(module: Module) -> Iterator[Loss]:
    """`model.compile(loss=…)` of a model whose last layer is known."""
    for site, call in calls(module):
        model = _receiver(call, "compile")
        loss = call.keywords.get("loss")
        if loss is None and len(call.arguments) > 1:
            loss = call.arguments[1]
        activation = None if model is None else _last_activation(model)
        if loss is None or activation is None:
            continue
        described = _keras_loss(strip(loss))
        if described is not None:
            kind, logits = described
            yield Loss(loss.span, site, call, kind, logits, activation=activation)


def _receiver(call: Call, name: str) -> Call | None:
    callee = None if call.callee is None else strip(call.callee)
    if method(call) != name or not isinstance(callee, Item):
        return None
    base = strip(callee.base)
    return base if isinstance(base, Call) else None


def _keras_loss(value: Value) -> tuple[str, bool] | None:
    """(kind, takes logits) of a Keras loss by class or name; None of anything else."""
    name = literal(value)
    if isinstance(name, str):
        kind = _KERAS_NAMES.get(name) or _KERAS_CLASSES.get(name)
        return None if kind is None else (kind, False)
    if not isinstance(value, Call):
        return None
    library, _, last = qualified(value).rpartition(".")
    if not library.startswith("keras") or last not in _KERAS_CLASSES:
        return None
    given = value.keywords.get("from_logits", value.arguments[0] if value.arguments else None)
    from_logits = False if given is None else literal(given)
    return (_KERAS_CLASSES[last], from_logits) if isinstance(from_logits, bool) else None


def _last_activation(model: Call) -> str | None:
    """The activation behind the last layer of a `Sequential`, "linear" for none; None if it is not known."""
    if qualified(model).rpartition(".")[2] != "Sequential" or not qualified(model).startswith("keras"):
        return None
    given = model.arguments[0] if model.arguments else model.keywords.get("layers")
    layers = None if given is None else strip(given)
    if not isinstance(layers, Sequence):
        return None
    for layer in reversed(layers.items):
        made = strip(layer)
        if not isinstance(made, Call):
            return None
        name = qualified(made).rpartition(".")[2]
        if name in _ACTIVATION_LAYERS:
            return _ACTIVATION_LAYERS[name]
        if name == "Activation":
            return _activation_name(made.arguments[0] if made.arguments else None)
        if name == "Dense":
            written = made.keywords.get("activation", made.arguments[1] if len(made.arguments) > 1 else None)
            return "linear" if written is None or literal(written) == "linear" else _activation_name(written)
        if name not in _PASSING:
            return None
    return None


def _activation_name(value: Value | None) -> str | None:
    name = literal(value)
    if isinstance(name, str):
        return name
    return qualified(value).rpartition(".")[2] or None
