"""Casts, and what stops gradients: the values stay, their precision or their derivatives do not."""

from __future__ import annotations

from stabcheck.ops import ranges
from stabcheck.ops.row import row

ROWS = (
    row(
        "cast(x; dtype)",
        "cast",
        """
        tensorflow.cast(x, dtype, name) keras.ops.cast(x, dtype) keras.backend.cast(x, dtype) numpy:.astype(dtype, order)
        numpy.astype(x, dtype) jax:.astype(dtype) jax.lax.convert_element_type(x=operand, dtype=new_dtype)
        tensorflow.saturate_cast(x=value, dtype, name) torch:.to(dtype) torch:.type(dtype)
        """,
        compute=lambda xp, x, dtype=None: xp.asarray(x),
        pullback=lambda xp, g, r, x, dtype=None: (g,),
        range=ranges.same,
        runtime="Cast astype",
    ),
    row(
        "stop_gradient(x)",
        "barrier",
        """
        tensorflow.stop_gradient(x=input, name) keras.ops.stop_gradient(x=variable) keras.backend.stop_gradient(x=variables)
        jax.lax.stop_gradient(x) torch:.detach() torch:.detach_()
        """,
        compute=lambda xp, x: xp.asarray(x),
        pullback=lambda xp, g, r, x: (None,),
        range=ranges.same,
        runtime="StopGradient PreventGradient",
    ),
)
