"""`stabcheck rules`: the catalogue."""

from __future__ import annotations

from pathlib import Path

import click

from stabcheck.cli import options
from stabcheck.cli.output import complain_all, emit


@click.command("rules")
@options.form(["text", "json", "markdown"])
@options.output
@options.configuration_source
@options.terminal
@options.clear_errors
def command(form: str, output_file: str | None, config: str | None, isolated: bool) -> int:
    """The catalogue of rules; as markdown it is the page rules/README.md."""
    from stabcheck.static.render import catalogue as pages  # noqa: PLC0415
    from stabcheck.static.rules import catalogue  # noqa: PLC0415

    settings = options.configuration(config, isolated, {}).at(Path.cwd())
    known, problems = catalogue(settings.extend_rules)
    complain_all(problems)
    emit(
        {"text": pages.text, "json": pages.as_json, "markdown": pages.markdown}[form](known.cards),
        output_file,
    )
    return 2 if problems else 0
