"""The rows of the operation table, a page a family."""

from stabcheck.ops.operation import Operation
from stabcheck.ops.rows import (
    arithmetic,
    casting,
    creation,
    exponential,
    layout,
    linalg,
    reductions,
    selection,
    softmax,
)

ROWS: tuple[Operation, ...] = (
    *reductions.ROWS,
    *arithmetic.ROWS,
    *exponential.ROWS,
    *softmax.ROWS,
    *linalg.ROWS,
    *selection.ROWS,
    *layout.ROWS,
    *creation.ROWS,
    *casting.ROWS,
)
