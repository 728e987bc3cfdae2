"""The checkers of SciPy, PyTorch and JAX under the pytest plugin, where they are installed."""

import re
import subprocess
import sys
from pathlib import Path

import pytest


def explanations(folder: Path, text: str) -> dict[str, str]:
    """Run a file of tests with the plugin; what stands in the section of each test that failed."""
    (folder / "pytest.ini").write_text("[pytest]\n")
    (folder / "test_it.py").write_text(text)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--stabcheck", "-rp"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=300)
    parts = re.split(r"^_+ (\S+) _+$", done.stdout, flags=re.MULTILINE)
    found = dict(zip(parts[1::2], parts[2::2], strict=True))
    assert found, done.stdout + done.stderr
    passed = re.findall(r"^PASSED test_it.py::(\S+)", done.stdout, re.MULTILINE)
    explained = {name: section.partition(" stabcheck --")[2] for name, section in found.items()}
    return explained | dict.fromkeys(passed, "passed")


SCIPY = """
import numpy as np
from scipy.optimize import approx_fprime, check_grad

A = np.diag([1.0, 10.0, 100.0])


def energy(x, scale):
    return 0.5 * scale * x @ A @ x


def slope(x, scale):
    return A @ x


def right(x, scale):
    return scale * (A @ x)


point = np.array([1.1, 2.2, 3.3])


def test_check_grad():
    assert check_grad(energy, slope, point, 2.0) < 1e-4


def test_passes():
    assert check_grad(energy, right, point, 2.0) < 1e-4


def test_tolerance():
    error = check_grad(energy, right, point, 2.0)
    assert error < 1e-9


def test_approx_fprime():
    numeric = approx_fprime(point, energy, 1e-7, 2.0)
    np.testing.assert_allclose(slope(point, 2.0), numeric, rtol=1e-4)
"""


def test_scipy(tmp_path: Path) -> None:
    pytest.importorskip("scipy.optimize")
    found = explanations(tmp_path, SCIPY)
    assert found["test_passes"] == "passed"
    for name in ("test_check_grad", "test_approx_fprime"):
        assert "1. scale-error  test_it.py:12" in found[name]
        assert "0.5 times" in found[name]
    assert "PASS  energy" in found["test_tolerance"]
    assert "one-sided-difference" in found["test_tolerance"]


TORCH = """
import torch
from torch.autograd import gradcheck


class Cube(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx, upstream):
        (x,) = ctx.saved_tensors
        return -3 * x**2 * upstream


def cube(x, weight):
    return Cube.apply(x) @ weight


x = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64, requires_grad=True)
w = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], dtype=torch.float64)


def test_raises():
    gradcheck(cube, (x, w))


def test_returns_false():
    assert torch.autograd.gradcheck(cube, (x, w), raise_exception=False)


def test_float32():
    gradcheck(torch.tanh, torch.linspace(-1.0, 1.0, 5).requires_grad_())


def test_dropout():
    gradcheck(lambda x: torch.nn.functional.dropout(x, 0.5), (x,))


def test_passes():
    assert gradcheck(torch.sin, (x,))
"""


def test_torch(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    found = explanations(tmp_path, TORCH)
    assert found["test_passes"] == "passed"
    for name in ("test_raises", "test_returns_false"):
        assert "torch.autograd.gradcheck of cube, h = 1e-06" in found[name]
        assert "1. sign-error" in found[name]
    assert "PASS  tanh" in found["test_float32"]
    assert "1. step-too-small" in found["test_float32"]
    assert "1. nondeterministic" in found["test_dropout"]


JAX = """
import jax
import jax.numpy as jnp
from jax.test_util import check_grads


@jax.custom_vjp
def cube(tree):
    return tree["x"] ** 3 * tree["y"]


def forward(tree):
    return cube(tree), tree


def backward(tree, upstream):
    return ({"x": 3 * tree["x"] ** 2 * tree["y"] * upstream, "y": -(tree["x"] ** 3) * upstream},)


cube.defvjp(forward, backward)


def test_custom():
    check_grads(cube, ({"x": jnp.array([1.0, 2.0]), "y": jnp.array([3.0, 4.0])},), order=1, modes=["rev"])


def test_large_argument():
    check_grads(jnp.sin, (jnp.array([1000.0, 2000.0]),), order=1)


def test_passes():
    check_grads(jnp.sin, (jnp.array([1.0, 2.0]),), order=2)
    assert not jax.config.jax_enable_x64
"""


def test_jax(tmp_path: Path) -> None:
    pytest.importorskip("jax")
    found = explanations(tmp_path, JAX)
    assert found["test_passes"] == "passed"
    assert "jax.test_util.check_grads of cube, h = 0.0001" in found["test_custom"]
    assert "the gradient by tree['y'] has the wrong sign" in found["test_custom"]
    assert "PASS  sin" in found["test_large_argument"]
    assert "1. step-too-small" in found["test_large_argument"]
