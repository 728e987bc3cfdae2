"""Imports that fixes add."""

import ast

import pytest

from stabcheck.static.apply import apply_edits, fix
from stabcheck.static.cards import load
from stabcheck.static.engine import check
from stabcheck.static.imports import _behind_imports, _import_by_codemod, import_of, is_free
from stabcheck.static.source import Source
from stabcheck.static.source_text import Text

SIGMOID = [load().by_name["exp-over-one-plus-exp"]]


@pytest.mark.parametrize(
    ("top", "expected"),
    [
        ("import jax.numpy as jnp\n", "import jax.numpy as jnp\nimport jax\n"),
        (
            '"""Doc."""\nfrom __future__ import division\nimport jax.numpy as jnp\n\n# said\n',
            '"""Doc."""\nfrom __future__ import division\nimport jax.numpy as jnp\nimport jax\n\n# said\n',
        ),
        (
            "#!/bin/sh\nfrom jax import numpy as jnp\n\n",
            "#!/bin/sh\nfrom jax import numpy as jnp\nimport jax\n\n",
        ),
    ],
)
def test_an_import_is_an_insertion_among_the_first_ones(top, expected):
    body = "y = jnp.exp(x) / (1 + jnp.exp(x))\nz = 2 * jnp.exp(w) / (1 + jnp.exp(w))\n"
    source = Source("a.py", top + body, top + body, "utf-8", "\n")
    made = fix(source, lambda changed: check(changed, "a.py", SIGMOID), unsafe=True).raw
    assert made.replace("\n\ny = ", "\ny = ") == (
        expected + "y = jax.nn.sigmoid(x)\nz = 2 * jax.nn.sigmoid(w)\n"
    ).replace("\n\ny = ", "\ny = ")


def test_a_name_of_the_files_own_is_not_taken():
    text = "import jax.numpy as jnp\n\n\ndef f(jax, x):\n    return jnp.exp(x) / (1 + jnp.exp(x))\n"
    (found,) = check(text, "a.py", SIGMOID)
    assert found.fix is None


@pytest.mark.parametrize(
    "text",
    [
        "x = 1\n",
        '"""Doc."""\nx = 1',
        "@d\ndef f(): pass\n",
        "import a; x = 1\n",
        "import a\nif b: pass\n",
        "from __future__ import division\nf(x)\nimport a\n",
    ],
)
def test_whatever_the_file_begins_with(text):
    edit = import_of("jax", ast.parse(text), Text(text))
    assert edit is not None
    tree = ast.parse(apply_edits(text, [edit]))
    assert ast.get_docstring(tree) == ast.get_docstring(ast.parse(text))
    assert any(isinstance(each, ast.Import) and each.names[0].name == "jax" for each in tree.body)


@pytest.mark.parametrize(
    ("text", "free"),
    [
        ("import numpy\n", True),
        ("x.jax = 'jax'  # jax\n", True),
        ("def f():\n    jax = 1\n", False),
        ("def f():\n    return lambda jax: 1\n", False),
        ("from a import b as jax\n", False),
        ("class A:\n    def jax(self): pass\n", False),
        ("from a import *\nprint(jax)\n", False),
    ],
)
def test_a_name_is_free_where_no_scope_knows_it(text, free):
    assert is_free("jax", text) == free


@pytest.mark.parametrize(
    "text",
    ["'Doc.'; import a\nx = 1\n", "from __future__ import division; import a\nx = 1\n", "import a\n", ""],
)
def test_no_import_where_it_can_not_stand(text):
    assert import_of("jax", ast.parse(text), Text(text)) is None


@pytest.mark.parametrize(
    "text",
    [
        "import a\nx = 1\n",
        '"""Doc."""\n\nfrom __future__ import division\n\nimport a  # b\nfrom b import (\n    c,\n)\nx = 1\n',
        "#!/bin/sh\n# coding: utf-8\nimport a, \\\n    b\n# said\n@d\ndef f():\n    import g\n",
        "import a\ntry:\n    import b\nexcept ImportError:\n    b = None\nimport c\n",
        "from a import *\nif x:\n    pass\n",
    ],
)
def test_behind_plain_imports_libcst_is_not_asked_and_would_say_the_same(text):
    tree = ast.parse(text)
    assert _behind_imports(tree) is not None
    assert import_of("jax", tree, Text(text)) == _import_by_codemod("jax", tree, Text(text))
