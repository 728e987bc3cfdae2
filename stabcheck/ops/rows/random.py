"""Random draws: leaves for the analysis, of known range."""

from __future__ import annotations

from stabcheck.ops import ranges
from stabcheck.ops.interval import NON_NEGATIVE, UNIT
from stabcheck.ops.row import row

ROWS = (
    row(
        "random_uniform(; shape, lower:0.0, upper:1.0, dtype)",
        "random",
        """
        numpy.random.uniform(lower=low, upper=high, shape=size)
        tensorflow.random.uniform(shape, lower=minval, upper=maxval, dtype, seed, name)
        -tensorflow.random_uniform(shape, lower=minval, upper=maxval, dtype, seed, name)
        keras.random.uniform(shape, lower=minval, upper=maxval, dtype, seed)
        -keras.backend.random_uniform(shape, lower=minval, upper=maxval, dtype, seed)
        jax.random.uniform(key, shape, dtype, lower=minval, upper=maxval)
        """,
        range=ranges.between,
        runtime="RandomUniform StatelessRandomUniformV2",
    ),
    row(
        "random_unit(; shape, dtype)",
        "random",
        """
        numpy.random.rand(*shape) numpy.random.random(shape=size) numpy.random.random_sample(shape=size)
        torch.rand(*shape, dtype) torch.rand_like(shape=input, dtype)
        """,
        range=ranges.always(UNIT),
    ),
    row(
        "random_normal(; shape, mean:0.0, stddev:1.0, dtype)",
        "random",
        """
        numpy.random.normal(mean=loc, stddev=scale, shape=size) numpy.random.standard_normal(shape=size)
        numpy.random.randn(*shape)
        tensorflow.random.normal(shape, mean, stddev, dtype, seed, name) -tensorflow.random_normal(shape,
        mean, stddev, dtype, seed, name) tensorflow.random.truncated_normal(shape, mean, stddev, dtype,
        seed, name)
        keras.random.normal(shape, mean, stddev, dtype, seed) -keras.backend.random_normal(shape, mean,
        stddev, dtype, seed)
        jax.random.normal(key, shape, dtype)
        torch.randn(*shape, dtype) torch.randn_like(shape=input, dtype) torch.normal(mean, stddev=std)
        """,
        runtime="RandomStandardNormal StatelessRandomNormalV2 TruncatedNormal",
    ),
    row(
        "random_integer(; lower, upper, shape)",
        "random",
        """
        numpy.random.randint(lower=low, upper=high, shape=size, dtype)
        keras.random.randint(shape, lower=minval, upper=maxval, dtype, seed)
        jax.random.randint(key, shape, lower=minval, upper=maxval)
        torch.randint(lower=low, upper=high, shape=size)
        """,
        range=ranges.between,
        runtime="RandomUniformInt StatelessRandomUniformIntV2",
    ),
    row(
        "random_permutation(x)",
        "random",
        """
        numpy.random.permutation(x)
        tensorflow.random.shuffle(x=value, seed, name)
        keras.random.shuffle(x, axis, seed)
        jax.random.permutation(key, x)
        """,
        range=ranges.same,
        runtime="RandomShuffle",
    ),
    row(
        "random_bernoulli(; p, shape)",
        "random",
        """
        keras.random.binomial(shape, counts, p=probabilities)
        jax.random.bernoulli(key, p, shape)
        torch.bernoulli(p=input)
        """,
        range=ranges.always(NON_NEGATIVE),
    ),
)
