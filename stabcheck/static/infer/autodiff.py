"""Where gradients flow: whose arrays a value is made of, and whether anything differentiates it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stabcheck.ops import OPERATIONS
from stabcheck.static.graph import (
    Apply,
    Call,
    Constant,
    Item,
    Reference,
    Site,
    Symbol,
    Value,
    operands,
    strip,
)
from stabcheck.static.latest import of_latest
from stabcheck.static.lower.layers import FUNCTIONAL_LAYERS
from stabcheck.static.module import Module
from stabcheck.static.names import library, normalize
from stabcheck.static.usage import statements

DIFFERENTIATING = frozenset({"tensorflow", "keras", "torch", "jax"})

_UNDIFFERENTIATED_FUNCTION = re.compile(
    r"(?:^|[_.])(?:test|tests|metrics?|accuracy|acc|eval|evaluate|evaluation|validate|validation|plot|show|logging|"
    r"predict|predictions?|preprocess|configure|summary|report|line_?search|armijo|wolfe|[rn]?adamw?|adagrad|adadelta|rmsprop|lamb|lars)"
    r"(?:$|[_.\d#])",
    re.IGNORECASE,
)
_UNDIFFERENTIATED_METHOD = frozenset(
    {
        "update_state",
        "result",
        "reset_state",
        "reset_states",
        "apply_gradients",
        "update_step",
        "on_epoch_end",
    }
    | {
        "__repr__",
        "get_config",
        "on_train_end",
        "compute_metrics",
        "test_step",
        "validation_step",
        "predict_step",
    }
)
_UNDIFFERENTIATED_BASE = re.compile(
    r"(?:Optimizer|Metric|Constraint|Callback|TestCase|Initializer|LRScheduler|Dataset|Function|"
    r"FeatureExtractor|FeatureExtractionMixin|(?:Image|Video)Processor\w*|ProcessorMixin|Tokenizer\w*)$"
)
# What functions of such names compute depends on settings, data or statistics, not on what is trained.
_SETTINGS = re.compile(
    r"window$|window_fn|filter_?bank|fbank|(?:^|_)(?:mel|hertz|hz|support|fp8|float8|schedule|quantize)(?:_|$)|^compute_scale"
)
_STARTS = re.compile(
    r"[a-z\d]_init$|^_?init_[a-z]"
)  # weights before the first step: quaternion_init, init_weights
# What goes into a model, by the names that its libraries give it.
_DATA = re.compile(r"^(?:input_(?:values|features)|pixel_values|raw_speech)(?:_|$)")
_MASK = re.compile(r"(?:^|[._])masks?$")
_CUSTOM_GRADIENT = frozenset(
    {"tensorflow.custom_gradient", "jax.custom_vjp", "jax.custom_jvp", "keras.ops.custom_gradient"}
)
_UNDIFFERENTIATED_PATH = re.compile(
    r"(?:^|[/\\])(?:(?:tests?|metrics?|optim|optimi[sz]ers?)[/\\].*|(?:test_|metrics?_|metrics?\.)[^/\\]*|[^/\\]*_(?:test|metrics?)\.py)$"
)
_LEAVES = frozenset({".detach", ".numpy", ".item", ".tolist", ".cpu().numpy"})
# What prints or keeps a number: nothing flows back from there.
_RECORDING = frozenset(
    {
        "print",
        "info",
        "debug",
        "warning",
        "add_scalar",
        "add_scalars",
        "add_histogram",
        "log_scalar",
        "log_metric",
    }
    | {"log_metrics", "logkv", "logkv_mean", "record_tabular", "log_dict", "scalar", "histogram"}
)
_MOST_NODES = 400

# What passes no gradient back: barriers, truth values and sizes, arrays that are made from nothing.
_NO_GRADIENT_KINDS = frozenset({"barrier", "query", "creation", "random"})


def undifferentiated_function(module: Module, name: str) -> bool:
    """Whether nothing differentiates what a function of the module computes.

    Its name tells, its class or its decorators.
    """
    parts = name.split(".")
    if parts[-1] in _UNDIFFERENTIATED_METHOD:
        return True
    if any(_UNDIFFERENTIATED_FUNCTION.search(_snake(part)) for part in parts):
        return True
    if any(_STARTS.search(part) for part in parts):
        return True
    if any(_SETTINGS.search(part) for part in parts if part.islower()):
        return True
    for i in range(1, len(parts) + 1):
        prefix = ".".join(parts[:i])
        if any(_UNDIFFERENTIATED_BASE.search(base) for base in module.bases.get(prefix, ())):
            return True
        function = module.functions.get(prefix)
        if function is not None and any(map(_is_gradient, function.decorators)):
            return True
    return False


def _is_gradient(decorator: str) -> bool:
    """Whether it makes a function a gradient, or gives it one: then nothing differentiates its operations."""
    return normalize(decorator) in _CUSTOM_GRADIENT or decorator.endswith(".RegisterGradient")


def _snake(name: str) -> str:
    """`EvalStep` as `Eval_Step`, so that one pattern reads both styles."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)


