"""The pytest plugin, in real sessions of pytest on throw-away files."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import stabcheck
import stabcheck.dynamic.watch.explain
import stabcheck.integrations.pytest_session

# Sessions in this process forget what they load; this stays.
stabcheck.diagnose(np.sum, np.ones(1), np.ones(1))
pytest_plugins = ["pytester"]

NUMPY = """
import unittest
import numpy as np
import pytest
import stabcheck

rng = np.random.default_rng(0)
X, y = rng.normal(size=(40, 6)), rng.normal(size=40)
point = rng.normal(size=6)


def loss(w):
    return np.mean((X @ w - y) ** 2)


def gradient(w):
    return 2 * X.T @ (X @ w - y)


def numeric_gradient(f, x, h=1e-5):
    found = np.zeros_like(x)
    for i in range(x.size):
        plus, minus = x.copy(), x.copy()
        plus[i] += h
        minus[i] -= h
        found[i] = (f(plus) - f(minus)) / (2 * h)
    return found


def test_missing_factor():
    np.testing.assert_allclose(gradient(point), numeric_gradient(loss, point), rtol=1e-5)


def test_unrelated():
    assert np.allclose(gradient(point) / 40, numeric_gradient(loss, point))
    assert point.sum() == 3


@pytest.mark.parametrize("h", [1e-5, 1e-14])
def test_step(h):
    assert np.allclose(gradient(point) / 40, numeric_gradient(loss, point, h))


class LossTest(unittest.TestCase):
    def test_in_a_class(self):
        analytic = gradient(point)
        self.assertTrue(np.allclose(analytic, numeric_gradient(loss, point)))


@pytest.mark.xfail
def test_expected_to_fail():
    assert np.allclose(gradient(point), numeric_gradient(loss, point))
"""

CASES = """
import numpy as np
import stabcheck


def test_plain():
    pass


@stabcheck.gradient_case
def wrong():
    return stabcheck.GradientCase(lambda x: np.sum(x**2), np.array([1.0, 2.0]), lambda x: -2 * x)


@stabcheck.gradient_case
def several():
    return {
        "right": stabcheck.GradientCase(lambda x: np.sum(x**2), np.array([1.0, 2.0]), lambda x: 2 * x),
        "half": stabcheck.GradientCase(lambda x: np.sum(x**2), np.array([1.0, 2.0]), lambda x: x),
    }


@stabcheck.gradient_case
def test_kink():
    return stabcheck.GradientCase(lambda x: np.sum(abs(x)), np.array([0.0, 2.0]), np.sign)


@stabcheck.gradient_case
def broken():
    raise KeyError("no such thing")
"""


def sections(output: str) -> dict[str, str]:
    """What stands in the section of each failed test."""
    parts = re.split(r"^_+ (\S+) _+$", output, flags=re.MULTILINE)
    texts = dict(zip(parts[1::2], parts[2::2], strict=True))
    return {name: text.partition(" stabcheck --")[2] for name, text in texts.items()}


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    """A folder with a configuration of its own."""
    pytester.makeini("[pytest]\n")
    return pytester


def session(project: pytest.Pytester, *options: str) -> tuple[str, int]:
    """What a session in this process prints, and its exit status."""
    without = [
        part for name in ("cacheprovider", "xdist", "hypothesispytest") for part in ("-p", f"no:{name}")
    ]
    done = project.runpytest_inprocess(*without, *options)
    return done.stdout.str() + done.stderr.str(), int(done.ret)


def apart(folder: Path, *options: str) -> str:
    """What a session in a process of its own prints."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, timeout=300
    ).stdout


def test_the_section_of_a_failed_test_holds_the_diagnosis(project: pytest.Pytester) -> None:
    project.makepyfile(test_loss=NUMPY)
    output, _ = session(project, "--stabcheck")
    assert "4 failed, 1 passed, 1 xfailed" in output
    found = sections(output)
    for name in ("test_missing_factor", "LossTest.test_in_a_class"):
        assert "1. scale-error  test_loss.py:15" in found[name]
        assert "the gradient is 40 times the numeric one" in found[name]
    assert (
        "assert_allclose: a gradient against a central difference of loss, h = 1e-05"
        in found["test_missing_factor"]
    )
    assert "PASS  loss" in found["test_step[1e-14]"]
    assert "1. step-too-small" in found["test_step[1e-14]"]
    assert found["test_unrelated"] == ""


