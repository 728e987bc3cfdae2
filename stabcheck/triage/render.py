"""The ranked table: for a terminal, for GitHub, as a page, for a paper, and as JSON."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence

from tabulate import tabulate

from stabcheck.json_text import dumps
from stabcheck.terminal import Style, printable, width
from stabcheck.triage.entry import STATUSES, Entry, Triage
from stabcheck.triage.evidence import short_name

_HEADS = ["#", "status", "where", "what", "explanation"]


def text(triage: Triage, style: Style | None = None, *, quiet: bool = False) -> str:
    """A table that fits the terminal, and, unless `quiet`, a line that sums up."""
    style = style or Style()
    lines = [_table_text(triage.entries, width(), style)] if triage.entries else []
    return "\n\n".join(lines if quiet else [*lines, summary(triage, style)])


def github(triage: Triage) -> str:
    """Markdown as GitHub shows it, for a step summary or a comment."""
    rows = [[_markdown(cell) for cell in _row(entry)] for entry in triage.entries]
    table = tabulate(rows, _HEADS, tablefmt="github", disable_numparse=True) + "\n\n" if rows else ""
    return f"## stabcheck triage\n\n{table}{summary(triage, Style())}\n"


def html(triage: Triage) -> str:
    """One page without anything to load: see `stabcheck.triage.page`."""
    from stabcheck.triage.page import render  # noqa: PLC0415  (reads the sources again)

    return render(triage)


def latex(triage: Triage) -> str:
    r"""A `tabular` with paragraph columns for what is long; needs package booktabs."""
    rows = [[" ".join(printable_lines(cell)) for cell in _row(entry)] for entry in triage.entries]
    table = tabulate(rows, _HEADS, tablefmt="latex_booktabs", disable_numparse=True)
    return table.replace("{lllll}", r"{rlp{0.2\linewidth}p{0.17\linewidth}p{0.43\linewidth}}", 1)


def as_json(triage: Triage) -> str:
    """Findings, cases, errors, and the entries that join them."""
    return dumps(triage.to_dict())


def summary(triage: Triage, style: Style) -> str:
    """How many cases and findings, and of which kind."""
    verdicts, statuses = triage.verdicts, triage.statuses
    said = [
        paint(f"{verdicts[verdict]} {verdict}")
        for verdict, paint in (("fail", style.bad), ("inconclusive", style.caution), ("pass", style.good))
        if verdicts[verdict]
    ]
    cases = f"{_count(len(triage.cases), 'case')}: {', '.join(said)}" if triage.cases else "no gradient cases"
    kinds = ", ".join(f"{statuses[s]} {s}" for s in STATUSES if statuses[s])
    found = _count(statuses.total(), "finding") + (f": {kinds}" if kinds else "")
    errors = f" · {_count(len(triage.errors), 'error')}" if triage.errors else ""
    return f"{style.bold('triage')} {cases} · {found}{errors}"


def _table_text(entries: Sequence[Entry], columns: int, style: Style) -> str:
    """The table, no wider than `columns`, a blank line between its rows.

    The place stands on a line of its own above the explanation: paths are long, and a terminal opens them
    only if they are in one piece.
    """
    rows = [_row(entry) for entry in entries]
    number = max(len(str(len(rows))), 3)  # tabulate leaves two columns beside a heading
    status, what = _widest(rows, 1), min(_widest(rows, 3), 28)
    why = max(columns - number - status - what - 6, 30)
    folded = []
    for entry, (rank, state, place, cause, explanation) in zip(entries, rows, strict=True):
        reason = f"{_place(place, why, style)}\n{_fold(explanation, why)}\n "
        folded.append((rank, _painted(entry, state, style), _fold(cause, what), reason))
    heads = ["#", "status", "what", "where and why"]
    table = tabulate(folded, heads, tablefmt="simple", disable_numparse=True, preserve_whitespace=True)
    return "\n".join(line.rstrip() for line in table.split("\n")).rstrip()


def _widest(rows: Sequence[Sequence[str]], column: int) -> int:
    return max(len(line) for row in rows for line in row[column].split("\n"))


def _place(cell: str, limit: int, style: Style) -> str:
    """Path and line, and the case: in one line if there is room."""
    place, _, case = printable(cell.replace("\n", "\t")).partition("\t")
    between = "\n" if len(place) + len(case) + 4 > limit else "  "
    return style.bold(place) + (f"{between}({case})" if case else "")


def _row(entry: Entry) -> list[str]:
    """The cells of an entry; within one, lines are separated by newlines."""
    status = entry.status if entry.case is None else f"{entry.status}\n{entry.case.verdict}"
    explanation = entry.explanation + (f"\n→ {entry.action}" if entry.action else "")
    return [str(entry.rank), status, _where(entry), _what(entry), explanation]


def _where(entry: Entry) -> str:
    """The line to look at, and the case that shows it."""
    parts = [] if entry.place is None else [f"{entry.place[0]}:{entry.place[1]}"]
    if entry.case is not None:
        parts.append(f"case {short_name(entry.case)}")
    return "\n".join(parts)


def _what(entry: Entry) -> str:
    """The cause by its name, and the rule."""
    parts = [entry.cause.kind] if entry.cause is not None else []
    if entry.finding is not None:
        parts.append(f"{entry.finding.code} {entry.finding.name}")
    elif not parts and entry.case is not None:
        parts.append(entry.case.verdict)
    return "\n".join(parts)


def _painted(entry: Entry, cell: str, style: Style) -> str:
    verdict = entry.case.verdict if entry.case is not None else None
    paint = style.bad if verdict == "fail" else style.caution if entry.status == "confirmed" else style.faint
    return "\n".join(paint(line) for line in cell.split("\n"))


def _fold(cell: str, limit: int) -> str:
    """The lines of a cell, each folded at its spaces."""
    return "\n".join(part for line in printable_lines(cell) for part in _folded(line, limit))


def _folded(line: str, limit: int) -> list[str]:
    hanging = "  " if line.startswith("→") else ""
    return textwrap.wrap(line, limit, subsequent_indent=hanging, break_on_hyphens=False)


def printable_lines(cell: str) -> list[str]:
    """The lines of a cell without control characters."""
    return [printable(line) for line in cell.split("\n")]


def _markdown(cell: str) -> str:
    """A cell for a table of GitHub: one line, nothing in it that would be taken for markup."""
    return "<br>".join(re.sub(r"([\\|*_`<>])", r"\\\1", line) for line in printable_lines(cell))


def _count(n: int, what: str) -> str:
    return f"{n} {what}" + ("" if n == 1 else "s")
