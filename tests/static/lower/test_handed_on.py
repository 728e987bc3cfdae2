"""What classes get from their bases, and functions from elsewhere: partial, static methods, other modules."""

import pytest

SIGMOID = "divide(1, add(1, exp(negative(x))))"

BASE = """
class Base:
    def __init__(self):
        self.eps = 1e-12
        self.act = lambda z: np.exp(z)
    def squash(self, z):
        return 1 / (1 + np.exp(-z))
    @property
    def width(self):
        return 2.0
"""


@pytest.mark.parametrize(
    ("body", "graph"),
    [
        ("self.squash(x)", f"Base.squash!(x) -> {SIGMOID}"),
        ("self.eps", "1e-12"),
        ("self.width", "2.0"),
        ("super().squash(x)", f"Base.squash!(x) -> {SIGMOID}"),
        ("self.nothing", "self.nothing"),
    ],
)
@pytest.mark.parametrize("between", ["", "class Middle(Base):\n    pass\n"])
def test_methods_and_attributes_of_bases(lowered, as_text, body, graph, between):
    base = "Middle" if between else "Base"
    module = lowered(f"{BASE}\n{between}\nclass Child({base}):\n    def f(self, x):\n        return {body}\n")
    assert as_text(module.functions["Child.f"].returns[0]) == graph


def test_what_a_class_has_itself_comes_before_its_bases(lowered, as_text):
    module = lowered(
        f"""
{BASE}
class Child(Base):
    def __init__(self):
        super().__init__()
        self.eps = 1e-3
    def squash(self, z):
        return np.tanh(z)
    def f(self, x):
        return self.squash(x), self.eps
"""
    )
    assert as_text(module.functions["Child.f"].returns[0]) == "[Child.squash!(x) -> tanh(x), 0.001]"


def test_bases_in_a_ring_come_to_an_end(lowered):
    lowered("class A(B):\n    pass\nclass B(A):\n    def f(self):\n        return self.g(self.h)\n")


@pytest.mark.parametrize(
    ("definition", "call", "graph"),
    [
        ("h = partial(g, k=3)", "h(x)", "g!(x) -> multiply(x, 3)"),
        ("h = functools.partial(g, 3)", "h(x)", "g!(3, x) -> multiply(3, x)"),
        ("h = partial(partial(g, 3), x)", "h()", "g!(3, x) -> multiply(3, x)"),
        ("h = partial(np.exp)", "h(x)", "exp(x)"),
        ("h = partial(np.sum, axis=1)", "h(x)", "sum(x, axis=1)"),
        ("h = partial(*g)", "h(x)", "_!(x)"),
    ],
)
def test_partial_applications(last, definition, call, graph):
    imports = "import functools\nfrom functools import partial\nimport numpy as np\n"
    source = f"def g(z, k=2):\n    return z * k\n{definition}\nprint({call})"
    assert last(source, imports) == f"builtins.print!({graph})"


def test_static_methods_are_called_of_the_class(lowered, as_text):
    module = lowered(
        """
        class Activations:
            @staticmethod
            def squash(x):
                return 1 / (1 + np.exp(-x))
        def f(x):
            return Activations.squash(x)
        """
    )
    assert as_text(module.functions["f"].returns[0]) == f"Activations.squash!(x) -> {SIGMOID}"


@pytest.mark.parametrize(
    ("imports", "call", "graph"),
    [
        ("from .utils import sigmoid", "sigmoid(x)", ".utils.sigmoid!(x) -> sigmoid(x)"),
        ("from utils import *", "softmax(x)", "softmax!(x) -> softmax(x, axis=?())"),
        ("import layers", "layers.softmax(x, axis=1)", "layers.softmax!(x) -> softmax(x, axis=1)"),
        ("from .utils import sigmoid", "sigmoid(x, True)", ".utils.sigmoid!(x, True)"),
        ("from .utils import sigmoid", "sigmoid(x, prime=True)", ".utils.sigmoid!(x)"),
        ("from .utils import tanh_sigmoid", "tanh_sigmoid(x)", ".utils.tanh_sigmoid!(x)"),
        ("from mine.nn.math.log import log", "log(x)", "mine.nn.math.log.log!(x) -> log(x)"),
        ("from mine.log import log", "log(x)", "mine.log.log!(x)"),
        ("from .utils import sigmoid", "sigmoid(*x)", ".utils.sigmoid!(x)"),
    ],
)
def test_functions_of_other_modules_that_are_called_like_what_everybody_knows(last, imports, call, graph):
    assert last(f"print({call})", f"import numpy as np\n{imports}\n") == f"builtins.print!({graph})"


def test_a_function_of_the_file_is_what_it_is(last):
    source = "def sigmoid(x):\n    return np.tanh(x)\nprint(sigmoid(2.0))"
    assert last(source) == "builtins.print!(sigmoid!(2.0) -> tanh(2.0))"


@pytest.mark.parametrize(
    ("source", "graph"),
    [
        ("def f(xp, x):\n    return xp.exp(x)", "exp(x)"),
        ("def f(x):\n    return x.xp.exp(x.data)", "exp(x.data)"),
        ("def f(x):\n    return x.xp.strange(x)", ".strange!(x)"),
        ("def f(np, x):\n    return np.exp(x)", ".exp!(x)"),
    ],
)
def test_the_module_of_numpy_or_cupy_that_is_handed_round(lowered, as_text, source, graph):
    module = lowered(source, "from mine import Tensor\n")
    assert as_text(module.functions["f"].returns[0]) == graph


@pytest.mark.parametrize(
    ("statement", "followed"),
    [
        ("model.eval()", True),
        ("model = other()", False),
        ("model.scale = 2", True),
        ("for model in models:\n            pass", False),
    ],
)
def test_an_object_stays_of_its_class_in_a_loop_that_calls_its_methods(lowered, as_text, statement, followed):
    module = lowered(
        f"""
class Model:
    def forward(self, x):
        return np.exp(x)
def train(xs, other, models):
    model = Model()
    for x in xs:
        {statement}
        y = model.forward(x)
    return y
"""
    )
    returned = as_text(module.functions["train"].returns[0])
    assert ("-> exp(" in returned) is followed