def undifferentiated_path(path: str) -> bool:
    """Whether a path is one of a test, of metrics or of optimizers."""
    return bool(_UNDIFFERENTIATED_PATH.search(path))


def behind_barrier(site: Site, value: Value) -> bool:
    """Whether the site reaches `value` only through what stops gradients, or `value` comes only from such."""
    return _cut_off(site, value) or made_without_gradient(value)


_WHOLE = frozenset({"bucketize", "digitize", "searchsorted", "argmax", "argmin", "argsort"})


def counted_only(module: Module, site: Site) -> bool:
    """Whether other statements make only whole numbers of a statement's value: bins, orders."""
    target = strip(site.value)
    made_whole = _made_whole(module)
    function = site.function
    if function not in made_whole:
        made_whole[function] = {
            id(strip(each))
            for other in statements(module).functions[function]
            for node in _reached(other.value)
            if _name(node) in _WHOLE
            for each in operands(node)
        }
    if id(target) not in made_whole[function]:
        return False
    others = (other for other in statements(module).functions[function] if other is not site)
    used = False
    for node in (node for other in others for node in _reached(other.value)):
        if node is target:
            return False
        if _name(node) in _WHOLE:
            used |= any(strip(each) is target for each in operands(node))
    return used


@of_latest
def _made_whole(module: Module) -> dict[str, set[int]]:
    """By function, the values of which whole numbers are made: found for those that are asked about."""
    return {}


def _reached(value: Value) -> Iterator[Value]:
    """The nodes of an expression, not those of which it makes whole numbers."""
    stack, seen = [value], set[int]()
    while stack and len(seen) < _MOST_NODES:
        node = strip(stack.pop())
        if id(node) in seen:
            continue
        seen.add(id(node))
        yield node
        if _name(node) not in _WHOLE:
            stack.extend(operands(node))


def _name(node: Value) -> str:
    if isinstance(node, Call):
        return (node.function or "").rpartition(".")[2]
    return node.op if isinstance(node, Apply) else ""


def _cut_off(site: Site, value: Value) -> bool:
    target = strip(value)
    stack, seen, barriers = [site.value], set[int](), False
    while stack and len(seen) < _MOST_NODES:
        node = strip(stack.pop())
        if id(node) in seen:
            continue
        seen.add(id(node))
        if node is target:
            return False
        if _stops(node):
            barriers = True
            continue
        stack.extend(operands(node))
    return barriers and not stack


def made_without_gradient(value: Value) -> bool:
    """Every leaf of `value` is a constant, or comes out of a barrier or of nothing; at least one does."""
    stack, seen, barriers = [value], set[int](), False
    while stack:
        node = strip(stack.pop())
        if id(node) in seen:
            continue
        seen.add(id(node))
        if len(seen) > _MOST_NODES:
            return False
        if _stops(node) or _is_data(node):
            barriers = True
            continue
        if isinstance(node, Symbol) and _MASK.search(node.name):
            continue
        below = operands(node)
        if not below and not isinstance(node, Constant | Reference):
            return False
        if isinstance(node, Call) and not isinstance(node.callee, Item) and (not below or _may_train(node)):
            return False
        stack.extend(below)
    return barriers


def _may_train(call: Call) -> bool:
    """Functions of the project, and those that make a layer and apply it, may hold variables of their own."""
    name = call.function or ""
    if name.startswith((*FUNCTIONAL_LAYERS, "tensorflow.compat.v1.layers.")):
        return True
    return bool(name) and library(name) is None and not name.startswith(("builtins.", "."))


def _is_data(node: Value) -> bool:
    return isinstance(node, Symbol) and bool(_DATA.search(node.name))


def _stops(node: Value) -> bool:
    if isinstance(node, Apply):
        row = OPERATIONS.get(node.op)
        return row is not None and (row.kind in _NO_GRADIENT_KINDS or _to_integer(node))
    return isinstance(node, Call) and (
        node.function in _LEAVES or _named_barrier(node) or _method(node) in _RECORDING
    )


def _method(node: Call) -> str:
    """The last part of what is called."""
    if node.function:
        return node.function.rpartition(".")[2]
    return node.callee.name.rpartition(".")[2] if isinstance(node.callee, Symbol) else ""


def _to_integer(node: Apply) -> bool:
    dtype = node.attributes.get("dtype")
    inner = None if dtype is None else strip(dtype)
    return node.op == "cast" and isinstance(inner, Reference) and ".int" in inner.name


def _named_barrier(node: Call) -> bool:
    return (node.function or "").rpartition(".")[2] in ("stop_gradient", "no_grad", "convert_to_numpy")
