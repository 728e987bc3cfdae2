"""No file breaks the front end, and none takes it more than linear time."""

import ast
import sys

import pytest

from stabcheck.static.graph import Opaque, walk
from stabcheck.static.identity import same
from stabcheck.static.infer import Facts
from stabcheck.static.lower import lower


def lower_deep(source: str):
    """Parse with room for the nesting that is wanted, lower with no more than usual."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(50_000)
    try:
        tree = ast.parse(source)
    finally:
        sys.setrecursionlimit(limit)
    return lower(tree, source, "deep.py")


def test_ten_thousand_terms():
    module = lower_deep("import numpy as np\ny = " + " + ".join(["np.exp(x)"] * 10_000))
    value = module.sites[-1].value
    assert sum(1 for _ in walk(value)) > 20_000
    facts = Facts(module)
    assert facts.interval(value).lower == 0
    assert facts.library(value) == "numpy"
    assert same(value, value.operands[0]) is False


@pytest.mark.parametrize(
    "expression", ["(" * 90 + "x" + ")" * 90, "-" * 400 + "x", "f(" * 150 + "x" + ")" * 150]
)
def test_deep_nesting_becomes_opaque(expression):
    module = lower_deep(f"y = g({expression})")
    assert module.sites
    assert not isinstance(module.sites[-1].value, Opaque)


def test_long_chains_of_assignments():
    lines = ["import numpy as np", "def f(x):"] + ["    x = x * 2 + 1"] * 5_000 + ["    return np.exp(x)"]
    module = lower_deep("\n".join(lines))
    facts = Facts(module)
    value = module.sites[-1].value
    assert facts.interval(value).lower == 0
    assert same(value, module.functions["f"].returns[0])


def test_shared_graphs_are_not_expanded():
    lines = (
        ["import numpy as np", "def f(x, y):"]
        + ["    x, y = x + y, x * y"] * 200
        + ["    return x", "def g(x, y):"]
    )
    lines += ["    x, y = y + x, y * x"] * 200 + ["    return x"]
    module = lower_deep("\n".join(lines))
    f, g = module.functions["f"].returns[0], module.functions["g"].returns[0]
    assert not same(f, g)  # parameters of two functions are two values
    assert same(f, f)
    assert Facts(module).interval(f).upper == float("inf")


def test_a_hundred_thousand_lines():
    block = "def f{0}(x):\n    e = np.exp(x)\n    return e / e.sum()\n\n"
    module = lower_deep("import numpy as np\n" + "".join(block.format(i) for i in range(5_000)))
    assert len(module.functions) == 5_000


@pytest.mark.parametrize(
    "source",
    [
        "",
        "x = yield_ = 1",
        "async def f():\n    async with a as b:\n        async for c in d:\n            await e\n",
        "def f(a, /, b, *, c, **d): ...",
        "class A(metaclass=B): x: int = 1",
        "print(*a, sep='')",
        "x[1:2, ..., None] = y",
        "a.b.c[0].d = 3",
        "for a.b in c: pass",
        "for x[0] in c: pass",
        "with a as (b, c): pass",
        "(a, (b, *c)) = d",
        "try:\n    pass\nexcept* E as e:\n    raise\nfinally:\n    pass",
        "match x:\n    case {'a': [1, *rest], **kw} | A(b=c) if d: pass\n    case _: pass",
        "lambda *a, **k: (yield)",
        "def f():\n    nonlocal_ = 1\n    global q\n    q += 1",
        "x: int\ndel x, y[0]",
        "assert False, f'{x!r:>{w}}'",
        "import a.b.c as d, e.f\nfrom . import g\nfrom ..h import *",
        "self.x = 1\nself.x.y += 2",
        "[a for b in c for a in b if a]\n{a: b for a, b in c}\n{a for a in b}",
        "x = 0xffffffffffffffffffffffffffffffff * 1e400 - 1j",
        "type_ = [*a, *b]\nf(**{'a': 1})",
        "np.sum()\nnp.exp()\nnp.where(x)\n",
    ],
)
def test_any_syntax(source):
    module = lower_deep("import numpy as np\n" + source)
    facts = Facts(module)
    for site in module.sites:
        for value in walk(site.value):
            (
                facts.interval(value),
                facts.tags(value),
                facts.dtype(value),
                facts.shape(value),
                facts.integer(value),
            )
            facts.library(value), facts.differentiated(site, value)
            dict(site.bindings)


def test_columns_count_characters():
    source = "s = 'ä€😀'; y = f('ü', np.exp(x))\n"
    module = lower(ast.parse(source), source, "wide.py")
    call = module.sites[-1].value
    assert source[call.span.column - 1 : call.span.end_column - 1] == "f('ü', np.exp(x))"
    exp = call.arguments[1]
    assert source[exp.span.column - 1 : exp.span.end_column - 1] == "np.exp(x)"


def test_spans_leave_out_parentheses():
    source = "y = (a + b) * (\n    c\n)\n"
    value = lower(ast.parse(source), source, "x.py").sites[-1].value
    assert (value.operands[0].span.column, value.operands[0].span.end_column) == (6, 11)
