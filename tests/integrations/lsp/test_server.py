"""The language server, driven by a real client over the standard streams of `stabcheck server`."""

import asyncio
import contextlib
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from lsprotocol import types
from pygls.lsp.client import LanguageClient

from stabcheck.cli import commands
from stabcheck.static.cards import builtin_folder

LOG1P = "import numpy as np\n\n\ndef f(x):\n    return np.log(1 + x)\n"
SOFTPLUS = "import numpy as np\n\n\ndef f(x):\n    return np.log(1 + np.exp(x))\n"
WAIT = 120  # seconds after which an answer is not coming any more


class Editor:
    """A client that keeps documents as an editor does, and what it was told of them."""

    def __init__(self):
        self.client = LanguageClient("test", "1")
        self.published = asyncio.Queue()
        self.logged = []
        self.registered = []

        @self.client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        def publish(params):
            self.published.put_nowait(params)

        @self.client.feature(types.WINDOW_LOG_MESSAGE)
        def log(params):
            self.logged.append(params)

        @self.client.feature(types.CLIENT_REGISTER_CAPABILITY)
        def register(params):
            self.registered += params.registrations

    async def start(self, options=None, encodings=None, versions=True):
        await self.client.start_io(sys.executable, "-m", "stabcheck", "server", "--stdio")
        capabilities = types.ClientCapabilities(
            general=types.GeneralClientCapabilities(position_encodings=encodings),
            workspace=types.WorkspaceClientCapabilities(
                workspace_edit=types.WorkspaceEditClientCapabilities(document_changes=versions),
                did_change_watched_files=types.DidChangeWatchedFilesClientCapabilities(
                    dynamic_registration=True
                ),
            ),
        )
        result = await self.client.initialize_async(
            types.InitializeParams(capabilities, root_uri=Path.cwd().as_uri(), initialization_options=options)
        )
        self.client.initialized(types.InitializedParams())
        return result.capabilities

    async def stop(self):
        await asyncio.wait_for(self.client.shutdown_async(None), WAIT)
        self.client.exit(None)
        await asyncio.wait_for(self.client._server.wait(), WAIT)
        status = self.client._server.returncode
        await self.client.stop()
        return status

    def open(self, path, text, version=1, language="python"):
        uri = path if str(path).startswith("untitled:") else Path(path).absolute().as_uri()
        item = types.TextDocumentItem(uri, language, version, text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))
        return uri

    def change(self, uri, version, *changes):
        """Changes as (start line, start character, end line, end character, text), or a whole text."""
        made = [
            types.TextDocumentContentChangeWholeDocument(each)
            if isinstance(each, str)
            else types.TextDocumentContentChangePartial(span(*each[:4]), each[4])
            for each in changes
        ]
        document = types.VersionedTextDocumentIdentifier(version, uri)
        self.client.text_document_did_change(types.DidChangeTextDocumentParams(document, made))

    async def told(self, uri, version=None):
        """The next diagnostics of a document (of this version)."""
        while True:
            params = await asyncio.wait_for(self.published.get(), WAIT)
            if params.uri == uri and (version is None or params.version == version):
                return params

    async def actions(self, uri, at, only=None):
        context = types.CodeActionContext([], only)
        return await asyncio.wait_for(
            self.client.text_document_code_action_async(
                types.CodeActionParams(types.TextDocumentIdentifier(uri), at, context)
            ),
            WAIT,
        )

    async def hover(self, uri, line, character):
        return await asyncio.wait_for(
            self.client.text_document_hover_async(
                types.HoverParams(types.TextDocumentIdentifier(uri), types.Position(line, character))
            ),
            WAIT,
        )


def span(line, character, end_line, end_character):
    return types.Range(types.Position(line, character), types.Position(end_line, end_character))


def applied(text, edits):
    """A text with edits in UTF-16 units made, as an editor makes them."""
    rows = text.split("\n")

    def offset(position):
        before = rows[position.line].encode("utf-16-le")[: 2 * position.character].decode("utf-16-le")
        return sum(len(row) + 1 for row in rows[: position.line]) + len(before)

    for edit in sorted(edits, key=lambda edit: edit.range.start, reverse=True):
        text = text[: offset(edit.range.start)] + edit.new_text + text[offset(edit.range.end) :]
    return text


def codes(params):
    return [each.code for each in params.diagnostics]


