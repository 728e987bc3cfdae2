"""Hand-written gradient checks, read out of the frame in which they failed; each is run for real."""

import textwrap
from types import FrameType

import numpy as np
import pytest

import stabcheck
from stabcheck.dynamic.watch.explain import users_frames
from stabcheck.dynamic.watch.handwritten import HandCheck, hand_check

PREAMBLE = """
import copy
import numpy as np
import pytest

rng = np.random.default_rng(0)
X, y = rng.normal(size=(40, 6)), rng.normal(size=40)
w = rng.normal(size=6)


def loss(w):
    return np.mean((X @ w - y) ** 2)


def wrong(w):
    return 2 * X.T @ (X @ w - y)


def right(w):
    return wrong(w) / len(y)


def both(w, X, y):
    return np.mean((X @ w - y) ** 2), 2 * X.T @ (X @ w - y)


def numeric_gradient(f, x, h=1e-5):
    gradient = np.zeros_like(x)
    it = np.nditer(x, flags=["multi_index"])
    while not it.finished:
        at = it.multi_index
        old = x[at]
        x[at] = old + h
        above = f(x)
        x[at] = old - h
        below = f(x)
        x[at] = old
        gradient[at] = (above - below) / (2 * h)
        it.iternext()
    return gradient


params = {"w": w.copy(), "b": np.zeros(1), "v": rng.normal(size=(2, 3))}


def loss_of_all(p):
    return np.mean((X @ p["w"] + p["b"] - y) ** 2) + np.sum(p["v"] ** 2)


def wrong_of_all(p):
    residual = X @ p["w"] + p["b"] - y
    return {"w": 2 * X.T @ residual, "b": 2 * residual.sum(keepdims=True), "v": 80 * p["v"]}


class Model:
    def __init__(self):
        self.params = {name: array.copy() for name, array in params.items()}
        self.w = self.params["w"]

    def loss(self):
        return loss_of_all(self.params)

    def loss_and_gradients(self):
        return loss_of_all(self.params), wrong_of_all(self.params)


def relative_error(a, b):
    return np.max(np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b)))
"""


def failed(tmp_path, body: str) -> list[tuple[FrameType, int]]:
    """Run a test's body in a file of its own; the user's frames of its failure."""
    path = tmp_path / "written.py"
    path.write_text(f"{PREAMBLE}\n\ndef test():\n{textwrap.indent(textwrap.dedent(body), '    ')}")
    names: dict[str, object] = {"__name__": "written", "__file__": str(path)}
    exec(compile(path.read_text(), str(path), "exec"), names)
    with pytest.raises(AssertionError) as caught:
        names["test"]()
    return users_frames(caught.value.__traceback__)


def read(tmp_path, body: str) -> HandCheck | None:
    frames = failed(tmp_path, body)
    return next(filter(None, (hand_check(frame, line) for frame, line in frames if _written(frame))), None)


def _written(frame: FrameType) -> bool:
    return frame.f_code.co_filename.endswith("written.py")


NORM = 6.170286  # of the numeric gradient of `loss` at `w`

