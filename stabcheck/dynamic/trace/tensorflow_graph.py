"""Functions that TensorFlow runs as graphs: a ConcreteFunction, a function of a SavedModel, their gradients.

`run_functions_eagerly` doesn't reach them, and callbacks see one operation only. After such a function has
run, its graph is gone through once more, operation by operation, on the same inputs; what the function
returned is never touched. A graph with side effects, random numbers or Python inside can't be run again: it
stays closed, and the trace says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np
import tensorflow as tf
from tensorflow.python import pywrap_tfe
from tensorflow.python.eager.polymorphic_function import atomic_function
from tensorflow.python.framework import dtypes

from stabcheck.dynamic.report import Location
from stabcheck.dynamic.trace.location import is_users
from stabcheck.dynamic.trace.tensorflow_kernels import WORKING, execution_context, schema, values

if TYPE_CHECKING:
    from stabcheck.dynamic.trace.tensorflow_recorder import Recorder

# Operations that one call may take; a longer loop stays closed.
_LONGEST = 20_000

_CALLS = {"PartitionedCall", "StatefulPartitionedCall"}
_BRANCHES = {"If", "StatelessIf"}
_CASES = {"Case", "StatelessCase"}
_LOOPS = {"While", "StatelessWhile"}
_HARMLESS = {
    "Placeholder", "PlaceholderWithDefault", "ReadVariableOp", "ResourceGather", "VarHandleOp", "NoOp",
    "EmptyTensorList",
}  # fmt: skip
_SILENT = {"Assert", "PrintV2", "Print", "NoOp", "CheckNumerics", "CheckNumericsV2"}
_NAME = re.compile(r"^__(?:inference|forward)_(?P<backward>__backward_)?(?P<name>.+?)(?:_\d+)+$")
_OF_GRADIENT = re.compile(r"(?:^|/)gradients/(?P<node>.+?)_grad(?:/|$)")


class ClosedError(Exception):
    """A graph that can't be gone through; the message says why."""


class GraphCalls:
    """The calls of graphs in a run, opened after they have run."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._nodes: dict[str, int] = {}  # of graphs gone through forward: the event of each node
        self._steps = 0
        self.running = 0

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Open every graph function that is called eagerly, for the length of the block."""
        original = atomic_function.AtomicFunction.call_flat
        calls = self

        def call_flat(function: Any, *inputs: Any) -> Any:
            if calls._recorder.busy or not tf.executing_eagerly():
                return original(function, *inputs)
            calls.running += 1
            try:
                outputs = original(function, *inputs)
            finally:
                calls.running -= 1
            if not calls.running:
                calls._recorder.open_call(calls, function, inputs, outputs)
            return outputs

        atomic_function.AtomicFunction.call_flat = call_flat
        try:
            yield
        finally:
            atomic_function.AtomicFunction.call_flat = original

    def open(self, function: Any, inputs: Sequence[Any], outputs: Sequence[Any]) -> None:
        """Go through a function's graph on its inputs, and give its outputs the shadows found there.

        Raises
        ------
        ClosedError
            if the graph can't be run again, or doesn't give the same numbers.
        """
        graph = function.graph
        _check(graph)
        self._steps = 0
        backward = "__backward_" in function.name.decode()
        found = self._through(graph, list(inputs), backward=backward)
        pairs = list(zip(outputs, found, strict=True))
        if not all(_same(real, again) for real, again in pairs):
            raise ClosedError("its optimized graph gives other numbers")
        for real, again in pairs:
            self._recorder.adopt(real, again)

    def _through(self, graph: Any, inputs: list[Any], *, backward: bool) -> list[Any]:
        known: dict[int, Any] = {id(t): value for t, value in zip(graph.inputs, inputs, strict=True)}
        for operation in _in_order(graph):
            if operation.type in ("Placeholder", *_SILENT):
                if operation.type in _SILENT and operation.outputs:
                    known[id(operation.outputs[0])] = known[id(operation.inputs[0])]
                continue
            self._steps += 1
            if self._steps > _LONGEST:
                raise ClosedError(f"it takes more than {_LONGEST} operations")
            results = self._step(graph, operation, [known[id(t)] for t in operation.inputs], backward)
            for symbol, value in zip(operation.outputs, results, strict=True):
                known[id(symbol)] = value
        return [known[id(t)] for t in graph.outputs]

    def _step(self, graph: Any, operation: Any, inputs: list[Any], backward: bool) -> list[Any]:
        kind = operation.type
        if kind in _CALLS:
            return self._through(_function(graph, operation, "f"), inputs, backward=backward)
        if kind in _BRANCHES:
            branch = "then_branch" if bool(inputs[0].numpy()) else "else_branch"
            return self._through(_function(graph, operation, branch), inputs[1:], backward=backward)
        if kind in _CASES:
            branches = operation.get_attr("branches")
            chosen = int(inputs[0].numpy())
            chosen = chosen if 0 <= chosen < len(branches) else len(branches) - 1
            return self._through(_graph_of(graph, branches[chosen].name), inputs[1:], backward=backward)
        if kind in _LOOPS:
            condition, body = (_function(graph, operation, name) for name in ("cond", "body"))
            while bool(self._through(condition, inputs, backward=backward)[0].numpy()):
                inputs = self._through(body, inputs, backward=backward)
            return inputs
        if kind == "Const":
            return [tf.constant(tf.make_ndarray(operation.get_attr("value")), operation.get_attr("dtype"))]
        attributes = _attributes(operation)
        outputs = pywrap_tfe.TFE_Py_Execute(
            execution_context(), None, kind.encode(), inputs, attributes, len(operation.outputs)
        )
        outputs = list(outputs or ())
        gradient = _OF_GRADIENT.search(operation.name)
        forward = None if gradient is None else self._nodes.get(gradient["node"])
        backward = backward or gradient is not None
        event = self._recorder.see_in_graph(
            kind, inputs, attributes, outputs, _location(operation), forward, backward
        )
        if not backward and event is not None:
            self._nodes[operation.name] = event
        return outputs


