"""Lowering: from Python source to the value graph."""

from __future__ import annotations

import ast
from collections.abc import Collection

# The handlers of syntax register themselves.
from stabcheck.static.lower import calls, classes, control, expressions, statements, subscripts  # noqa: F401
from stabcheck.static.lower.frame import Frame
from stabcheck.static.lower.functions import lower_pending
from stabcheck.static.lower.unit import Unit
from stabcheck.static.module import Module


def lower(tree: ast.Module, text: str, path: str, only: Collection[int] | None = None) -> Module:
    """The value graph of a module.

    Parameters
    ----------
    tree, text, path
        the parsed module, its source and the path that findings will name.
    only
        the lines (from 1) of the statements that matter: functions without any of them are lowered only if a
        call or an attribute in another one needs to know what they make. None lowers all.
    """
    unit = Unit(text, path, only)
    frame = Frame(unit, unit.module_scope, "")
    frame.block(tree.body)
    lower_pending(unit)
    unit.sites.sort(key=lambda entry: (entry[0].line, entry[0].column))
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
    )
