"""Findings for programs: the JSON of `lint --format json`."""

from __future__ import annotations

import json

from stabcheck.static.finding import LintResult


def render(result: LintResult) -> str:
    """`{"findings": […], "errors": […]}`, lines and columns from 1; strictly JSON: no NaN, no Infinity."""
    return json.dumps(result.to_dict(), indent=2, ensure_ascii=False, allow_nan=False)