def readable(name: bytes) -> str:
    """What a person calls a function that TensorFlow has registered as "__inference_f_91"."""
    found = _NAME.match(name.decode())
    if found is None:
        return name.decode()
    return f"the gradient of {found['name']}" if found["backward"] else found["name"]


def _same(real: Any, again: Any) -> bool:
    """Whether going through the graph gave finite numbers where the function did.

    More can't be asked: the optimizer of graphs reorders sums, which may change every digit of a difference.
    """
    if real.dtype not in WORKING:
        return True
    one, other = values(real), values(again)
    return one.shape == other.shape and bool(np.array_equal(np.isfinite(one), np.isfinite(other)))


def _check(graph: Any, depth: int = 0) -> None:
    """Whether running the graph again is harmless, its functions included.

    Raises
    ------
    ClosedError
        if it isn't.
    """
    if depth > 32:
        raise ClosedError("its functions are nested too deeply")
    for operation in graph.get_operations():
        kind = operation.type
        if kind in _CALLS:
            _check(_function(graph, operation, "f"), depth + 1)
        elif kind in _BRANCHES:
            for branch in ("then_branch", "else_branch"):
                _check(_function(graph, operation, branch), depth + 1)
        elif kind in _CASES:
            for function in operation.get_attr("branches"):
                _check(_graph_of(graph, function.name), depth + 1)
        elif kind in _LOOPS:
            for part in ("cond", "body"):
                _check(_function(graph, operation, part), depth + 1)
        elif kind not in _HARMLESS | _SILENT:
            known = schema(kind)
            if known is None or any(a.type == "func" for a in operation.op_def.attr):
                raise ClosedError(f"it calls {kind}")
            if known.stateful or "Random" in kind:
                raise ClosedError(f"it has state or side effects ({kind})")


def _function(graph: Any, operation: Any, attribute: str) -> Any:
    return _graph_of(graph, operation.get_attr(attribute).name)


def _graph_of(graph: Any, name: str) -> Any:
    found = graph._get_function(name)
    inner = getattr(found, "graph", None)
    if inner is None:
        raise ClosedError(f"the graph of its function {name} isn't known")
    return inner


_ORDERS: WeakKeyDictionary[Any, list[Any]] = WeakKeyDictionary()


def _in_order(graph: Any) -> list[Any]:
    """The operations so that each comes after those that it needs: creation order isn't always that."""
    if graph in _ORDERS:
        return _ORDERS[graph]
    order: list[Any] = []
    done: set[Any] = set()
    for root in graph.get_operations():
        pending: list[tuple[Any, bool]] = [(root, False)]
        while pending:
            operation, ready = pending.pop()
            if operation in done:
                continue
            if ready:
                done.add(operation)
                order.append(operation)
                continue
            pending.append((operation, True))
            needed = [*operation.control_inputs, *(t.op for t in operation.inputs)]
            pending += [(o, False) for o in needed if o not in done]
    _ORDERS[graph] = order
    return order


def _attributes(operation: Any) -> tuple[Any, ...]:
    """The attributes of a graph's operation as an eager execution takes them."""
    flat: list[Any] = []
    for attribute in operation.op_def.attr:
        plain = _plain(attribute.type, operation.get_attr(attribute.name))
        if plain is not None:
            flat += [attribute.name, plain]
    return tuple(flat)


def _plain(kind: str, value: Any) -> Any:
    """One attribute; None for what is left to its default."""
    if kind == "shape":
        shape = tf.TensorShape(value)
        return None if shape.rank is None else [-1 if n is None else n for n in shape.as_list()]
    if kind == "list(shape)":
        return [_plain("shape", shape) for shape in value]
    if kind == "tensor":
        return None
    if isinstance(value, dtypes.DType):
        return value.as_datatype_enum
    if isinstance(value, list) and value and isinstance(value[0], dtypes.DType):
        return [v.as_datatype_enum for v in value]
    return value


def _location(operation: Any) -> Location | None:
    """The user's line that made a node; None for a SavedModel, which keeps none, and for gradients."""
    for frame in reversed(list(operation.traceback or ())):
        if is_users(frame.filename):
            return Location(frame.filename, frame.lineno, frame.name)
    return None
