"""Exceptions of the user's code: shapes that don't fit are a diagnosis, others keep the user's frames."""

from __future__ import annotations

import ast
import linecache
import re
import traceback
from types import TracebackType
from typing import Any

from stabcheck.dynamic.report import Cause, Location, Report
from stabcheck.dynamic.trace.location import is_users

# What NumPy, TensorFlow and Keras say when shapes don't fit (NumPy 2, TensorFlow 2, Keras 3).
_SHAPES = re.compile(
    r"could not be broadcast|not broadcastable|incompatible shapes"
    r"|shapes? .*(not aligned|mismatch|incompatible)"
    r"|mismatch in its core dimension|ndims must be|different ndims|must be (at least )?rank"
    r"|matrix size-incompatible"
    r"|dimensions? must be equal|must have the same (size and )?(shape|rank|number)|not enough dimensions"
    r"|does not have enough dimensions|cannot reshape|cannot broadcast|expected min_ndim|expected shape"
    r"|could not automatically infer the output shape|incompatible with the layer|shapes must be equal rank"
    r"|shapes of all inputs must match|requires the broadcast shape|assertion failed.*shape",
    re.IGNORECASE | re.DOTALL,
)
_TYPES = ("ValueError", "InvalidArgumentError", "TypeError", "LinAlgError", "ShapeMismatchError")
_NOISE = re.compile(r"\{\{function_node[^}]*\}\}\s*|\s*\[Op:[^\]]*\]|\s*name:\s*$|\s*\(Shape\) ?$")
_TRACED = re.compile(r'^ +File "(.+)", line (\d+), in (\w+)', re.MULTILINE)  # by TensorFlow's AutoGraph
_CALLING = re.compile(
    r"Exception encountered when calling [^\n]*\n\n(.*?)(\n\nArguments received|\Z)", re.DOTALL
)


def shape_mismatch(error: BaseException, fallback: Location | None = None) -> Cause | None:
    """The cause `shape-mismatch` of an exception about shapes, at the user's line; None for any other.

    Exceptions of TensorFlow are told by name, so that it needn't be imported.

    Parameters
    ----------
    error
        what a call of the user's code raised, or the differentiation of it.
    fallback
        the place of the function, for an exception in which none of the user's frames is left: a gradient
        whose shape does not fit the others that it is added to.
    """
    message = sentence(error)
    if type(error).__name__ not in _TYPES or not _SHAPES.search(message):
        return None
    frame = _innermost(error)
    if frame is None:
        return _without_frame(error, message, fallback)
    location = _location(frame)
    shapes = operand_shapes(frame)
    operands = ", ".join(f"{name} {shape}" for name, shape in shapes.items())
    line = linecache.getline(location.path, location.line).strip()
    where = f" in `{line}`" if line else ""
    return Cause(
        "shape-mismatch",
        f"the shapes do not fit{where}: {message}" + (f" ({operands})" if operands else ""),
        _suggestion(shapes, line, message),
        {
            "error": type(error).__name__,
            "message": message,
            "shapes": {k: list(v) for k, v in shapes.items()},
        },
        location,
    )


def _without_frame(error: BaseException, message: str, place: Location | None) -> Cause | None:
    if "tensorflow" not in raised_in(error):
        return None
    return Cause(
        "shape-mismatch",
        f"the gradient can't be put together, its parts have different shapes: {message}",
        "give each custom gradient the shape of its argument: sum over the axes that were broadcast",
        {"error": type(error).__name__, "message": message},
        place,
    )


def failed_report(name: str, cause: Cause) -> Report:
    """The report of a function that could not be run once: its shapes don't fit, or its arithmetic raises."""
    reason = "shapes do not fit" if cause.kind == "shape-mismatch" else "the function raises"
    return Report(
        name=name,
        verdict="fail",
        causes=(cause,),
        steps=(),
        answers={"formula": f"can't be told: {reason}"},
        path=cause.location.path if cause.location else None,
        line=cause.location.line if cause.location else None,
    )


def sentence(error: BaseException) -> str:
    """What the exception says, on one line, without the frameworks' decoration."""
    try:
        text = str(error) or type(error).__name__
    except Exception:  # of a class of the user's
        text = type(error).__name__
    inner = _CALLING.search(text)
    if inner:
        text = re.sub(r"^.*?\x1b\[1m|\x1b\[0m", "", inner[1])
    if text.startswith("in user code:"):  # what TensorFlow traces: the user's frames, and the exception last
        text = text.rstrip().splitlines()[-1].strip().partition(": ")[2] or text
    lines = [_NOISE.sub("", line).strip() for line in text.splitlines()]
    return next((line for line in lines if line), type(error).__name__)