def test_outcomes_are_the_same_without_it_and_with_it(project: pytest.Pytester) -> None:
    project.makepyfile(test_loss=NUMPY)
    (plain, status), (watched, watched_status) = (
        session(project, "-rA"),
        session(project, "-rA", "--stabcheck"),
    )
    summaries = [re.findall(r"^(?:PASSED|FAILED|XFAIL) .*", text, re.MULTILINE) for text in (plain, watched)]
    assert len(summaries[0]) == 6
    assert summaries[0] == summaries[1]
    assert status == watched_status == 1
    assert " stabcheck --" not in plain


def test_it_works_in_parallel(project: pytest.Pytester) -> None:
    pytest.importorskip("xdist")
    project.makepyfile(test_loss=NUMPY + CASES)
    output = apart(project.path, "--stabcheck", "-n", "2")
    assert "1. scale-error" in sections(output)["test_missing_factor"]
    assert "7 failed, 3 passed, 1 xfailed" in output


def test_gradient_cases_are_tests(project: pytest.Pytester) -> None:
    project.makepyfile(test_cases=CASES)
    output, _ = session(project, "--stabcheck", "-v")
    assert re.search(r"test_cases.py::wrong FAILED", output)
    assert re.search(r"test_cases.py::several FAILED", output)
    assert re.search(r"test_cases.py::test_kink PASSED", output)
    assert re.search(r"test_cases.py::broken FAILED", output)
    assert "FAIL  test_cases.py::wrong" in output
    assert "1. sign-error  test_cases.py:11" in output
    assert "several[half]" in output
    assert "several[right]" not in output
    assert "broken raised KeyError" in output
    assert "InconclusiveGradientWarning" in output
    assert "3 failed, 2 passed, 1 warning" in output


def test_one_case_by_its_name(project: pytest.Pytester) -> None:
    project.makepyfile(test_cases=CASES)
    assert "1 failed" in session(project, "--stabcheck", "test_cases.py::wrong")[0]
    assert "1 failed, 4 deselected" in session(project, "--stabcheck", "-k", "wrong")[0]


def test_a_file_that_is_named_need_not_look_like_a_test(project: pytest.Pytester) -> None:
    project.makepyfile(losses=CASES)
    assert "3 failed, 2 passed" in session(project, "--stabcheck", "losses.py")[0]


def test_inconclusive_cases_fail_if_the_settings_say_so(project: pytest.Pytester) -> None:
    project.makepyprojecttoml('[tool.stabcheck.diagnose]\nfail-on = "inconclusive"\n')
    project.makepyfile(test_cases=CASES)
    assert "test_kink FAILED" in session(project, "--stabcheck", "-v")[0]


def test_without_the_option_cases_are_not_collected(project: pytest.Pytester) -> None:
    project.makepyfile(test_cases=CASES)
    output, _ = session(project, "-v")
    assert "test_kink" in output  # a function of that name is pytest's own
    assert "::wrong" not in output
    assert session(project, "-v", "test_cases.py::wrong")[1] == pytest.ExitCode.USAGE_ERROR


def test_the_ini_file_can_switch_it_on_and_the_command_line_off(project: pytest.Pytester) -> None:
    project.makeini("[pytest]\nstabcheck = true\n")
    project.makepyfile(test_cases=CASES)
    assert "test_cases.py::wrong FAILED" in session(project, "-v")[0]
    assert "::wrong" not in session(project, "-v", "--no-stabcheck")[0]


def test_bad_settings_are_one_line(project: pytest.Pytester) -> None:
    project.makepyprojecttoml('[tool.stabcheck.diagnose]\nbudget = "soon"\n')
    output, status = session(project, "--stabcheck")
    assert status == pytest.ExitCode.USAGE_ERROR
    assert "budget" in output
    assert "Traceback" not in output


def test_random_numbers_go_on_as_if_nothing_had_been_diagnosed(project: pytest.Pytester) -> None:
    project.makepyfile(
        test_random="""
        import random
        import numpy as np

        def loss(x):
            return np.sum(x**2) + 1e-12 * np.random.rand() + 1e-12 * random.random()

        def test_fails():
            np.random.seed(1), random.seed(1)
            x, h = np.array([1.0, 2.0]), 1e-3
            numeric = np.array([(loss(x + h * e) - loss(x - h * e)) / (2 * h) for e in np.eye(2)])
            np.testing.assert_allclose(-x, numeric, rtol=1e-3)

        def test_afterwards():
            print("drawn:", np.random.rand(), random.random())
        """
    )
    drawn = [
        re.findall(r"drawn: .*", session(project, "-rP", *options)[0]) for options in ([], ["--stabcheck"])
    ]
    assert drawn[0] == drawn[1] != []


