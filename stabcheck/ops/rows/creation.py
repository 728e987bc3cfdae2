"""Creation: arrays that are made, not computed from others' values."""

from __future__ import annotations

from stabcheck.ops import ranges
from stabcheck.ops.row import row

ROWS = (
    row(
        "zeros_like(x; dtype)",
        "creation",
        """
        numpy.zeros_like(x=a, dtype) tensorflow.zeros_like(x=input, dtype, name) keras.ops.zeros_like(x, dtype)
        keras.backend.zeros_like(x, dtype) jax.numpy.zeros_like(x=a, dtype) torch.zeros_like(x=input, dtype)
        """,
        compute=lambda xp, x, dtype=None: xp.asarray(x) * 0.0,
        range=ranges.always(ranges.ZERO),
        runtime="ZerosLike zeros_like",
    ),
    row(
        "ones_like(x; dtype)",
        "creation",
        """
        numpy.ones_like(x=a, dtype) tensorflow.ones_like(x=input, dtype, name) keras.ops.ones_like(x, dtype)
        keras.backend.ones_like(x, dtype) jax.numpy.ones_like(x=a, dtype) torch.ones_like(x=input, dtype)
        """,
        compute=lambda xp, x, dtype=None: xp.asarray(x) * 0.0 + 1.0,
        range=ranges.always(ranges.ONE),
        runtime="OnesLike ones_like",
    ),
)
