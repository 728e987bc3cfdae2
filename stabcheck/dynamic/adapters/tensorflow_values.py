"""What TensorFlow code computes with (tensors, variables, compiled functions), and its twins."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from stabcheck.dynamic.adapters import keras
from stabcheck.dynamic.adapters.captures import Child, Kinds, attribute_place, entries
from stabcheck.dynamic.adapters.tensorflow_defaults import Namespace, is_namespace

TENSORS = (tf.Tensor, tf.SparseTensor, tf.RaggedTensor, tf.IndexedSlices)
COMPILED = type(tf.function(lambda: None))
_WRAPPERS = ("ListWrapper", "_DictWrapper")  # around the lists and dicts that are attributes of modules
_COMPLEX = {"float32": "complex64", "float64": "complex128"}


def is_variable(value: Any) -> bool:
    """Whether `value` is a variable of TensorFlow's; a Keras variable holds one and is not one."""
    return isinstance(value, tf.Variable)


def is_tensor(value: Any) -> bool:
    """Whether `value` is a tensor that holds numbers now, not a symbol of a graph."""
    return isinstance(value, TENSORS) and not isinstance(value, tf.__internal__.SymbolicTensor)


def is_array(value: Any) -> bool:
    """Whether `value` is a NumPy array or scalar of numbers."""
    return isinstance(value, (np.ndarray, np.generic)) and value.dtype.kind in "fciub"


def is_number(value: Any) -> bool:
    """Whether `value` is a plain Python number that could be varied."""
    return isinstance(value, float) and not isinstance(value, np.generic)


def floating(dtype: Any) -> bool:
    """Whether a dtype, TensorFlow's or NumPy's, is a real floating-point format."""
    return bool(tf.as_dtype(dtype).is_floating)


def dtype_name(value: Any) -> str:
    """The dtype of a tensor, variable or array by its NumPy name."""
    return str(tf.as_dtype(value.dtype).name)


def kinds() -> Kinds:
    """What a walk through a TensorFlow function collects: everything that holds numbers or was compiled."""
    return Kinds(_carried, _opened)


def _carried(value: Any) -> bool:
    return (
        is_variable(value)
        or is_tensor(value)
        or is_array(value)
        or isinstance(value, (COMPILED, tf.DType, np.dtype))
        or is_namespace(value)
        or (isinstance(value, type) and issubclass(value, np.floating))
    )


def _opened(value: Any) -> Iterable[Child] | None:
    if isinstance(value, COMPILED):
        return ((None, value.python_function),)
    if type(value).__name__ == "TfMethodTarget":  # the owner of a compiled method, held weakly
        return ((None, value.target), (None, value.weakrefself_func__()))
    if type(value).__name__ in _WRAPPERS:
        return tuple(entries(value._storage if hasattr(value, "_storage") else value.__wrapped__))
    if isinstance(value, tf.random.Generator):
        return ((attribute_place(value, "_state_var"), value._state_var),)
    if isinstance(value, (tf.Variable, *TENSORS, np.ndarray, np.generic, tf.DType, types.ModuleType)):
        return ()
    return keras.opened(value)


def twin_maker(working: str, target: str | None) -> Callable[[Any], Any]:
    """A function that makes the stand-in of one of the user's values.

    Parameters
    ----------
    working
        the dtype that the function works in as the user has it.
    target
        the dtype of the twin; None for a twin that is only apart from the user's objects (variables are
        copied, compiled functions are compiled anew, so that state is kept on the twin alone).
    """

    def twin(value: Any) -> Any:
        if is_variable(value):
            return tf.Variable(
                cast(value, target), trainable=value.trainable, name=value.name.partition(":")[0]
            )
        if isinstance(value, COMPILED):
            return _compiled_anew(value, target)
        if isinstance(value, np.ndarray):
            return cast(value, target).copy() if value.dtype.kind != "O" else value
        if is_tensor(value) or is_array(value):
            return cast(value, target)
        if is_namespace(value):
            return value if target is None else Namespace(value, working, target)
        return _dtype_twin(value, working, target)

    return twin


def cast(value: Any, dtype: str | None) -> Any:
    """`value` at another floating-point dtype; integers, text and truth values stay as they are."""
    if dtype is None:
        return value if not is_variable(value) else value.read_value()
    current = tf.as_dtype(value.dtype)
    wanted = dtype if current.is_floating else _COMPLEX.get(dtype) if current.is_complex else None
    if wanted is None or current.name == wanted:
        return value if not is_variable(value) else value.read_value()
    if is_array(value):
        return value.astype(tf.as_dtype(wanted).as_numpy_dtype)
    return tf.cast(value, wanted)


def _dtype_twin(value: Any, working: str, target: str | None) -> Any:
    """A captured dtype (`DTYPE = tf.float32`) names the twin's dtype where it named the working one."""
    if target is None or tf.as_dtype(value).name != working:
        return value
    wanted = tf.as_dtype(target)
    if isinstance(value, tf.DType):
        return wanted
    return np.dtype(wanted.as_numpy_dtype) if isinstance(value, np.dtype) else wanted.as_numpy_dtype


def _compiled_anew(function: Any, target: str | None) -> Any:
    signature = function.input_signature
    if signature is not None and target is not None:
        signature = tf.nest.map_structure(lambda spec: _spec_at(spec, target), signature)
    anew = tf.function(function.python_function, input_signature=signature, autograph=function._autograph)
    anew._omit_frequent_tracing_warning = True  # it is new for each dtype, not retraced by mistake
    return anew


def _spec_at(spec: Any, target: str) -> Any:
    if isinstance(spec, tf.TensorSpec) and spec.dtype.is_floating:
        return tf.TensorSpec(spec.shape, target, spec.name)
    return spec


def as_numpy(value: Any) -> npt.NDArray[Any] | None:
    """A tensor, variable, array or number as a NumPy array; None for what holds no numbers."""
    if isinstance(value, tf.SparseTensor):
        value = tf.sparse.to_dense(value)
    elif isinstance(value, tf.IndexedSlices):
        value = tf.convert_to_tensor(value)
    elif isinstance(value, tf.RaggedTensor):
        value = value.flat_values
    try:  # a scalar of bfloat16 needs its dtype said
        dtype = value.dtype.as_numpy_dtype if isinstance(value, (tf.Tensor, tf.Variable)) else None
        array = np.asarray(value, dtype)
    except (TypeError, ValueError):
        return None
    return array if array.dtype.kind in "fciub" or array.dtype.name == "bfloat16" else None
