"""Fixes as they stand in the file: formatting, comments, parentheses, and all that is around them."""

import ast
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stabcheck.static import concrete, statement_text
from stabcheck.static.apply import apply_edits, fix
from stabcheck.static.cards import load
from stabcheck.static.concrete import rewrite
from stabcheck.static.engine import check
from stabcheck.static.graph import Span
from stabcheck.static.source import Source
from stabcheck.static.source_text import Text

BY_NAME = load().by_name
CARDS = [BY_NAME["missing-expm1"], BY_NAME["missing-log1p"]]
HEAD = "import numpy as np\n"


def fixed(body, cards=CARDS):
    """`body` after all fixes, with `np` imported."""
    text = HEAD + body
    source = Source("a.py", text, text, "utf-8", "\n")
    result = fix(source, lambda changed: check(changed, "a.py", cards), unsafe=True).raw
    assert result.startswith(HEAD)
    return result.removeprefix(HEAD)


def rewritten(text, old, expression, **operands):
    """`text` with `expression` in the place of `old`; operands are given by their source in `old`."""
    start = text.index(old)
    spans = {name: _span(text, text.index(piece, start), piece) for name, piece in operands.items()}
    made = rewrite(ast.parse(text), Text(text), _span(text, start, old), expression, spans)
    return made and apply_edits(text, [made.edit])


def _span(text, start, piece):
    def position(offset):
        return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)

    return Span(*position(start), *position(start + len(piece)))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("y = (np.exp(x +  # keep\n  z) - 1)\n", "y = np.expm1(x +  # keep\n  z)\n"),
        ("y = (  # here\n    np.exp(x) - 1\n)\n", "y = (  # here\n    np.expm1(x)\n)\n"),
        ("y = (np.exp(\n    x  +  z\n) - 1) * 2\n", "y = np.expm1(x  +  z) * 2\n"),
        ("y = np.exp((\n  a  # first\n  + b)) - 1\n", "y = np.expm1(a  # first\n  + b)\n"),
        (
            "def f(x):\n\tif x:\n\t\treturn np.exp(x*2) - 1\n",
            "def f(x):\n\tif x:\n\t\treturn np.expm1(x*2)\n",
        ),
        ("é = 'üü'; y = np.exp(é*2) - 1  # √\n", "é = 'üü'; y = np.expm1(é*2)  # √\n"),
        ("y = 'ü', np.exp(é) - 1, 'ü'\n", "y = 'ü', np.expm1(é), 'ü'\n"),
        ("while f(y := np.exp(x) - 1): pass\n", "while f(y := np.expm1(x)): pass\n"),
        ("@deco(np.exp(x) - 1)\n@other\ndef f(): pass\n", "@deco(np.expm1(x))\n@other\ndef f(): pass\n"),
        ("def f(g=lambda q: np.exp(q) - 1): pass\n", "def f(g=lambda q: np.expm1(q)): pass\n"),
        ("def f(x):\n    if x: return np.exp(x) - 1\n", "def f(x):\n    if x: return np.expm1(x)\n"),
        (
            "if a:\n    pass\nelif np.exp(x) - 1:\n    b\n",
            "if a:\n    pass\nelif np.expm1(x):\n    b\n",
        ),
        ("y = z * \\\n    (np.exp(x) - 1) \\\n    / 2\n", "y = z * \\\n    np.expm1(x) \\\n    / 2\n"),
        ("a = 1; y = np.exp(x)-1; b = np.exp(z)-1\n", "a = 1; y = np.expm1(x); b = np.expm1(z)\n"),
        ("y = ((np.exp(((x))) - 1))\n", "y = np.expm1(x)\n"),
        ("f(*(np.exp(x) - 1), *[np.exp(z) - 1])\n", "f(*np.expm1(x), *[np.expm1(z)])\n"),
        ("y = np.exp(*x) - 1, 2\n", "y = np.exp(*x) - 1, 2\n"),
        ("y = np.exp(np.exp(x) - 1) - 1\n", "y = np.expm1(np.expm1(x))\n"),
        ("def f(x):\n    return(np.exp(x) - 1)\n", "def f(x):\n    return(np.expm1(x))\n"),
        ("y = a if(np.exp(x) - 1)else b\n", "y = a if(np.expm1(x))else b\n"),
        ("y = np.exp(a if b else c) - 1\n", "y = np.expm1(a if b else c)\n"),
        ("y = np.exp((a, b)) - 1\n", "y = np.expm1((a, b))\n"),
        ("try: pass\nexcept f(np.exp(x) - 1): pass\n", "try: pass\nexcept f(np.expm1(x)): pass\n"),
        (
            "match x:\n  case 1: pass\n  case p if np.exp(p) - 1: pass\n",
            "match x:\n  case 1: pass\n  case p if np.expm1(p): pass\n",
        ),
        (
            "async def f(c):\n  async with a: return await b() * (np.exp(c) - 1)\n",
            "async def f(c):\n  async with a: return await b() * np.expm1(c)\n",
        ),
        ("y = '''\n  a''', np.exp(x) - 1, '''\n b'''\n", "y = '''\n  a''', np.expm1(x), '''\n b'''\n"),
    ],
)
@pytest.mark.parametrize("long", [statement_text._LONG, 0], ids=["whole", "cut"])
def test_only_the_expression_changes(before, after, long, monkeypatch):
    monkeypatch.setattr(statement_text, "_LONG", long)
    assert fixed(before) == after


