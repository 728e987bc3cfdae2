"""Where a text tells on which lines to look, nothing on these lines is missed."""

import ast
import re
from pathlib import Path

import pytest

import stabcheck
from stabcheck.static.detectors._on_lines import functions_on, lines_naming, lines_with, syntax_on
from stabcheck.static.module import Module
from stabcheck.static.syntax_index import index

TRICKY = """
import numpy as np
from numpy import nan as missing
@decorated(x == missing)
def f(x, y=1 < 2, *, z: "a" = lambda o: o == 3):
    match x:
        case [1, *_] if x == missing: pass
        case _: return {k: v == missing for k, v in x}
    try:
        pass
    except E:
        y = x[
            missing == 1
        ]
"""
TEXTS = [TRICKY, TRICKY.replace("\n", "\r\n"), TRICKY.replace("\n", "\r")]
TEXTS += [path.read_text() for path in Path(stabcheck.__file__).parent.glob("static/detectors/_*.py")]


def module_of(text: str) -> Module:
    return Module("a.py", text, ast.parse(text), (), imports={"missing": "numpy.nan"})


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("kind", [ast.Compare, ast.Call, ast.Name, ast.arg])
def test_every_node_that_begins_on_a_line_is_found_once(text, kind):
    module = module_of(text)
    lines = lines_with(module, re.compile(r"==|\bdef\b|\bnode\b"))
    every = index(module.tree).of(kind)
    found = list(syntax_on(module, lines, kind))
    assert len(found) == len(set(found))
    assert {node for node in every if node.lineno in lines} <= set(found) <= set(every)
    assert not list(syntax_on(module, [], kind))


def test_lines_are_counted_as_python_counts_them():
    for text in TEXTS[:3]:
        module = module_of(text)
        assert lines_naming(module, {"nan"}) == [3, 3, 4, 7, 8, 13]
        assert lines_with(module, re.compile("case")) == [7, 8]
        assert [each.name for each in functions_on(module, [4])] == ["f"]
        assert not list(functions_on(module, [3]))
