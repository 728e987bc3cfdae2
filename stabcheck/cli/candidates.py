"""What a shell may complete: rules, and gradient cases. No code is imported or run for it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import click
from click.shell_completion import CompletionItem

CASE = "gradient_case"


def rules(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Rules that begin so; of a list like `NS101,naive-s` the last one."""
    from stabcheck.static.cards import CardError, load  # noqa: PLC0415

    before, comma, last = incomplete.rpartition(",")
    try:
        cards = load().cards
    except CardError:
        return []
    codes = [(card.code, card.name) for card in cards] if not last or last[0].isupper() else []
    known = codes or [(card.name, card.code) for card in cards]
    return [CompletionItem(before + comma + word, help=told) for word, told in known if word.startswith(last)]


def cases(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Files, and behind `file.py::` the cases that the file declares.

    Bash cuts words at colons: it hands over `file.py`, `::` and the beginning of the name as three words, and
    wants only the name back.
    """
    given: tuple[str, ...] = context.params.get(parameter.name or "") or ()
    if incomplete == "::" and given:
        path, prefix, begun = given[-1], "", ""
    elif len(given) > 1 and given[-1] == "::":
        path, prefix, begun = given[-2], "", incomplete
    elif "::" in incomplete:
        path, _, begun = incomplete.partition("::")
        prefix = f"{path}::"
    else:
        return [CompletionItem(incomplete, type="file")]
    return [CompletionItem(prefix + name) for name in declared(path) if name.startswith(begun)]


def declared(path: str) -> Iterator[str]:
    """The names of the functions of a file that are marked as gradient cases."""
    try:
        tree = ast.parse(Path(path).read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError):
        return
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and any(map(_marks_a_case, node.decorator_list)):
            yield node.name


def _marks_a_case(decorator: ast.expr) -> bool:
    if isinstance(decorator, ast.Call):
        decorator = decorator.func
    name = decorator.attr if isinstance(decorator, ast.Attribute) else getattr(decorator, "id", None)
    return name == CASE