@pytest.fixture(scope="module")
def loop():
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="module")
def shared(loop, tmp_path_factory):
    """One server for the tests that need no other."""
    folder = tmp_path_factory.mktemp("project")
    with contextlib.chdir(folder):
        editor = loop.run(make())
        yield editor
        assert loop.run(editor.stop()) == 0
        told = [each.message for each in editor.logged if each.type == types.MessageType.Error]
        assert len(told) == 4  # of what `test_a_request_that_fails_ends_nothing` sends


async def make(**options):
    editor = Editor()
    editor.capabilities = await editor.start(**options)
    return editor


@contextlib.asynccontextmanager
async def another(**options):
    editor = await make(**options)
    try:
        yield editor
    finally:
        assert await editor.stop() == 0


def test_diagnostics_of_a_document_that_is_not_saved(loop, shared):
    async def scenario():
        uri = shared.open("a.py", LOG1P)
        (found,) = (await shared.told(uri, 1)).diagnostics
        assert (found.code, found.source, found.severity) == (
            "NS203",
            "stabcheck",
            types.DiagnosticSeverity.Warning,
        )
        assert found.range == span(4, 11, 4, 24)
        assert "log(1 + x) loses the digits of a small x" in found.message
        assert found.message.endswith("\nwrite: np.log1p(x)")
        assert found.code_description.href.endswith("/rules/cancellation/naive-log1p.md") or Path(
            found.code_description.href.removeprefix("file://")
        ).is_relative_to(builtin_folder())

    loop.run(scenario())


def test_changes_as_one_types(loop, shared):
    async def scenario():
        uri = shared.open("b.py", "import numpy as np\n\n")
        assert codes(await shared.told(uri, 1)) == []
        typed = "y = np.log(1 + x)"
        for version, letter in enumerate(typed, start=2):
            shared.change(uri, version, (1, version - 2, 1, version - 2, letter))
        last = await shared.told(uri, len(typed) + 1)
        assert codes(last) == ["NS203"]
        shared.change(uri, 40, (1, 0, 1, 0, "# 😀\n"), (2, 15, 2, 16, "y"))
        (found,) = (await shared.told(uri, 40)).diagnostics
        assert found.range == span(2, 4, 2, 17)
        assert "np.log1p(y)" in found.message
        shared.change(uri, 41, "x = 1\n")
        assert codes(await shared.told(uri, 41)) == []
        shared.client.text_document_did_close(
            types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(uri))
        )
        assert codes(await shared.told(uri)) == []

    loop.run(scenario())


def test_changes_in_quick_succession_are_linted_once_and_old_ones_never_told(loop, shared):
    async def scenario():
        uri = shared.open("c.py", LOG1P)
        for version in range(2, 12):
            shared.change(uri, version, LOG1P + "\n" * version)
        seen = []
        while not seen or seen[-1] != 11:
            seen.append((await shared.told(uri)).version)
        assert len(seen) <= 3
        assert seen == sorted(seen)

    loop.run(scenario())


def test_lines_end_where_the_protocol_ends_them(loop, shared):
    """A form feed or U+2028 ends no line; both stand above the change."""

    async def scenario():
        uri = shared.open("d.py", 's = "\u2028"\n\x0c\nimport numpy as np\nx = y = 1\n')
        await shared.told(uri, 1)
        shared.change(uri, 2, (3, 8, 3, 9, "np.log(1 + z)"))
        (found,) = (await shared.told(uri, 2)).diagnostics
        assert found.range == span(3, 8, 3, 21)

    loop.run(scenario())


@pytest.mark.parametrize("text", ["x = (1\n", "def f(:\n"])
def test_what_does_not_parse_is_told_and_then_forgotten(loop, shared, text):
    async def scenario():
        uri = shared.open("e.py", text + LOG1P)
        assert codes(await shared.told(uri, 1)) == ["NS000"]
        shared.change(uri, 2, LOG1P)
        assert codes(await shared.told(uri, 2)) == ["NS203"]

    loop.run(scenario())


def test_other_languages_are_left_alone(loop, shared):
    async def scenario():
        uri = shared.open("f.md", LOG1P, language="markdown")
        assert await shared.hover(uri, 4, 12) is None
        assert not await shared.actions(uri, span(0, 0, 9, 0))

    loop.run(scenario())


def test_an_untitled_document(loop, shared):
    async def scenario():
        uri = shared.open("untitled:Untitled-1", LOG1P)
        assert codes(await shared.told(uri, 1)) == ["NS203"]

    loop.run(scenario())


