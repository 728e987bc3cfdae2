"""Whether a text is Python, with and without its tree."""

import ast

import pytest

from stabcheck.static.parsing import check_syntax, is_python, parse

VALID = [
    "",
    "x = 1",
    "from __future__ import annotations\nx: int = 1\n",
    "return 3",  # the compiler's matter
    "nonlocal x",
    "# -*- coding: latin-1 -*-\nx = 'é'\n",
    "x = '\\d'",
]
INVALID = [
    " x = 1",
    "def f(:",
    "'''",
    "x = 1\n\tif y: pass",
    "print 3",
    "x = \0",
    "\ufeffx = 1",
    "x = '\ud800'",
    "x = " + "(" * 300,
    "x = '\\N{no such name}'",
]


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::SyntaxWarning")
@pytest.mark.parametrize("text", VALID)
def test_what_parses(text):
    assert is_python(text)
    check_syntax(text)
    assert ast.dump(parse(text)) == ast.dump(ast.parse(text))


@pytest.mark.parametrize("text", INVALID)
def test_what_does_not(text):
    assert not is_python(text)
    with pytest.raises(SyntaxError):
        check_syntax(text)
