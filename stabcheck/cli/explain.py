"""`stabcheck explain`: the page of a rule."""

from __future__ import annotations

from pathlib import Path

import click

from stabcheck.cli import candidates, options
from stabcheck.cli.output import complain_all, emit

_UNPARSABLE = """\
NS000 syntax-error (error, no automatic fix)

The file does not parse as Python of the version that runs stabcheck, so no rule could read it. It can't be
silenced or deselected: leave the file out by `exclude`, or mend it.
"""


@click.command("explain")
@click.argument("rules", nargs=-1, required=True, metavar="RULE…", shell_complete=candidates.rules)
@options.output
@options.configuration_source
@options.terminal
@options.clear_errors
def command(rules: tuple[str, ...], output_file: str | None, config: str | None, isolated: bool) -> int:
    """What a rule finds, why that is bad, and what to write instead. RULE is a code or a name."""
    from stabcheck.static.render.card import readable  # noqa: PLC0415
    from stabcheck.static.rules import catalogue  # noqa: PLC0415
    from stabcheck.static.select import suggestion  # noqa: PLC0415
    from stabcheck.static.suppress import TOOL_CODE  # noqa: PLC0415

    settings = options.configuration(config, isolated, {}).at(Path.cwd())
    known, problems = catalogue(settings.extend_rules)
    complain_all(problems)
    pages = []
    for rule in rules:
        if rule.upper() == TOOL_CODE:
            pages.append(_UNPARSABLE)
            continue
        card = known.find(rule)
        if card is None:
            hint = suggestion(rule, {name for card in known for name in (card.code, card.name)})
            raise click.UsageError(f"no rule has the code or name {rule!r}{hint}")
        fix = {"safe": "fix: --fix", "unsafe": "fix: --fix --unsafe-fixes"}.get(
            card.fix or "", "no automatic fix"
        )
        on = "" if card.default else ", off unless selected"
        pages.append(f"{card.code} {card.name} ({card.severity}, {fix}{on})\n\n{readable(card)}")
    emit("\n\n\n".join(pages), output_file)
    return 2 if problems else 0
