"""The language server: documents in, diagnostics out, and answers about them.

What a session holds and does is in `session`; here are the requests and notifications that it takes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls.uris import to_fs_path

from stabcheck.integrations.lsp.actions import KINDS, actions
from stabcheck.integrations.lsp.diagnostics import hover
from stabcheck.integrations.lsp.positions import ExactWorkspace
from stabcheck.integrations.lsp.session import Server

WATCHED = ("**/*.toml", "**/*.md")  # settings, and the cards of a project's own rules


def make_server() -> Server:
    """A server with all that it can do, not yet started."""
    server = Server()
    for method, handler in _HANDLERS.items():
        server.feature(method)(handler)
    server.feature(types.TEXT_DOCUMENT_CODE_ACTION, types.CodeActionOptions(code_action_kinds=list(KINDS)))(
        _code_actions
    )
    return server


def _initialize(server: Server, params: types.InitializeParams) -> None:
    plain = server.workspace
    # The protocol object makes its workspace itself, and has no place to say of which class.
    server.protocol._workspace = ExactWorkspace(
        plain.root_uri,
        types.TextDocumentSyncKind.Incremental,
        [*plain.folders.values()],
        plain.position_encoding,
    )
    server.configure(params.initialization_options)


async def _initialized(server: Server, _: types.InitializedParams) -> None:
    if not server.watches:
        return
    options = types.DidChangeWatchedFilesRegistrationOptions(
        [types.FileSystemWatcher(each) for each in WATCHED]
    )
    registration = types.Registration("stabcheck-files", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)
    await server.client_register_capability_async(types.RegistrationParams([registration]))


def _opened(server: Server, params: types.DidOpenTextDocumentParams) -> None:
    server.check_soon(params.text_document.uri, 0)


def _changed(server: Server, params: types.DidChangeTextDocumentParams) -> None:
    server.check_soon(params.text_document.uri)


def _saved(server: Server, params: types.DidSaveTextDocumentParams) -> None:
    server.forget_unless_watched()
    server.check_soon(params.text_document.uri, 0)


def _closed(server: Server, params: types.DidCloseTextDocumentParams) -> None:
    server.close(params.text_document.uri, [params.text_document.uri])


def _notebook_opened(server: Server, params: types.DidOpenNotebookDocumentParams) -> None:
    server.check_soon(params.notebook_document.uri, 0)


def _notebook_changed(server: Server, params: types.DidChangeNotebookDocumentParams) -> None:
    cells = params.change.cells
    structure = cells.structure if cells is not None else None
    if structure is not None:
        server.clear([each.uri for each in structure.did_close or []])
    server.check_soon(params.notebook_document.uri)


def _notebook_saved(server: Server, params: types.DidSaveNotebookDocumentParams) -> None:
    server.forget_unless_watched()
    server.check_soon(params.notebook_document.uri, 0)


def _notebook_closed(server: Server, params: types.DidCloseNotebookDocumentParams) -> None:
    server.close(params.notebook_document.uri, [each.uri for each in params.cell_text_documents])


def _configured(server: Server, params: types.DidChangeConfigurationParams) -> None:
    server.configure(params.settings)
    server.check_all()


def _files_changed(server: Server, params: types.DidChangeWatchedFilesParams) -> None:
    packs = {Path(pack) for known in server.analyses.values() for pack in known.settings.extend_rules}
    paths = [Path(to_fs_path(change.uri) or "") for change in params.changes]
    if any(path.suffix == ".toml" or packs.intersection(path.parents) for path in paths):
        server.forget()
        server.check_all()


async def _hover(server: Server, params: types.HoverParams) -> types.Hover | None:
    known = await server.current(params.text_document.uri)
    if known is None:
        return None
    return hover(known.within(params.text_document.uri), known, params.position)


async def _code_actions(server: Server, params: types.CodeActionParams) -> list[types.CodeAction]:
    known = await server.current(params.text_document.uri)
    if known is None:
        return []
    found = await server.in_linter(lambda: actions(known, params.text_document.uri, params))
    return found if _takes_versions(server) else [*map(_without_versions, found)]


def _takes_versions(server: Server) -> bool:
    workspace = server.client_capabilities.workspace
    edits = workspace.workspace_edit if workspace is not None else None
    return bool(edits and edits.document_changes)


def _without_versions(action: types.CodeAction) -> types.CodeAction:
    """The action as clients take it that know documents by their names only."""
    if action.edit is not None:
        action.edit = types.WorkspaceEdit(changes=dict(_by_uri(action.edit)))
    return action


def _by_uri(edit: types.WorkspaceEdit) -> Iterator[tuple[str, list[types.TextEdit]]]:
    for each in edit.document_changes or []:
        if isinstance(each, types.TextDocumentEdit):
            yield each.text_document.uri, [made for made in each.edits if isinstance(made, types.TextEdit)]


_HANDLERS: dict[str, Callable[..., Any]] = {
    types.INITIALIZE: _initialize,
    types.INITIALIZED: _initialized,
    types.TEXT_DOCUMENT_DID_OPEN: _opened,
    types.TEXT_DOCUMENT_DID_CHANGE: _changed,
    types.TEXT_DOCUMENT_DID_SAVE: _saved,
    types.TEXT_DOCUMENT_DID_CLOSE: _closed,
    types.NOTEBOOK_DOCUMENT_DID_OPEN: _notebook_opened,
    types.NOTEBOOK_DOCUMENT_DID_CHANGE: _notebook_changed,
    types.NOTEBOOK_DOCUMENT_DID_SAVE: _notebook_saved,
    types.NOTEBOOK_DOCUMENT_DID_CLOSE: _notebook_closed,
    types.WORKSPACE_DID_CHANGE_CONFIGURATION: _configured,
    types.WORKSPACE_DID_CHANGE_WATCHED_FILES: _files_changed,
    types.TEXT_DOCUMENT_HOVER: _hover,
}
