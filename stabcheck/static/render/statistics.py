"""How many findings of each rule, the most frequent first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from stabcheck.json_text import dumps
from stabcheck.static.finding import Finding
from stabcheck.static.render.outcome import Outcome
from stabcheck.terminal import Style

_MARKS = {None: "   ", "unsafe": "[-]", "safe": "[*]"}


@dataclass(frozen=True, slots=True)
class Count:
    """The findings of one rule, and how many of them `--fix` mends, alone and with `--unsafe-fixes`."""

    code: str
    name: str
    severity: str
    count: int
    safe: int
    unsafe: int


def counts(findings: Sequence[Finding]) -> list[Count]:
    """A count for each rule that found something."""
    ordered = sorted(findings, key=lambda finding: finding.code)
    made = [_count(list(group)) for _, group in groupby(ordered, key=lambda finding: finding.code)]
    return sorted(made, key=lambda each: (-each.count, each.code))


def render(outcome: Outcome) -> str:
    """A line a rule, and what the marks mean."""
    made, style = counts(outcome.result.findings), outcome.style
    if not made:
        return ""
    widths = (len(str(max(each.count for each in made))), max(len(each.code) for each in made))
    lines = [_line(each, widths, style) for each in made]
    safe, unsafe = sum(each.safe for each in made), sum(each.unsafe for each in made)
    legend = [
        f"{mark} {count} of {sum(each.count for each in made)} can be fixed with {options}"
        for mark, count, options in (("[*]", safe, "--fix"), ("[-]", unsafe, "--fix --unsafe-fixes"))
        if count
    ]
    return "\n".join(lines if outcome.quiet or not legend else [*lines, "", *legend])


def as_json(outcome: Outcome) -> str:
    """A list of objects: code, name, severity, count, fixable."""
    return dumps(
        [
            {
                "code": each.code,
                "name": each.name,
                "severity": each.severity,
                "count": each.count,
                "fixable": {"safe": each.safe, "unsafe": each.unsafe},
            }
            for each in counts(outcome.result.findings)
        ]
    )


def _count(findings: Sequence[Finding]) -> Count:
    first = findings[0]
    safeties = [finding.fix.safety for finding in findings if finding.fix is not None]
    safe, unsafe = safeties.count("safe"), safeties.count("unsafe")
    return Count(first.code, first.name, first.severity, len(findings), safe, unsafe)


def _line(count: Count, widths: tuple[int, int], style: Style) -> str:
    mark = _MARKS["safe" if count.safe else "unsafe" if count.unsafe else None]
    code = style.severity(f"{count.code:<{widths[1]}}", count.severity)
    return f"{count.count:>{widths[0]}}  {code}  {style.good(mark) if mark.strip() else mark}  {count.name}"
