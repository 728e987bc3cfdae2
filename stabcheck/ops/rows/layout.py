"""Layout: the values stay what they are, their shape and order change."""

from __future__ import annotations

from stabcheck.ops import ranges
from stabcheck.ops.row import row

ROWS = (
    row(
        "reshape(x; shape)",
        "layout",
        """
        numpy.reshape(x=a, shape=newshape, order) numpy:.reshape(*shape) tensorflow.reshape(x=tensor, shape, name)
        keras.ops.reshape(x, shape=newshape) keras.backend.reshape(x, shape) jax.numpy.reshape(x=a, shape)
        jax:.reshape(*shape) torch.reshape(x=input, shape) torch:.reshape(*shape) torch:.view(*shape)
        """,
        compute=lambda xp, x, shape: xp.reshape(x, shape),
        pullback=lambda xp, g, r, x, shape: (xp.reshape(g, xp.shape(x)),),
        range=ranges.same,
        runtime="Reshape reshape",
    ),
    row(
        "transpose(x; axes)",
        "layout",
        """
        numpy.transpose(x=a, axes) numpy:.transpose(*axes) tensorflow.transpose(x=a, axes=perm, conjugate, name)
        tensorflow.linalg.matrix_transpose(x=a, name) keras.ops.transpose(x, axes) keras.backend.transpose(x)
        jax.numpy.transpose(x=a, axes) jax:.transpose(*axes) torch.t(x=input) torch.permute(x=input, axes=dims)
        torch:.permute(*axes) torch:.t()
        """,
        compute=lambda xp, x, axes=None: xp.transpose(x, axes),
        range=ranges.same,
        runtime="Transpose transpose",
    ),
)
