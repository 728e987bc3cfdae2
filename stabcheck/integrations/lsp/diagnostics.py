"""Findings as the editor shows them: diagnostics, and the page of a rule on hovering."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from lsprotocol import types

from stabcheck.integrations.lsp.analysis import Analysis
from stabcheck.integrations.lsp.subject import Part
from stabcheck.static.card import Card
from stabcheck.static.finding import Finding, Witness

SOURCE = "stabcheck"

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~])")

_SEVERITIES = {
    "error": types.DiagnosticSeverity.Error,
    "warning": types.DiagnosticSeverity.Warning,
    "info": types.DiagnosticSeverity.Information,
}


def diagnostic(finding: Finding, part: Part, card: Card | None) -> types.Diagnostic:
    """One finding; its code leads to the rule's page."""
    return types.Diagnostic(
        range=part.lines.range(finding.span),
        message="\n".join([finding.message, *_write(finding)]),
        severity=_SEVERITIES[finding.severity],
        code=finding.code,
        code_description=_page(card),
        source=SOURCE,
    )


def hover(
    findings: Iterable[tuple[Finding, Part]], known: Analysis, at: types.Position
) -> types.Hover | None:
    """What is known of the findings at a position: message, witness, and the page of each rule."""
    here = [(each, part) for each, part in findings if _holds(part.lines.range(each.span), at)]
    if not here:
        return None
    pages = [_told(finding, card_of(finding, known)) for finding, _ in here]
    finding, part = here[0]
    content = types.MarkupContent(types.MarkupKind.Markdown, "\n\n---\n\n".join(pages))
    return types.Hover(content, part.lines.range(finding.span))


def card_of(finding: Finding, known: Analysis) -> Card | None:
    """The card of a finding's rule; None for what the tool itself says."""
    from stabcheck.static.rules import catalogue  # noqa: PLC0415

    return catalogue(known.settings.extend_rules)[0].find(finding.code)


def _told(finding: Finding, card: Card | None) -> str:
    pieces = [f"**{finding.code} {finding.name}** ({finding.severity})", _plain(finding.message)]
    if finding.witness is not None:
        pieces.append(_table(finding.witness))
    if finding.fix is not None:
        pieces.append(f"write:\n\n```python\n{finding.fix.replacement}\n```")
    elif finding.advice:
        pieces.append(f"write: {_plain(finding.advice)}")
    if finding.fix is not None and finding.fix.reason:
        pieces.append(f"unsafe: {_plain(finding.fix.reason)}")
    if card is not None:
        from stabcheck.static.render.card import readable  # noqa: PLC0415

        pieces.append(readable(card).partition("\n## Examples")[0].rstrip())
    return "\n\n".join(pieces)


def _table(witness: Witness) -> str:
    """The witness as a table: the input, what the code makes of it, what is right."""
    inputs = ", ".join(f"{name} = {_number(x)}" for name, x in witness.inputs.items())
    rows = [
        ("at", inputs),
        (f"{witness.dtype} {witness.quantity}", _number(witness.computed)),
        ("exact", _number(witness.exact)),
        ("bits lost", f"{witness.lost_bits:.0f}"),
    ]
    told = [f"| {name} | `{what.replace('|', '∣')}` |" for name, what in rows]
    return "\n".join(["| witness | |", "| --- | --- |", *told])


def _plain(text: str) -> str:
    """The text with what means something in Markdown escaped."""
    return _SPECIAL.sub(r"\\\1", text)


def _number(x: object) -> str:
    if isinstance(x, tuple):
        return f"[{', '.join(map(_number, x))}]"
    return repr(x) if isinstance(x, float) else str(x)


def _write(finding: Finding) -> list[str]:
    write = finding.fix.replacement if finding.fix is not None else finding.advice
    return [f"write: {write}"] if write else []


def _page(card: Card | None) -> types.CodeDescription | None:
    path = Path(card.path) if card is not None else None
    return types.CodeDescription(path.resolve().as_uri()) if path is not None and path.is_file() else None


def _holds(found: types.Range, at: types.Position) -> bool:
    return found.start <= at <= found.end
