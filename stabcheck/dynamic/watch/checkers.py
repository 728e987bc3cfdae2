"""The gradient checkers of libraries that are watched, and what each of their calls asks of `diagnose`."""

from __future__ import annotations

import inspect
import math
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial, wraps
from typing import Any

from stabcheck.dynamic.watch.patching import Patches, Target
from stabcheck.dynamic.watch.recorder import Recorder, WatchedCall


@dataclass(frozen=True, slots=True)
class Question:
    """What a check amounts to: the keywords of `diagnose`, and the function's name as a person knows it.

    `size` is that of the gradient in the 2-norm, where it is known: an absolute tolerance is relative to it.
    """

    function: str
    keywords: Mapping[str, Any] = field(repr=False)
    size: float | None = None


@dataclass(frozen=True, slots=True)
class Checker:
    """A library's checker. `decides`: it raises or returns False by a tolerance of its own."""

    name: str
    targets: tuple[Target, ...]
    question: Callable[[Mapping[str, Any]], Question]
    decides: bool


def patches(recorder: Recorder) -> Patches:
    """Wrappers that tell `recorder` of every call of a checker."""
    return Patches(
        {
            target: partial(recorder.watching, checker.name)
            for checker in CHECKERS.values()
            for target in checker.targets
        }
    )


def question_of(call: WatchedCall) -> Question | None:
    """What a recorded call asks; None if it was called in a way that its signature doesn't allow."""
    try:
        bound = inspect.signature(call.original).bind(*call.args, **call.keywords)
    except (TypeError, ValueError):
        return None
    bound.apply_defaults()
    return CHECKERS[call.checker].question(bound.arguments)


def failed_by_itself(call: WatchedCall) -> bool:
    """Whether the checker said that the gradient is wrong."""
    return isinstance(call.error, Exception) or (CHECKERS[call.checker].decides and call.result is False)


def name_of(function: Any) -> str:
    """A function as a person would call it: `loss`, `<lambda>`, the class of a callable object."""
    function = getattr(function, "func", function)
    return str(getattr(function, "__name__", None) or type(function).__name__)


def _of_tensorflow(given: Mapping[str, Any]) -> Question:
    tf = sys.modules["tensorflow"]
    function, delta = given["f"], given["delta"]
    tensors = tuple(tf.convert_to_tensor(value) for value in given["x"])
    step = 1.0 / 1024 if delta is None else float(delta)
    return Question(name_of(function), {"fn": function, "args": tensors, "step": step})


def _of_scipy(given: Mapping[str, Any]) -> Question:
    np = sys.modules["numpy"]
    function, gradient, extra = given["func"], given["grad"], given["args"]
    point = np.atleast_1d(np.asarray(given["x0"]))
    point = point if point.dtype.kind == "f" else point.astype(float)
    step = float(given["epsilon"] or math.sqrt(sys.float_info.epsilon))
    keywords = {
        "fn": _with_rest(function, extra),
        "args": (point,),
        "grad": _with_rest(gradient, extra),
        "step": ("forward", step),
    }
    size = float(np.linalg.norm(np.asarray(gradient(point.copy(), *extra), float)))
    return Question(name_of(function), keywords, size)


def _with_rest(function: Callable[..., Any], rest: tuple[Any, ...]) -> Callable[..., Any]:
    """The function of its first argument alone."""
    if not rest:
        return function

    @wraps(function)
    def of_the_first(x: Any) -> Any:
        return function(x, *rest)

    first = [inspect.Parameter("x", inspect.Parameter.POSITIONAL_OR_KEYWORD)]
    of_the_first.__signature__ = inspect.Signature(first)  # type: ignore[attr-defined]
    return of_the_first


def _of_torch(given: Mapping[str, Any]) -> Question:
    from stabcheck.dynamic.watch.torch_view import question  # noqa: PLC0415  (only where torch is in use)

    return question(given)


def _of_jax(given: Mapping[str, Any]) -> Question:
    from stabcheck.dynamic.watch.jax_view import question  # noqa: PLC0415  (only where JAX is in use)

    return question(given)


CHECKERS = {
    checker.name: checker
    for checker in (
        Checker(
            "tf.test.compute_gradient",
            (("tensorflow.python.ops.gradient_checker_v2", "compute_gradient"),),
            _of_tensorflow,
            decides=False,
        ),
        Checker("scipy.optimize.check_grad", (("scipy.optimize", "check_grad"),), _of_scipy, decides=False),
        Checker(
            "torch.autograd.gradcheck",
            (("torch.autograd.gradcheck", "gradcheck"), ("torch.autograd", "gradcheck")),
            _of_torch,
            decides=True,
        ),
        Checker("jax.test_util.check_grads", (("jax.test_util", "check_grads"),), _of_jax, decides=True),
    )
}