def users_traceback(error: BaseException) -> str:
    """The traceback of an exception with the user's own frames only, as Python prints it."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if is_users(frame.filename)]
    lines = traceback.format_list(frames)
    lines += traceback.format_exception_only(type(error), error)
    return ("Traceback (most recent call last):\n" if frames else "") + "".join(lines).rstrip()


def users_location(error: BaseException) -> Location | None:
    """The user's line that raised, or that called the library that did."""
    frame = _innermost(error)
    if frame is not None:
        return _location(frame)
    traced = _TRACED.findall(str(error)) if raised_in(error).rpartition(".")[2].startswith("tf__") else ()
    if traced:
        return Location(traced[-1][0], int(traced[-1][1]), traced[-1][2])
    if isinstance(error, SyntaxError) and error.filename and error.lineno:
        return Location(error.filename, error.lineno)
    return None


def raised_in(error: BaseException) -> str:
    """The module and function that raised an exception."""
    step = error.__traceback__
    while step is not None and step.tb_next is not None:
        step = step.tb_next
    if step is None:
        return type(error).__module__
    return f"{step.tb_frame.f_globals.get('__name__', '?')}.{step.tb_frame.f_code.co_name}"


def operand_shapes(frame: TracebackType) -> dict[str, tuple[int, ...]]:
    """The shapes of the arrays that the failing expression names: `x`, `self.w`."""
    try:
        tree = ast.parse(_statement(frame))
    except SyntaxError:
        return {}
    scope = {**frame.tb_frame.f_globals, **frame.tb_frame.f_locals}
    shapes: dict[str, tuple[int, ...]] = {}
    for node in ast.walk(tree):
        if isinstance(node, (ast.Name, ast.Attribute)) and isinstance(node.ctx, ast.Load):
            shape = _shape(_looked_up(node, scope))
            if shape is not None:
                shapes[ast.unparse(node)] = shape
    return shapes


def _innermost(error: BaseException) -> TracebackType | None:
    """The last of the user's frames on the way to where the exception was raised."""
    found = None
    step = error.__traceback__
    while step is not None:
        if is_users(step.tb_frame.f_code.co_filename):
            found = step
        step = step.tb_next
    return found


def _location(frame: TracebackType) -> Location:
    code = frame.tb_frame.f_code
    return Location(code.co_filename, frame.tb_lineno, code.co_name)


def _statement(frame: TracebackType) -> str:
    """The source of the expression that was running: from its first to its last line and column, if known."""
    code = frame.tb_frame.f_code
    positions = list(code.co_positions())
    index = frame.tb_lasti // 2
    first, last, column, end = positions[index] if index < len(positions) else (None,) * 4
    if first is None or last is None or column is None or end is None:
        return linecache.getline(code.co_filename, frame.tb_lineno).strip()
    lines = [linecache.getline(code.co_filename, number) for number in range(first, last + 1)]
    encoded = [line.encode() for line in lines]  # columns count bytes
    encoded[-1] = encoded[-1][:end]
    encoded[0] = encoded[0][column:]
    return b"".join(encoded).decode(errors="replace")


def _looked_up(node: ast.expr, scope: dict[str, Any]) -> Any:
    if isinstance(node, ast.Name):
        return scope.get(node.id)
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        owner = scope.get(node.value.id)
        return vars(owner).get(node.attr) if hasattr(owner, "__dict__") else None  # no property is run
    return None


def _shape(value: Any) -> tuple[int, ...] | None:
    if value is None or isinstance(value, type) or not hasattr(value, "shape") or not hasattr(value, "dtype"):
        return None
    try:
        return tuple(int(size) for size in value.shape)
    except (TypeError, ValueError):  # unknown sizes
        return None


def _suggestion(shapes: dict[str, tuple[int, ...]], line: str, message: str) -> str:
    product = "matmul" in line or "@" in line or "dot(" in line or "MatMul" in message
    vectors = [name for name, shape in shapes.items() if len(shape) == 1]
    matrices = [shape for shape in shapes.values() if len(shape) == 2]
    if product and vectors and matrices:
        rows, name = matrices[0][-1], vectors[0]
        units = shapes[name][0]
        return f"a matrix product takes matrices: give {name} the shape ({rows}, {units}), not ({units},)"
    pair = list(shapes.items())
    if product and len(pair) == 2 and len(matrices) == 2:
        (left, a), (right, b) = pair
        return f"the inner sizes differ, {a[-1]} of {left} and {b[0]} of {right}: transpose or resize one"
    return "make the shapes agree where they meet: reshape, keepdims=True, or another shape for the weight"
