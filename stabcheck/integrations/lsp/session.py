"""A session of the language server: what the linter said of each open document, and what it is doing.

A document is linted when it is opened and saved, and some time after the last change. The linter runs in a
thread of its own, one document after the other; what it says of a text that has changed meanwhile is dropped.
Whatever fails is told in the editor's log and ends nothing else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from lsprotocol import types
from pygls.exceptions import FeatureRequestError
from pygls.lsp.server import LanguageServer

from stabcheck import __version__
from stabcheck.config import ConfigError, Configuration
from stabcheck.integrations.lsp.analysis import Analysis, analysis
from stabcheck.integrations.lsp.diagnostics import card_of, diagnostic
from stabcheck.integrations.lsp.options import Options, read_options
from stabcheck.integrations.lsp.subject import Subject, subject
from stabcheck.static.suppress import TOOL_CODE

Made = TypeVar("Made")


PAUSE = 0.2  # seconds without a change before a text is linted: about the pause between two words


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

    def close(self, uri: str, shown: Sequence[str]) -> None:
        """Forget a document or a notebook, and what the editor shows of it."""
        self.stop(uri)
        self.analyses.pop(uri, None)
        self.clear(shown)

    def clear(self, uris: Sequence[str]) -> None:
        """Take the diagnostics of closed documents back."""
        for uri in uris:
            self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, []))