@pytest.mark.parametrize(
    "body",
    [
        "y = np.exp(  # of the call\n    x) - 1\n",
        "y = (np.exp(x) -  # of the operator\n     1)\n",
        "y = f'{np.exp(x) - 1}'\n",
        "y = f'''\n{np.exp(x) - 1}\n'''\n",
        "x = np.exp(x)\nx -= 1\n",
        "y = np.exp(z := x + 1) - 1\n",
        "y = np.exp((z := x)) - 1\n",
    ],
)
def test_nothing_is_done_where_something_would_be_lost(body):
    assert fixed(body) == body


LONG = ", ".join(map(str, range(5_000)))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"y = f([{LONG}], np.exp(x) - 1)\n", f"y = f([{LONG}], np.expm1(x))\n"),
        (f"y = [{LONG}, 2 * (np.exp(x) - 1), 3]\n", f"y = [{LONG}, 2 * np.expm1(x), 3]\n"),
        (f"y = (\n  np.exp(x)\n  - 1, {LONG})\n", f"y = (\n  np.expm1(x), {LONG})\n"),
        (f"y = {{**z, 2: np.exp(x) - 1, **[{LONG}]}}\n", f"y = {{**z, 2: np.expm1(x), **[{LONG}]}}\n"),
        (f"y = {{1: [{LONG}], 2: (np.exp(x) - 1)}}\n", f"y = {{1: [{LONG}], 2: np.expm1(x)}}\n"),
        (f"f(*[{LONG}], a=2, b=np.exp(x) - 1)\n", f"f(*[{LONG}], a=2, b=np.expm1(x))\n"),
        (f"y = z[np.exp(x) - 1] + a[{LONG}]\n", f"y = z[np.expm1(x)] + a[{LONG}]\n"),
        (f"y = 2 * (np.exp(x) - 1) / b + z[{LONG}]\n", f"y = 2 * np.expm1(x) / b + z[{LONG}]\n"),
        (f"if f(a)[{LONG}] < 2 * (np.exp(x) - 1): pass\n", f"if f(a)[{LONG}] < 2 * np.expm1(x): pass\n"),
        (f"y = np.exp(f([{LONG}])) - 1\n", f"y = np.exp(f([{LONG}])) - 1\n"),  # longer than is parsed
    ],
)
def test_what_is_long_beside_it_is_not_parsed(before, after, monkeypatch):
    parsed = []
    parse = concrete.read
    monkeypatch.setattr(concrete, "read", lambda code: parsed.append(len(code)) or parse(code))
    assert fixed(before) == after
    assert max(parsed, default=0) < 1000


