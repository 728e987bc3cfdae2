"""TensorFlow functions as problems: leaves, values, gradients, twins; the user's objects untouched."""

from __future__ import annotations

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

from stabcheck.dynamic.adapters.tensorflow import problem  # noqa: E402
from stabcheck.dynamic.precision import DiagnoseError  # noqa: E402

CONSTANT = tf.constant([1.0, 2.0, 3.0])
DTYPE = tf.float32
module_variable = tf.Variable([0.5, -1.0, 2.0], name="module_variable")


def point_of(found):
    return tuple(leaf.value for leaf in found.leaves)


def at_point(found):
    point = point_of(found)
    value = found.value(point)
    return value, found.gradient(point, np.ones_like(value))


class Net(tf.Module):
    def __init__(self):
        super().__init__()
        self.w = tf.Variable(tf.ones((3, 2)))
        self.scales = [tf.constant(2.0)]

    @tf.function
    def loss(self, x):
        return tf.reduce_sum(tf.matmul(x, self.w)) * self.scales[0]


net = Net()


def test_leaves_are_named_after_parameters_and_nesting():
    found = problem(lambda x, p: tf.reduce_sum(x) + p["w"][0], args=(tf.ones(2), {"w": [tf.constant(1.0)]}))
    assert [leaf.name for leaf in found.leaves] == ["x", "p['w'][0]"]


def test_variables_are_named_as_the_function_calls_them():
    found = problem(lambda: tf.reduce_sum(module_variable * net.w[0, 0]))
    assert {leaf.name for leaf in found.leaves} == {"module_variable", "net.w"}


def test_integers_and_texts_are_passed_on_not_varied():
    found = problem(
        lambda x, i, how: tf.gather(x, i) if how == "pick" else x, args=(tf.ones(3), tf.constant([2]), "pick")
    )
    assert [(leaf.name, leaf.varied) for leaf in found.leaves] == [("x", True), ("i", False)]
    assert found.value(point_of(found)).shape == (1,)


def test_the_gradient_is_the_tapes_with_the_cotangent():
    found = problem(lambda x: x * x, args=(tf.constant([1.0, 2.0], tf.float64),))
    (gradient,) = found.gradient(point_of(found), np.array([1.0, 10.0]))
    assert gradient.tolist() == [2.0, 40.0]


def test_a_custom_gradient_keeps_its_wrong_shape():
    @tf.custom_gradient
    def square(x):
        return x * x, lambda dy: tf.reduce_sum(2 * x * dy)

    _, (gradient,) = at_point(problem(square, args=(tf.constant([1.0, 2.0]),)))
    assert gradient.shape == ()


def test_no_gradient_is_none_not_zero():
    _, gradients = at_point(problem(lambda x, y: tf.reduce_sum(x), args=(tf.ones(2), tf.ones(2))))
    assert gradients[0] is not None
    assert gradients[1] is None


def test_a_function_that_leaves_tensorflow_has_no_gradient():
    value, gradients = at_point(problem(lambda x: float(tf.reduce_sum(x)), args=(tf.ones(2),)))
    assert value == 2.0
    assert gradients == (None,)


def test_slices_of_a_gathered_table_are_put_where_they_belong():
    table = tf.Variable(tf.ones((4, 2), tf.float64))
    _, (gradient,) = at_point(problem(lambda: tf.reduce_sum(tf.gather(table, [1, 1, 3])), variables=[table]))
    assert gradient.tolist() == [[0, 0], [2, 2], [0, 0], [1, 1]]


def test_nested_results_are_flattened_and_joined():
    found = problem(lambda x: {"a": x, "b": (2 * x, None)}, args=(tf.constant([1.0, 2.0]),))
    value = found.value(point_of(found))
    assert value.tolist() == [1, 2, 2, 4]
    (gradient,) = found.gradient(point_of(found), np.array([1.0, 0.0, 0.0, 5.0], np.float32))
    assert gradient.tolist() == [1, 10]


