"""Findings for programs: the JSON of `lint --format json`."""

from __future__ import annotations

from stabcheck.json_text import dumps
from stabcheck.static.render.outcome import Outcome


def render(outcome: Outcome) -> str:
    """`{"findings": […], "errors": […]}`, lines and columns from 1; "interrupted" if Ctrl-C ended the run."""
    run, shown = outcome.run, outcome.result.to_dict()
    if run.interrupted:
        shown["interrupted"] = f"{run.files} of {run.files + run.left} files read"
    return dumps(shown)
