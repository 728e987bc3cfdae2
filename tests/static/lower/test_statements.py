"""Values are followed through statements: assignments, branches, loops, with-blocks, exceptions."""

import pytest

from stabcheck.static.graph import Call

FUNCTION = "def f(x, y, n):\n"


def body(text: str) -> str:
    return FUNCTION + "\n".join("    " + line for line in text.splitlines())


@pytest.mark.parametrize(
    ("source", "graph"),
    [
        ("e = np.exp(x)\nreturn e / e.sum()", "divide(exp(x), sum(exp(x)))"),
        ("x = x - x.max()\nx = np.exp(x)\nreturn x + 1", "add(exp(subtract(x, max(x))), 1)"),
        ("x -= x.max()\nreturn g(x)", "g!(subtract(x, max(x)))"),
        ("a, b = np.exp(x), np.log(x)\nreturn a + b", "add(exp(x), log(x))"),
        ("a, *b = x\nreturn g(a)", "g!(x[0])"),
        ("a = b = np.exp(x)\nreturn a + b", "add(exp(x), exp(x))"),
        ("m, _ = torch.max(x, 1, keepdim=True)\nreturn x - m", "subtract(x, max(x, axis=1, keepdims=True))"),
        ("m, v = tf.nn.moments(x, axes=[0])\nreturn g(v)", "g!(var(x, axis=[0]))"),
        ("z: float = np.exp(x)\nreturn z + 1", "add(exp(x), 1)"),
        ("with open(p) as h:\n    z = np.exp(x)\nreturn z + 1", "add(exp(x), 1)"),
        ("x[x < 1e-6] = 1e-6\nreturn np.log(x)", "log(where(less(x, 1e-06), 1e-06, x))"),
        ("x[0] = 1\nreturn np.log(x)", "log({x | 1})"),
        ("x.clamp_(min=1e-6)\nreturn torch.log(x)", "log(clip(x, lower=1e-06))"),
        ("np.maximum(x, 1e-6, out=x)\nreturn np.log(x)", "log(maximum(x, 1e-06))"),
        ("if n:\n    z = np.exp(x)\nelse:\n    z = x\nreturn z + 1", "add({exp(x) | x}, 1)"),
        ("z = x\nif n:\n    z = np.exp(x)\nreturn z + 1", "add({exp(x) | x}, 1)"),
        ("if n:\n    raise E\nz = x\nreturn z + 1", "add(x, 1)"),
        ("if x > 0:\n    return np.log(x)\nreturn 0", "log(x:(0, inf, nonzero))"),
        ("if x <= 0:\n    return 0\nreturn np.log(x)", "log(x:(0, inf, nonzero))"),
        (
            "if x == 0:\n    return 0\nelif x < 0:\n    return 1\nreturn np.log(x)",
            "log(x:(-inf, inf, nonzero):(0, inf))",
        ),
        ("assert x > 0\nreturn np.log(x)", "log(x:(0, inf, nonzero))"),
        ("assert np.all(x > 0)\nreturn np.log(x)", "log(x:(0, inf, nonzero))"),
        ("if (x <= 0).any():\n    raise E\nreturn np.log(x)", "log(x:(0, inf, nonzero))"),
        ("if not x > 0:\n    raise E\nreturn np.log(x)", "log(x:(0, inf, nonzero))"),
        ("if 0 < x < 1:\n    return np.log(x)", "log(x:(-inf, 1):(0, inf, nonzero))"),
        ("if x > 0:\n    pass\nreturn np.log(x)", "log(x)"),
        ("x = max(x, 0)\nif x > 0:\n    x = 5\nreturn np.log(x)", "log({5 | maximum(x, 0)"),
        ("while x > 1:\n    x = x / 2\nreturn np.log(x)", "log({x | divide(x:(1, inf), 2)})"),
        ("for i in range(n):\n    y = y * x\nreturn g(y)", "g!({y | multiply(y, x)})"),
        ("for i in range(n):\n    y = 1 / (i + 1)\n    if y: break\nreturn g(y)", "g!(y)"),
        ("try:\n    y = np.exp(x)\nexcept E:\n    y = x\nreturn y + 1", "add({exp(x) | x}, 1)"),
        ("try:\n    y = np.exp(x)\nexcept E:\n    return 1\nreturn y + 1", "add(exp(x), 1)"),
        ("match n:\n    case 1:\n        y = x\n    case _:\n        y = 2\nreturn y + 1", "add({x | 2}, 1)"),
        ("del y\nreturn g(y)", "g!(y)"),
        ("self = x\nself.a = np.exp(y)\nreturn self.a + 1", "add(exp(y), 1)"),
        ("x.a = 1\nx = y\nreturn g(x.a)", "g!(y.a)"),
    ],
)
def test_followed(lowered, as_text, source, graph):
    texts = [as_text(site.value) for site in lowered(body(source)).sites]
    assert any(text.startswith(graph) for text in texts), texts


