"""Running a TensorFlow operation once more, in float64, out of sight of callbacks and of the user's tapes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from tensorflow.python import pywrap_tfe
from tensorflow.python.eager import context
from tensorflow.python.framework import dtypes, op_def_registry

WORKING = frozenset({dtypes.float16, dtypes.bfloat16, dtypes.float32, dtypes.float64})
LOW = WORKING - {dtypes.float64}

_DOUBLE = dtypes.float64.as_datatype_enum
_WIDER = {dtype.as_datatype_enum: _DOUBLE for dtype in LOW} | {
    dtypes.complex64.as_datatype_enum: dtypes.complex128.as_datatype_enum
}

# The values stay what they are: nothing is rounded, and nothing is worth measuring.
LAYOUT = frozenset({
    "Identity", "IdentityN", "Reshape", "StridedSlice", "Squeeze", "ExpandDims", "Transpose", "Tile",
    "ConcatV2", "Pack", "Unpack", "GatherV2", "ResourceGather", "Slice", "Pad", "PadV2", "BroadcastTo",
    "ReverseV2", "Fill", "ZerosLike", "OnesLike", "Split", "SplitV", "GatherNd", "Snapshot",
    "PreventGradient", "StopGradient", "MirrorPad", "Roll", "MatrixDiagV3", "MatrixDiagPartV3",
    "DiagPart", "Diag", "StridedSliceGrad", "Neg", "Abs", "Select", "SelectV2", "Relu", "ReluGrad",
    "EnsureShape", "DeepCopy", "SpaceToBatchND", "BatchToSpaceND", "TensorListPopBack", "TensorListGetItem",
    "TensorListStack", "TensorListConcatV2", "TensorListGather", "OptionalGetValue",
})  # fmt: skip
# A step function of its input: the shadow takes the decision of the working value.
STEPS = frozenset({"Floor", "Ceil", "Round", "Rint", "Sign", "FloorDiv", "TruncateDiv", "FloorMod", "Mod"})
# Other numbers come out when such an operation is run again, or at another dtype.
_RANDOM = ("Random", "Multinomial", "ParameterizedTruncated", "StatelessTruncated", "Dropout")
# What these give was computed where no callback reaches: in Python, threads of a pipeline, compiled code.
_ELSEWHERE = frozenset({
    "PyFunc", "PyFuncStateless", "EagerPyFunc", "IteratorGetNext", "IteratorGetNextSync",
    "IteratorGetNextAsOptional", "ReduceDataset", "DatasetToSingleElement", "MapDefun",
    "XlaLaunch", "XlaCallModule", "RemoteCall",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Schema:
    """What the registry knows of an operation: its type attributes, and whether it has state or calls."""

    types: frozenset[str]
    stateful: bool
    calls: bool


@lru_cache(maxsize=4096)
def schema(operation: str) -> Schema | None:
    """The schema of a registered operation; None for functions and custom ones that aren't registered."""
    definition = op_def_registry.get(operation)
    if definition is None:
        return None
    types = frozenset(a.name for a in definition.attr if a.type in ("type", "list(type)"))
    calls = any(a.type in ("func", "list(func)") for a in definition.attr)
    return Schema(types, definition.is_stateful, calls)


def repeatable(operation: str) -> bool:
    """Whether running the operation again is harmless and gives the same numbers."""
    known = schema(operation)
    return known is not None and not known.stateful and not any(word in operation for word in _RANDOM)


@lru_cache(maxsize=4096)
def opaque(operation: str) -> bool:
    """Whether an operation computes its results in functions that no callback sees."""
    known = schema(operation)
    return known is None or known.calls or operation in _ELSEWHERE


@lru_cache(maxsize=1)
def execution_context() -> Any:
    """What `TFE_Py_Execute` runs in."""
    running = context.context()
    running.ensure_initialized()
    return running._handle


def widen(tensor: Any) -> Any:
    """A float64 copy of a working tensor."""
    attributes = ("SrcT", tensor.dtype.as_datatype_enum, "DstT", _DOUBLE, "Truncate", False)
    return pywrap_tfe.TFE_Py_Execute(execution_context(), None, b"Cast", [tensor], attributes, 1)[0]


def execute(operation: str, inputs: Sequence[Any], attributes: Sequence[Any], outputs: int) -> list[Any]:
    """Run an operation with its type attributes widened to float64, unseen by callbacks and tapes.

    Raises
    ------
    tensorflow.errors.OpError
        where the operation has no kernel for float64.
    """
    return list(
        pywrap_tfe.TFE_Py_Execute(
            execution_context(), None, operation.encode(), list(inputs), tuple(attributes), outputs
        )
    )


def record_on_tapes(
    operation: str, inputs: Sequence[Any], attributes: Sequence[Any], outputs: Sequence[Any]
) -> None:
    """Let the tapes that watch these inputs (only the recorder's own does) see the operation."""
    pywrap_tfe.TFE_Py_RecordGradient(operation, list(inputs), tuple(attributes), list(outputs), "")


def widened_attributes(operation: str, attributes: Sequence[Any]) -> list[Any]:
    """The attributes as the callback has them, without the unset ones (None), floating types widened."""
    known = schema(operation)
    types = known.types if known else frozenset()
    result: list[Any] = []
    for name, value in zip(attributes[::2], attributes[1::2], strict=True):
        if value is None:
            continue
        if name in types:
            value = [_wider(v) for v in value] if isinstance(value, list | tuple) else _wider(value)  # noqa: PLW2901
        result += [name, value]
    return result


def _wider(dtype: Any) -> Any:
    code = getattr(dtype, "as_datatype_enum", dtype)
    return _WIDER.get(code, code)


def values(tensor: Any) -> npt.NDArray[Any]:
    """The tensor's numbers, for reading only and at once: the buffer may be the tensor's own."""
    view = getattr(tensor, "_numpy", None)
    return np.asarray(view() if view is not None else tensor.numpy())


def attribute_map(attributes: Sequence[Any]) -> Mapping[str, Any]:
    """Attributes by name."""
    return dict(zip(attributes[::2], attributes[1::2], strict=True))
