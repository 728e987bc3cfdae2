"""Code that TensorFlow runs as a graph: gone through where that is possible, else said to be unseen."""

from __future__ import annotations

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

from stabcheck.dynamic.trace.explain import causes  # noqa: E402
from tests.dynamic.trace.test_tensorflow_recorder import normal, run, state  # noqa: E402

BIG = tf.constant([100.0, 1.0, 2.0])
SMALL = tf.constant([1.0, 1.0, 2.0])
SPEC = tf.TensorSpec([3], tf.float32)


def line(function, text):
    import inspect

    lines, first = inspect.getsourcelines(function)
    return next(first + i for i, each in enumerate(lines) if text in each)


def naive(x):
    e = tf.exp(x)
    return tf.reduce_sum(e / tf.reduce_sum(e))


def branched(x):
    return tf.cond(tf.reduce_sum(x) > 50, lambda: tf.exp(x) / tf.exp(x), lambda: x * 2)


def looped(x):
    total = tf.constant(0.0)
    for i in tf.range(3):
        total += tf.exp(x[i])
        if total > 1e3:
            total = total * 1.5
    return total / total


def stepped(x):
    return tf.while_loop(lambda i, y: i < 2, lambda i, y: (i + 1, tf.exp(y)), [0, x])[1]


def checked(x):
    tf.debugging.assert_all_finite(x, "never")
    return tf.exp(x) / tf.exp(x)


def called(x):
    return tf.function(naive)(x)


class Module(tf.Module):
    @tf.function(input_signature=[tf.TensorSpec([None], tf.float32)])
    def apply(self, x):
        return naive(x)


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    path = str(tmp_path_factory.mktemp("saved"))
    tf.saved_model.save(Module(), path)
    return tf.saved_model.load(path)


GRAPHS = [naive, branched, looped, stepped, checked, called]


@pytest.mark.parametrize("function", GRAPHS, ids=lambda f: f.__name__)
def test_a_concrete_function_is_gone_through(function):
    concrete = tf.function(function).get_concrete_function(SPEC)
    value, slopes, trace = run(concrete, BIG)
    first = causes(trace)[0]
    assert first.kind == "overflow"
    assert first.location.path == __file__
    assert first.location.line == line(naive if function is called else function, "tf.exp(")
    assert trace.notes == ()
    with tf.GradientTape() as tape:
        tape.watch(BIG)
        plain = concrete(BIG)
    assert value.numpy().tobytes() == plain.numpy().tobytes()
    assert slopes[0].numpy().tobytes() == tape.gradient(plain, BIG).numpy().tobytes()


@pytest.mark.parametrize("function", GRAPHS[:-1], ids=lambda f: f.__name__)
def test_a_sound_concrete_function_is_not_accused(function):
    x = SMALL / 8.0
    _, _, trace = run(tf.function(function).get_concrete_function(SPEC), x)
    assert causes(trace) == ()
    assert trace.notes == ()


def test_gradients_inside_a_graph_belong_to_forward_operations():
    concrete = tf.function(lambda x: tf.reduce_sum(tf.sqrt(x - x))).get_concrete_function(SPEC)
    _, _, trace = run(concrete, SMALL)
    [cause] = [c for c in causes(trace) if c.kind == "nan-gradient"]
    assert "sqrt at 0" in cause.explanation


def test_a_saved_model_is_gone_through_though_it_keeps_no_lines(saved):
    def call(x):
        return saved.apply(x)

    _, _, trace = run(call, BIG)
    first = causes(trace)[0]
    assert (first.kind, first.evidence["operation"]) == ("overflow", "exp")
    assert first.location.line == line(call, "saved.apply")
    assert causes(run(call, SMALL)[2]) == ()


def test_a_signature_of_a_saved_model(saved):
    def call(x):
        return saved.signatures["serving_default"](x=x)["output_0"]

    assert causes(run(call, BIG)[2])[0].evidence["operation"] == "exp"