RECOGNISED = {
    "helper that writes into its argument": """
        analytic = wrong(w)
        numeric = numeric_gradient(loss, w)
        np.testing.assert_allclose(analytic, numeric, rtol=1e-5)
        """,
    "both in the call, and numeric first": """
        assert np.allclose(numeric_gradient(loss, w), wrong(w))
        """,
    "lambda over a function with several results": """
        value, gradient = both(w, X, y)
        assert np.allclose(gradient, numeric_gradient(lambda v: both(v, X, y)[0], w))
        """,
    "loop in the test with copies": """
        eps = 1e-5
        numeric = np.zeros(6)
        for i in range(6):
            plus = w.copy()
            plus[i] += eps
            minus = np.copy(w)
            minus[i] -= eps
            numeric[i] = (loss(plus) - loss(minus)) / (2 * eps)
        gap = np.linalg.norm(wrong(w) - numeric) / np.linalg.norm(numeric)
        assert gap < 1e-6
        """,
    "basis vectors in a comprehension": """
        h = 1e-5
        numeric = np.array([(loss(w + h * e) - loss(w - h * e)) / (2 * h) for e in np.eye(6)])
        np.testing.assert_array_almost_equal(wrong(w), numeric)
        """,
    "forward difference in a list": """
        h = np.sqrt(np.finfo(float).eps)
        here, found = loss(w), []
        for i in range(6):
            moved = np.array(w, dtype=float)
            moved[i] += h
            found.append((loss(moved) - here) / h)
        assert wrong(w) == pytest.approx(np.array(found), rel=1e-4)
        """,
    "entry by entry": """
        gradient, h = wrong(w), 1e-6
        for i in range(6):
            old = w[i]
            w[i] = old + h
            above = loss(w)
            w[i] = old - h
            below = loss(w)
            w[i] = old
            numeric = (above - below) / (2 * h)
            assert abs(numeric - gradient[i]) < 1e-5
        """,
    "relative error of a helper": """
        assert relative_error(wrong(w), numeric_gradient(loss, w)) < 1e-6
        """,
    "a function that looks into the array that the loop writes into": """
        class Model:
            def __init__(self):
                self.params = {"w": w}
            def loss(self):
                return loss(self.params["w"])
        model = Model()
        numeric = numeric_gradient(lambda _: model.loss(), model.params["w"])
        np.testing.assert_allclose(wrong(w), numeric, rtol=1e-6)
        """,
    "a function that returns the relative error": """
        def check(cost, gradient, theta, *args, eps=1e-4):
            approx = np.zeros(theta.shape)
            for j in range(theta.size):
                plus, minus = np.copy(theta), np.copy(theta)
                plus[j] = plus[j] + eps
                minus[j] = minus[j] - eps
                approx[j] = (cost(plus, *args) - cost(minus, *args)) / (2.0 * eps)
            given = gradient(theta, *args)
            num = np.linalg.norm(given - approx)
            return num / (np.linalg.norm(given) + np.linalg.norm(approx))
        def loss_of(v, X, y):
            return np.mean((X @ v - y) ** 2)
        def gradient_of(v, X, y):
            return 2 * X.T @ (X @ v - y)
        assert check(loss_of, gradient_of, w, X, y) < 1e-7
        """,
    "a dictionary of gradients of a model": """
        class Model:
            def __init__(self):
                self.params = {"w": w, "b": np.zeros(3)}
            def loss(self):
                return loss(self.params["w"]) + np.sum(self.params["b"] ** 2)
            def numeric(self):
                loss_of = lambda _: self.loss()
                found = {}
                found["b"] = numeric_gradient(loss_of, self.params["b"])
                found["w"] = numeric_gradient(loss_of, self.params["w"])
                return found
        model = Model()
        numeric, given = model.numeric(), {"b": np.zeros(3), "w": wrong(w)}
        for key in given:
            assert np.average(np.abs(numeric[key] - given[key])) < 1e-6
        """,
    "a function with several values and a cotangent": """
        def predictions(v):
            return X @ v
        cotangent = X @ w - y
        numeric = np.zeros(6)
        for i in range(6):
            old, h = w[i], 1e-5
            w[i] = old + h
            pos = predictions(w).copy()
            w[i] = old - h
            neg = predictions(w).copy()
            w[i] = old
            numeric[i] = np.sum((pos - neg) * cotangent) / (2 * h)
        assert relative_error(40 * X.T @ cotangent, numeric) < 1e-6
        """,
    "raised behind an if": """
        numeric = numeric_gradient(loss, w)
        error = np.abs(numeric - wrong(w)).max()
        if error > 1e-5:
            raise AssertionError(error)
        """,
    "other arguments": """
        def inner(X, v, y):
            return np.mean((X @ v - y) ** 2)
        h = 1e-4
        numeric = np.zeros(6)
        for i in range(6):
            step = np.zeros(6)
            step[i] = h
            numeric[i] = (inner(X, w + step, y) - inner(X, w - step, y)) / h / 2
        np.testing.assert_allclose(numeric, wrong(w), rtol=1e-3)
        """,
}


