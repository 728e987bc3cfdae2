"""Names resolve to operations, whatever road they come by, and to nothing where they are somebody else's."""

import ast

import pytest

from stabcheck.static.graph import Apply
from stabcheck.static.lower import lower


@pytest.mark.parametrize(
    ("imports", "expression"),
    [
        ("import numpy", "numpy.exp(x)"),
        ("import numpy as np", "np.exp(x)"),
        ("from numpy import exp", "exp(x)"),
        ("from numpy import exp as e", "e(x)"),
        ("from numpy import *", "exp(x)"),
        ("import math", "math.exp(x)"),
        ("import tensorflow as tf", "tf.exp(x)"),
        ("import tensorflow as tf", "tf.math.exp(x)"),
        ("from tensorflow import math as m", "m.exp(x)"),
        ("import tensorflow.keras.backend as K", "K.exp(x)"),
        ("from tensorflow.keras import backend as K", "K.exp(x)"),
        ("import tensorflow.compat.v1 as tf", "tf.exp(x)"),
        ("from tensorflow.python.ops import math_ops", "math_ops.exp(x)"),
        ("import keras", "keras.ops.exp(x)"),
        ("from keras import ops", "ops.exp(x)"),
        ("from keras.src import ops", "ops.exp(x)"),
        ("import jax.numpy as jnp", "jnp.exp(x)"),
        ("import torch", "torch.exp(x)"),
        ("import torch", "x.exp()"),
        ("import autograd.numpy as np", "np.exp(x)"),
        ("import numpy as np\nexp = np.exp", "exp(x)"),
        ("import numpy as np\nbackend = np", "backend.exp(x)"),
        ("try:\n    import jax.numpy as np\nexcept ImportError:\n    import numpy as np", "np.exp(x)"),
        ("if True:\n    import numpy as np", "np.exp(x)"),
    ],
)
def test_resolved(last, imports, expression):
    assert last(expression, imports + "\n") == "exp(x)"


@pytest.mark.parametrize(
    ("imports", "expression"),
    [
        ("import logging\nimport torch", "logging.log(x)"),
        ("import torch\nlogger = get()", "logger.log(x)"),
        ("import torch", "self.log('loss', x)"),
        ("import torch", "writer.log(x)"),
        ("from .losses import softmax\nimport torch", "softmax(x)"),
        ("import numpy as np\ndef exp(a):\n    return table[a]", "exp(x)"),
        ("import numpy as np\nnp = other()", "np.exp(x)"),
        ("import torch", "transform.inverse(x)"),
        ("import torch", "dist.log_prob(x)"),
        ("", "x.sum()"),
        ("import torch", "'a'.join(x)"),
    ],
)
def test_left_alone(last, imports, expression):
    assert "!(" in last(expression, imports + "\n").partition(" -> ")[0]


def test_a_parameter_shadows_an_import(last):
    assert last("def f(np, x):\n    return np.exp(x)") == ".exp!(x)" or "exp(x)" not in last(
        "def f(exp, x):\n    return exp(x)", "from numpy import exp\n"
    )


def test_imports_and_libraries_are_noted(lowered):
    module = lowered("", "import numpy as np\nfrom tensorflow import math as m\nimport os.path\n")
    assert module.imports == {"np": "numpy", "m": "tensorflow.math", "os": "os"}
    assert module.libraries == {"numpy", "tensorflow"}


@pytest.mark.parametrize(
    ("expression", "number"),
    [
        ("np.pi", 3.141592653589793),
        ("math.e", 2.718281828459045),
        ("np.inf", float("inf")),
        ("torch.pi", 3.141592653589793),
    ],
)
def test_constants_of_libraries(lowered, expression, number):
    assert lowered(f"f({expression})").sites[-1].value.arguments[0].value == number


def test_limits_of_a_written_dtype(last):
    assert last("f(np.finfo(np.float32).eps)") == f"f!({2.0**-23!r})"
    assert last("f(np.finfo(x.dtype).eps)") != f"f!({2.0**-23!r})"
    assert last("f(keras.backend.epsilon())") == "f!(1e-07)"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("from utils import *\ny = np.log(x)", {"numpy"}),
        ("from .base import *\ny = F.softmax(x, dim=1) + torch.ones(3)", {"torch"}),
        ("from utils import *\ny = tf.nn.relu(x)", {"tensorflow"}),
        ("from utils import *\ny = jnp.exp(x) + nn.relu(x)", {"jax"}),
        ("from utils import *\ny = model.np.log(x)", set()),
        ("import utils\ny = np.log(x)", set()),
        ("from math import *\ny = np.log(x)", {"math"}),
    ],
)
def test_what_an_import_of_everything_brings(text, found):
    assert lower(ast.parse(text), text, "code.py").libraries == found


def test_a_name_of_ones_own_is_not_brought_by_an_import():
    text = "from utils import *\nnp = tools()\ny = np.log(x)"
    module = lower(ast.parse(text), text, "code.py")
    assert not any(isinstance(site.value, Apply) for site in module.sites)
