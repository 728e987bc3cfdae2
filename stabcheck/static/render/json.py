"""Findings for programs: the JSON of `lint --format json`."""

from __future__ import annotations

from stabcheck.json_text import dumps
from stabcheck.static.render.outcome import Outcome


def render(outcome: Outcome) -> str:
    """`{"findings": […], "errors": […]}`, lines and columns from 1."""
    return dumps(outcome.result.to_dict())
