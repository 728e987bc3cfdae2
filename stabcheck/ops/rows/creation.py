"""Creation: arrays that are made, not computed from others' values."""

from __future__ import annotations

from stabcheck.ops import ranges
from stabcheck.ops.interval import UNIT
from stabcheck.ops.row import row

ROWS = (
    row(
        "zeros(; shape, dtype)",
        "creation",
        """
        numpy.zeros(shape, dtype)
        tensorflow.zeros(shape, dtype, name)
        keras.ops.zeros(shape, dtype) -keras.backend.zeros(shape, dtype)
        jax.numpy.zeros(shape, dtype)
        torch.zeros(*shape, dtype) torch:.new_zeros(*shape, dtype)
        """,
        range=ranges.always(ranges.ZERO),
        runtime="zeros",
    ),
    row(
        "ones(; shape, dtype)",
        "creation",
        """
        numpy.ones(shape, dtype)
        tensorflow.ones(shape, dtype, name)
        keras.ops.ones(shape, dtype) -keras.backend.ones(shape, dtype)
        jax.numpy.ones(shape, dtype)
        torch.ones(*shape, dtype) torch:.new_ones(*shape, dtype)
        """,
        range=ranges.always(ranges.ONE),
        runtime="ones",
    ),
    row(
        "full(; shape, value, dtype)",
        "creation",
        """
        numpy.full(shape, value=fill_value, dtype)
        tensorflow.fill(shape=dims, value, name)
        keras.ops.full(shape, value=fill_value, dtype)
        jax.numpy.full(shape, value=fill_value, dtype)
        torch.full(shape=size, value=fill_value, dtype) torch:.new_full(shape=size, value=fill_value, dtype)
        """,
        range=ranges.value,
        runtime="Fill full",
    ),
    row(
        "zeros_like(x; dtype)",
        "creation",
        """
        numpy.zeros_like(x=a, dtype)
        tensorflow.zeros_like(x=input, dtype, name)
        keras.ops.zeros_like(x, dtype) -keras.backend.zeros_like(x, dtype)
        jax.numpy.zeros_like(x=a, dtype)
        torch.zeros_like(x=input, dtype)
        """,
        compute=lambda xp, x, dtype=None: xp.broadcast_to(0.0, xp.shape(x)),
        pullback=lambda xp, g, r, x, dtype=None: (None,),
        range=ranges.always(ranges.ZERO),
        runtime="ZerosLike zeros_like",
    ),
    row(
        "ones_like(x; dtype)",
        "creation",
        """
        numpy.ones_like(x=a, dtype)
        tensorflow.ones_like(x=input, dtype, name)
        keras.ops.ones_like(x, dtype) -keras.backend.ones_like(x, dtype)
        jax.numpy.ones_like(x=a, dtype)
        torch.ones_like(x=input, dtype)
        """,
        compute=lambda xp, x, dtype=None: xp.broadcast_to(1.0, xp.shape(x)),
        pullback=lambda xp, g, r, x, dtype=None: (None,),
        range=ranges.always(ranges.ONE),
        runtime="OnesLike ones_like",
    ),
    row(
        "full_like(x; value, dtype)",
        "creation",
        """
        numpy.full_like(x=a, value=fill_value, dtype)
        keras.ops.full_like(x, value=fill_value, dtype)
        jax.numpy.full_like(x=a, value=fill_value, dtype)
        torch.full_like(x=input, value=fill_value, dtype)
        """,
        compute=lambda xp, x, value=0.0, dtype=None: xp.broadcast_to(value, xp.shape(x)),
        pullback=lambda xp, g, r, x, value=0.0, dtype=None: (None,),
        range=lambda _x, **attributes: ranges.value(**attributes),
        runtime="full_like",
    ),
    row(
        "empty(; shape, dtype)",
        "creation",
        """
        numpy.empty(shape, dtype)
        jax.numpy.empty(shape, dtype)
        keras.ops.empty(shape, dtype)
        torch.empty(*shape, dtype) torch:.new_empty(*shape, dtype)
        """,
    ),
    row(
        "empty_like(x; dtype)",
        "creation",
        """
        numpy.empty_like(x=prototype, dtype)
        jax.numpy.empty_like(x=prototype, dtype)
        keras.ops.empty_like(x, dtype)
        torch.empty_like(x=input, dtype)
        """,
    ),
    row(
        "eye(; rows, columns, dtype)",
        "creation",
        """
        numpy.eye(rows=N, columns=M, k, dtype) numpy.identity(rows=n, dtype)
        tensorflow.eye(rows=num_rows, columns=num_columns, batch_shape, dtype, name)
        tensorflow.linalg.eye(rows=num_rows, columns=num_columns, batch_shape, dtype, name)
        keras.ops.eye(rows=N, columns=M, k, dtype) keras.ops.identity(rows=n, dtype)
        -keras.backend.eye(rows=size, dtype, name)
        jax.numpy.eye(rows=N, columns=M, k, dtype) jax.numpy.identity(rows=n, dtype)
        torch.eye(rows=n, columns=m, dtype)
        """,
        range=ranges.always(UNIT),
        runtime="eye",
    ),
    row(
        "arange(; start, stop, step, dtype)",
        "creation",
        """
        numpy.arange(stop, *, dtype) numpy.arange(start, stop, step, dtype)
        tensorflow.range(stop=limit, *, step=delta, dtype, name) tensorflow.range(start, stop=limit,
        step=delta, dtype, name)
        keras.ops.arange(stop, *, step, dtype) keras.ops.arange(start, stop, step, dtype)
        -keras.backend.arange(stop, *, dtype) -keras.backend.arange(start, stop, step, dtype)
        jax.numpy.arange(stop, *, dtype)
        numpy.arange(start, stop, step, dtype)
        torch.arange(stop=end, *, dtype) torch.arange(start, stop=end, step, *, dtype)
        """,
        runtime="Range arange",
    ),
    row(
        "linspace(; start, stop, num:50, dtype)",
        "creation",
        """
        numpy.linspace(start, stop, num, endpoint, retstep, dtype)
        tensorflow.linspace(start, stop, num:required, name)
        keras.ops.linspace(start, stop, num, endpoint, retstep, dtype)
        jax.numpy.linspace(start, stop, num, endpoint, retstep, dtype)
        torch.linspace(start, stop=end, num=steps:required, dtype)
        """,
        range=lambda *, start=None, stop=None, **_: ranges.between(lower=start, upper=stop),
        runtime="LinSpace linspace",
    ),
    row(
        "logspace(; start, stop, num:50, base:10.0)",
        "creation",
        """
        numpy.logspace(start, stop, num, endpoint, base)
        keras.ops.logspace(start, stop, num, endpoint, base)
        jax.numpy.logspace(start, stop, num, endpoint, base)
        torch.logspace(start, stop=end, num=steps:required, base)
        """,
        runtime="logspace",
    ),
    row(
        "one_hot(x; depth, axis:-1)",
        "creation",
        """
        tensorflow.one_hot(x=indices, depth, on_value, off_value, axis, dtype, name)
        keras.ops.one_hot(x, depth=num_classes, axis, dtype) -keras.backend.one_hot(x=indices,
        depth=num_classes) keras.utils.to_categorical(x, depth=num_classes)
        jax.nn.one_hot(x, depth=num_classes)
        torch.nn.functional.one_hot(x=input, depth=num_classes)
        """,
        range=ranges.always(UNIT),
        runtime="OneHot",
    ),
    row(
        "meshgrid(xs)",
        "layout",
        """
        numpy.meshgrid(*xs)
        tensorflow.meshgrid(*xs)
        keras.ops.meshgrid(*xs)
        jax.numpy.meshgrid(*xs)
        torch.meshgrid(*xs)
        """,
        range=ranges.hull,
        runtime="meshgrid",
    ),
)