def test_hover_shows_the_witness_and_the_card(loop, shared):
    async def scenario():
        uri = shared.open("g.py", SOFTPLUS)
        await shared.told(uri, 1)
        assert await shared.hover(uri, 0, 0) is None
        found = await shared.hover(uri, 4, 12)
        assert found.range == span(4, 11, 4, 32)
        assert found.contents.kind == types.MarkupKind.Markdown
        text = found.contents.value
        assert text.startswith("**NS105 naive-softplus** (error)")
        assert "| exact | `800" in text
        assert "| float64 value | `inf` |" in text
        assert "## Why" in text or "## " in text
        assert "```toml" not in text

    loop.run(scenario())


def test_a_quick_fix_behind_characters_of_two_units(loop, shared):
    async def scenario():
        text = 'import numpy as np\ns = "😀𝛼"; y = np.log(1 + x)  # 😀\n'
        uri = shared.open("h.py", text)
        (found,) = (await shared.told(uri, 1)).diagnostics
        assert found.range == span(1, 16, 1, 29)
        fix, ignore = await shared.actions(uri, span(1, 20, 1, 20), [types.CodeActionKind.QuickFix])
        assert (fix.title, fix.kind, fix.is_preferred) == ("NS203: write np.log1p(x)", "quickfix", True)
        assert [each.code for each in fix.diagnostics] == ["NS203"]
        (change,) = fix.edit.document_changes
        assert (change.text_document.uri, change.text_document.version) == (uri, 1)
        assert applied(text, change.edits) == 'import numpy as np\ns = "😀𝛼"; y = np.log1p(x)  # 😀\n'
        assert ignore.title == "NS203: ignore on this line"
        silenced = applied(text, ignore.edit.document_changes[0].edits)
        assert silenced.startswith(text.rstrip("\n"))
        shared.change(uri, 2, silenced)
        assert codes(await shared.told(uri, 2)) == []

    loop.run(scenario())


def test_unsafe_fixes_are_marked_and_say_why(loop, shared):
    async def scenario():
        text = "import numpy as np\ndef f(x):\n    return np.mean(x**2) - np.mean(x)**2\n"
        uri = shared.open("i.py", text)
        found = await shared.told(uri, 1)
        fixes = [each for each in await shared.actions(uri, span(2, 0, 2, 40)) if "write" in each.title]
        assert fixes, codes(found)
        for fix in fixes:
            assert fix.is_preferred is False
            assert "(unsafe: " in fix.title

    loop.run(scenario())


def test_fix_all_makes_the_safe_fixes(loop, shared):
    async def scenario():
        text = LOG1P + "\n\ndef g(x):\n    return np.exp(x) - 1, np.mean(x**2) - np.mean(x)**2\n"
        uri = shared.open("j.py", text)
        await shared.told(uri, 1)
        for only in ("source", "source.fixAll", "source.fixAll.stabcheck"):
            (action,) = await shared.actions(uri, span(0, 0, 0, 0), [only])
            assert action.kind == "source.fixAll.stabcheck"
            (change,) = action.edit.document_changes
            fixed = applied(text, change.edits)
            assert fixed == text.replace("np.log(1 + x)", "np.log1p(x)").replace(
                "np.exp(x) - 1", "np.expm1(x)"
            )
        assert not await shared.actions(uri, span(0, 0, 0, 0), ["source.organizeImports"])
        shared.change(uri, 2, fixed)
        await shared.told(uri, 2)
        assert not await shared.actions(uri, span(0, 0, 0, 0), ["source.fixAll"])

    loop.run(scenario())


def test_actions_are_for_the_text_as_it_is_now(loop, shared):
    async def scenario():
        uri = shared.open("k.py", LOG1P)
        await shared.told(uri, 1)
        shared.change(uri, 2, "# new\n" + LOG1P)
        fix, *_ = await shared.actions(uri, span(5, 12, 5, 12))
        assert fix.edit.document_changes[0].text_document.version == 2
        assert fix.edit.document_changes[0].edits[0].range.start.line == 5

    loop.run(scenario())


def test_a_request_that_fails_ends_nothing(loop, shared):
    async def scenario():
        body = b'{"jsonrpc": "2.0", "id": 99, "method": "textDocument/hover", "params": {"textDocument": 1}}'
        for sent in (
            body,
            b"not json",
            b'{"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": []}',
        ):
            shared.client._server.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(sent), sent))
        assert await shared.hover("file:///never/opened.py", 0, 0) is None
        shared.change("file:///never/opened.py", 2, (90, 0, 91, 0, "x"))
        uri = shared.open("l.py", LOG1P)
        assert codes(await shared.told(uri, 1)) == ["NS203"]

    loop.run(scenario())


