"""Casts, conversions and barriers: the values stay, their precision or their derivatives do not."""

from __future__ import annotations

from typing import Any

from stabcheck.ops import ranges
from stabcheck.ops.row import row


def _through(xp: Any, g: Any, r: Any, x: Any, **_: Any) -> tuple[Any]:
    return (g,)


ROWS = (
    row(
        "cast(x; dtype)",
        "cast",
        """
        tensorflow.cast(x, dtype, name)
        keras.ops.cast(x, dtype) -keras.backend.cast(x, dtype)
        numpy:.astype(dtype, order) numpy.astype(x, dtype)
        jax:.astype(dtype) jax.lax.convert_element_type(x=operand, dtype=new_dtype)
        tensorflow.saturate_cast(x=value, dtype, name)
        -keras.backend.cast_to_floatx(x, dtype=:'floatx')
        -tensorflow.to_float(x, dtype=:'float32') -tensorflow.to_double(x, dtype=:'float64')
        -tensorflow.to_int32(x, dtype=:'int32') -tensorflow.to_int64(x, dtype=:'int64')
        torch:.to(dtype) torch:.type(dtype) torch:.float(dtype=:'float32') torch:.double(dtype=:'float64')
        torch:.half(dtype=:'float16') torch:.bfloat16(dtype=:'bfloat16') torch:.int(dtype=:'int32')
        torch:.long(dtype=:'int64') torch:.bool(dtype=:'bool') torch:.type_as(dtype=other)
        numpy.float16(x, dtype=:'float16') numpy.float32(x, dtype=:'float32') numpy.float64(x,
        dtype=:'float64') numpy.longdouble(x, dtype=:'longdouble') numpy.double(x, dtype=:'float64')
        numpy.single(x, dtype=:'float32') numpy.half(x, dtype=:'float16') numpy.uint8(x, dtype=:'uint8')
        numpy.int8(x, dtype=:'int8') numpy.int16(x, dtype=:'int16') numpy.int32(x, dtype=:'int32')
        numpy.int64(x, dtype=:'int64')
        jax.numpy.float16(x, dtype=:'float16') jax.numpy.bfloat16(x, dtype=:'bfloat16') jax.numpy.float32(x,
        dtype=:'float32') jax.numpy.float64(x, dtype=:'float64')
        """,
        compute=lambda xp, x, dtype=None: xp.asarray(x),
        pullback=_through,
        range=ranges.cast,
        runtime="Cast astype",
    ),
    row(
        "asarray(x; dtype)",
        "cast",
        """
        numpy.asarray(x=a, dtype) numpy.array(x=object, dtype) numpy.asanyarray(x=a, dtype)
        numpy.ascontiguousarray(x=a, dtype) -numpy.asfarray(x=a, dtype) numpy.atleast_1d(x)
        numpy.atleast_2d(x)
        tensorflow.convert_to_tensor(x=value, dtype, dtype_hint, name) tensorflow.constant(x=value, dtype,
        shape, name) tensorflow.identity(x=input, name)
        tensorflow.debugging.check_numerics(x=tensor, message, name)
        -tensorflow.check_numerics(x=tensor, message, name) -keras.backend.identity(x, name)
        keras.ops.convert_to_tensor(x, dtype) keras.ops.array(x, dtype) -keras.backend.constant(x=value,
        dtype)
        jax.numpy.asarray(x=a, dtype) jax.numpy.array(x=object, dtype)
        torch.as_tensor(x=data, dtype) torch.tensor(x=data, dtype) torch.asarray(x=obj, dtype)
        torch.from_numpy(x=ndarray)
        numpy.copy(x=a) numpy:.copy()
        torch.clone(x=input) torch:.clone() torch:.contiguous() torch:.cpu() torch:.cuda()
        """,
        compute=lambda xp, x, dtype=None: xp.asarray(x),
        pullback=_through,
        range=ranges.same,
        runtime="Identity asarray array",
    ),
    row(
        "stop_gradient(x)",
        "barrier",
        """
        tensorflow.stop_gradient(x=input, name)
        keras.ops.stop_gradient(x=variable) -keras.backend.stop_gradient(x=variables)
        jax.lax.stop_gradient(x)
        torch:.detach() torch:.detach_() torch:.data
        """,
        compute=lambda xp, x: xp.asarray(x),
        pullback=lambda xp, g, r, x: (None,),
        range=ranges.same,
        runtime="StopGradient PreventGradient",
    ),
    row(
        "to_numpy(x)",
        "barrier",
        """
        tensorflow,torch:.numpy()
        keras.ops.convert_to_numpy(x) -keras.backend.eval(x) -keras.backend.get_value(x)
        torch,numpy,jax:.item() torch,numpy,jax:.tolist()
        jax.device_get(x)
        """,
        compute=lambda xp, x: xp.asarray(x),
        pullback=lambda xp, g, r, x: (None,),
        range=ranges.same,
    ),
    row(
        "nan_to_num(x; nan:0.0, posinf, neginf)",
        "selection",
        """
        numpy.nan_to_num(x, copy, nan, posinf, neginf)
        keras.ops.nan_to_num(x, nan, posinf, neginf)
        jax.numpy.nan_to_num(x, copy, nan, posinf, neginf)
        torch.nan_to_num(x=input, nan, posinf, neginf) torch:.nan_to_num(nan, posinf, neginf)
        """,
        range=ranges.without_nan,
        runtime="nan_to_num",
    ),
    row(
        "finfo(; dtype)",
        "query",
        "numpy.finfo(dtype) jax.numpy.finfo(dtype) torch.finfo(dtype=type)",
    ),
    row(
        "epsilon()",
        "creation",
        "keras.backend.epsilon() keras.config.epsilon()",
        range=ranges.always(ranges.KERAS_EPSILON),
    ),
)
