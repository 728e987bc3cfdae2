"""What the editor offers to do about findings: fix one, silence one, fix all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher

from lsprotocol import types

from stabcheck.integrations.lsp.analysis import Analysis, fixed_texts, silenced_text
from stabcheck.integrations.lsp.diagnostics import card_of, diagnostic
from stabcheck.integrations.lsp.subject import Part, Subject
from stabcheck.static.finding import Finding
from stabcheck.static.graph import Span
from stabcheck.static.source import LINE_END
from stabcheck.static.suppress import TOOL_CODE

FIX_ALL = "source.fixAll.stabcheck"
KINDS = (types.CodeActionKind.QuickFix, FIX_ALL)


def actions(analysed: Analysis, uri: str, asked: types.CodeActionParams) -> list[types.CodeAction]:
    """The actions for a range of a document, of the kinds that are asked for."""
    found: list[types.CodeAction] = []
    if _wanted(types.CodeActionKind.QuickFix, asked.context.only):
        for finding, part in analysed.within(uri):
            if _meets(part.lines.range(finding.span), asked.range):
                found += _of_finding(analysed, finding, part)
    if _wanted(FIX_ALL, asked.context.only) and any(_is_safe(each) for each in analysed.findings):
        found += _fix_all(analysed)
    return found


def _of_finding(analysed: Analysis, finding: Finding, part: Part) -> Iterator[types.CodeAction]:
    shown = [diagnostic(finding, part, card_of(finding, analysed))]
    fix = finding.fix
    if fix is not None:
        edits = [(analysed.subject.part(edit.cell), edit.span, edit.text) for edit in fix.edits]
        unsafe = "" if fix.safety == "safe" else f" (unsafe: {fix.reason or 'may change more than rounding'})"
        yield types.CodeAction(
            title=f"{finding.code}: write {' '.join(fix.replacement.split())}{unsafe}",
            kind=types.CodeActionKind.QuickFix,
            diagnostics=shown,
            is_preferred=fix.safety == "safe",
            edit=_edit(edits),
        )
    silenced = silenced_text(analysed, finding) if finding.code != TOOL_CODE else None
    if silenced is not None:
        yield types.CodeAction(
            title=f"{finding.code}: ignore on this line",
            kind=types.CodeActionKind.QuickFix,
            diagnostics=shown,
            edit=_edit(changes(part, silenced)),
        )


def _fix_all(analysed: Analysis) -> Iterator[types.CodeAction]:
    subject: Subject = analysed.subject
    new = fixed_texts(subject, analysed.settings)
    edits = [change for part in subject.parts if part.uri in new for change in changes(part, new[part.uri])]
    if edits:
        yield types.CodeAction(title="stabcheck: make all safe fixes", kind=FIX_ALL, edit=_edit(edits))


Change = tuple[Part, Span, str]


def changes(part: Part, new: str) -> Iterator[Change]:
    """The lines that differ between a document and its new text."""
    old, made = _rows(part.text), _rows(new)
    for kind, first, last, begin, end in SequenceMatcher(a=old, b=made, autojunk=False).get_opcodes():
        if kind != "equal":
            yield part, Span(first + 1, 1, last + 1, 1), "".join(made[begin:end])


def _rows(text: str) -> list[str]:
    """The lines of a text, with their ends."""
    starts = [0, *(match.end() for match in LINE_END.finditer(text))]
    return [text[start:end] for start, end in zip(starts, [*starts[1:], len(text)], strict=True)]


def _edit(found: Iterable[Change]) -> types.WorkspaceEdit:
    """The changes by document, for the versions that they were made for."""
    by_part: dict[str, tuple[Part, list[types.TextEdit]]] = {}
    for part, span, text in found:
        by_part.setdefault(part.uri, (part, []))[1].append(types.TextEdit(part.lines.range(span), text))
    return types.WorkspaceEdit(
        document_changes=[
            types.TextDocumentEdit(
                types.OptionalVersionedTextDocumentIdentifier(uri=part.uri, version=part.version), list(edits)
            )
            for part, edits in by_part.values()
        ]
    )


def _wanted(kind: str, only: Sequence[types.CodeActionKind | str] | None) -> bool:
    """Whether a kind is asked for: by itself, or by a kind that it is one of."""
    return only is None or any(kind == each or kind.startswith(f"{each}.") for each in map(_value, only))


def _value(kind: types.CodeActionKind | str) -> str:
    return kind.value if isinstance(kind, types.CodeActionKind) else kind


def _is_safe(finding: Finding) -> bool:
    return finding.fix is not None and finding.fix.safety == "safe"


def _meets(found: types.Range, asked: types.Range) -> bool:
    return found.start <= asked.end and asked.start <= found.end