def test_what_is_left_out_of_folders_is_left_out_of_the_editor(loop, shared):
    async def scenario():
        Path("site-packages").mkdir()
        Path("site-packages/m.py").write_text(LOG1P)
        uri = shared.open("site-packages/m.py", LOG1P)
        assert codes(await shared.told(uri, 1)) == []

    loop.run(scenario())


def test_a_coding_line_does_not_shift_columns(loop, shared):
    async def scenario():
        text = "# -*- coding: latin-1 -*-\nimport numpy as np\ns = 'é'; y = np.log(1 + x)\n"
        uri = shared.open("n.py", text)
        (found,) = (await shared.told(uri, 1)).diagnostics
        assert found.range == span(2, 13, 2, 26)

    loop.run(scenario())


def test_notebooks_are_linted_as_one_and_told_by_cell(loop, shared):
    async def scenario():
        notebook = Path("nb.ipynb").absolute().as_uri()
        texts = [
            "%pip install jax\nfrom jax import numpy as jnp",
            "# title",
            "%time 1\ndef f(x):\n    return jnp.log(1 + jnp.exp(x))",
        ]
        uris = [notebook.replace("file:", "vscode-notebook-cell:") + f"#{i}" for i in range(3)]
        kinds = [types.NotebookCellKind.Code, types.NotebookCellKind.Markup, types.NotebookCellKind.Code]
        cells = [types.NotebookCell(kind, uri) for kind, uri in zip(kinds, uris, strict=True)]
        documents = [
            types.TextDocumentItem(uri, "python", 1, text)
            for uri, text, kind in zip(uris, texts, kinds, strict=True)
            if kind == types.NotebookCellKind.Code
        ]
        shared.client.notebook_document_did_open(
            types.DidOpenNotebookDocumentParams(
                types.NotebookDocument(notebook, "jupyter-notebook", 1, cells), documents
            )
        )
        assert codes(await shared.told(uris[0])) == []
        (found,) = (await shared.told(uris[2])).diagnostics
        assert (found.code, found.range) == ("NS105", span(2, 11, 2, 34))
        fix, ignore = await shared.actions(uris[2], found.range, [types.CodeActionKind.QuickFix])
        silenced = applied(texts[2], ignore.edit.document_changes[0].edits)
        assert silenced == texts[2] + "  # stabcheck: ignore[NS105]"
        made = {each.text_document.uri: each.edits for each in fix.edit.document_changes}
        assert applied(texts[0], made[uris[0]]) == texts[0] + "\nimport jax"
        assert applied(texts[2], made[uris[2]]) == "%time 1\ndef f(x):\n    return jax.nn.softplus(x)"
        (action,) = await shared.actions(uris[0], span(0, 0, 0, 0), ["source.fixAll"])
        made = {each.text_document.uri: each.edits for each in action.edit.document_changes}
        assert applied(texts[0], made[uris[0]]) == texts[0] + "\nimport jax"
        assert applied(texts[2], made[uris[2]]) == "%time 1\ndef f(x):\n    return jax.nn.softplus(x)"
        change = types.NotebookDocumentCellContentChanges(
            types.VersionedTextDocumentIdentifier(2, uris[2]),
            [types.TextDocumentContentChangeWholeDocument("%%bash\nls")],
        )
        shared.client.notebook_document_did_change(
            types.DidChangeNotebookDocumentParams(
                types.VersionedNotebookDocumentIdentifier(2, notebook),
                types.NotebookDocumentChangeEvent(
                    cells=types.NotebookDocumentCellChanges(text_content=[change])
                ),
            )
        )
        assert codes(await shared.told(uris[2], 2)) == []

    loop.run(scenario())