def test_a_recurrent_layer_in_a_graph():
    layer = tf.keras.layers.LSTM(4)
    layer.build((1, 3, 2))
    x = tf.constant(normal(1, 3, 2), tf.float32)
    concrete = tf.function(layer).get_concrete_function(tf.TensorSpec([1, 3, 2], tf.float32))
    _, _, trace = run(concrete, x)
    assert trace.notes == ()
    assert "resynchronized" not in trace.counts
    assert all(result.error < 1e-4 for result in trace.results)
    assert causes(trace) == ()


def test_variables_that_a_graph_reads_have_their_shadows():
    weight = tf.Variable(normal(3).astype(np.float32))
    concrete = tf.function(lambda x: tf.reduce_sum(weight * x)).get_concrete_function(SPEC)
    _, _, trace = run(concrete, SMALL, variables=[weight])
    assert any(result.name.startswith("gradient of Variable") for result in trace.results)
    assert all(result.error < 1e-6 for result in trace.results)


@pytest.mark.parametrize(
    "inside",
    [lambda x, v: v.assign_add(x), lambda x, v: tf.random.normal([3])],
    ids=["assignment", "random numbers"],
)
def test_a_graph_that_cannot_run_again_stays_closed_and_says_so(inside):
    counter = tf.Variable(tf.zeros(3))

    def closed(x):
        return tf.exp(x) + 0.0 * inside(x, counter)

    concrete = tf.function(closed).get_concrete_function(SPEC)
    _, _, trace = run(concrete, BIG)
    [note] = [n for n in trace.notes if n.startswith("not seen inside")]
    assert "closed" in note
    [cause] = causes(trace)[:1]
    assert cause.evidence["seen"] is False
    assert "was not seen" in cause.explanation
    sound = run(concrete, SMALL)[2]
    assert causes(sound) == ()
    assert sound.notes


def test_a_function_that_xla_would_compile_is_seen():
    _, _, trace = run(tf.function(naive, jit_compile=True), BIG)
    assert causes(trace)[0].location.line == line(naive, "tf.exp(x)")


def test_mapped_functions_are_seen():
    def each(x):
        return tf.map_fn(lambda v: tf.exp(v) / tf.exp(v), x)

    def at_once(x):
        return tf.vectorized_map(lambda v: tf.exp(v) / tf.exp(v), x)

    for function in (each, at_once):
        assert causes(run(function, BIG)[2])[0].location.line == line(function, "tf.exp")
        assert causes(run(function, SMALL)[2]) == ()


def test_python_inside_an_operation_is_followed():
    def function(x):
        y = tf.py_function(lambda v: tf.sqrt(v - v), [x * 2.0], tf.float32)
        return tf.reduce_sum(y * x)

    _, slopes, trace = run(function, SMALL)
    assert not np.isfinite(slopes[0].numpy()).all()
    [cause] = [c for c in causes(trace) if c.kind == "nan-gradient"]
    assert cause.location.line == line(function, "tf.sqrt")
    [result] = [r for r in trace.results if r.name == "value"]
    assert trace.events[result.event].operation == "sum"


def test_numpy_inside_is_said_to_be_unseen():
    def function(x):
        with np.errstate(all="ignore"):
            return tf.numpy_function(lambda v: np.exp(v) / np.exp(v), [x], tf.float32)

    _, _, trace = run(function, BIG)
    assert causes(trace) == ()
    assert any(note.startswith("not seen") for note in trace.notes)


def test_a_pipeline_is_said_to_be_unseen_and_no_operation_is_made_up():
    def function(x):
        data = tf.data.Dataset.from_tensors(x).map(lambda v: tf.exp(v) / tf.exp(v))
        return tf.reduce_sum(next(iter(data)))

    trace = run(function, BIG)[2]
    [cause] = causes(trace)
    assert cause.evidence["seen"] is False
    assert "not seen inside: IteratorGetNext" in trace.notes[0]
    assert causes(run(function, SMALL)[2]) == ()


def test_state_is_restored_after_graphs():
    from tensorflow.python.eager.polymorphic_function import atomic_function
    from tensorflow.python.ops import script_ops

    before = state(), atomic_function.AtomicFunction.call_flat, script_ops._internal_py_func
    run(tf.function(naive).get_concrete_function(SPEC), BIG)
    after = state(), atomic_function.AtomicFunction.call_flat, script_ops._internal_py_func
    assert before == after