IN_PLACE = {
    "to and fro, all parameters of a dictionary": """
        gradients, h, numeric = wrong_of_all(params), 1e-5, {}
        for name, array in params.items():
            numeric[name] = np.zeros_like(array)
            it = np.nditer(array, flags=["multi_index"])
            for _ in it:
                at = it.multi_index
                array[at] += h
                above = loss_of_all(params)
                array[at] -= 2 * h
                below = loss_of_all(params)
                array[at] += h
                numeric[name][at] = (above - below) / (2 * h)
        for name in params:
            assert relative_error(numeric[name], gradients[name]) < 1e-6
        """,
    "compared before it is put back": """
        gradients, h = wrong_of_all(params), 1e-5
        for name in params:
            for k in range(params[name].size):
                params[name].flat[k] += h
                above = loss_of_all(params)
                params[name].flat[k] -= 2 * h
                below = loss_of_all(params)
                numeric = (above - below) / (2 * h)
                assert abs(numeric - gradients[name].flat[k]) < 1e-6
                params[name].flat[k] += h
        """,
    "attributes of a model, and the first of several results": """
        model, h = Model(), 1e-4
        _, gradients = model.loss_and_gradients()
        for array, analytic in zip([model.w, model.params["v"]], [gradients["w"], gradients["v"]]):
            k = array.size // 2
            old = array.flat[k]
            array.flat[k] = old + h; above, _ = model.loss_and_gradients()
            array.flat[k] = old - h; below, _ = model.loss_and_gradients()
            array.flat[k] = old
            numeric = (above - below) / (2 * h)
            gap = abs(numeric - analytic.flat[k]) / max(abs(numeric), abs(analytic.flat[k]))
            assert gap < 1e-5
        """,
    "a list of gradients of a helper": """
        def numeric_gradients(arrays, f, h=1e-5):
            found = []
            for array in arrays:
                gradient = np.zeros_like(array)
                for at in np.ndindex(array.shape):
                    array[at] += h
                    above = f()
                    array[at] -= h
                    gradient[at] = (above - f()) / h
                found.append(gradient)
            return found
        model = Model()
        _, gradients = model.loss_and_gradients()
        for name, numeric in zip(("w", "v"), numeric_gradients([model.w, model.params["v"]], model.loss)):
            assert np.allclose(gradients[name], numeric, rtol=1e-2)
        """,
    "forward, around the value at the point": """
        h, here, numeric = 1e-7, loss_of_all(params), np.zeros((2, 3))
        for i in range(2):
            for j in range(3):
                params["v"][i][j] += h
                numeric[i, j] = (loss_of_all(params) - here) / h
                params["v"][i][j] -= h
        np.testing.assert_allclose(wrong_of_all(params)["v"], numeric, rtol=1e-3)
        """,
    "a view of the array": """
        flat = params["v"].ravel()
        numeric = np.zeros(flat.size)
        for k in range(flat.size):
            old = flat[k]
            flat[k] = old + 1e-5
            up = loss_of_all(params)
            flat[k] = old - 1e-5
            down = loss_of_all(params)
            flat[k] = old
            numeric[k] = (up - down) / 2e-5
        assert np.abs(numeric.reshape(2, 3) - wrong_of_all(params)["v"]).max() < 1e-6
        """,
    "deep copies of all parameters": """
        h, numeric = 1e-5, np.zeros((2, 3))
        for at in np.ndindex(2, 3):
            plus, minus = copy.deepcopy(params), copy.deepcopy(params)
            plus["v"][at] += h
            minus["v"][at] -= h
            numeric[at] = (loss_of_all(plus) - loss_of_all(minus)) / (2 * h)
        np.testing.assert_allclose(wrong_of_all(params)["v"], numeric, rtol=1e-5)
        """,
    "entries of lists of values, from several results": """
        def cost(theta):
            return loss(theta), None
        h = 1e-6
        above, below, numeric = np.zeros(6), np.zeros(6), np.zeros(6)
        for i in range(6):
            plus = np.copy(w)
            plus[i] = plus[i] + h
            above[i], _ = cost(plus)
            minus = np.copy(w)
            minus[i] = minus[i] - h
            below[i], _ = cost(minus)
            numeric[i] = (above[i] - below[i]) / (2 * h)
        gradient = wrong(w)
        gap = np.linalg.norm(gradient - numeric) / (np.linalg.norm(gradient) + np.linalg.norm(numeric))
        assert gap < 1e-7
        """,
}


