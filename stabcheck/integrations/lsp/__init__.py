"""`stabcheck server`: the linter in the editor, over the Language Server Protocol.

`document -> text -> the linter, in a thread of its own -> diagnostics, hover, code actions`. pygls speaks the
protocol and keeps the documents in step; what is found, and what a fix does, is for `stabcheck.static`.

https://microsoft.github.io/language-server-protocol/specifications/lsp/3.17/specification/
"""
