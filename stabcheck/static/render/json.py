"""Findings for programs: the JSON of `lint --format json`."""

from __future__ import annotations

from stabcheck.json_text import dumps
from stabcheck.static.finding import LintResult


def render(result: LintResult) -> str:
    """`{"findings": […], "errors": […]}`, lines and columns from 1."""
    return dumps(result.to_dict())
