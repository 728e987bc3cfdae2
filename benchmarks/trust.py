"""Files that nobody wrote for a linter: `stabcheck lint` survives them, and `--fix` leaves them whole.

python benchmarks/trust.py FOLDER... [--exclude NAME] [--jobs N] [--limit SECONDS] [--log FILE]

Every Python file below the folders (one of those with the same content; none below a folder whose name is
excluded) is checked with all rules, and all its fixes, the unsafe ones too, are made in memory; nothing is
written. What is wrong with a file is appended to the log as soon as it is known.
Counted are crashes, deaths of a process, files that take longer than the limit, positions that
are not in the file or where no expression begins, disagreement with Python over what parses, and of the fixed
files those that no longer parse, that changed a line which no fix is about, that have other line ends, or
that change once more when they are fixed again.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import os
import time
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from pathlib import Path

from tabulate import tabulate

from stabcheck.config import Settings
from stabcheck.static.check import check_bytes
from stabcheck.static.discover import Candidate
from stabcheck.static.finding import Finding
from stabcheck.static.processes import spread
from stabcheck.static.result import FileResult
from stabcheck.static.source import LINE_END, Source, decode

SETTINGS = Settings(select=("ALL",), unsafe_fixes=True)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one file gave: counts, and in a line each what should not have been."""

    path: str
    lines: int = 0
    seconds: float = 0.0
    findings: int = 0
    fixed: int = 0
    unreadable: bool = False
    unparsable: bool = False
    wrong: tuple[str, ...] = field(default=())


def examine(path: str) -> Outcome:
    """What a file gives."""
    try:
        data = Path(path).read_bytes()
    except OSError:
        return Outcome(path, unreadable=True)
    return judged(data, path)


def judged(data: bytes, path: str) -> Outcome:
    """Check the content of a file, fix it in memory, and compare what came out with what Python says."""
    source = decode(data, path)
    if not isinstance(source, Source):
        return Outcome(path, unreadable=True)
    parses = _parses(source.text)
    candidate = Candidate(path, SETTINGS)
    began = time.process_time()
    found = check_bytes(data, candidate)
    seconds = time.process_time() - began
    wrong = list(_crashes(found))
    if parses == any(finding.code == "NS000" for finding in found.findings) and not wrong:
        wrong.append("disagrees with Python over whether it parses")
    if parses:
        wrong += _misplaced(source.text, found.findings)
    fixed = 0
    if any(finding.fix for finding in found.findings):
        made = check_bytes(data, candidate, "fix")
        fixed = len(made.fixed)
        wrong += _crashes(made)
        if made.text is not None:
            wrong += _broken(source, made, candidate)
    lines = source.text.count("\n") + 1
    return Outcome(path, lines, seconds, len(found.findings), fixed, False, not parses, tuple(wrong))


def _parses(text: str) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False
    return True


def _crashes(result: FileResult) -> Iterator[str]:
    return (problem.message for problem in result.errors if "fault of stabcheck" in problem.message)


def _misplaced(text: str, findings: Sequence[Finding]) -> list[str]:
    """Findings that are not in the text, or begin where nothing does."""
    if not findings:
        return []
    lines = text.split("\n")
    starts = {
        (node.lineno, len(lines[node.lineno - 1].encode()[: node.col_offset].decode()) + 1)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.expr | ast.stmt | ast.arg | ast.keyword)
    }
    wrong = []
    for finding in findings:
        span = finding.span
        inside = span.end_line <= len(lines) and span.end_column <= len(lines[span.end_line - 1]) + 1
        if not inside or (span.line, span.column) >= (span.end_line, span.end_column):
            wrong.append(f"{finding.code}: span {span} is not in the file")
        elif (span.line, span.column) not in starts and not _bracketed(lines, span.line, span.column):
            wrong.append(f"{finding.code}: nothing begins at {span.line}:{span.column}")
    return wrong


def _bracketed(lines: Sequence[str], line: int, column: int) -> bool:
    """A span may begin at the parenthesis, the decorator or the comment that it includes."""
    return lines[line - 1][column - 1 : column] in ("(", "@", "#", "[", "{")


