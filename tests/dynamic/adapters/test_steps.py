"""Operations over many points that are settled once."""

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

from stabcheck.dynamic.adapters.tensorflow_eager import eager_run  # noqa: E402
from stabcheck.dynamic.adapters.tensorflow_replay import Replay  # noqa: E402
from stabcheck.dynamic.adapters.tensorflow_steps import Step, Steps  # noqa: E402
from stabcheck.dynamic.stack import Stack  # noqa: E402


def steps_of(function, array):
    run, _ = eager_run(lambda leaves: function(*leaves), [tf.constant(array)], [True], ())
    return run, Steps(run)


def loss(x):
    return tf.reduce_mean(tf.linalg.matvec(tf.ones((4, 3), x.dtype), x) + x[0] ** 2, axis=-1)


@pytest.mark.parametrize("count", [1, 2, 7])
def test_one_plan_serves_any_number_of_points(count):
    run, steps = steps_of(loss, np.arange(3.0))
    points = np.random.default_rng(count).normal(size=(count, 3))
    expected = [loss(tf.constant(point)).numpy() for point in points]
    assert np.allclose(Replay(run, steps)(Stack([points])), expected, rtol=1e-14)


def test_the_plan_at_another_dtype_leaves_the_first_as_it_is():
    run, steps = steps_of(loss, np.arange(3.0))
    points = np.random.default_rng(0).normal(size=(5, 3))
    narrow = Replay(run, steps.retyped(tf.float64, tf.float32))(Stack([points]))
    assert narrow.dtype == np.float32
    assert Replay(run, steps)(Stack([points])).dtype == np.float64
    assert np.allclose(narrow, [loss(tf.constant(point)).numpy() for point in points], rtol=1e-5)


def test_axes_and_shapes_are_no_business_of_the_points():
    _, steps = steps_of(lambda x: tf.reduce_sum(tf.reshape(x, (2, 3)), axis=-1)[:1], np.arange(6.0))
    names = [step.name for step in steps.order if isinstance(step, Step)]
    assert names == ["Reshape", "Sum"]
    assert [step.name for step in steps.order if not isinstance(step, Step)] == ["StridedSlice"]


def test_an_array_without_elements_does_not_tell_how_many_points_there_are():
    with pytest.raises(KeyError):
        steps_of(lambda x: tf.reduce_sum(tf.reshape(x[:0], (0, 2))) + tf.reduce_sum(x), np.arange(6.0))
