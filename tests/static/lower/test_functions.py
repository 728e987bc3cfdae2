"""Functions, classes, layers: what one part of a file makes is known in another."""

import pytest

from stabcheck.static.graph import Call


def test_small_functions_are_seen_through(last):
    source = """
    def expo(z):
        return np.exp(z)

    def f(x):
        return expo(x) / expo(x).sum()
    """
    assert last(source) == "divide(expo!(x) -> exp(x), sum(expo!(x) -> exp(x)))"


@pytest.mark.parametrize(
    ("definition", "call", "graph"),
    [
        ("def h(z, k=2):\n    return z * k", "h(x)", "h!(x) -> multiply(x, 2)"),
        ("def h(z, k=2):\n    return z * k", "h(x, k=3)", "h!(x) -> multiply(x, 3)"),
        ("def h(z, k):\n    return z * k", "h(x)", "h!(x)"),
        ("def h(*z):\n    return z", "h(x)", "h!(x)"),
        (
            "def h(z):\n    if z > 0:\n        return 1\n    return np.exp(z)",
            "h(x)",
            "h!(x) -> {1 | exp(x:(-inf, 0))}",
        ),
        ("def h(z):\n    yield np.exp(z)", "h(x)", "h!(x)"),
        ("def h(z):\n    return h(z - 1)", "h(x)", "h!(x) -> h!(subtract(x, 1))"),
        ("h = lambda z: np.exp(z)", "h(x)", "<lambda>"),
        ("@tf.function\ndef h(z):\n    return tf.exp(z)", "h(x)", "h!(x) -> exp(x)"),
        ("def k(z):\n    return tf.exp(z)\nh = tf.function(k)", "h(x)", "k!(x) -> exp(x)"),
    ],
)
def test_calls(last, definition, call, graph):
    found = last(f"{definition}\ng({call})")
    if graph == "<lambda>":
        assert found.startswith("g!(<lambda>@")
        assert found.endswith("-> exp(x))")
    else:
        assert found == f"g!({graph})"


def test_attributes_of_self_are_followed_across_methods(lowered, as_text):
    module = lowered(
        """
        class Net(nn.Module):
            scale = 3.0
            def __init__(self, eps=1e-7):
                self.eps = eps
                self.probs = None
                self.count = 0
                self.softmax = nn.Softmax(dim=1)
            def forward(self, x):
                self.probs = self.softmax(x)
                self.count += 1
                return self.probs
            def loss(self):
                g(self.eps, self.count, self.scale, self.unknown)
                return torch.log(self.probs)
        """
    )
    loss = next(
        site.value
        for site in module.sites
        if isinstance(site.value, Call) and as_text(site.value).startswith("g!")
    )
    assert [as_text(each) for each in loss.arguments] == [
        "eps:(-inf, inf)",
        "self.count",
        "3.0",
        "self.unknown",
    ]
    assert loss.arguments[1].definition == ("Net", "self.count", 0)
    assert as_text(module.sites[-1].value) == "log(_!(x) -> softmax(x, axis=1))"
    assert ("Net", "probs") in module.attributes
    assert module.bases["Net"] == ("torch.nn.Module",)


def test_methods_of_self_are_calls_of_the_class(last):
    source = """
    class Net:
        def act(self, z):
            return tf.exp(z)
        def call(self, x):
            return self.act(x) + self.dense(x)
    """
    assert last(source) == "add(Net.act!(x) -> exp(x), Net.dense!(x))"


@pytest.mark.parametrize(
    ("layer", "graph"),
    [
        ("nn.Softmax(dim=1)", "softmax(x, axis=1)"),
        ("nn.Softmax(1)", "softmax(x, axis=1)"),
        ("nn.Sigmoid()", "sigmoid(x)"),
        ("nn.LogSoftmax(dim=-1)", "log_softmax(x)"),
        ("keras.layers.Softmax()", "softmax(x)"),
        ("keras.layers.Activation('sigmoid')", "sigmoid(_!(x))"),
        ("keras.layers.Dense(3, activation='softmax')", "softmax(_!(x))"),
        ("tf.keras.layers.Dense(3, tf.nn.softmax)", "softmax(_!(x))"),
        ("nn.Sequential(nn.Linear(2, 2), nn.Softmax(dim=1))", "softmax(x, axis=1)"),
        (
            "keras.Sequential([keras.layers.Dense(2), keras.layers.Dense(2, activation='sigmoid')])",
            "sigmoid(_!(x))",
        ),
        ("nn.Sequential(nn.Sigmoid(), nn.Flatten())", "sigmoid(x)"),
    ],
)
def test_layers_apply_their_last_operation(last, layer, graph):
    assert last(f"layer = {layer}\nlayer(x)") == f"_!(x) -> {graph}"


