"""Which lines of a cell are IPython's, and what stands in their place."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stabcheck.static.notebook.escapes import cell_magic, escapes


def stood_in(text):
    lines = text.split("\n")
    for i, stand_in in escapes(lines).items():
        lines[i] = stand_in
    return "\n".join(lines)


@pytest.mark.parametrize(
    "line",
    [
        "%matplotlib inline",
        "%timeit f(x)",
        "!ls -l | wc",
        "!!ls",
        "?f",
        "f?",
        "np.exp??",
        "%time?",
        "%%time?",
        "x.y[0]?",
        ",f a b",
        ";f a b",
        "/f a b",
        "%pip install jax # for gradients",
    ],
)
def test_an_escape_becomes_nothing(line):
    assert stood_in(f"x = 1\n{line}\ny = 2") == "x = 1\n\ny = 2"
    assert stood_in(f"if x:\n    {line}\n") == "if x:\n    pass\n"


@pytest.mark.parametrize(
    ("line", "left"),
    [
        ("files = !ls", "files = get_ipython()"),
        ("    t = %timeit -o f()", "    t = get_ipython()"),
        ("a, b = !ls", "a, b = get_ipython()"),
        ("d['k'] = !ls", "d['k'] = get_ipython()"),
    ],
)
def test_an_assignment_from_an_escape_is_one_of_an_unknown_value(line, left):
    assert stood_in(line) == left


@pytest.mark.parametrize(
    "text",
    [
        "y = (a\n  % b)",
        "y = a \\\n  % b",
        's = """\n%time\n!ls\nf?\n"""',
        "x = [1\n% 2, ')', '''(''']\n",
        "s = 'it\\'s (' # f(\nt = 1",
        "s = f'{a!r}'\nassert a != b",
        "x = 5 % 3\n# is it?\ns = 'what?'",
        "d = {'a': 1,\n  # brackets ( in comments\n  'b': 2}",
        "s = 'a\\\n%b'\nt = 1",
        'r = r"\\\\"\nx = 1',
    ],
)
def test_python_stays(text):
    assert stood_in(text) == text
    ast.parse(text)


def test_an_escape_goes_on_behind_a_backslash():
    assert stood_in("!pip install \\\n  a \\\n  b\nx = 1") == "\n\n\nx = 1"


def test_an_escape_behind_a_string_of_several_lines():
    assert stood_in('s = """\n("""\n%time f()\n') == 's = """\n("""\n\n'


def test_cell_magics():
    assert cell_magic(["", "%%bash", "ls"]) == (1, "bash")
    assert cell_magic(["%%time"]) == (0, "time")
    assert cell_magic(["%time x"]) is None
    assert cell_magic(["# a", "%%time"]) is None
    assert cell_magic(["%%time?"]) is None
    assert cell_magic([]) is None


PYTHON = st.sampled_from(
    [
        "x = 1",
        "y = (1,",
        "2)",
        "def f():",
        "    return 1",
        "s = '''",
        "'''",
        "# ( '",
        "",
        'x = "%"',
        "%time",
        "!ls",
    ]
)


@given(st.lists(PYTHON, max_size=12))
def test_what_parses_is_left_alone(lines):
    text = "\n".join(lines)
    try:
        ast.parse(text)
    except SyntaxError:
        return
    assert stood_in(text) == text
