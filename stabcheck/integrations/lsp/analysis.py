"""One state of a document, linted."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from stabcheck.config import Configuration, Settings
from stabcheck.integrations.lsp.subject import Part, Subject, sources
from stabcheck.static.adoption.baseline import read_baseline
from stabcheck.static.adoption.view import View
from stabcheck.static.check import check_bytes
from stabcheck.static.discover import Candidate, discover
from stabcheck.static.finding import Finding, Problem
from stabcheck.static.source import Source, decode


@dataclass(frozen=True, slots=True)
class Analysis:
    """What the linter says of a document as it was at `subject.versions`."""

    subject: Subject
    settings: Settings
    findings: tuple[Finding, ...]
    errors: tuple[Problem, ...] = ()

    def within(self, uri: str) -> Iterator[tuple[Finding, Part]]:
        """The findings in one document, with that document."""
        for finding in self.findings:
            part = self.subject.part_of(finding)
            if part.uri == uri:
                yield finding, part


def analysis(subject: Subject, settings: Settings) -> Analysis:
    """Lint a document.

    Raises
    ------
    ConfigError
        if the settings can't be used.
    """
    from stabcheck.static.rules import rules  # noqa: PLC0415 - loads the engine

    if _excluded(subject.path, settings):
        return Analysis(subject, settings, ())
    packs = rules(settings).problems
    result = check_bytes(subject.data, _candidate(subject, settings))
    return Analysis(subject, settings, result.findings, (*packs, *result.errors))


@lru_cache(maxsize=4)
def fixed_texts(subject: Subject, settings: Settings) -> dict[str, str]:
    """The new text of each document that safe fixes change (and unsafe ones, if the settings allow them)."""
    done = check_bytes(subject.data, _candidate(subject, settings), "fix")
    if done.text is None:
        return {}
    if subject.parts[0].cell is None:
        return {subject.uri: done.text}
    new = dict(sources(done.text.encode()))
    return {
        part.uri: new[part.cell]
        for part in subject.parts
        if part.cell is not None and new[part.cell] != part.text
    }


def silenced_text(analysed: Analysis, finding: Finding) -> str | None:
    """The text of the finding's document with a comment that silences it; None if no comment can."""
    from stabcheck.static.adoption.ignores import with_ignores  # noqa: PLC0415 - few ask for it
    from stabcheck.static.notebook.escapes import escapes  # noqa: PLC0415

    part = analysed.subject.part_of(finding)
    rows = part.text.split("\n")
    hidden = escapes(rows) if part.cell is not None else {}  # magics, that no Python tokenizer reads
    python = "\n".join(hidden.get(i, row) for i, row in enumerate(rows))
    source = decode(python.encode(), part.uri)
    if not isinstance(source, Source):
        return None
    done = with_ignores(source, [replace(finding, cell=None)])
    new = done.raw.split("\n")
    return "\n".join(rows[i] if i in hidden else row for i, row in enumerate(new)) if done.silenced else None


def _candidate(subject: Subject, settings: Settings) -> Candidate:
    """The document as a file to read; what a baseline knows is not shown in the editor, either."""
    if settings.baseline is None:
        return Candidate(subject.path, settings)
    known = read_baseline(settings.baseline, settings.origin("baseline")).of(subject.path)
    return Candidate(subject.path, settings, view=View(known))


def _excluded(path: str, settings: Settings) -> bool:
    """Whether the settings leave the file out: editors open what is installed, too."""
    if not os.path.isfile(path):
        return False
    configuration = Configuration(fixed=replace(settings, force_exclude=True))
    return not list(discover([str(Path(path))], configuration))