@pytest.mark.parametrize("body", IN_PLACE.values(), ids=IN_PLACE)
def test_an_array_that_is_written_into_in_place_is_found(tmp_path, body: str) -> None:
    check = read(tmp_path, body)
    assert check is not None
    report = stabcheck.diagnose(**check.keywords)
    assert report.causes[0].kind == "scale-error"
    assert report.causes[0].evidence["factor"] == pytest.approx(40)


def test_what_an_increment_taken_back_leaves_behind_does_not_hide_a_step_that_is_too_small(tmp_path) -> None:
    check = read(
        tmp_path,
        """
        h, numeric = 1e-12, np.zeros(6)
        for i in range(6):
            params["w"][i] += h
            above = loss_of_all(params)
            params["w"][i] -= 2 * h
            below = loss_of_all(params)
            params["w"][i] += h
            numeric[i] = (above - below) / (2 * h)
        analytic = wrong_of_all(params)["w"] / 40
        np.testing.assert_allclose(analytic, numeric, rtol=1e-6)
        """,
    )
    assert check is not None
    assert check.replay.step == pytest.approx(1e-12)
    assert [cause.kind for cause in stabcheck.diagnose(**check.keywords).causes] == ["step-too-small"]


@pytest.mark.parametrize("body", RECOGNISED.values(), ids=RECOGNISED)
def test_the_check_is_read_and_its_diagnosis_names_the_missing_factor(tmp_path, body: str) -> None:
    check = read(tmp_path, body)
    assert check is not None
    assert check.guess.name in ("loss", "<lambda>", "inner", "loss_of", "predictions")
    report = stabcheck.diagnose(**check.keywords)
    assert report.causes[0].kind == "scale-error"
    assert report.causes[0].evidence["factor"] == pytest.approx(40)


VARIABLES = {
    "a variable assigned whole": """
        weights, numeric = tf.Variable(w[:, None]), np.zeros((6, 1))
        def value():
            return total(tf.constant(X) @ weights)
        with tf.GradientTape() as tape:
            here = value()
        analytic = tape.gradient(here, weights).numpy()
        for i in range(6):
            step = np.zeros((6, 1))
            step[i] = 1e-5
            weights.assign(w[:, None] + step)
            above = value().numpy()
            weights.assign(w[:, None] - step)
            below = value().numpy()
            numeric[i] = (above - below) / 2e-5
        weights.assign(w[:, None])
        np.testing.assert_allclose(numeric, analytic, rtol=1e-4)
        """,
    "its entries": """
        weights = tf.Variable(w[:, None])
        def value():
            return total(tf.constant(X) @ weights)
        with tf.GradientTape() as tape:
            here = value()
        analytic = tape.gradient(here, weights)
        for i in range(6):
            weights[i, 0].assign(weights[i, 0] + 1e-5)
            above = float(value())
            weights[i, 0].assign(weights[i, 0] - 2e-5)
            below = float(value())
            weights[i, 0].assign(weights[i, 0] + 1e-5)
            assert abs((above - below) / 2e-5 - analytic[i, 0].numpy()) < 1e-6
        """,
    "the weights of a model": """
        model = tf.keras.Sequential([tf.keras.layers.Dense(1, dtype="float64")])
        model.build((40, 6))
        def value():
            return total(model(tf.constant(X)))
        with tf.GradientTape() as tape:
            here = value()
        gradients = tape.gradient(here, model.trainable_variables)
        weights = model.get_weights()
        for k, analytic in enumerate(gradients):
            numeric = np.zeros(analytic.shape)
            for at in np.ndindex(*analytic.shape):
                weights[k][at] += 1e-5
                model.set_weights(weights)
                above = float(value())
                weights[k][at] -= 2e-5
                model.set_weights(weights)
                below = float(value())
                weights[k][at] += 1e-5
                model.set_weights(weights)
                numeric[at] = (above - below) / 2e-5
            np.testing.assert_allclose(numeric, analytic.numpy(), rtol=1e-4)
        """,
}
TOTAL = """
import tensorflow as tf
@tf.custom_gradient
def total(p):
    target = tf.constant(y[:, None])
    return tf.reduce_mean((p - target) ** 2), lambda dy: dy * 2 * (p - target)
"""


