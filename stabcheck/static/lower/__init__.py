"""Lowering: from Python source to the value graph."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from operator import itemgetter

# The handlers of syntax register themselves.
from stabcheck.static.lower import calls, classes, control, expressions, statements, subscripts  # noqa: F401
from stabcheck.static.lower.frame import Frame
from stabcheck.static.lower.functions import lower_pending
from stabcheck.static.lower.imports import Import, inner_imports
from stabcheck.static.lower.unit import Unit
from stabcheck.static.module import Module


def lower(tree: ast.Module, text: str, path: str, imports: Sequence[Import] | None = None) -> Module:
    """The value graph of a module.

    Parameters
    ----------
    tree, text, path
        the parsed module, its source and the path that findings will name.
    imports
        those inside of the functions, of a tree from which functions were left out; None: what the tree holds
    """
    unit = Unit(text, path)
    frame = Frame(unit, unit.module_scope, "")
    frame.block(tree.body)
    for node in inner_imports(tree, text) if imports is None else imports:
        unit.learn_all(node)
    lower_pending(unit)
    unit.sites.sort(key=itemgetter(0))
    return Module(
        path=path,
        text=text,
        tree=tree,
        sites=tuple(site for _, site in unit.sites),
        functions=unit.functions,
        imports=unit.imports,
        libraries=frozenset(unit.libraries),
        attributes=unit.attributes,
        loops=unit.loops,
        bases={name: definition.bases for name, definition in unit.classes.items()},
        release=unit.release,
    )