def test_a_gradient_by_hand_may_be_a_list_for_the_variables():
    w = tf.Variable([1.0, 2.0])
    found = problem(lambda: tf.reduce_sum(w**2), variables=[w], grad=lambda: [2 * w])
    _, (gradient,) = at_point(found)
    assert gradient.tolist() == [2, 4]


def test_numpy_arguments_stay_numpy_where_the_gradient_is_by_hand():
    def fn(x):
        assert isinstance(x, np.ndarray)
        return tf.reduce_sum(x * x)

    _, (gradient,) = at_point(problem(fn, args=(np.ones(3),), grad=lambda x: 2 * x))
    assert gradient.tolist() == [2, 2, 2]


def test_a_gradient_of_fewer_arguments_holds_the_rest_fixed():
    found = problem(lambda w, x: tf.reduce_sum(w * x), args=(np.ones(2), np.ones(2)), grad=lambda w, x: x)
    assert [leaf.varied for leaf in found.leaves] == [True, False]
    assert "x" in found.notes[0]


@pytest.mark.parametrize("dtype", ["float64", "float16"])
@pytest.mark.parametrize(
    ("fn", "args"),
    [
        (lambda x: tf.reduce_sum(x * CONSTANT), (tf.ones(3),)),
        (lambda x: tf.reduce_sum(x * module_variable), (tf.ones(3),)),
        (lambda x: tf.reduce_sum(tf.cast(x, DTYPE) * tf.constant(0.5)), (tf.ones(3),)),
        (lambda x: tf.reduce_sum(tf.where(x > 0, 1.0, 0.1) * x + tf.zeros(3)), (tf.ones(3),)),
        (
            lambda x: tf.while_loop(lambda i, s: i < 2, lambda i, s: (i + 1, s * x), (0, 1.0))[1],
            (tf.constant(2.0),),
        ),
        (lambda x: tf.reduce_sum(x * tf.stack([1.0, 2.0, 3.0])), (tf.ones(3),)),
        (lambda x: 2 * net.loss(x), (tf.ones((2, 3)),)),
        (net.loss, (tf.ones((2, 3)),)),
        (tf.function(lambda x: tf.reduce_sum(x * module_variable)), (tf.ones(3),)),
        (lambda x: tf.reduce_sum(x * np.arange(3, dtype=np.float32)), (tf.ones(3),)),
    ],
    ids=[
        "constant",
        "variable",
        "spelt dtypes",
        "defaults",
        "loop",
        "stack",
        "module",
        "method",
        "compiled",
        "array",
    ],
)
def test_a_twin_runs_in_its_dtype_throughout(fn, args, dtype):
    found = problem(fn, args=args)
    twin = found.at(dtype)
    assert twin is not None
    value, gradients = at_point(twin)
    assert value.dtype == dtype
    assert gradients[0].dtype == dtype
    np.testing.assert_allclose(value, found.value(point_of(found)), rtol=1e-2)


def test_a_function_that_fixes_its_dtype_has_no_twin():
    def fixed(x):
        return tf.reduce_sum(x * tf.io.decode_raw(b"\0" * 12, "float32"))

    found = problem(fixed, args=(tf.ones(3),))
    assert found.at("float32") is found
    assert found.at("float64") is None


def test_the_users_objects_are_the_same_afterwards():
    counter = tf.Variable(0.0, trainable=False)
    before = [module_variable.numpy().tobytes(), net.w.numpy().tobytes(), net.scales[0]]

    def fn(x):
        counter.assign_add(1.0)
        return tf.reduce_sum(x * module_variable) + net.loss(tf.ones((1, 3)))

    found = problem(fn, args=(tf.ones(3),))
    for each in (found, found.at("float64"), found.at("float16")):
        at_point(each)
    assert counter.numpy() == 0.0
    assert module_variable.dtype == tf.float32
    assert [module_variable.numpy().tobytes(), net.w.numpy().tobytes(), net.scales[0]] == before


