"""Layout: the entries stay what they are, and their axes change."""

from __future__ import annotations

from typing import Any

from stabcheck.ops import ranges
from stabcheck.ops.operation import Operation
from stabcheck.ops.row import row


def _back_to_shape(xp: Any, g: Any, r: Any, x: Any, **_: Any) -> tuple[Any]:
    return (xp.reshape(g, xp.shape(x)),)


def _reshaping(signature: str, spellings: str, compute: Any, runtime: str = "") -> Operation:
    """A layout of the same entries in the same order."""
    return row(
        signature,
        "layout",
        spellings,
        compute=compute,
        pullback=_back_to_shape,
        range=ranges.same,
        runtime=runtime,
    )


def _moving(signature: str, spellings: str, runtime: str = "", compute: Any = None) -> Operation:
    """A layout whose values are among the operand's."""
    return row(signature, "layout", spellings, compute=compute, range=ranges.same, runtime=runtime)


ROWS = (
    _reshaping(
        "reshape(x; shape)",
        """
        numpy.reshape(x=a, shape, order) numpy:.reshape(*shape)
        tensorflow.reshape(x=tensor, shape, name)
        keras.ops.reshape(x, shape=newshape) -keras.backend.reshape(x, shape)
        jax.numpy.reshape(x=a, shape) jax.lax.reshape(x=operand, shape=new_sizes) jax:.reshape(*shape)
        torch.reshape(x=input, shape) torch:.reshape(*shape) torch:.view(*shape) torch:.view_as(shape=other)
        torch:.reshape_as(shape=other)
        """,
        lambda xp, x, shape: xp.reshape(x, shape),
        "Reshape reshape",
    ),
    _reshaping(
        "flatten(x)",
        """
        numpy.ravel(x=a) numpy:.ravel() numpy:.flatten()
        keras.ops.ravel(x) -keras.backend.flatten(x) -keras.backend.batch_flatten(x)
        jax.numpy.ravel(x=a) jax:.ravel() jax:.flatten()
        torch.flatten(x=input, start_dim, end_dim) torch.ravel(x=input) torch:.flatten(start_dim, end_dim)
        torch:.ravel()
        """,
        lambda xp, x: xp.reshape(x, -1),
        "ravel",
    ),
    _reshaping(
        "expand_dims(x; axis)",
        """
        numpy.expand_dims(x=a, axis)
        tensorflow.expand_dims(x=input, axis, name)
        keras.ops.expand_dims(x, axis) -keras.backend.expand_dims(x, axis)
        jax.numpy.expand_dims(x=a, axis) jax.lax.expand_dims(x=array, axis=dimensions)
        torch.unsqueeze(x=input, axis=dim) torch:.unsqueeze(axis=dim) torch:.unsqueeze_(axis=dim)
        """,
        lambda xp, x, axis: xp.expand_dims(x, axis),
        "ExpandDims expand_dims",
    ),
    _reshaping(
        "squeeze(x; axis)",
        """
        numpy.squeeze(x=a, axis) numpy:.squeeze(axis)
        tensorflow.squeeze(x=input, axis, name)
        keras.ops.squeeze(x, axis) -keras.backend.squeeze(x, axis)
        jax.numpy.squeeze(x=a, axis) jax:.squeeze(axis)
        torch.squeeze(x=input, axis=dim) torch:.squeeze(axis=dim) torch:.squeeze_(axis=dim)
        """,
        lambda xp, x, axis=None: xp.squeeze(x, axis),
        "Squeeze squeeze",
    ),
    row(
        "transpose(x; axes)",
        "layout",
        """
        numpy.transpose(x=a, axes) numpy.permute_dims(x=a, axes) numpy:.transpose(*axes)
        tensorflow.transpose(x=a, axes=perm, conjugate, name)
        keras.ops.transpose(x, axes) -keras.backend.transpose(x) -keras.backend.permute_dimensions(x,
        axes=pattern)
        jax.numpy.transpose(x=a, axes) jax.lax.transpose(x=operand, axes=permutation) jax:.transpose(*axes)
        torch.permute(x=input, axes=dims) torch.t(x=input) torch:.permute(*axes) torch:.t()
        numpy,jax,torch:.T
        """,
        compute=lambda xp, x, axes=None: xp.transpose(x, axes),
        pullback=lambda xp, g, r, x, axes=None: (
            xp.transpose(g, None if axes is None else xp.inverse_order(axes)),
        ),
        range=ranges.same,
        runtime="Transpose transpose",
    ),
    row(
        "matrix_transpose(x)",
        "layout",
        """
        numpy.matrix_transpose(x)
        tensorflow.linalg.matrix_transpose(x=a, name) -tensorflow.matrix_transpose(x=a, name)
        jax.numpy.matrix_transpose(x)
        torch.adjoint(x=input) torch:.mT
        numpy,jax:.mT
        """,
        compute=lambda xp, x: xp.swapped(x),
        pullback=lambda xp, g, r, x: (xp.swapped(g),),
        range=ranges.same,
    ),
    row(
        "swapaxes(x; axis1, axis2)",
        "layout",
        """
        numpy.swapaxes(x=a, axis1, axis2) numpy:.swapaxes(axis1, axis2)
        keras.ops.swapaxes(x, axis1, axis2)
        jax.numpy.swapaxes(x=a, axis1, axis2) jax:.swapaxes(axis1, axis2)
        torch.transpose(x=input, axis1=dim0, axis2=dim1) torch.swapaxes(x=input, axis1=axis0, axis2=axis1)
        torch:.transpose(axis1=dim0, axis2=dim1) torch:.swapaxes(axis1=axis0, axis2=axis1)
        """,
        compute=lambda xp, x, axis1, axis2: xp.swapaxes(x, axis1, axis2),
        pullback=lambda xp, g, r, x, axis1, axis2: (xp.swapaxes(g, axis1, axis2),),
        range=ranges.same,
        runtime="swapaxes",
    ),
    row(
        "broadcast_to(x; shape)",
        "layout",
        """
        numpy.broadcast_to(x=array, shape)
        tensorflow.broadcast_to(x=input, shape, name)
        keras.ops.broadcast_to(x, shape)
        jax.numpy.broadcast_to(x=array, shape)
        torch.broadcast_to(x=input, shape=size) torch:.expand(*shape) torch:.expand_as(shape=other)
        torch:.broadcast_to(shape=size)
        """,
        compute=lambda xp, x, shape: xp.broadcast_to(x, shape),
        pullback=lambda xp, g, r, x, shape: (xp.sum_to(g, xp.shape(x)),),
        range=ranges.same,
        runtime="BroadcastTo broadcast_to",
    ),
    _moving(
        "moveaxis(x; source, destination)",
        """
        numpy.moveaxis(x=a, source, destination)
        keras.ops.moveaxis(x, source, destination)
        jax.numpy.moveaxis(x=a, source, destination)
        torch.moveaxis(x=input, source, destination) torch.movedim(x=input, source, destination)
        torch:.moveaxis(source, destination) torch:.movedim(source, destination)
        """,
        "moveaxis",
        lambda xp, x, source, destination: xp.moveaxis(x, source, destination),
    ),
)
