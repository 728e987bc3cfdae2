"""One walk of the syntax tree finds what `ast.walk` finds, without the marks."""

import ast
import gc
from pathlib import Path

import pytest

import stabcheck
from stabcheck.garbage import collecting_seldom
from stabcheck.static.syntax_index import children, index, statements

MARKS = (ast.expr_context, ast.boolop, ast.operator, ast.unaryop, ast.cmpop)
SYNTAX = """
import a as b, c
from d import e as f

@decorated(1)
class A(B, metaclass=M):
    x: int = 3
    async def g(self, *p, q=1, **r) -> "text":
        global y, z
        async with self as s, t: await u
        async for i in v: yield
        return [*w, {**k}, f"{x!r:>{n}}", lambda o=0: o]

try:
    match value:
        case {"a": 1, **rest} | [1, *more] | Point(x=0) as p if p: pass
        case None | _: del h[1:2, ::3]
except* (E1, E2) as error:
    raise X from Y
else:
    assert (j := 1) < 2 <= 3 and not -4, "message"
finally:
    while True: x = y if z else 1 ** 2
"""
TEXTS = [SYNTAX, "", *(path.read_text() for path in Path(stabcheck.__file__).parent.glob("static/*.py"))]


@pytest.mark.parametrize("text", TEXTS)
def test_the_index_holds_every_node_in_the_order_of_walk(text):
    tree = ast.parse(text)
    expected = {}
    for node in ast.walk(tree):
        if not isinstance(node, MARKS):
            expected.setdefault(type(node), []).append(node)
    assert dict(index(tree).by_kind) == expected


@pytest.mark.parametrize("text", TEXTS)
def test_the_index_of_statements_is_that_part_of_the_whole(text):
    tree = ast.parse(text)
    blocks = (ast.mod, ast.stmt, ast.excepthandler, ast.match_case)
    expected = {kind: nodes for kind, nodes in index(tree).by_kind.items() if issubclass(kind, blocks)}
    assert dict(statements(tree).by_kind) == expected


@pytest.mark.parametrize("text", TEXTS)
def test_children_are_those_of_the_standard_library(text):
    for node in ast.walk(ast.parse(text)):
        expected = [each for each in ast.iter_child_nodes(node) if not isinstance(each, MARKS)]
        assert children(node) == expected


def test_a_kind_that_is_not_there_is_empty():
    assert index(ast.parse("x = 1")).of(ast.Lambda) == []


@pytest.fixture
def usual_thresholds():
    before = gc.get_threshold()
    gc.set_threshold(700, 10, 10)
    yield
    gc.set_threshold(*before)


def test_the_collector_is_given_back_as_it_was(usual_thresholds):
    before = gc.get_threshold()
    with collecting_seldom():
        assert gc.get_threshold() > before
    assert gc.get_threshold() == before
