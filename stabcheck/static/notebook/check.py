"""Linting a notebook, and fixing it."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from stabcheck.static.discover import Candidate
from stabcheck.static.finding import CellPlace, Edit, Finding, Problem
from stabcheck.static.graph import Span
from stabcheck.static.notebook.document import Notebook, read_notebook
from stabcheck.static.notebook.imports import placed
from stabcheck.static.notebook.layout import Broken, Layout, lay_out
from stabcheck.static.notebook.splice import Json
from stabcheck.static.notebook.write import same_but_for_source
from stabcheck.static.result import FileResult, Mode, unparsable
from stabcheck.static.source import Source
from stabcheck.static.suppress import TOOL_CODE

Check = Callable[[str], Sequence[Finding]]


def check_notebook(data: bytes, candidate: Candidate, mode: Mode, check: Check) -> FileResult:
    """Check a notebook's content, touching no file; in mode "fix", `text` is then the JSON text to write.

    `check` gives the findings of a module text. A cell that does not parse is reported at its place and left
    out; the others are read without it.
    """
    notebook = read_notebook(data, candidate.path)
    if isinstance(notebook, Problem):
        return FileResult(errors=(notebook,))
    if not notebook.is_python:
        problem = Problem(candidate.path, f"not read: its kernel runs {notebook.language}, not Python")
        return FileResult(errors=(problem,) if candidate.named else ())
    layout = lay_out(notebook.cells)
    broken = [_broken(each, candidate.path, notebook.json) for each in layout.broken]
    unread = FileResult(tuple(finding for finding, _ in broken), tuple(problem for _, problem in broken))
    if not layout.cells:
        return unread
    checked = _checked(notebook, layout, candidate, mode, lambda text: placed(check(text), text, layout))
    return replace(
        checked,
        findings=tuple(sorted((*unread.findings, *checked.findings), key=_position)),
        errors=unread.errors,
    )


def _checked(
    notebook: Notebook, layout: Layout, candidate: Candidate, mode: Mode, check: Check
) -> FileResult:
    if mode == "report":
        return FileResult(_in_cells(check(layout.text), layout, notebook.json))
    from stabcheck.static.apply import fix  # noqa: PLC0415  (only who fixes pays for it)

    module = Source(candidate.path, layout.text, layout.text, "utf-8", "\n")
    fixed = fix(module, check, unsafe=candidate.settings.unsafe_fixes)
    found = _in_cells(fixed.found, layout, notebook.json)
    sources = layout.sources(fixed.raw)
    if not fixed.applied or sources is None:
        return FileResult(found)
    changed = {number: text for number, text in sources.items() if text != layout.cells[number].text}
    if mode == "diff":
        return FileResult(found, fixed=fixed.applied, diff=_diff(candidate.path, layout, changed))
    by_position = {layout.cells[number].position: text for number, text in changed.items()}
    json = notebook.json.replaced(by_position)
    if not (Json(json).holds(by_position) and same_but_for_source(notebook.source.raw, json)):
        return FileResult(found)
    after = lay_out([replace(cell, text=sources.get(cell.number, cell.text)) for cell in notebook.cells])
    remaining = _in_cells(check(after.text), after, Json(json))
    return FileResult(remaining, fixed=fixed.applied, text=json)


def _in_cells(findings: Sequence[Finding], layout: Layout, json: Json) -> tuple[Finding, ...]:
    """The findings of the module, each with its place within its cell."""
    if not findings:
        return ()
    sections = layout.sections(layout.text)
    lines = layout.text.split("\n")

    def moved(edit: Edit) -> Edit:
        line = edit.span.line
        if line in sections.starts:  # inserts lines behind the last one of the cell above
            cell, shift = sections.place(line - 1)
            row, column = line - 1 - shift, len(lines[line - 2]) + 1
            return Edit(Span(row, column, row, column), "\n" + edit.text.removesuffix("\n"), cell.number)
        cell, shift = sections.place(line)
        return replace(edit, span=_up(edit.span, shift), cell=cell.number)

    placed_findings = []
    for finding in findings:
        cell, shift = sections.place(finding.span.line)
        span = _up(finding.span, shift)
        place = CellPlace(cell.number, cell.id, json.line(cell.position, span.line))
        made = finding.fix and replace(finding.fix, edits=tuple(map(moved, finding.fix.edits)))
        placed_findings.append(replace(finding, span=span, cell=place, fix=made))
    return tuple(placed_findings)


def _up(span: Span, lines: int) -> Span:
    return Span(span.line - lines, span.column, span.end_line - lines, span.end_column)


def _broken(broken: Broken, path: str, json: Json) -> tuple[Finding, Problem]:
    """NS000 for a cell that does not parse, as a finding with its place and as an error of the run."""
    result = unparsable(path, broken.error)
    finding = result.findings[0]
    place = CellPlace(broken.cell.number, broken.cell.id, json.line(broken.cell.position, finding.span.line))
    problem = Problem(path, f"cell {broken.cell.number}, {result.errors[0].message}")
    assert finding.code == TOOL_CODE
    return replace(finding, cell=place), problem


def _diff(path: str, layout: Layout, changed: Mapping[int, str]) -> str:
    """What changes, cell by cell, in the form of unified diffs."""
    pieces: list[str] = []
    for number, text in sorted(changed.items()):
        name = f"{path}:cell {number}"
        before, after = layout.cells[number].text.split("\n"), text.split("\n")
        pieces += difflib.unified_diff(before, after, f"a/{name}", f"b/{name}", lineterm="")
    return "".join(f"{line}\n" for line in pieces)


def _position(finding: Finding) -> tuple[int, int, int, str]:
    number = finding.cell.number if finding.cell is not None else 0
    return (number, finding.span.line, finding.span.column, finding.code)