def test_every_expression_of_a_long_statement():
    terms = ["(np.exp(x{0}) - 1) * 2", "a[np.exp(x{0} + b) - 1] - c", "[\n  np.exp(x{0}) - 1, b]"]
    entries = [terms[i % 3].format(i) for i in range(90)]
    body = f"y = f({', '.join(entries)})\nz = {' + '.join(entries[1::3])}\n"
    made = fixed(body)
    assert made == re.sub(r"\(?np\.exp\((x[0-9]+(?: \+ b)?)\) - 1\)?", r"np.expm1(\1)", body)


@pytest.mark.parametrize(
    ("old", "expression", "operands", "after"),
    [
        ("f(a + b)", "a_ * 2", {"a_": "a + b"}, "y = q - (a + b) * 2\n"),
        ("f(a + b)", "1 - a_", {"a_": "a + b"}, "y = q - (1 - (a + b))\n"),
        ("f(a + b)", "a_ ** 2 / g(a_)", {"a_": "a + b"}, "y = q - (a + b) ** 2 / g(a + b)\n"),
        ("f(a + b)", "a_.sum()", {"a_": "a + b"}, "y = q - (a + b).sum()\n"),
        ("f(a + b)", "a_", {"a_": "a + b"}, "y = q - (a + b)\n"),
        ("f(a + b)", "-a_", {"a_": "a"}, "y = q - -a\n"),
    ],
)
def test_parentheses_stand_where_the_meaning_needs_them(old, expression, operands, after):
    assert rewritten("y = q - f(a + b)\n", old, expression, **operands) == after


def test_an_operand_of_several_lines_stays_one_expression():
    made = rewritten("y = f(a +\n      b)\n", "f(a +\n      b)", "a_ - 1", a_="a +\n      b")
    assert ast.dump(ast.parse(made)) == ast.dump(ast.parse("y = a + b - 1"))


def test_a_chain_of_comparisons_is_left_alone():
    assert rewritten("y = a < b < c\n", "a < b < c", "a_ >= 0", a_="a") is None


def test_what_is_no_expression_is_left_alone():
    assert rewritten("x -= 1\n", "x -= 1", "f(x)") is None
    assert rewritten("y = a + b * c\n", "a + b", "f(x)") is None


def test_deep_nesting_is_left_alone():
    deep = "y = " + "-" * 900 + "f(a)\n"
    assert rewritten(deep, "f(a)", "g(a_)", a_="a") is None


def test_line_ends_of_any_kind():
    for newline in ("\r\n", "\r"):
        text = (HEAD + "y = (np.exp(a +\n   b) - 1) * 2\nz = 3\n").replace("\n", newline)
        source = Source("a.py", text, text.replace(newline, "\n"), "utf-8", newline)
        made = fix(source, lambda changed: check(changed, "a.py", CARDS), unsafe=True).raw
        assert made == (HEAD + "y = np.expm1(a +\n   b) * 2\nz = 3\n").replace("\n", newline)


OPERANDS = [
    "x",
    "(x)",
    "x*2",
    "-x",
    "(x + z)",
    "x if x else z",
    "x[0, 1:]",
    "f(x, k=2)",
    "(a, b)",
    "'é'",
    "x**-z",
    "not x",
    "x or z",
    "x < z",
    "x @ z",
    "lambda_",
    "(q := x)",
    "(q := x + 1)",
    "[i for i in x]",
]
FRAMES = [
    "y = {}",
    "y = [{}, 'ü']",
    "f({})",
    "y = 2*{}**2",
    "y = -{}.sum()",
    "y = {} if {} else 3",
    "assert {}, 1",
    "if {}: pass",
    "a = 1; y = g(1, *{})",
    "@d({})\ndef f(): pass",
    "y = lambda q={}: q",
    "y = {}[0] < 1 < {}",
]