def test_a_name_changed_in_a_loop_is_new_at_its_start(lowered):
    module = lowered(body("y = 0\nfor i in range(n):\n    g(y)\n    y = y + x"))
    calls = [site.value for site in module.sites if isinstance(site.value, Call)]
    call = next(call for call in calls if call.function is None)
    assert call.arguments[0].kind == "loop"


def test_loop_variables_know_what_they_run_over(lowered, as_text):
    module = lowered("for i, (a, b) in enumerate(zip(u, v)):\n    g(i, a, b)\n")
    i, a, b = module.sites[-1].value.arguments
    assert as_text(i) == "i:(0, inf)"
    assert as_text(a.source) == "u"
    assert as_text(b.source) == "v"


def test_no_gradient_blocks(lowered):
    module = lowered(
        """
        def f(x, tape):
            a = torch.log(x)
            with torch.no_grad():
                b = torch.exp(x)
            with tape.stop_recording():
                c = torch.sqrt(x)
            d = torch.tanh(x)

        @torch.no_grad()
        def g(x):
            return torch.sigmoid(x)
        """
    )
    flags = {site.value.op: site.no_gradient for site in module.sites if hasattr(site.value, "op")}
    assert flags == {"log": False, "exp": True, "sqrt": True, "tanh": False, "sigmoid": True}


def test_bindings_are_those_of_the_statement(lowered):
    module = lowered(body("a = np.exp(x)\nb = np.log(a)\na = 2\nreturn g(a)"))
    of = {getattr(site.value, "op", "call"): site.bindings for site in module.sites}
    assert "a" not in of["exp"]
    assert of["log"]["a"].op == "exp"
    assert "b" not in of["log"]
    assert of["call"]["a"].value == 2
    assert set(of["call"]) >= {"x", "y", "n", "a", "b", "np", "f"}
    assert of["call"]["np"].name == "numpy"


def test_bindings_after_branches(lowered):
    module = lowered(body("if n:\n    a = np.exp(x)\nelse:\n    a = np.log(x)\n    g(a)\nreturn h(a)"))
    calls = [site for site in module.sites if isinstance(site.value, Call)]
    by_name = {site.value.callee.name: site.bindings for site in calls}
    assert by_name["g"]["a"].op == "log"
    assert [choice.op for choice in by_name["h"]["a"].choices] == ["exp", "log"]


def test_sites_are_in_the_order_of_the_text(lowered):
    module = lowered("def f(x):\n    return np.exp(x)\nnp.log(y)\ndef g(x):\n    return np.sqrt(x)\n")
    lines = [site.value.span.line for site in module.sites]
    assert lines == sorted(lines)


def test_a_hundred_branches_are_linear(lowered):
    arms = "\n".join(f"elif n == {i}:\n    y = x + {i}" for i in range(1, 2000))
    module = lowered(body(f"if n == 0:\n    y = x\n{arms}\nreturn g(y)"))
    assert len(module.sites) > 2000
