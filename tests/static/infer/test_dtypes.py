"""Dtypes and whole numbers, where the source gives evidence."""

import pytest


@pytest.mark.parametrize(
    ("source", "dtype"),
    [
        ("x", None),
        ("x + 1", None),
        ("3.0", None),
        ("x.astype(np.float32)", "float32"),
        ("x.astype('float16') * 2", "float16"),
        ("tf.cast(x, tf.float16)", "float16"),
        ("tf.cast(x, 'bfloat16')", "bfloat16"),
        ("x.half()", "float16"),
        ("x.double().exp()", "float64"),
        ("torch.zeros(3, dtype=torch.float)", "float32"),
        ("torch.tensor([1.0, 2.0])", "float32"),
        ("torch.ones(3)", "float32"),
        ("np.zeros(3)", "float64"),
        ("np.zeros((3,), dtype=float)", "float64"),
        ("np.zeros_like(np.ones(3, dtype=np.float16))", "float16"),
        ("np.zeros_like(x)", None),
        ("np.array([1, 2])", "int64"),
        ("np.array([1, 2.5])", "float64"),
        ("tf.constant([1.0])", "float32"),
        ("tf.zeros([2, 2])", "float32"),
        ("np.zeros(3) + x.astype(np.float32)", "float64"),
        ("np.zeros(3) * x", None),
        ("np.arange(3)", "int64"),
        ("np.array([1, 2]) / 2", None),
        ("x > 0", "bool"),
        ("len(x)", "int64"),
        ("np.random.randn(3)", "float64"),
        ("torch.randn(3).sum()", "float32"),
        ("np.float32(1e-8)", "float32"),
        ("x.astype(np.float16).sum(dtype=np.float32)", "float32"),
        ("x.astype(np.float16)[0]", "float16"),
    ],
)
def test_dtype(known, source, dtype):
    facts, _, call = known(f"g({source})")
    assert facts.dtype(call.arguments[0]) == dtype


def test_branches_agree_or_say_nothing(known):
    facts, _, call = known("y = x.half() if c else x.half() * 2\ng(y)")
    assert facts.dtype(call.arguments[0]) == "float16"
    facts, _, call = known("y = x.half() if c else x\ng(y)")
    assert facts.dtype(call.arguments[0]) is None


@pytest.mark.parametrize(
    ("setting", "library", "dtype"),
    [
        ("pass", "numpy", "float64"),
        ("pass", "jax", "float32"),
        ("pass", "torch", "float32"),
        ("jax.config.update('jax_enable_x64', True)", "jax", "float64"),
        ("tf.keras.backend.set_floatx('float64')", "keras", "float64"),
        ("torch.set_default_dtype(torch.float64)", "torch", "float64"),
    ],
)
def test_defaults_of_libraries(known, setting, library, dtype):
    facts, _, _ = known(f"{setting}\ng(x)")
    assert facts.default_dtype(library) == dtype


def test_a_changed_default_is_that_of_new_arrays(known):
    facts, _, call = known("jax.config.update('jax_enable_x64', True)\ng(jnp.zeros(3))")
    assert facts.dtype(call.arguments[0]) == "float64"


@pytest.mark.parametrize(
    ("source", "whole"),
    [
        ("3", True),
        ("3.0", True),
        ("3.5", False),
        ("len(x) + 1", True),
        ("x.shape[0] * 2", True),
        ("x.shape[0] / 2", False),
        ("len(x) // 2", True),
        ("np.arange(5)", True),
        ("np.arange(0, 1, 0.1)", False),
        ("np.floor(x)", True),
        ("np.round(x, 2)", False),
        ("x.astype(int)", True),
        ("np.random.randint(0, 5)", True),
        ("len(x) ** 2", True),
        ("2 ** -len(x)", False),
        ("x", False),
    ],
)
def test_whole_numbers(known, source, whole):
    facts, _, call = known(f"g({source})")
    assert facts.integer(call.arguments[0]) is whole


def test_annotated_and_counted_names_are_whole(known):
    facts, _, call = known("def f(n: int, x: float):\n    for i in range(n):\n        g(n, i, x)")
    assert [facts.integer(each) for each in call.arguments] == [True, True, False]