@pytest.mark.parametrize(
    ("call", "op"),
    [
        ("tf.layers.dense(x, 3, tf.nn.softmax)", "softmax"),
        ("tf.layers.dense(inputs=x, units=3, activation=tf.nn.relu)", "relu"),
        ("tf.compat.v1.layers.dense(x, 3, activation='sigmoid')", "sigmoid"),
        ("tf.contrib.layers.fully_connected(x, 3, activation_fn=tf.nn.sigmoid)", "sigmoid"),
        ("tf.contrib.slim.conv2d(x, 3, 4, activation_fn=tf.nn.softmax)", "softmax"),
        ("project.linear(x, 3, activation=tf.nn.sigmoid)", "sigmoid"),
        ("tf.layers.dense(x, 3)", None),
        ("tf.layers.dense(x, 3, None)", None),
        ("tf.contrib.layers.fully_connected(x, 3, activation_fn=None)", None),
        ("project.block(x, 3, activation=tf.nn.relu)", None),  # of its hidden layers, for all that is known
        ("project.Block(3, activation=tf.nn.sigmoid)", None),  # a layer, not its output
        ("project.pool(x, 3, tf.nn.softmax)", None),
    ],
)
def test_functions_that_are_told_their_activation(last, call, op):
    found = last(f"import project\n{call}")
    assert (f"-> {op}(" in found) if op else "->" not in found


def test_a_parameter_that_is_called_is_what_is_passed(last):
    dense = "def dense(z, w, act=None):\n    return act(tf.matmul(z, w))\n"
    assert last(f"{dense}dense(x, w, tf.nn.softmax)").endswith("-> softmax(matmul(x, w))")
    assert last(f"{dense}dense(x, w, act=keras.activations.sigmoid)").endswith("-> sigmoid(matmul(x, w))")
    assert "softmax" not in last(f"{dense}dense(x, w)")
    assert "-> softmax(" not in last("def apply(f, z):\n    return f(z, 1)\napply(tf.nn.softmax, x)")


def test_layers_added_one_by_one(last):
    source = """
    model = keras.Sequential()
    model.add(keras.layers.Dense(3))
    model.add(keras.layers.Dense(3, activation="softmax"))
    model.predict(x)
    """
    assert "-> softmax(" in last(source)


def test_models_of_the_file_are_followed(last):
    source = """
    class Net(nn.Module):
        def __init__(self):
            self.fc = nn.Linear(2, 3)
        def forward(self, x):
            return torch.softmax(self.fc(x), dim=1)

    net = Net()
    torch.log(net(y))
    """
    assert last(source) == "log(Net.__call__!(y) -> softmax(_!(y), axis=1))"


def test_functional_models_end_in_their_last_layer(last):
    source = """
    inputs = keras.Input(shape=(3,))
    hidden = keras.layers.Dense(3)(inputs)
    outputs = keras.layers.Dense(3, activation="softmax")(hidden)
    model = keras.Model(inputs, outputs)
    model(x)
    """
    assert last(source) == "_!(x) -> softmax(_!(x))"


def test_a_linear_layer_has_no_result(last):
    assert last("layer = nn.Linear(2, 3)\nlayer(x)") == "_!(x)"


def test_constrained_parameters_of_distributions(last):
    source = """
    from torch.distributions import constraints
    class Normal(torch.distributions.Distribution):
        arg_constraints = {"loc": constraints.real, "scale": constraints.positive}
        def __init__(self, loc, scale):
            self.loc, self.scale = loc, scale
        def entropy(self):
            return torch.log(self.scale)
    """
    assert last(source) == "log(scale:(0, inf, nonzero))"


def test_module_constants_reach_functions(last):
    assert last("EPS = 1e-8\ndef f(x):\n    return np.log(x + EPS)") == "log(add(x, 1e-08))"
    assert last("EPS = 1e-8\nEPS = 2\ndef f(x):\n    return np.log(x + EPS)") == "log(add(x, EPS))"
    assert last(
        "EPS = 1e-8\ndef g():\n    global EPS\n    EPS = 2\ndef f(x):\n    return np.log(x + EPS)"
    ) == ("log(add(x, EPS))")


def test_imports_inside_of_functions_are_known_to_all(lowered):
    source = "def a(x):\n    return x.exp()\ndef b(x):\n    if x:\n        import torch\n    return torch\n"
    module = lowered(source, "")
    assert module.libraries == {"torch"}
    assert module.imports == {"torch": "torch"}


def test_functions_are_listed_with_what_they_return(lowered, as_text):
    module = lowered("class A:\n    @staticmethod\n    def f(x, *, k=1):\n        return np.exp(x)\n")
    function = module.functions["A.f"]
    assert list(function.parameters) == ["x", "k"]
    assert [as_text(each) for each in function.returns] == ["exp(x)"]
    assert function.decorators == ("builtins.staticmethod",)
