"""The rows of the operation table, a page a family."""

from stabcheck.ops.operation import Operation
from stabcheck.ops.rows import (
    activations,
    arithmetic,
    casting,
    creation,
    exponential,
    layout,
    linalg,
    losses,
    order,
    products,
    queries,
    random,
    reductions,
    selection,
    softmax,
    special,
    statistics,
    trigonometric,
)

# Where a name spells two operations (`torch.max`), the earlier is its first reading.
ROWS: tuple[Operation, ...] = (
    *reductions.ROWS,
    *arithmetic.ROWS,
    *order.ROWS,
    *exponential.ROWS,
    *trigonometric.ROWS,
    *special.ROWS,
    *activations.ROWS,
    *softmax.ROWS,
    *losses.ROWS,
    *statistics.ROWS,
    *products.ROWS,
    *linalg.ROWS,
    *selection.ROWS,
    *queries.ROWS,
    *layout.ROWS,
    *creation.ROWS,
    *random.ROWS,
    *casting.ROWS,
)
