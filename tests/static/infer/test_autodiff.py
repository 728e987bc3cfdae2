"""Where gradients flow, and whose arrays a value is made of."""

import pytest


@pytest.mark.parametrize(
    ("source", "library"),
    [
        ("np.exp(x)", "numpy"),
        ("tf.exp(x)", "tensorflow"),
        ("x.exp().add(1)", "torch"),
        ("1 / (1 + jnp.exp(-x))", "jax"),
        ("math.exp(x)", "math"),
        ("keras.ops.exp(x) * 2", "keras"),
        ("torch.exp(x) * np.float64(2)", "torch"),
        ("x * 2", None),
        ("nn.Linear(2, 2)(x)", "torch"),
    ],
)
def test_library(known, source, library):
    facts, _, call = known(f"g({source})")
    assert facts.library(call.arguments[0]) == library


def test_the_only_array_library_of_a_file_is_the_default(known):
    facts, _, value = known("def f(x):\n    return x * 2", "import torch\nimport math\n")
    assert facts.library(value) == "torch"


@pytest.mark.parametrize(
    ("source", "differentiated"),
    [
        ("def loss(x):\n    return torch.log(x)", True),
        ("def loss(x):\n    return tf.sqrt(x)", True),
        ("def loss(x):\n    return jnp.sqrt(x)", True),
        ("def loss(x):\n    return np.sqrt(x)", False),
        ("def loss(x):\n    return math.sqrt(x)", False),
        ("def loss(x):\n    with torch.no_grad():\n        torch.log(x)", False),
        ("@torch.no_grad()\ndef loss(x):\n    return torch.log(x)", False),
        ("def loss(x):\n    return tf.stop_gradient(tf.sqrt(x))", True),  # the stopped value itself passes
        ("def loss(x):\n    return torch.log(x.detach())", False),
        ("def loss(x):\n    return torch.log(x.detach() + y)", True),
        ("def accuracy(x):\n    return torch.log(x)", False),
        ("def evaluate_model(x):\n    return torch.log(x)", False),
        ("class A(keras.metrics.Metric):\n    def update(self, x):\n        return tf.log(x)", False),
        ("def _single_tensor_adagrad(x):\n    return torch.sqrt(x)", False),
        ("class A(torch.optim.Optimizer):\n    def step(self, x):\n        return torch.sqrt(x)", False),
        ("class A(keras.layers.Layer):\n    def call(self, x):\n        return tf.sqrt(x)", True),
        ("class A(torch.autograd.Function):\n    def forward(ctx, x):\n        return torch.sqrt(x)", False),
        (
            "class A(keras.constraints.Constraint):\n    def __call__(self, w):\n        return tf.sqrt(w)",
            False,
        ),
        ("def loss(x):\n    return torch.sqrt(torch.arange(5))", False),
        ("def sampling(mean, log_var):\n    return mean + tf.exp(log_var / 2) * tf.random.normal([2])", True),
        ("@tf.custom_gradient\ndef f(x):\n    return tf.sqrt(x)", False),
        ("class A(nn.Module):\n    def validation_step(self, x):\n        return torch.sqrt(x)", False),
    ],
)
def test_differentiated(known, source, differentiated):
    facts, site, value = known(source)
    expected = differentiated and "stop_gradient" not in source
    assert facts.differentiated(site, value) is expected


def test_behind_a_barrier_only_the_outside_is_differentiated(known):
    facts, site, value = known("def loss(x, y):\n    return y * tf.stop_gradient(tf.sqrt(x))")
    assert facts.differentiated(site, value)
    assert not facts.differentiated(site, value.operands[1].operands[0])


def test_autograd_differentiates_numpy(known):
    facts, site, value = known("def f(x):\n    return np.sqrt(x)", "import autograd.numpy as np\n")
    assert facts.differentiated(site, value)


@pytest.mark.parametrize(
    "path",
    [
        "tests/test_loss.py",
        "pkg/loss_test.py",
        "test_a.py",
        "a/tests/helpers.py",
        "my_metrics.py",
        "metrics/f1.py",
        "pkg/optim/adagrad.py",
    ],
)
def test_tests_are_not_differentiated(known, path):
    facts, site, value = known("def loss(x):\n    return torch.sqrt(x)", path=path)
    assert not facts.differentiated(site, value)
