"""Ordinary, correct numerics, as people write them: the default selection has nothing to say of any of it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from stabcheck.static.cards import load
from stabcheck.static.engine import check

FOLDER = Path(__file__).parent / "ordinary"
DEFAULT = tuple(card for card in load() if card.default)


def snippets() -> Iterator[pytest.param]:
    """Each function and class of the files, behind the imports of its file."""
    for path in sorted(FOLDER.glob("*_code.py")):
        text = path.read_text(encoding="utf-8")
        body = ast.parse(text).body
        imports = [ast.unparse(node) for node in body if isinstance(node, ast.Import | ast.ImportFrom)]
        for node in body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
                lines = text.splitlines()[first - 1 : node.end_lineno]
                source = "\n".join([*imports, "", "", *lines, ""])
                yield pytest.param(source, id=f"{path.stem.removesuffix('_code')}-{node.name}")


SNIPPETS = list(snippets())


def test_there_are_many():
    assert len(SNIPPETS) >= 140


@pytest.mark.parametrize("source", SNIPPETS)
def test_nothing_is_said(source):
    found = check(source, "ordinary.py", DEFAULT)
    assert not found, "\n".join(
        f"{each.code} {each.message}: {source.splitlines()[each.span.line - 1]}" for each in found
    )
