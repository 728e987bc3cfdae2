"""`stabcheck completion`: the script with which a shell completes commands, options, rules and cases."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from stabcheck.cli import options
from stabcheck.cli.output import emit

VARIABLE = "_STABCHECK_COMPLETE"  # by which click asks the program for completions


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@options.output
@options.terminal
def command(shell: str, output_file: str | None) -> int:
    """Print the completion script of a shell.

    \b
    bash  eval "$(stabcheck completion bash)"       in ~/.bashrc
    zsh   eval "$(stabcheck completion zsh)"        in ~/.zshrc, after compinit
    fish  stabcheck completion fish > ~/.config/fish/completions/stabcheck.fish
    """  # noqa: D301  (click keeps the lines of a paragraph behind a backspace)
    program = click.get_current_context().find_root().command
    complete = get_completion_class(shell)
    assert complete is not None
    try:
        emit(complete(program, {}, "stabcheck", VARIABLE).source(), output_file)
    except RuntimeError as error:  # a bash that is too old, or none
        raise click.ClickException(str(error)) from error
    return 0
