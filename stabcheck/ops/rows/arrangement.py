"""Arrangement: arrays are joined, cut, repeated and put in another order."""

from __future__ import annotations

from typing import Any

from stabcheck.ops import ranges
from stabcheck.ops.operation import Operation
from stabcheck.ops.row import row


def _moving(signature: str, spellings: str, runtime: str = "", compute: Any = None) -> Operation:
    """A layout whose values are among the operand's."""
    return row(signature, "layout", spellings, compute=compute, range=ranges.same, runtime=runtime)


ROWS = (
    _moving(
        "concatenate(xs; axis:0)",
        """
        numpy.concatenate(xs=arrays, axis, out) numpy.concat(xs=arrays, axis, out) numpy.hstack(xs=tup)
        numpy.vstack(xs=tup)
        tensorflow.concat(xs=values, axis:required, name)
        keras.ops.concatenate(xs, axis) -keras.backend.concatenate(xs=tensors, axis:-1)
        jax.numpy.concatenate(xs=arrays, axis) jax.lax.concatenate(xs=operands, axis=dimension)
        torch.cat(xs=tensors, axis=dim) torch.concat(xs=tensors, axis=dim) torch.concatenate(xs=tensors,
        axis=dim) torch.hstack(xs=tensors) torch.vstack(xs=tensors)
        """,
        "ConcatV2 Concat concatenate hstack vstack",
        lambda xp, xs, axis=0: xp.concatenate(xs, axis),
    ),
    _moving(
        "stack(xs; axis:0)",
        """
        numpy.stack(xs=arrays, axis, out)
        tensorflow.stack(xs=values, axis, name) -tensorflow.pack(xs=values, axis)
        keras.ops.stack(xs=x, axis) -keras.backend.stack(xs=x, axis)
        jax.numpy.stack(xs=arrays, axis)
        torch.stack(xs=tensors, axis=dim)
        """,
        "Pack stack",
        lambda xp, xs, axis=0: xp.stack(xs, axis),
    ),
    _moving(
        "unstack(x; axis:0)",
        """
        tensorflow.unstack(x=value, num, axis, name) -tensorflow.unpack(x=value, num, axis, name)
        keras.ops.unstack(x, num, axis)
        numpy.unstack(x, axis)
        torch.unbind(x=input, axis=dim) torch:.unbind(axis=dim)
        """,
        "Unpack unstack",
    ),
    _moving(
        "split(x; sections, axis:0)",
        """
        numpy.split(x=ary, sections=indices_or_sections, axis)
        tensorflow.split(x=value, sections=num_or_size_splits, axis, num, name)
        keras.ops.split(x, sections=indices_or_sections, axis)
        jax.numpy.split(x=ary, sections=indices_or_sections, axis)
        torch.split(x=tensor, sections=split_size_or_sections, axis=dim) torch:.split(sections=split_size,
        axis=dim) torch.chunk(x=input, sections=chunks, axis=dim) torch:.chunk(sections=chunks, axis=dim)
        """,
        "Split SplitV split",
    ),
    _moving(
        "tile(x; repeats)",
        """
        numpy.tile(x=A, repeats=reps)
        tensorflow.tile(x=input, repeats=multiples, name)
        keras.ops.tile(x, repeats) -keras.backend.tile(x, repeats=n)
        jax.numpy.tile(x=A, repeats=reps)
        torch.tile(x=input, repeats=dims) torch:.tile(*repeats) torch:.repeat(*repeats)
        """,
        "Tile tile",
        lambda xp, x, repeats: xp.tile(x, repeats),
    ),
    _moving(
        "repeat(x; repeats, axis)",
        """
        numpy.repeat(x=a, repeats, axis) numpy:.repeat(repeats, axis)
        tensorflow.repeat(x=input, repeats, axis, name)
        keras.ops.repeat(x, repeats, axis)
        jax.numpy.repeat(x=a, repeats, axis)
        torch.repeat_interleave(x=input, repeats, axis=dim) torch:.repeat_interleave(repeats, axis=dim)
        """,
        "repeat",
    ),
    _moving(
        "flip(x; axis)",
        """
        numpy.flip(x=m, axis)
        tensorflow.reverse(x=tensor, axis, name)
        keras.ops.flip(x, axis) -keras.backend.reverse(x, axis=axes)
        jax.numpy.flip(x=m, axis)
        torch.flip(x=input, axis=dims) torch:.flip(*axis)
        """,
        "ReverseV2 flip",
        lambda xp, x, axis=None: xp.flip(x, axis),
    ),
    _moving(
        "roll(x; shift, axis)",
        """
        numpy.roll(x=a, shift, axis)
        tensorflow.roll(x=input, shift, axis, name)
        keras.ops.roll(x, shift, axis)
        jax.numpy.roll(x=a, shift, axis)
        torch.roll(x=input, shift=shifts, axis=dims) torch:.roll(shift=shifts, axis=dims)
        """,
        "Roll roll",
    ),
    row(
        "pad(x; pad_width)",
        "layout",
        """
        numpy.pad(x=array, pad_width, mode)
        tensorflow.pad(x=tensor, pad_width=paddings, mode, constant_values, name)
        keras.ops.pad(x, pad_width, mode, constant_values)
        jax.numpy.pad(x=array, pad_width, mode)
        torch.nn.functional.pad(x=input, pad_width=pad, mode, value)
        """,
        runtime="Pad PadV2 MirrorPad pad",
    ),
    _moving(
        "sort(x; axis:-1)",
        """
        numpy.sort(x=a, axis)
        tensorflow.sort(x=values, axis, direction, name)
        keras.ops.sort(x, axis)
        jax.numpy.sort(x=a, axis)
        torch.sort(x=input, axis=dim) torch:.sort(axis=dim)
        builtins.sorted(x=iterable)
        """,
        "sort",
    ),
    row(
        "triu(x; k:0)",
        "layout",
        """
        numpy.triu(x=m, k)
        keras.ops.triu(x, k)
        jax.numpy.triu(x=m, k)
        torch.triu(x=input, k=diagonal) torch:.triu(k=diagonal)
        """,
        compute=lambda xp, x, k=0: xp.triangle("triu", x, k),
        range=ranges.with_zero,
        runtime="triu",
    ),
    row(
        "tril(x; k:0)",
        "layout",
        """
        numpy.tril(x=m, k)
        keras.ops.tril(x, k)
        jax.numpy.tril(x=m, k)
        torch.tril(x=input, k=diagonal) torch:.tril(k=diagonal)
        """,
        compute=lambda xp, x, k=0: xp.triangle("tril", x, k),
        range=ranges.with_zero,
        runtime="tril MatrixBandPart",
    ),
    _moving(
        "diag_part(x)",
        """
        numpy.diagonal(x=a, offset, axis1, axis2) numpy:.diagonal(offset, axis1, axis2)
        tensorflow.linalg.diag_part(x=input) tensorflow.linalg.tensor_diag_part(x=input)
        -tensorflow.matrix_diag_part(x=input) -tensorflow.diag_part(x=input)
        keras.ops.diagonal(x, offset, axis1, axis2)
        jax.numpy.diagonal(x=a, offset, axis1, axis2) jax:.diagonal(offset, axis1, axis2)
        torch.diagonal(x=input, offset, dim1, dim2) torch:.diagonal(offset, dim1, dim2)
        """,
        "DiagPart MatrixDiagPart MatrixDiagPartV2 MatrixDiagPartV3 diagonal",
        lambda xp, x: xp.diagonal(x),
    ),
    row(
        "diag(x; k:0)",
        "layout",
        """
        numpy.diag(x=v, k)
        tensorflow.linalg.diag(x=diagonal) tensorflow.linalg.tensor_diag(x=diagonal)
        -tensorflow.diag(x=diagonal) -tensorflow.matrix_diag(x=diagonal)
        keras.ops.diag(x, k)
        jax.numpy.diag(x=v, k)
        torch.diag(x=input, k=diagonal) torch.diag_embed(x=input) torch:.diag(k=diagonal)
        """,
        range=ranges.with_zero,
        runtime="Diag MatrixDiag MatrixDiagV2 MatrixDiagV3 diag",
    ),
)