@pytest.mark.parametrize("body", VARIABLES.values(), ids=VARIABLES)
def test_a_variable_that_is_assigned_to_is_found_with_its_custom_gradient(tmp_path, body: str) -> None:
    check = read(tmp_path, TOTAL + textwrap.dedent(body))
    assert check is not None
    cause = stabcheck.diagnose(**check.keywords).causes[0]
    assert cause.kind == "scale-error"
    assert cause.evidence["factor"] == pytest.approx(40)
    assert "def total" in (tmp_path / "written.py").read_text().splitlines()[cause.location.line - 1] or (
        "lambda dy" in (tmp_path / "written.py").read_text().splitlines()[cause.location.line - 1]
    )


SILENT = {
    "no numeric gradient": "np.testing.assert_allclose(wrong(w), right(w))",
    "the point has changed since": """
        numeric = numeric_gradient(loss, w)
        w[:] += 1
        np.testing.assert_allclose(wrong(w), numeric)
        """,
    "two numeric gradients": """
        assert np.allclose(numeric_gradient(loss, w), numeric_gradient(loss, w, 0.5), 1e-15, 0)
        """,
    "the quotient is halved again": """
        numeric = numeric_gradient(loss, w) / 2
        np.testing.assert_allclose(wrong(w), numeric)
        """,
    "different functions are subtracted": """
        h = 1e-5
        numeric = np.array([(loss(w + h * e) - np.sum(w - h * e)) / (2 * h) for e in np.eye(6)])
        np.testing.assert_allclose(wrong(w), numeric)
        """,
    "a step that depends on the entry": """
        numeric = np.zeros(6)
        for i in range(6):
            h = 1e-5 * abs(w[i])
            plus, minus = w.copy(), w.copy()
            plus[i] += h
            minus[i] -= h
            numeric[i] = (loss(plus) - loss(minus)) / (2 * h)
        np.testing.assert_allclose(wrong(w), numeric)
        """,
    "the function has changed since": """
        scale = 1.0
        def scaled(v):
            return scale * loss(v)
        numeric = numeric_gradient(scaled, w)
        scale = 2.0
        np.testing.assert_allclose(wrong(w), numeric)
        """,
    "an array that the function does not read": """
        other, numeric = w.copy(), np.zeros(6)
        for i in range(6):
            other[i] += 1e-5
            above = loss_of_all(params)
            other[i] -= 2e-5
            below = loss_of_all(params)
            other[i] += 1e-5
            numeric[i] = (above - below) / 2e-5
        np.testing.assert_allclose(wrong(w), numeric)
        """,
    "two arrays are written into": """
        numeric = np.zeros(6)
        for i in range(6):
            params["w"][i] += 1e-5
            above = loss_of_all(params)
            params["w"][i] -= 2e-5
            params["v"][0, i % 3] += 1e-5
            below = loss_of_all(params)
            params["w"][i] += 1e-5
            numeric[i] = (above - below) / 2e-5
        np.testing.assert_allclose(wrong(w), numeric)
        """,
    "an array that is not put back": """
        numeric = np.zeros(6)
        for i in range(6):
            params["w"][i] += 1e-2
            above = loss_of_all(params)
            params["w"][i] -= 2e-2
            below = loss_of_all(params)
            numeric[i] = (above - below) / 2e-2
        np.testing.assert_allclose(wrong(w), numeric)
        """,
    "something else fails": """
        numeric = numeric_gradient(loss, w)
        np.testing.assert_allclose(right(w), numeric, rtol=1e-4)
        assert numeric.sum() == 0, "not the check"
        """,
}


