"""The language server: documents in, diagnostics out, and answers about them.

A document is linted when it is opened and saved, and some time after the last change. The linter runs in a
thread of its own, one document after the other; what it says of a text that has changed meanwhile is dropped.
Whatever fails is told in the editor's log and ends nothing else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from lsprotocol import types
from pygls.exceptions import FeatureRequestError
from pygls.lsp.server import LanguageServer
from pygls.uris import to_fs_path

from stabcheck import __version__
from stabcheck.config import ConfigError, Configuration
from stabcheck.integrations.lsp.actions import KINDS, actions
from stabcheck.integrations.lsp.analysis import Analysis, analysis
from stabcheck.integrations.lsp.diagnostics import card_of, diagnostic, hover
from stabcheck.integrations.lsp.options import Options, read_options
from stabcheck.integrations.lsp.positions import ExactWorkspace
from stabcheck.integrations.lsp.subject import Subject, subject
from stabcheck.static.suppress import TOOL_CODE

Made = TypeVar("Made")

PAUSE = 0.2  # seconds without a change before a text is linted: about the pause between two words

WATCHED = ("**/*.toml", "**/*.md")  # settings, and the cards of a project's own rules


class Server(LanguageServer):
    """A session: the options, what the linter said of each open document, and what it is doing."""

    def __init__(self) -> None:
        super().__init__(
            "stabcheck",
            __version__,
            notebook_document_sync=types.NotebookDocumentSyncOptions(
                notebook_selector=[
                    types.NotebookDocumentFilterWithCells(
                        cells=[types.NotebookCellLanguage(language="python")],
                        notebook=types.NotebookDocumentFilterNotebookType(notebook_type="jupyter-notebook"),
                    )
                ],
                save=True,
            ),
        )
        self.options = Options()
        self.configuration = Configuration()
        self.analyses: dict[str, Analysis] = {}
        self.tasks: dict[str, asyncio.Task[None]] = {}
        self.linter = ThreadPoolExecutor(1, "stabcheck-lint")  # warnings and caches of the linter are its own
        self.told: set[str] = set()

    def configure(self, given: object) -> None:
        """Take the options of the editor."""
        try:
            self.options = read_options(given)
        except ConfigError as error:
            self.log(str(error), types.MessageType.Error)
        self.forget()

    def forget(self) -> None:
        """Read settings and rules anew from now on."""
        from stabcheck.static.rules import catalogue, rules  # noqa: PLC0415 - loads the engine

        self.configuration = Configuration(self.options.settings)
        rules.cache_clear()
        catalogue.cache_clear()
        self.analyses.clear()
        self.told.clear()

    def forget_unless_watched(self) -> None:
        """As `forget`, where the client does not tell which files change."""
        if not self.watches:
            self.forget()

    @property
    def watches(self) -> bool:
        """Whether the client watches files for a server that asks."""
        workspace = self.client_capabilities.workspace
        watching = workspace.did_change_watched_files if workspace is not None else None
        return bool(watching and watching.dynamic_registration)

    def log(self, message: str, kind: types.MessageType = types.MessageType.Info) -> None:
        """A line in the editor's log."""
        self.window_log_message(types.LogMessageParams(kind, message))

    def report_server_error(self, error: Exception, source: object) -> None:
        """What goes wrong outside of requests (which answer for themselves) is told in the log."""
        if source is not FeatureRequestError:
            self.log(f"{type(error).__name__}: {error}", types.MessageType.Error)

    def subject(self, uri: str) -> Subject | None:
        """What an open document is linted as."""
        return subject(self.workspace, uri)

    def check_soon(self, uri: str, pause: float = PAUSE) -> None:
        """Lint a document after a pause; a later call takes the place of an earlier one."""
        found = self.subject(uri)
        if found is None:
            return
        self.stop(found.uri)
        self.tasks[found.uri] = asyncio.ensure_future(self._check(found.uri, pause))

    def check_all(self) -> None:
        """Lint all open documents again."""
        documents = [*self.workspace.notebook_documents.values(), *self.workspace.text_documents.values()]
        for uri in dict.fromkeys(found.uri for each in documents if (found := self.subject(each.uri))):
            self.check_soon(uri, 0)

    def stop(self, uri: str) -> None:
        """Give up what is under way for a document."""
        task = self.tasks.pop(uri, None)
        if task is not None:
            task.cancel()

    async def current(self, uri: str) -> Analysis | None:
        """What the linter says of a document as it is now, linted now if need be."""
        found = self.subject(uri)
        if found is None:
            return None
        known = self.analyses.get(found.uri)
        if known is None or known.subject.versions != found.versions:
            self.check_soon(found.uri, 0)
            await asyncio.wait([self.tasks[found.uri]])
            known = self.analyses.get(found.uri)
        return known if known is not None and known.subject.versions == found.versions else None

    async def in_linter(self, work: Callable[[], Made]) -> Made:
        """The outcome of a function that is called in the linter's thread."""
        return await asyncio.get_running_loop().run_in_executor(self.linter, work)

    async def _check(self, uri: str, pause: float) -> None:
        await asyncio.sleep(pause)
        found = self.subject(uri)
        if found is None:
            return
        try:
            settings = self.configuration.at(Path(found.path).absolute().parent)
            known = await self.in_linter(lambda: analysis(found, settings))
        except Exception as error:
            told = str(error) if isinstance(error, ConfigError) else f"{type(error).__name__}: {error}"
            self._tell_once(f"{found.path}: {told}")
            return
        now = self.subject(uri)
        if now is None or now.versions != found.versions:
            return
        self.analyses[uri] = known
        self._publish(known)

    def _publish(self, known: Analysis) -> None:
        syntax_error = any(finding.code == TOOL_CODE for finding in known.findings)
        for problem in known.errors:
            if not syntax_error:
                self._tell_once(f"{problem.path}: {problem.message}")
        for part in known.subject.parts:
            self.text_document_publish_diagnostics(
                types.PublishDiagnosticsParams(
                    part.uri,
                    [
                        diagnostic(finding, part, card_of(finding, known))
                        for finding, _ in known.within(part.uri)
                        if finding.code != TOOL_CODE or self.options.show_syntax_errors
                    ],
                    part.version,
                )
            )

    def _tell_once(self, message: str) -> None:
        if message not in self.told:
            self.told.add(message)
            self.log(message, types.MessageType.Error)

    def clear(self, uris: Sequence[str]) -> None:
        """Take the diagnostics of closed documents back."""
        for uri in uris:
            self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, []))


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
    uri = params.text_document.uri
    server.stop(uri)
    server.analyses.pop(uri, None)
    server.clear([uri])


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
    uri = params.notebook_document.uri
    server.stop(uri)
    server.analyses.pop(uri, None)
    server.clear([each.uri for each in params.cell_text_documents])


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