def test_positions_are_counted_as_agreed(loop, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    async def scenario():
        async with another(encodings=["utf-8", "utf-16"], versions=False) as editor:
            assert editor.capabilities.position_encoding == "utf-8"
            text = 'import numpy as np\ns = "😀𝛼"; y = np.log(1 + x)\n'
            uri = editor.open("a.py", text)
            (found,) = (await editor.told(uri, 1)).diagnostics
            assert found.range == span(1, 20, 1, 33)
            editor.change(uri, 2, (1, 31, 1, 32, "abc"))
            (found,) = (await editor.told(uri, 2)).diagnostics
            assert found.range == span(1, 20, 1, 35)
            fix, *_ = await editor.actions(uri, found.range)
            assert [each.new_text for each in fix.edit.changes[uri]] == ["np.log1p(abc)"]

    loop.run(scenario())


def test_settings_come_from_the_project_and_the_editor(loop, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings = Path("pyproject.toml")
    settings.write_text('[tool.stabcheck]\nignore = ["NS203"]\n')

    async def scenario():
        async with another(
            options={"stabcheck": {"ignore": ["NS105"], "show-syntax-errors": False}}
        ) as editor:
            uri = editor.open("a.py", LOG1P)
            assert codes(await editor.told(uri, 1)) == []
            assert [each.method for each in editor.registered] == ["workspace/didChangeWatchedFiles"]
            settings.write_text("[tool.stabcheck]\n")
            changed = types.FileEvent(settings.absolute().as_uri(), types.FileChangeType.Changed)
            editor.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([changed]))
            assert codes(await editor.told(uri, 1)) == ["NS203"]
            Path("a.py").write_text(LOG1P)
            assert (
                CliRunner().invoke(commands, ["lint", "a.py", "--write-baseline", "known.json"]).exit_code
                == 0
            )
            settings.write_text('[tool.stabcheck]\nbaseline = "known.json"\n')
            editor.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([changed]))
            assert codes(await editor.told(uri, 1)) == []
            other = editor.open("b.py", SOFTPLUS)
            assert codes(await editor.told(other, 1)) == []
            broken = editor.open("c.py", "x = (\n")
            assert codes(await editor.told(broken, 1)) == []
            editor.client.workspace_did_change_configuration(
                types.DidChangeConfigurationParams({"ignore": []})
            )
            assert "NS105" in codes(await editor.told(other, 1))
            settings.write_text("[tool.stabcheck]\nignor = 1\n")
            editor.client.text_document_did_save(
                types.DidSaveTextDocumentParams(types.TextDocumentIdentifier(uri))
            )
            editor.client.workspace_did_change_configuration(
                types.DidChangeConfigurationParams({"dtype": "x"})
            )
            while len(editor.logged) < 2:
                await asyncio.sleep(0.05)
            told = {each.message for each in editor.logged}
            assert any("ignor: no such setting" in each for each in told)
            assert "the editor's option dtype can't be 'x'" in told

    loop.run(scenario())


def test_a_rule_of_the_project_is_read_anew(loop, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("pyproject.toml").write_text('[tool.stabcheck]\nextend-rules = ["mine"]\n')
    page = (builtin_folder() / "cancellation").glob("*.md")
    card = next(each for each in page if 'code = "NS203"' in each.read_text())
    Path("mine").mkdir()
    own = Path("mine") / card.name
    text = card.read_text().replace('code = "NS203"', 'code = "NS251"')

    async def scenario():
        async with another() as editor:
            uri = editor.open("a.py", LOG1P)
            assert codes(await editor.told(uri, 1)) == ["NS203"]
            own.write_text(text)  # of a name that there is: the pack can't be used
            changed = types.FileEvent(own.absolute().as_uri(), types.FileChangeType.Created)
            editor.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([changed]))
            assert codes(await editor.told(uri, 1)) == ["NS203"]
            while not editor.logged:
                await asyncio.sleep(0.05)
            assert "is already defined by" in editor.logged[0].message
            own.unlink()
            mine = own.with_name("own-log.md")
            mine.write_text(text.replace(f'name = "{card.stem}"', 'name = "own-log"'))
            editor.client.workspace_did_change_configuration(
                types.DidChangeConfigurationParams({"ignore": ["NS203"]})
            )
            assert codes(await editor.told(uri, 1)) == ["NS251"]

    loop.run(scenario())


def test_the_end_of_the_input_ends_the_server():
    done = subprocess.run(
        [sys.executable, "-m", "stabcheck", "server"],
        input=b"",
        capture_output=True,
        timeout=WAIT,
        check=False,
    )
    assert done.stdout == b""


def test_without_pygls_there_is_one_line():
    code = "import sys; sys.modules['pygls'] = None; from stabcheck.cli import main; main(['server'])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=WAIT, check=False)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr == b"stabcheck: the server needs pygls: pip install stabcheck[server]\n"


def test_an_interrupt_ends_the_server():
    command = [sys.executable, "-m", "stabcheck", "server"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as server:
        body = b'{"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"capabilities": {}}}'
        server.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        server.stdin.flush()
        assert server.stdout.readline().startswith(b"Content-Length")
        server.send_signal(signal.SIGINT)
        assert server.wait(WAIT) == 130
        assert server.stderr.read() == b""