def _broken(source: Source, made: FileResult, candidate: Candidate) -> Iterator[str]:
    raw = made.text or ""
    if not _parses(raw):
        yield "does not parse any more"
        return
    touched = {
        line
        for finding in made.fixed
        for edit in (finding.fix.edits if finding.fix else ())
        for line in range(edit.span.line, edit.span.end_line + 1)
    }
    before, after = source.raw.splitlines(keepends=True), raw.splitlines(keepends=True)
    for kind, first, last, _, _ in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind in ("replace", "delete") and not touched & set(range(first + 1, last + 1)):
            yield f"lines {first + 1} to {last} were changed by no fix"
    if _ends(raw) - _ends(source.raw):
        yield "has other line ends"
    again = check_bytes(source.encode(raw), candidate, "fix")
    if again.text is not None:
        yield "changes once more when it is fixed again"


def _ends(text: str) -> set[str]:
    return set(LINE_END.findall(text))


def died(path: str) -> Outcome:
    """A file that took the process with it."""
    return Outcome(path, wrong=("a fault of stabcheck: the process died",))


def _files(folders: Sequence[str], excluded: Sequence[str]) -> Iterator[str]:
    """Paths of Python files, one of each content; of a Python without what is installed there."""
    left_out = {"site-packages", *excluded}
    known: set[bytes] = set()
    for folder in folders:
        for root, inner, names in os.walk(folder):
            inner[:] = sorted(set(inner) - left_out)
            for name in sorted(names):
                path = os.path.join(root, name)
                if name.endswith(".py") and (content := _digest(path)) not in known:
                    known.add(content)
                    yield path


def _digest(path: str) -> bytes:
    try:
        return hashlib.sha256(Path(path).read_bytes()).digest()
    except OSError:
        return path.encode()


def _told(outcome: Outcome, limit: float) -> Iterator[str]:
    """A line for each thing that should not have been."""
    yield from (f"{outcome.path}: {message}" for message in outcome.wrong)
    if outcome.seconds > limit:
        yield f"{outcome.path}: {outcome.seconds:.0f} s for {outcome.lines} lines"


def report(outcomes: Sequence[Outcome], limit: float) -> str:
    """The counts as a table, and a line for each thing that should not have been."""
    wrong = Counter(message.partition(":")[0] for each in outcomes for message in each.wrong)
    slow = [each for each in outcomes if each.seconds > limit]
    rows = [
        ("files", len(outcomes)),
        ("lines", sum(each.lines for each in outcomes)),
        ("not text, or not readable", sum(each.unreadable for each in outcomes)),
        ("not this Python (reported, the rest goes on)", sum(each.unparsable for each in outcomes)),
        ("findings, all rules on", sum(each.findings for each in outcomes)),
        ("fixes made, the unsafe ones too", sum(each.fixed for each in outcomes)),
        ("crashes", sum("fault of stabcheck" in message for each in outcomes for message in each.wrong)),
        (f"files over {limit:g} s of CPU time", len(slow)),
        ("anything else that should not have been", sum(wrong.values())),
    ]
    table = tabulate([(name, f"{count:,}") for name, count in rows], ["", "count"], tablefmt="github")
    return "\n".join([table, "", *(line for each in outcomes for line in _told(each, limit))])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--exclude", action="append", default=[], metavar="NAME", help="of a folder")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--limit", type=float, default=20.0)
    parser.add_argument("--log", type=Path)
    parser.add_argument("--output", type=Path)
    given = parser.parse_args()
    paths = list(_files(given.folders, given.exclude))
    outcomes: list[Outcome] = []
    with ExitStack() as stack:
        log = stack.enter_context(given.log.open("w", buffering=1)) if given.log else None
        for outcome in spread(examine, paths, given.jobs, died):
            outcomes.append(outcome)
            if log:
                log.writelines(f"{line}\n" for line in _told(outcome, given.limit))
                if len(outcomes) % 100 == 0:
                    log.write(f"{len(outcomes)} of {len(paths)} files\n")
    text = report(outcomes, given.limit)
    print(text)
    if given.output:
        given.output.write_text(text + "\n")


if __name__ == "__main__":
    main()
