"""`stabcheck server`: the linter for editors, over the Language Server Protocol."""

from __future__ import annotations

import os
import sys

import click


@click.command("server")
@click.option("--stdio", is_flag=True, help="speak over standard input and output (there is no other way)")
def command(stdio: bool) -> int:
    """Serve an editor over standard input and output, by the Language Server Protocol."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        from stabcheck.integrations.lsp.server import make_server  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise click.ClickException("the server needs pygls: pip install stabcheck[server]") from error
    protocol, sys.stdout = sys.stdout, sys.stderr  # what anything else prints would break the protocol
    make_server().start_io(stdout=protocol.buffer)
    return 0
