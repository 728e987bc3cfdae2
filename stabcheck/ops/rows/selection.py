"""Selection: values are picked by a condition or an index, not computed."""

from __future__ import annotations

from stabcheck.ops import ranges
from stabcheck.ops.row import row

ROWS = (
    row(
        "where(condition, x, y)",
        "selection",
        """
        numpy.where(condition, x, y)
        tensorflow.where(condition, x, y, name) -tensorflow.select(condition, x=t, y=e, name)
        keras.ops.where(condition, x=x1, y=x2) -keras.backend.switch(condition, x=then_expression,
        y=else_expression)
        jax.numpy.where(condition, x, y) jax.lax.select(condition=pred, x=on_true, y=on_false)
        torch.where(condition, x=input, y=other) torch:.where(x=self, condition, y=other)
        """,
        compute=lambda xp, condition, x, y: xp.where(condition, x, y),
        partials=(
            None,
            lambda xp, r, condition, x, y: xp.where(condition, 1.0, 0.0),
            lambda xp, r, condition, x, y: xp.where(condition, 0.0, 1.0),
        ),
        pullback=lambda xp, g, r, condition, x, y: (
            None,
            xp.where(condition, g, 0.0),
            xp.where(condition, 0.0, g),
        ),
        range=lambda condition, x, y, **_: ranges.hull(x, y),
        runtime="Select SelectV2 where",
    ),
    row(
        "masked_fill(x, condition, value)",
        "selection",
        """
        torch.masked_fill(x=input, condition=mask, value) torch:.masked_fill(condition=mask, value)
        torch:.masked_fill_(condition=mask, value)
        """,
        compute=lambda xp, x, condition, value: xp.where(condition, value, x),
        pullback=lambda xp, g, r, x, condition, value: (xp.where(condition, 0.0, g), None, None),
        range=lambda x, condition, value, **_: ranges.hull(x, value),
    ),
    row(
        "select(; condlist, choicelist, default:0)",
        "selection",
        """
        numpy.select(condlist, choicelist, default)
        keras.ops.select(condlist, choicelist, default)
        jax.numpy.select(condlist, choicelist, default)
        """,
        runtime="select",
    ),
    row(
        "nonzero(condition)",
        "query",
        """
        numpy.nonzero(condition=a) numpy.where(condition) numpy.argwhere(condition=a)
        tensorflow.where(condition)
        keras.ops.nonzero(condition=x)
        jax.numpy.nonzero(condition=a) jax.numpy.where(condition) jax.numpy.argwhere(condition=a)
        torch.nonzero(condition=input) torch.where(condition) torch:.nonzero()
        """,
        runtime="Where nonzero",
    ),
    row(
        "gather(x; indices, axis)",
        "selection",
        """
        numpy.take(x=a, indices, axis) numpy:.take(indices, axis)
        tensorflow.gather(x=params, indices, validate_indices, axis, batch_dims, name)
        keras.ops.take(x, indices, axis) -keras.backend.gather(x=reference, indices)
        jax.numpy.take(x=a, indices, axis)
        torch.index_select(x=input, axis=dim, indices=index) torch.take(x=input, indices=index)
        torch:.index_select(axis=dim, indices=index)
        """,
        range=ranges.same,
        runtime="GatherV2 Gather take",
    ),
    row(
        "take_along_axis(x; indices, axis)",
        "selection",
        """
        numpy.take_along_axis(x=arr, indices, axis)
        keras.ops.take_along_axis(x, indices, axis)
        jax.numpy.take_along_axis(x=arr, indices, axis)
        torch.gather(x=input, axis=dim, indices=index) torch.take_along_dim(x=input, indices, axis=dim)
        torch:.gather(axis=dim, indices=index)
        """,
        range=ranges.same,
        runtime="take_along_axis",
    ),
    row(
        "gather_nd(x; indices)",
        "selection",
        "tensorflow.gather_nd(x=params, indices, batch_dims, name)",
        range=ranges.same,
        runtime="GatherNd ResourceGather",
    ),
    row(
        "boolean_mask(x, condition)",
        "selection",
        """
        tensorflow.boolean_mask(x=tensor, condition=mask, axis, name)
        numpy.compress(condition, x=a)
        torch.masked_select(x=input, condition=mask) torch:.masked_select(condition=mask)
        """,
        range=lambda x, condition, **_: x,
    ),
    row(
        "top_k(x; k:1)",
        "selection",
        """
        tensorflow.math.top_k(x=input, k, sorted, index_type, name) tensorflow.nn.top_k(x=input, k, sorted,
        index_type, name)
        keras.ops.top_k(x, k:required, sorted)
        jax.lax.top_k(x=operand, k)
        torch.topk(x=input, k, axis=dim, largest, sorted) torch:.topk(k, axis=dim, largest, sorted)
        """,
        range=ranges.same,
        runtime="TopKV2",
    ),
    row(
        "segment_sum(x; segment_ids)",
        "reduction",
        """
        tensorflow.math.segment_sum(x=data, segment_ids, name) tensorflow.math.unsorted_segment_sum(x=data,
        segment_ids, num_segments, name)
        keras.ops.segment_sum(x=data, segment_ids, num_segments, sorted)
        jax.ops.segment_sum(x=data, segment_ids, num_segments)
        """,
        range=lambda x, **_: ranges.with_zero(ranges.total(x)),
        runtime="SegmentSum UnsortedSegmentSum SegmentSumV2",
    ),
)
