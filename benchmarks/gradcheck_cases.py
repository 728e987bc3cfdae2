"""The functions that gradient checkers are timed on, written once for TensorFlow and once for PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

Array = npt.NDArray[np.float64]
Arguments = tuple[Array, ...]
Checkable = tuple[Callable[..., Any], list[Any]]  # a function, and tensors to call it with


@dataclass(frozen=True, slots=True)
class Case:
    """A function of `arguments`: what it is called, and how either framework computes it."""

    name: str
    arguments: Arguments
    data: Arguments
    tensorflow: Callable[..., Any]  # (*data) -> function of the arguments
    torch: Callable[..., Any]

    @property
    def parameters(self) -> int:
        """Entries of the gradient."""
        return sum(array.size for array in self.arguments)

    def in_tensorflow(self) -> Checkable:
        """The function over TensorFlow's tensors, in float64."""
        return self.tensorflow(*map(tf.constant, self.data)), list(map(tf.constant, self.arguments))

    def in_torch(self) -> Checkable:
        """The function over PyTorch's tensors, in float64."""
        import torch  # noqa: PLC0415  (an optional peer)

        leaves = [torch.tensor(array, requires_grad=True) for array in self.arguments]
        return self.torch(*map(torch.tensor, self.data)), leaves


def logistic_regression() -> Case:
    """Mean log loss of 100 samples with 10 features: 11 parameters."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 100).astype(np.float64)

    def in_tensorflow(x: Any, y: Any) -> Callable[..., Any]:
        def loss(w: Any, b: Any) -> Any:
            z = tf.linalg.matvec(x, w) + b
            return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=y, logits=z))

        return loss

    def in_torch(x: Any, y: Any) -> Callable[..., Any]:
        from torch.nn.functional import binary_cross_entropy_with_logits as loss  # noqa: PLC0415

        return lambda w, b: loss(x @ w + b, y)

    arguments = (rng.normal(size=10), np.asarray(0.1))
    data = (rng.normal(size=(100, 10)), labels)
    return Case("(a) logistic regression 100 × 10", arguments, data, in_tensorflow, in_torch)


def perceptron(features: int = 100, hidden: int = 90, classes: int = 10, batch: int = 32) -> Case:
    """Mean squared error of a multi-layer perceptron with one hidden layer of tanh."""
    rng = np.random.default_rng(0)

    def in_tensorflow(x: Any, y: Any) -> Callable[..., Any]:
        return lambda w, b, v, c: tf.reduce_mean((tf.tanh(x @ w + b) @ v + c - y) ** 2)

    def in_torch(x: Any, y: Any) -> Callable[..., Any]:
        return lambda w, b, v, c: (((x @ w + b).tanh() @ v + c - y) ** 2).mean()

    arguments = (
        rng.normal(size=(features, hidden)) / np.sqrt(features),
        rng.normal(size=hidden) / 10,
        rng.normal(size=(hidden, classes)) / np.sqrt(hidden),
        rng.normal(size=classes) / 10,
    )
    data = (rng.normal(size=(batch, features)), rng.normal(size=(batch, classes)))
    name = f"(b) perceptron {features}-{hidden}-{classes}, batch {batch}"
    return Case(name, arguments, data, in_tensorflow, in_torch)


def cross_entropy(classes: int = 512) -> Case:
    """Softmax cross entropy over one row of logits."""
    rng = np.random.default_rng(0)

    def in_tensorflow(y: Any) -> Callable[..., Any]:
        return lambda z: tf.nn.softmax_cross_entropy_with_logits(labels=y, logits=z)

    def in_torch(y: Any) -> Callable[..., Any]:
        from torch.nn.functional import cross_entropy as loss  # noqa: PLC0415

        return lambda z: loss(z, y)

    data = (rng.dirichlet(np.ones(classes)),)
    name = f"(c) softmax cross entropy, {classes} logits"
    return Case(name, (rng.normal(size=classes),), data, in_tensorflow, in_torch)
