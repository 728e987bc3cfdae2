"""Findings for a terminal: where and what, the source marked, what to write instead.

model.py:4:12: NS101 exp(z) overflows before the division: at z = 89 float32 gives nan, exact is 0.5
    return np.exp(z) / np.sum(np.exp(z))
           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  write: scipy.special.softmax(z)  [--fix --unsafe-fixes]

Only the first line of a span is shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from stabcheck.static.finding import SEVERITIES, Finding
from stabcheck.static.render.outcome import Outcome
from stabcheck.static.suppress import TOOL_CODE
from stabcheck.terminal import Style, columns, cut, folded, printable

TAB = 4
WIDEST = 110  # columns of a source line that are shown
_READ = 4 * WIDEST  # characters on each side that are looked at for them: a line may hold a megabyte


def render(outcome: Outcome) -> str:
    """All findings and the line that sums up, a blank line between them."""
    result, style = outcome.result, outcome.style
    findings = [finding for finding in result.findings if finding.code != TOOL_CODE]  # told as an error
    shown = {finding.shown_path: finding for finding in findings}
    lines = {place: outcome.lines_of(finding) for place, finding in shown.items()}
    blocks = [render_one(finding, lines[finding.shown_path], style, outcome.width) for finding in findings]
    if outcome.quiet:
        return "\n\n".join(blocks)
    fixed = sum(len(each.fixed) for each in outcome.run.results)
    failed = len({problem.path for problem in result.errors})
    last = summary(findings, outcome.run.files, fixed, failed, style)
    return "\n\n".join([*blocks, folded(last, outcome.width, indent="  ")])


def render_one(finding: Finding, lines: Sequence[str], style: Style, width: int | None = None) -> str:
    """One finding in one to four lines; `lines` are those of its file.

    On a terminal of `width` columns the message is folded and the source cut, without one (None) it is on one
    line, for `grep`.
    """
    span = finding.span
    where = printable(f"{finding.shown_path}:{span.line}:{span.column}:")
    lead = columns(f"{where} {finding.code} ")
    message = folded(_one_line(finding.message), width, lead=lead, indent="    ")
    code = style.severity(finding.code, finding.severity)
    rows = [f"{style.bold(where)} {code} {message}", *_excerpt(finding, lines, style, width)]
    if finding.fix is not None:
        how = "--fix" if finding.fix.safety == "safe" else "--fix --unsafe-fixes"
        rows.append(_advice(finding.fix.replacement, f"[{how}]", style, width))
    elif finding.advice:
        rows.append(_advice(finding.advice, "", style, width))
    return "\n".join(rows)


def _advice(write: str, how: str, style: Style, width: int | None) -> str:
    shown = folded(_one_line(write), width, lead=len("  write: "), indent="    ")
    row = f"  {style.good('write:')} {shown}"
    if not how:
        return row
    last = columns(shown.split("\n")[-1]) + (0 if "\n" in shown else len("  write: "))
    between = "  " if width is None or last + 2 + len(how) <= width else "\n    "
    return f"{row}{between}{style.faint(how)}"


def summary(findings: Sequence[Finding], files: int, fixed: int, errors: int, style: Style) -> str:
    """The last line: how many of what, what was fixed and what can be, and what could not be read."""
    read = _count(files, "file")
    done = f"; {fixed} fixed" if fixed else ""
    failed = style.bad(f"; {_count(errors, 'file')} not checked") if errors else ""
    if not findings:
        return f"{style.good('no findings')} in {read}{done}{failed}"
    counts = Counter(finding.severity for finding in findings)
    kinds = ", ".join(
        _count(counts[kind], kind, plural=kind != "info") for kind in SEVERITIES if counts[kind]
    )
    safeties = Counter(str(finding.fix.safety) for finding in findings if finding.fix is not None)
    fixes = [
        f"{safeties[safety]} with {option}"
        for safety, option in (("safe", "--fix"), ("unsafe", "--fix --unsafe-fixes"))
        if safeties[safety]
    ]
    can = f"; can be fixed: {', '.join(fixes)}" if fixes else ""
    return style.bold(f"{_count(len(findings), 'finding')} in {read} ({kinds})") + done + can + failed


def _excerpt(finding: Finding, lines: Sequence[str], style: Style, width: int | None) -> list[str]:
    """The first line of the span and the marks under it; nothing if the text is not at hand."""
    span = finding.span
    if not 0 < span.line <= len(lines):
        return []
    line = lines[span.line - 1]
    end = span.end_column - 1 if span.end_line == span.line else len(line.rstrip())
    start = min(span.column - 1, len(line))
    parts = line[max(start - _READ, 0) : start], line[start:end][:_READ], line[end:].rstrip()[:_READ]
    before, marked, after = map(_shown, parts)
    before = before.lstrip()
    more = " …" if span.end_line > span.line else ""
    room = WIDEST if width is None else max(min(width - len("    ") - len(more), WIDEST), 20)
    before, marked, after = _cut(before, marked, after, room)
    marks = "^" * max(columns(marked), 1)
    indent = " " * columns(before)
    return [f"    {before}{marked}{after}", f"    {indent}{style.severity(marks, finding.severity)}{more}"]


def _cut(before: str, marked: str, after: str, room: int) -> tuple[str, str, str]:
    """The same three parts in at most `room` columns: first what goes before the marked one is shortened."""
    least = room // 4
    if columns(before) + columns(marked) > room and columns(before) > least:
        kept = before[::-1]
        before = "…" + cut(kept, max(least, room - columns(marked)) - 1)[::-1]
    if columns(before) + columns(marked) > room:
        return before, cut(marked, room - columns(before) - 1), "…"
    left = room - columns(before) - columns(marked)
    if columns(after) > left:
        after = cut(after, left - 1) + "…" if left else ""
    return before, marked, after


def _shown(text: str) -> str:
    return printable(text.replace("\t", " " * TAB))


def _one_line(text: str) -> str:
    return printable(" ".join(text.split()))


def _count(n: int, what: str, *, plural: bool = True) -> str:
    return f"{n} {what}" + ("s" if plural and n != 1 else "")