def test_the_users_objects_are_the_same_after_an_exception():
    def fails():
        module_variable.assign([9.0, 9.0, 9.0])
        raise RuntimeError

    before = module_variable.numpy().tobytes()
    with pytest.raises(RuntimeError):
        problem(fails, variables=[module_variable])
    assert module_variable.numpy().tobytes() == before


def test_the_users_random_numbers_are_the_same_with_and_without_a_check():
    def drawn():
        return tf.random.normal([4]).numpy().tolist()

    tf.random.set_seed(3)
    undisturbed = [drawn(), drawn()]
    tf.random.set_seed(3)
    first = drawn()
    found = problem(lambda x: tf.reduce_sum(tf.nn.dropout(x, 0.5)), args=(tf.ones(50),))
    assert found.value(point_of(found)) != found.value(point_of(found))
    assert [first, drawn()] == undisturbed


def test_state_of_the_function_goes_on_between_evaluations():
    counter = tf.Variable(0.0, trainable=False)

    def fn(x):
        counter.assign_add(1.0)
        return tf.reduce_sum(x) * counter

    found = problem(fn, args=(tf.ones(2),))
    assert found.value(point_of(found)) != found.value(point_of(found))


def many_points(found, count=80):
    rng = np.random.default_rng(0)
    return [
        tuple(
            leaf.value + rng.normal(size=leaf.value.shape).astype(leaf.value.dtype) for leaf in found.leaves
        )
        for _ in range(count)
    ]


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16"])
def test_one_graph_gives_what_eager_evaluations_give(dtype):
    found = problem(lambda x: tf.tanh(x) @ tf.transpose(x), args=(tf.ones((3, 2), dtype),))
    found.many_points.replay = None
    points = many_points(found)
    eager = [found.value(point) for point in points]
    batch = found.values(points)
    assert found.many_points.loop is not None
    assert not found.many_points.refused
    unit = float(np.finfo(dtype).eps)
    for one, other in zip(eager, batch, strict=True):
        assert one.dtype == other.dtype
        np.testing.assert_allclose(one, other, rtol=16 * unit, atol=16 * unit)


def test_variables_are_batched_too():
    w = tf.Variable(tf.ones((3, 2), tf.float64))
    found = problem(lambda: tf.reduce_sum(tf.sin(w)), variables=[w])
    points = many_points(found)
    np.testing.assert_allclose(found.values(points), [np.sin(p[0]).sum() for p in points], rtol=1e-12)


def test_what_can_not_be_compiled_is_evaluated_one_by_one():
    found = problem(lambda x: tf.constant(float(tf.reduce_sum(x)) ** 2), args=(tf.ones(2),))
    points = many_points(found)
    values = found.values(points)
    assert found.many_points.loop is None
    np.testing.assert_allclose(values, [p[0].sum() ** 2 for p in points], rtol=1e-5)


def test_the_graph_optimizer_is_left_as_it_was():
    before = tf.config.optimizer.get_experimental_options()
    found = problem(tf.reduce_sum, args=(tf.ones(2),))
    found.values(many_points(found))
    after = tf.config.optimizer.get_experimental_options()
    assert after.get("disable_meta_optimizer", False) == before.get("disable_meta_optimizer", False)


def test_numpy_float64_in_float32_code_is_a_dtype_mismatch():
    found = problem(lambda x: tf.reduce_sum(x * module_variable), args=(np.ones(3),))
    assert found.dtype == "float32"
    assert [cause.kind for cause in found.suspects] == ["dtype-mismatch"]


def test_nothing_to_vary_is_one_clear_line():
    with pytest.raises(DiagnoseError, match="nothing to vary"):
        problem(lambda i: i, args=(tf.constant([1]),))


def test_a_trace_gives_the_users_lines():
    found = problem(lambda x: tf.reduce_sum(tf.exp(x)), args=(tf.ones(3),))
    trace = found.trace(np.ones(()))
    assert trace is not None
    assert any(event.operation == "exp" and event.location.path == __file__ for event in trace.events)
