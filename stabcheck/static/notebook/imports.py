"""Where an import that a fix adds goes in a notebook.

The top of the module, where it goes in a file, may lie above the cell that installs the library. Behind the
imports of that library in the first cell that has some, it is run where the library is known to be there.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Sequence
from dataclasses import replace

from stabcheck.static.finding import Edit, Finding
from stabcheck.static.graph import Span
from stabcheck.static.notebook.layout import Layout

Import = ast.Import | ast.ImportFrom


def placed(findings: Sequence[Finding], text: str, layout: Layout) -> list[Finding]:
    """The findings, the imports of their fixes put beside those that the notebook has."""
    if not any(finding.fix and any(map(_modules, finding.fix.edits)) for finding in findings):
        return list(findings)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(text)
    lines = text.split("\n")
    there = [
        each
        for each in tree.body
        if isinstance(each, Import)
        and lines[(each.end_lineno or each.lineno) - 1][each.end_col_offset :].lstrip()[:1] in ("", "#")
    ]
    return [_with_placed(finding, there, text, layout) for finding in findings]


def _with_placed(finding: Finding, there: Sequence[Import], text: str, layout: Layout) -> Finding:
    if finding.fix is None:
        return finding
    edits = tuple(
        _beside(edit, modules, finding.span.line, there, text, layout)
        if (modules := _modules(edit))
        else edit
        for edit in finding.fix.edits
    )
    return replace(finding, fix=replace(finding.fix, edits=edits))


def _beside(
    edit: Edit, modules: set[str], used: int, there: Sequence[Import], text: str, layout: Layout
) -> Edit:
    """The insertion behind the first import of the library, else of any above; else on top of the cell."""
    above = [each for each in there if each.lineno < used]
    chosen = next((each for each in above if modules & _roots(each)), next(iter(above), None))
    sections = layout.sections(text)
    cell, shift = sections.place(used)
    first = shift + layout.heads[cell.number] + 1
    if chosen is not None:
        first = _end_of_block(chosen, there) + 1
    inserted = "".join(f"{line}\n" for line in edit.text.split("\n") if line.strip())
    return Edit(Span(first, 1, first, 1), inserted)


def _end_of_block(chosen: Import, there: Sequence[Import]) -> int:
    """The last line of the imports that follow one another without a gap."""
    end = chosen.end_lineno or chosen.lineno
    for each in there:
        if each.lineno == end + 1:
            end = each.end_lineno or each.lineno
    return end


def _roots(node: Import) -> set[str]:
    names = [each.name for each in node.names] if isinstance(node, ast.Import) else [node.module or ""]
    return {name.partition(".")[0] for name in names}


def _modules(edit: Edit) -> set[str]:
    """The libraries that an edit imports, if it inserts imports and nothing else."""
    span = edit.span
    if (span.line, span.column) != (span.end_line, span.end_column) or "import" not in edit.text:
        return set()
    try:
        body = ast.parse(edit.text).body
    except SyntaxError:
        return set()
    found = [each for each in body if isinstance(each, Import)]
    return set().union(*map(_roots, found)) if len(found) == len(body) else set()