@pytest.mark.parametrize("body", SILENT.values(), ids=SILENT)
def test_what_is_not_certain_is_not_explained(tmp_path, body: str) -> None:
    assert read(tmp_path, body) is None


def test_step_scheme_and_tolerance_are_those_of_the_test(tmp_path) -> None:
    check = read(
        tmp_path, "np.testing.assert_allclose(right(w), numeric_gradient(loss, w, 1e-13), rtol=1e-6)"
    )
    assert check is not None
    assert (check.replay.scheme, check.replay.step) == ("central", 1e-13)
    assert check.tolerance == pytest.approx(1e-6)
    report = stabcheck.diagnose(**check.keywords)
    assert report.verdict == "pass"
    assert [cause.kind for cause in report.causes] == ["step-too-small"]


def test_the_gradient_function_is_found_again(tmp_path) -> None:
    check = read(tmp_path, "np.testing.assert_allclose(wrong(w), numeric_gradient(loss, w), rtol=1e-5)")
    assert check is not None
    assert callable(check.gradient)
    assert check.gradient.__name__ == "wrong"
    point = np.array(check.guess.point)
    assert np.array_equal(check.gradient(point), check.gradient(point))


def test_an_element_wise_function_moved_all_at_once(tmp_path) -> None:
    check = read(
        tmp_path,
        """
        x, h = np.linspace(-2, 2, 9), 1e-4
        numeric = (np.exp(x + h) - np.exp(x - h)) / (2 * h)
        assert np.allclose(numeric, -np.exp(x))
        """,
    )
    assert check is not None
    assert [cause.kind for cause in stabcheck.diagnose(**check.keywords).causes] == ["sign-error"]


def test_an_array_of_whole_numbers_is_named(tmp_path) -> None:
    check = read(
        tmp_path,
        """
        x = np.array([1, 2, 3])
        def squares(v):
            return np.sum(v ** 2.0)
        np.testing.assert_allclose(2.0 * x, numeric_gradient(squares, x), rtol=1e-5)
        """,
    )
    assert check is not None
    assert "integer-input" in [cause.kind for cause in stabcheck.diagnose(**check.keywords).causes]


TOLERANCES = {
    "np.testing.assert_allclose(n, wrong(w), rtol=1e-3)": 1e-3,
    "np.testing.assert_array_almost_equal(n, wrong(w), decimal=3)": 1.5e-3 * 6**0.5 / NORM,
    "assert np.abs(n - wrong(w)).max() < 1e-3": 1e-3 * 6**0.5 / NORM,
    "assert np.linalg.norm(n - wrong(w)) / np.linalg.norm(n) < 1e-3": 1e-3,
    "assert relative_error(n, wrong(w)) < 1e-3": 1e-3,
    "assert n == pytest.approx(wrong(w), rel=1e-3, abs=0)": 1e-3,
}


@pytest.mark.parametrize("line", TOLERANCES)
def test_a_tolerance_is_made_relative(tmp_path, line: str) -> None:
    check = read(tmp_path, f"n = numeric_gradient(loss, w)\n{line}")
    assert check is not None
    assert check.tolerance == pytest.approx(TOLERANCES[line], rel=1e-5)


def test_the_tolerance_of_math_is_its_own(tmp_path) -> None:
    check = read(
        tmp_path,
        """
        import math
        x, h = 0.3, 1e-3
        assert math.isclose((math.sin(x + h) - math.sin(x - h)) / (2 * h), math.cos(x))
        """,
    )
    assert check is not None
    assert check.tolerance == pytest.approx(1e-9)
