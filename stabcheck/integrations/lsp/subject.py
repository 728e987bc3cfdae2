"""What is linted as one: a document, or a notebook whose cells are documents of the editor."""

from __future__ import annotations

import io
import json
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from lsprotocol import types
from pygls.uris import to_fs_path
from pygls.workspace import TextDocument, Workspace

from stabcheck.integrations.lsp.positions import Lines
from stabcheck.static.discover import NOTEBOOK
from stabcheck.static.finding import Finding

_EMPTY: dict[str, Any] = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}


@dataclass(frozen=True, slots=True)
class Part:
    """A document of the editor; `cell` is its number among the code cells if it is one."""

    uri: str
    version: int | None
    text: str
    lines: Lines
    cell: int | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """A file as the editor holds it: `data` is what would be in it if it were saved."""

    uri: str
    path: str
    parts: tuple[Part, ...]
    data: bytes

    def part(self, cell: int | None) -> Part:
        """The document of a cell, or the only one."""
        return next((part for part in self.parts if part.cell == cell), self.parts[0])

    def part_of(self, finding: Finding) -> Part:
        """The document that a finding is in."""
        return self.part(finding.cell.number if finding.cell is not None else None)

    @property
    def versions(self) -> tuple[tuple[str, int | None], ...]:
        """What tells this state of the documents from an earlier or a later one."""
        return tuple((part.uri, part.version) for part in self.parts)


def subject(workspace: Workspace, uri: str) -> Subject | None:
    """The open document or notebook, or the notebook that holds the cell; None if it is no Python."""
    notebook = workspace.get_notebook_document(notebook_uri=uri)
    notebook = notebook or workspace.get_notebook_document(cell_uri=uri)
    if notebook is not None:
        return _notebook(workspace, notebook)
    document = workspace.text_documents.get(unquote(uri))
    if document is None or not _is_python(document):
        return None
    part = _part(document, None)
    return Subject(document.uri, document.path, (part,), _encoded(document.source))


def _is_python(document: TextDocument) -> bool:
    return document.language_id == "python" or (not document.language_id and document.path.endswith(".py"))


def _part(document: TextDocument, cell: int | None) -> Part:
    text = document.source
    return Part(document.uri, document.version, text, Lines(text, document.position_codec), cell)


def _notebook(workspace: Workspace, notebook: types.NotebookDocument) -> Subject | None:
    """A notebook as the file that it would make, as far as the linter reads it."""
    parts: list[Part] = []
    cells = []
    code = [cell.document for cell in notebook.cells if cell.kind == types.NotebookCellKind.Code]
    for number, uri in enumerate(code, start=1):
        document = workspace.text_documents.get(unquote(uri))
        cell = {**_EMPTY, "source": ""}
        if document is not None and document.language_id in (None, "python"):
            parts.append(_part(document, number))
            cell["source"] = document.source
        cells.append(cell)
    if not parts:
        return None
    content = {"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": cells}
    path = to_fs_path(notebook.uri) or Path(notebook.uri).name
    path = path if path.endswith(NOTEBOOK) else path + NOTEBOOK
    return Subject(notebook.uri, path, tuple(parts), json.dumps(content).encode())


def sources(data: bytes) -> Iterator[tuple[int, str]]:
    """The source of each code cell of what `_notebook` made, by number."""
    for number, cell in enumerate(json.loads(data)["cells"], start=1):
        yield number, cell["source"]


def _encoded(text: str) -> bytes:
    """The text in the encoding that its coding line names, as it will be saved."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(text.encode()).readline)
        return text.encode(encoding)
    except (SyntaxError, UnicodeEncodeError, LookupError):
        return text.encode(errors="replace")