class TestRandomFormatting:
    """Expressions around a fixable core, in brackets so that any space may be a line end."""

    space = st.sampled_from(["", " ", "  ", "\t", "\n", "\n    ", " # note\n  ", "\\\n"])
    operand = st.sampled_from(OPERANDS)
    frame = st.sampled_from(FRAMES)

    @settings(max_examples=150, deadline=None)
    @given(frame, st.lists(operand, min_size=2, max_size=2), st.lists(space, min_size=12, max_size=12))
    def test_fixes_parse_end_and_touch_nothing_else(self, frame, operands, spaces):
        gap = iter(spaces)
        cores = [
            f"({next(gap)}np.exp({next(gap)}{each}{next(gap)}){next(gap)}-{next(gap)}1{next(gap)})"
            for each in operands
        ]
        above, below = "s = '''\n  é'''  # above\n", "t = 1  # below\n\x0c\n"
        statement = frame.format(*cores[: frame.count("{}")]) + "\n"
        made = fixed(above + statement + below)
        assert made.startswith(above)
        assert made.endswith(below)
        assert made.count("#") == (above + statement + below).count("#")
        assert fixed(made) == made
        expected = frame.format(*(f"(np.exp({each}) - 1)" for each in operands))
        assert _meaning(made[len(above) : len(made) - len(below)]) == _meaning(expected)


class _Plain(ast.NodeTransformer):
    """`np.expm1(x)` and `np.exp(x) - 1` as one."""

    def visit_BinOp(self, node):
        self.generic_visit(node)
        match node:
            case ast.BinOp(
                left=ast.Call(func=ast.Attribute(attr="exp"), args=[x]),
                op=ast.Sub(),
                right=ast.Constant(value=1),
            ):
                return ast.Call(ast.Attribute(ast.Name("np", ast.Load()), "expm1", ast.Load()), [x], [])
        return node


def _meaning(text):
    return ast.dump(_Plain().visit(ast.parse(text)))


class TestComprehensions:
    """What a comprehension makes is written whole; its variable has no meaning outside of it."""

    def test_a_list_moves_as_it_stands(self):
        assert fixed("y = np.exp([float(i) for i in x]) - 1\n") == "y = np.expm1([float(i) for i in x])\n"

    def test_inside_the_variable_is_a_name(self):
        assert fixed("y = [np.exp(i) - 1 for i in x]\n") == "y = [np.expm1(i) for i in x]\n"

    def test_nothing_is_made_of_an_entry_outside(self):
        source = "y = np.log(sum([np.exp(i) for i in x]))\n"
        assert fixed(source, [BY_NAME["naive-logsumexp"]]) == source


def test_the_parameter_of_another_method_has_no_name_here():
    source = (
        "class Rate:\n    def __init__(self, rate):\n        self.rate = rate\n\n"
        "    def growth(self, n):\n        return {}\n"
    )
    assert fixed(source.format("np.exp(self.rate) - 1")) == source.format("np.expm1(self.rate)")
    made = fixed(source.format("1 - (1 - self.rate) ** n"), [BY_NAME["one-minus-power"]])
    assert made == source.format("-np.expm1(n * np.log1p(-self.rate))")


def test_the_parameter_of_the_function_around_it_has():
    source = "def outer(rate):\n    def inner():\n        return {}\n\n    return inner\n"
    assert fixed(source.format("np.exp(rate) - 1")) == source.format("np.expm1(rate)")


def test_what_another_function_imports_is_out_of_reach():
    source = (
        "def g():\n    import tensorflow as tf\n\n    return tf.exp(1.0)\n\n\n"
        "def f(bits: 'tf.Tensor'):\n    return keras.ops.exp(bits) - 1\n\n\nimport keras\n"
    )
    assert "tf.keras" not in fixed(source)
    assert "return keras.ops.expm1(bits)" in fixed(source)
