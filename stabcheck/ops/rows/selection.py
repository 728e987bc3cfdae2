"""Selection: values are picked by a condition or an index, not computed."""

from __future__ import annotations

from stabcheck.ops import ranges
from stabcheck.ops.row import row

ROWS = (
    row(
        "where(condition, x, y)",
        "selection",
        """
        numpy.where(condition, x, y) tensorflow.where(condition, x, y, name) keras.ops.where(condition, x=x1, y=x2)
        keras.backend.switch(condition, x=then_expression, y=else_expression) jax.numpy.where(condition, x, y)
        jax.lax.select(condition=pred, x=on_true, y=on_false) torch.where(condition, x=input, y=other)
        torch:.where(x=self, condition, y=other)
        """,
        compute=lambda xp, condition, x, y: xp.where(condition, x, y),
        pullback=lambda xp, g, r, condition, x, y: (None, xp.where(condition, g, 0.0), xp.where(condition, 0.0, g)),
        range=lambda condition, x, y, **_: ranges.hull(x, y),
        runtime="Select SelectV2 where",
    ),
)
