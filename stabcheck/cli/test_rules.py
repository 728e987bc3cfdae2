"""`stabcheck test-rules`: what the cards of a project's own rules promise, checked."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from stabcheck.cli import options
from stabcheck.cli.manner import manner
from stabcheck.cli.output import emit
from stabcheck.terminal import printable

if TYPE_CHECKING:
    from stabcheck.static.pack import CardResult


@click.command("test-rules")
@click.argument("folders", nargs=-1, metavar="[DIR…]")
@options.form(["text", "json"])
@options.output
@options.configuration_source
@options.terminal
@options.clear_errors
def command(
    folders: tuple[str, ...], form: str, output_file: str | None, config: str | None, isolated: bool
) -> int:
    """Test the cards in DIR: their examples, their fixes, and that these lose fewer digits.

    Without DIR those of the setting extend-rules. Nothing that a card holds is run.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    settings = options.configuration(config, isolated, {}).at(Path.cwd())
    given = folders or tuple(os.path.relpath(folder) for folder in settings.extend_rules)
    if not given:
        raise click.UsageError("no folder of cards is given, and extend-rules names none")
    from stabcheck.static.pack import results as results_of  # noqa: PLC0415

    results = list(results_of(Path(folder) for folder in given))
    if not results:
        raise click.UsageError(f"no cards (pages *.md) in {', '.join(given)}")
    emit(_as_json(results) if form == "json" else _text(results), output_file)
    return int(any(result.failures for result in results))


def _text(results: Sequence[CardResult]) -> str:
    lines: list[str] = []
    for result in results:
        called = f"{result.code} {result.name}".strip()
        if result.failures:
            lines.append(f"FAIL  {called}")
            lines += [f"      {line}" for line in result.failures]
        elif not manner().quiet:
            lines.append(f"ok    {called} ({result.examples} examples)")
    failed = sum(bool(result.failures) for result in results)
    if failed or not manner().quiet:
        lines.append(f"{len(results)} card{'' if len(results) == 1 else 's'}, {failed} failed")
    return "\n".join(printable(line) for line in lines)


def _as_json(results: Sequence[CardResult]) -> str:
    from stabcheck.json_text import dumps  # noqa: PLC0415

    cards = [
        {
            "path": result.path,
            "code": result.code or None,
            "name": result.name,
            "ok": not result.failures,
            "examples": result.examples,
            "failures": list(result.failures),
        }
        for result in results
    ]
    return dumps({"cards": cards})
