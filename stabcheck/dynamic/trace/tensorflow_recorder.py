"""A run of eager TensorFlow code with every operation watched beside a float64 shadow.

Op callbacks see each operation after it ran, with its inputs and outputs; the recorder then runs it once
more, in float64 on the shadows of its inputs (Benz, Hildebrandt, Hack, "A dynamic program analysis to find
floating-point accuracy problems", PLDI 2012). The working tensors are never touched, so results are bitwise
those of an unwatched eager run. Shadow operations are recorded on a private tape, which afterwards gives
the sensitivity of a result to each of them. float64 operations are compared with long double where NumPy
has the operation.
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any

import tensorflow as tf
from tensorflow.python.framework import op_callbacks

from stabcheck.dynamic.report import Location
from stabcheck.dynamic.trace.custom_gradient import CustomGradients
from stabcheck.dynamic.trace.event import Event, Phase, Trace
from stabcheck.dynamic.trace.location import user_location
from stabcheck.dynamic.trace.operations import canonical
from stabcheck.dynamic.trace.tensorflow_backward import ForwardIndex
from stabcheck.dynamic.trace.tensorflow_comparison import Comparison
from stabcheck.dynamic.trace.tensorflow_detours import watching as detours
from stabcheck.dynamic.trace.tensorflow_exact import ROOM, Call
from stabcheck.dynamic.trace.tensorflow_graph import ClosedError, GraphCalls, readable
from stabcheck.dynamic.trace.tensorflow_kernels import (
    WORKING,
    execute,
    record_on_tapes,
    repeatable,
    widened_attributes,
)
from stabcheck.dynamic.trace.tensorflow_operands import broadcast_of, leaf_infinite
from stabcheck.dynamic.trace.tensorflow_python import watching as python_functions
from stabcheck.dynamic.trace.tensorflow_shadows import Shadows
from stabcheck.garbage import collecting_seldom

Inputs = Mapping[str, Any]  # name -> tf.Tensor or tf.Variable


@collecting_seldom()
def record(
    value: Callable[[], Any],
    gradient: Callable[[Any], Sequence[Any]] | None,
    inputs: Inputs,
) -> tuple[Any, Sequence[Any] | None, Trace]:
    """Run `value()` and `gradient(value)` once, watched.

    Parameters
    ----------
    value
        the forward run; returns the tensors that are the result, in any structure.
    gradient
        called with what `value` returned; returns the gradient by each of `inputs`, in their order, None
        where there is none. The caller keeps the tape.
    inputs
        tensors and variables that the run is a function of.

    Returns
    -------
    What `value` returned, what `gradient` returned, and the trace.

    Raises
    ------
    Exception
        what the user's code raises passes through; all global state is restored.
    """
    from stabcheck.dynamic.trace.tensorflow_attribution import finish  # noqa: PLC0415  (it needs Recorder)

    recorder = Recorder()
    with recorder.watching():
        recorder.add_inputs(inputs)
        result = value()
        slopes = None
        if gradient is not None:
            recorder.phase = "backward"
            slopes = gradient(result)
            slopes = [tf.convert_to_tensor(g) if isinstance(g, tf.IndexedSlices) else g for g in slopes]
    outputs = [t for t in tf.nest.flatten(result) if isinstance(t, tf.Tensor) and t.dtype in WORKING]
    named = [
        (name, given, slope)
        for (name, given), slope in zip(inputs.items(), slopes or (), strict=False)
        if isinstance(slope, tf.Tensor) and slope.dtype in WORKING
    ]
    trace = finish(recorder, outputs, named)
    checked = recorder.custom.checked(recorder)
    return result, slopes, replace(trace, custom_gradients=checked, detours=tuple(recorder.detours))


class Recorder:
    """The state of a recording: the events so far, the shadows, and who made which tensor."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.counts: Counter[str] = Counter()
        self.phase: Phase = "forward"
        self.forward = ForwardIndex()
        self.custom = CustomGradients()
        self.shadows = Shadows()
        self.comparison = Comparison(self.shadows)
        self.producer: dict[int, int] = {}
        self.graphs = GraphCalls(self)
        self.closed: dict[int, str] = {}  # opaque events: why they couldn't be looked into
        self.calls: list[Call] = []  # of small runs: every operation with its tensors
        self.detours: list[Location] = []  # lines that read the numbers of a tensor
        self.busy = False
        self._room = ROOM
        self._twins: dict[int, int] = {}

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Watch every eager operation of this thread for the length of the block."""
        eager = tf.config.functions_run_eagerly()
        with ExitStack() as stack:
            stack.enter_context(warnings.catch_warnings())
            warnings.filterwarnings("ignore", message="Even though the .tf.config.experimental_run_functions")
            stack.callback(tf.config.run_functions_eagerly, eager)
            tf.config.run_functions_eagerly(True)
            op_callbacks.add_op_callback(self._callback)
            stack.callback(op_callbacks.remove_op_callback, self._callback)
            stack.enter_context(self.forward.watching())
            stack.enter_context(self.custom.watching())
            stack.enter_context(self.graphs.watching())
            stack.enter_context(python_functions(self))
            stack.enter_context(detours(self))
            stack.enter_context(self.shadows.tape)
            yield

    def add_inputs(self, inputs: Inputs) -> None:
        """Make shadows for the inputs of the run; to be called while watching."""
        for given in inputs.values():
            variable = getattr(given, "value", None)  # a Keras variable holds TensorFlow's
            holder = given if isinstance(given, tf.Variable) else variable
            if isinstance(holder, tf.Variable):
                self.busy = True  # reading it is no part of the run
                try:
                    value = holder.read_value()
                finally:
                    self.busy = False
                if value.dtype in WORKING:
                    self.shadows.add_variable(holder.handle, value, given=True)
            elif isinstance(given, tf.Tensor) and given.dtype in WORKING:
                self.shadows.add_leaf(given, given=True)

    def _callback(
        self,
        operation: Any,
        inputs: Any,
        attributes: Any,
        outputs: Any,
        op_name: Any = None,
        graph: Any = None,
    ) -> None:
        if self.busy or graph is not None or self.graphs.running:
            return
        self.busy = True
        try:
            name = operation.decode() if isinstance(operation, bytes) else operation
            results = list(outputs) if isinstance(outputs, list | tuple) else [outputs]
            self._see(name, list(inputs), attributes, results)
        except (tf.errors.OpError, ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
            # Whatever the shadow can't do must not disturb the run: the operation starts a new shadow.
            self.counts[f"unrecorded {type(error).__name__}"] += 1
        finally:
            self.busy = False

    def open_call(self, calls: GraphCalls, function: Any, inputs: Any, outputs: Any) -> None:
        """Look into a function that has run as a graph; one that stays closed is a single opaque event."""
        self.busy = True
        before = len(self.events)
        try:
            calls.open(function, inputs, outputs)
        except Exception as error:  # the run must not be disturbed by what can't be looked into
            reason = str(error) if isinstance(error, ClosedError) else f"{type(error).__name__} inside"
            del self.events[before:]
            self.calls = [call for call in self.calls if call.event is None or call.event < before]
            self.comparison.forget(before)
            self.producer = {key: event for key, event in self.producer.items() if event < before}
            self._note(
                readable(function.name), list(inputs), (), list(outputs), user_location(2), None, False
            )
            self.closed[before] = reason
        finally:
            self.busy = False

    def adopt(self, tensor: Any, other: Any) -> None:
        """Let a tensor have the shadow and the maker of another one with the same numbers."""
        self.shadows.alias(tensor, other)
        self._twins[tensor._id] = other._id
        if other._id in self.producer:
            self.producer[tensor._id] = self.producer[other._id]

    def twin(self, identity: int) -> int:
        """The tensor that one took its shadow from, if it did: else itself."""
        while identity in self._twins:
            identity = self._twins[identity]
        return identity

    def _keep(self, call: Call) -> None:
        """Keep an operation for arithmetic in arbitrary precision, as long as the run is small."""
        if self._room > 0:
            self._room -= sum(t.shape.num_elements() or 0 for t in (*call.inputs, *call.outputs))
            self.calls.append(call)
            if self._room <= 0:
                self.calls.clear()

    def see_in_graph(
        self,
        operation: str,
        inputs: list[Any],
        attributes: Any,
        outputs: list[Any],
        location: Location | None,
        forward: int | None,
        backward: bool,
    ) -> int | None:
        """Note an operation of a graph that is being gone through; its event, if it has one."""
        called, layer = user_location(2)
        if forward is not None:
            location = self.events[forward].location
        place = location or called, layer
        before = len(self.events)
        self._note(operation, inputs, attributes, outputs, place, forward, backward)
        return before if len(self.events) > before else None

    def _see(self, operation: str, inputs: list[Any], attributes: Any, outputs: list[Any]) -> None:
        forward = self.forward.current
        place = user_location(2)
        if forward is not None:
            place = self.events[forward].location, self.events[forward].layer
        self._note(operation, inputs, attributes, outputs, place, forward, self.forward.in_gradient)

    def _note(
        self,
        operation: str,
        inputs: list[Any],
        attributes: Any,
        outputs: list[Any],
        place: tuple[Location | None, str | None],
        forward: int | None,
        in_gradient: bool,
    ) -> None:
        if operation.startswith("Assign") and operation.endswith("VariableOp"):
            self.shadows.assign(operation, inputs[0], inputs[1])
            self._keep(Call(None, operation, (), tuple(inputs), (), False))
            return
        if any(t.dtype == tf.variant for t in outputs) and repeatable(operation):
            self._contained(operation, inputs, attributes, outputs)
        floating = [t for t in outputs if t.dtype in WORKING]
        if not floating:
            return
        index = len(self.events)
        location, layer = place
        producers = tuple(self.producer.get(t._id, -1) for t in inputs)
        if operation == "AddN" and forward is None and self.phase == "backward" and producers[0] >= 0:
            # The tape adds up gradients by itself: that belongs where the first of them comes from.
            forward = self.events[producers[0]].forward_event
            if forward is not None:
                location, layer = self.events[forward].location, self.events[forward].layer
        name = canonical(operation)
        mode, statistics = self.comparison.compare(
            index, operation, name, inputs, attributes, outputs, self._accumulated
        )
        for tensor in outputs:
            self.producer[tensor._id] = index
        backward = self.phase == "backward" or in_gradient
        self.forward.add(index, operation, inputs, outputs)
        self.counts[mode] += 1
        computed = mode not in ("leaf", "opaque")
        self._keep(Call(index, operation, attributes, tuple(inputs), tuple(outputs), computed))
        self.events.append(
            Event(
                index=index,
                operation=name,
                producers=producers,
                location=location,
                phase="backward" if backward else "forward",
                forward_event=forward,
                layer=layer,
                mode=mode,
                dtype=floating[0].dtype.name,
                input_shapes=tuple(tuple(t.shape) for t in inputs),
                shape=tuple(floating[0].shape),
                broadcast=broadcast_of(name, inputs),
                runtime=operation,
                leaf_infinite=statistics.nonfinite > 0 and leaf_infinite(inputs, producers),
                **statistics.to_dict(),
            )
        )

    def _contained(self, operation: str, inputs: list[Any], attributes: Any, outputs: list[Any]) -> None:
        """Keep a list or an optional of shadows beside one of tensors."""
        arguments = [self.shadows.of(t) for t in inputs]
        typed = widened_attributes(operation, attributes)
        try:
            results = execute(operation, arguments, typed, len(outputs))
        except tf.errors.OpError:
            return  # one that was filled where nobody saw it: what is taken out of it begins a new shadow
        record_on_tapes(operation, arguments, typed, results)
        for tensor, shadow in zip(outputs, results, strict=True):
            if tensor.dtype == tf.variant:
                self.shadows.hold(tensor, shadow)
                makers = [self.producer[t._id] for t in inputs if t._id in self.producer]
                self.producer[tensor._id] = max(makers, default=-1)

    def _accumulated(self, tensor: Any) -> float:
        event = self.producer.get(tensor._id, -1)
        return self.events[event].accumulated_error if event >= 0 else 0.0
