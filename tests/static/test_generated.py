"""Programs that nobody wrote: numeric code in every form of statement, made by hypothesis.

Whatever stands in them, nothing crashes, findings stand where expressions do, and fixes parse, leave other
lines alone and leave nothing to fix: `benchmarks.trust.judged` looks at all of that, there and here.
"""

from __future__ import annotations

import ast

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.trust import judged

HEADERS = (
    "import numpy as np\n",
    "import tensorflow as np\n",
    "from numpy import exp, log, sqrt\nimport numpy as np\n",
    "import torch as np, math\n",
    "import jax.numpy as np\n",
    "import math as np\n",
)
NAMES = st.sampled_from(["x", "y", "p", "logits", "var", "π", "self.eps", "n", "e"])
NUMBERS = st.sampled_from(
    [
        "1",
        "0",
        "2",
        "0.5",
        "1e-8",
        "1e-20",
        "-1",
        "100.0",
        "1e-12",
        "np.pi",
        "True",
        "1e400",
        "2j",
        f"1{'0' * 400}",
    ]
)
CALLS = st.sampled_from(
    [
        "np.exp",
        "np.log",
        "np.sqrt",
        "np.sum",
        "np.mean",
        "np.var",
        "np.abs",
        "np.tanh",
        "np.max",
        "np.linalg.norm",
    ]
)
OPERATORS = st.sampled_from(["+", "-", "*", "/", "**", "@", "//", "%"])
COMPARISONS = st.sampled_from(["<", ">", "==", "!=", "<=", "is", "in"])


def _combined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Larger expressions of smaller ones, some of them spread over lines and commented."""
    return st.one_of(
        st.builds("({} {} {})".format, inner, OPERATORS, inner),
        st.builds("{}({})".format, CALLS, inner),
        st.builds("{}({}, axis=-1, keepdims=True)".format, CALLS, inner),
        st.builds("{}(\n    {},  # why\n    axis=0)".format, CALLS, inner),
        st.builds("({}\n  {} {})".format, inner, OPERATORS, inner),
        st.builds("(-{})".format, inner),
        st.builds("({}).exp().sum(-1)".format, inner),
        st.builds("np.where({} {} {}, {}, {})".format, inner, COMPARISONS, inner, inner, inner),
        st.builds("({} if {} > 0 else {})".format, inner, inner, inner),
        st.builds("[{} for x in y if {}]".format, inner, inner),
        st.builds("(lambda x: {})({})".format, inner, inner),
        st.builds("(z := {})".format, inner),
        st.builds("np.clip({}, {}, {})".format, inner, NUMBERS, NUMBERS),
        st.builds("x[{}, ..., ::2]".format, inner),
        st.builds("f'{{{}}}'".format, st.just("x")),
        st.builds("dict(a={}, **y)".format, inner),
    )


EXPRESSIONS = st.recursive(st.one_of(NAMES, NUMBERS), _combined, max_leaves=8)
TARGETS = st.sampled_from(["x", "y", "z", "self.eps", "x[0]", "x, y", "(x, *y)", "π"])
SIMPLE = st.one_of(
    st.builds("{} = {}".format, TARGETS, EXPRESSIONS),
    st.builds("x {}= {}".format, st.sampled_from(["+", "-", "*", "/", "**"]), EXPRESSIONS),
    st.builds("x: float = {}".format, EXPRESSIONS),
    st.builds("return {}".format, EXPRESSIONS),
    st.builds("x = {}; y = {}".format, EXPRESSIONS, EXPRESSIONS),
    st.builds("assert {} > 0, {}".format, EXPRESSIONS, EXPRESSIONS),
    st.builds("x = {} # stabcheck: ignore[NS1]".format, EXPRESSIONS),
    st.sampled_from(
        ["global n", "del z", "pass", "yield x", "raise ValueError(x)", "import math", "...", "'text'"]
    ),
)


def _indented(body: str) -> str:
    return "".join(f"    {line}\n" for line in body.split("\n"))


def _blocks(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    body = st.lists(inner, min_size=1, max_size=3).map("\n".join)
    heads = (
        "if {} > 0:",
        "for x in {}:",
        "while {}:",
        "with {} as z:",
        "def g(x, y={}):",
        "class A({}.__class__):",
        "@np.vectorize\ndef g(*x, p={}, **y):",
        "async def g(x={}):",
    )
    made = [
        st.builds(lambda e, b, head=head: f"{head.format(e)}\n{_indented(b)}", EXPRESSIONS, body)
        for head in heads
    ]
    both = st.builds(
        lambda e, a, b: f"if {e} > 0:\n{_indented(a)}else:\n{_indented(b)}", EXPRESSIONS, body, body
    )
    tried = st.builds(
        lambda a, b: f"try:\n{_indented(a)}except ValueError as z:\n{_indented(b)}finally:\n    pass",
        body,
        body,
    )
    matched = st.builds(
        lambda e, a: (
            f"match {e}:\n    case [x, *y] if x > 0:\n{_indented(_indented(a))}    case _:\n        pass"
        ),
        EXPRESSIONS,
        body,
    )
    return st.one_of(*made, both, tried, matched)


STATEMENTS = st.recursive(SIMPLE, _blocks, max_leaves=5)
PROGRAMS = st.builds(
    lambda header, body: header + "def f(x, y, p, logits, self):\n" + _indented("\n".join(body)),
    st.sampled_from(HEADERS),
    st.lists(STATEMENTS, min_size=1, max_size=5),
)


def _is_python(text: str) -> bool:
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
@given(
    PROGRAMS.filter(_is_python),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from(["utf-8", "utf-8-sig"]),
)
def test_generated_programs_are_survived_and_left_whole(program, newline, encoding):
    data = program.replace("\n", newline).encode(encoding)
    assert judged(data, "generated.py").wrong == ()