def test_nothing_heavy_is_imported_before_a_failure(project: pytest.Pytester) -> None:
    project.makepyfile(
        test_light="""
        import sys

        def test_modules():
            heavy = {"numpy", "libcst", "mpmath", "tensorflow", "keras", "torch", "jax", "scipy"}
            assert not heavy & set(sys.modules)
            assert STABCHECK == any(name.startswith("stabcheck.dynamic") for name in sys.modules)

        def test_loader():
            import stabcheck.config
            assert type(stabcheck.config.__loader__).__name__ == "SourceFileLoader"
        """.replace("STABCHECK", "('--stabcheck' in sys.argv)")
    )
    assert "2 passed" in apart(project.path)
    assert "2 passed" in apart(project.path, "--stabcheck")


TENSORFLOW = """
import numpy as np
import tensorflow as tf


@tf.custom_gradient
def cube(x):
    return x**3, lambda dy: dy * 2 * x**2


class CubeTest(tf.test.TestCase):
    def test_cube(self):
        theoretical, numerical = tf.test.compute_gradient(cube, [tf.constant([1.0, 2.0, 3.0])])
        self.assertAllClose(theoretical, numerical)

    def test_tanh(self):
        x = np.linspace(-1, 1, 5).astype(np.float32)
        theoretical, numerical = tf.test.compute_gradient(tf.tanh, [x])
        self.assertAllClose(theoretical, numerical)

    def test_another_reason(self):
        theoretical, numerical = tf.test.compute_gradient(tf.square, [tf.constant([1.0, 2.0])], delta=0.5)
        self.assertAllClose(theoretical, numerical)
        self.assertEqual(3, 4)

    def test_about_the_shape(self):
        theoretical, numerical = tf.test.compute_gradient(cube, [tf.constant([1.0, 2.0])])
        self.assertEqual(numerical[0].shape, (1, 2))

    def test_changed_since(self):
        scale, checks = tf.Variable(1.0), []
        for factor in (1.0, 2.0):
            scale.assign(factor)
            checks.append(tf.test.compute_gradient(lambda x: scale * cube(x), [tf.constant([1.0])]))
        for theoretical, numerical in checks:
            self.assertAllClose(theoretical, numerical)


def max_error(f, x):
    theoretical, numerical = tf.test.compute_gradient(f, [x])
    return np.max(np.abs(theoretical[0] - numerical[0]))


def test_through_a_helper():
    error = max_error(cube, tf.constant([1.0]))
    assert error < 1e-3


def test_tape_against_a_loop():
    point = np.array([0.5, 1.5])

    def total(x):
        return tf.reduce_sum(cube(tf.convert_to_tensor(x)))

    with tf.GradientTape() as tape:
        x = tf.constant(point)
        tape.watch(x)
        value = total(x)
    analytic = tape.gradient(value, x).numpy()
    numeric = np.zeros(2)
    for i in range(2):
        plus, minus = point.copy(), point.copy()
        plus[i] += 1e-5
        minus[i] -= 1e-5
        numeric[i] = (total(plus) - total(minus)) / 2e-5
    assert np.max(np.abs(analytic - numeric)) < 1e-6
"""


def test_tensorflow(project: pytest.Pytester) -> None:
    project.makepyfile(test_cube=TENSORFLOW)
    found = sections(apart(project.path, "--stabcheck"))
    assert "tf.test.compute_gradient of cube, h = 0.000977" in found["CubeTest.test_cube"]
    assert "1. scale-error" in found["CubeTest.test_cube"]
    assert "1. dtype-too-coarse" in found["CubeTest.test_tanh"]
    assert found["CubeTest.test_another_reason"] == found["CubeTest.test_about_the_shape"] == ""
    assert "has been changed since" in found["CubeTest.test_changed_since"]
    assert "scale-error" in found["test_through_a_helper"]
    assert "a central difference of total, h = 1e-05" in found["test_tape_against_a_loop"]
    assert "FAIL  total" in found["test_tape_against_a_loop"]
