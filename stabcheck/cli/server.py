"""`stabcheck server`: the linter for editors, over the Language Server Protocol."""

from __future__ import annotations

import os
import signal
import sys

import click

from stabcheck.cli.output import INTERRUPTED


@click.command("server")
@click.option("--stdio", is_flag=True, help="speak over standard input and output (there is no other way)")
def command(stdio: bool) -> int:
    """Serve an editor over standard input and output, by the Language Server Protocol."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        from stabcheck.integrations.lsp.server import make_server  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise click.ClickException("the server needs pygls: pip install stabcheck[server]") from error
    # The thread that waits for input can't be interrupted: nothing is lost if the process ends at once.
    signal.signal(signal.SIGINT, lambda *_: os._exit(INTERRUPTED))
    protocol, sys.stdout = sys.stdout, sys.stderr  # what anything else prints would break the protocol
    make_server().start_io(stdout=protocol.buffer)
    return 0
