"""The blocks that the text tells are those of the parser's tree."""

import ast
import sys
from importlib.util import find_spec
from itertools import islice
from pathlib import Path

import pytest

from stabcheck.static.blocks import blocks
from stabcheck.static.source import Source, decode, read
from stabcheck.static.words import code_of

FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)


def by_text(text):
    code = b"\n" + code_of(text)
    lines = code.split(b"\n")[1:]
    found = []
    for block in blocks(code):
        found.append((block.name.decode(), *trimmed(lines, block.first, block.last)))
        for each in block.methods:
            place = trimmed(lines, each.first, each.last)
            found.append((f"{block.name.decode()}.{each.name.decode()}", *place, each.receiver.decode()))
        assert code[block.start : block.stop].split(b"\n")[0] == lines[block.first]
    return found


def by_tree(text):
    lines = code_of(text).split(b"\n")
    found = []
    for node in ast.parse(text).body:
        if isinstance(node, (*FUNCTION, ast.ClassDef)):
            found.append((node.name, *trimmed(lines, first_line(node), node.end_lineno)))
        for each in node.body if isinstance(node, ast.ClassDef) else ():
            if isinstance(each, FUNCTION):
                parameters = [*each.args.posonlyargs, *each.args.args]
                place = trimmed(lines, first_line(each), each.end_lineno)
                found.append((f"{node.name}.{each.name}", *place, parameters[0].arg if parameters else ""))
    return found


def first_line(node):
    return min([node.lineno, *(each.lineno for each in node.decorator_list)]) - 1


def trimmed(lines, first, last):
    while last > first and not b"".join(lines[last - 1 : last]).strip():
        last -= 1
    return first, last


@pytest.mark.parametrize(
    "text",
    [
        "def f(x): return x\n",
        "\n\n@a\n@b(\n    1\n)\nasync  def f(x):\n    return x\n\n\nX = 1\n",
        "def f(\n    x,\n):\n    return x\n# f\nclass A: pass\nclass B(A, m=f(g(1))): x = 2\n",
        "class A(\n    B,\n):\n    '''def f(): x'''\n    x = 1\n    def f(self): pass\n\n"
        "    @p\n    def g(*a):\n        def h(y):\n            pass\n    class C:\n"
        "        def i(self):\n            pass\n    z = 2",
        "class A:\n\tdef f(self):\n\t\treturn 1\n\tx = 3\n\tdef g(s): return 2\n",
        "def f():\n    '''\ndef g():\n    pass\n'''\n"
        "    return f'''\ndef h(): {x}\n''' + 'a\\\ndef i(): b'\nx = 1\n",
        "def f():\n    g('''\n''', '''\n'''\n    )\n    return x\n",
        "if a:\n    def f(): pass\nelse:\n    class A:\n        def g(self): pass\ndef h(): pass",
        "def été(à):\n    pass\nclass É:\n    def è(ê): pass\n",
        "class A:\n    if x:\n        def f(self): pass\n    def g(self): pass\n",
        "class A:\n    def f(self):\n        x = (\n      1)\n        return x\r\n\r"
        "    def g(self, /): pass\r",
        pytest.param(
            "class A[T: (int, str)](B[T]):\n    def f[S](self): pass\n",
            marks=pytest.mark.skipif(sys.version_info < (3, 12), reason="type parameters"),
        ),
    ],
)
def test_blocks(text):
    assert by_text(text) == by_tree(text)


def test_a_form_feed_may_stand_before_a_statement():
    assert by_text("def f():\n    pass\n\f\ndef g():\n    pass\n") == []


@pytest.mark.parametrize("package", ["keras", "numpy", "libcst", "mpmath"])
def test_blocks_of_packages(package):
    spec = find_spec(package)
    if spec is None:
        pytest.skip("not installed")
    for path in islice(sorted(Path(spec.origin).parent.rglob("*.py")), 5, None, 40):
        source = decode(read(str(path)), str(path))
        assert isinstance(source, Source)
        assert by_text(source.text) == by_tree(source.text), path
