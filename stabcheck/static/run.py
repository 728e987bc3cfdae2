"""The linting of files: discover, read, prefilter, check, suppress, then report or fix."""

from __future__ import annotations

import ast
import os
import warnings
from collections import deque
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Literal

from stabcheck.config import Configuration, Settings
from stabcheck.garbage import collecting_seldom
from stabcheck.static.adoption.view import Look, View, divided, meets
from stabcheck.static.cache import Cache, FileState, Known, state_of, with_digest
from stabcheck.static.discover import Candidate, discover
from stabcheck.static.finding import Finding, LintResult, Problem
from stabcheck.static.source import Source, decode, read
from stabcheck.static.span import Span
from stabcheck.static.suppress import TOOL_CODE
from stabcheck.timelimit import TimeLimitError, cpu_limit

if TYPE_CHECKING:
    from stabcheck.static.cluster import Cluster

Mode = Literal["report", "diff", "fix", "ignore"]

MOST_SECONDS = 60  # of processor time for a file; 10⁴ findings in 10⁵ lines take about as long
ENOUGH_FOR_PROCESSES = 24  # files; below, starting workers costs more than it saves
NOTEBOOK = ".ipynb"


@dataclass(frozen=True, slots=True)
class FileResult:
    """What one file gave: what is (still) found in it, what went wrong, what was fixed (or silenced).

    `path` is set if the file was read and checked; `known` is what the baseline says of it and is found.
    `state` is the file as it was read.
    """

    findings: tuple[Finding, ...] = ()
    errors: tuple[Problem, ...] = ()
    fixed: tuple[Finding, ...] = ()
    diff: str = ""
    text: str | None = None  # after fixing, as long as it is not written
    path: str = ""
    known: tuple[Finding, ...] = ()
    state: FileState | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Run:
    """What a run gave, file by file in order.

    `files` is how many were read; if the run was interrupted, `left` is how many were not. `settings` are
    those that hold for any of them, `seconds` says what took how long, and `remembered` of how many files the
    result of an earlier run was taken.
    """

    results: tuple[FileResult, ...]
    files: int
    left: int = 0
    interrupted: bool = False
    settings: tuple[Settings, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict, compare=False)
    remembered: int = field(default=0, compare=False)

    @property
    def result(self) -> LintResult:
        """Findings by file and position, and what could not be read or parsed."""
        return LintResult(
            tuple(finding for result in self.results for finding in result.findings),
            tuple(problem for result in self.results for problem in result.errors),
        )


def lint(
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]] = ".",
    *,
    settings: Settings | None = None,
) -> LintResult:
    """Find numerically unstable code in files and folders, without running or changing it.

    Parameters
    ----------
    paths
        files (read whatever they are called) and folders (their Python files, but for what is excluded).
    settings
        hold for all files; None: those of the nearest pyproject.toml of each.

    Returns
    -------
    LintResult
        findings by file and position; what can't be read or parsed is in `errors`, and the rest is done.

    Raises
    ------
    ConfigError
        if the settings can't be used.
    """
    given = [paths] if isinstance(paths, str | os.PathLike) else list(paths)
    done = run([os.fspath(path) for path in given], Configuration(fixed=settings))
    if done.interrupted:
        raise KeyboardInterrupt
    return done.result


def run(
    paths: Sequence[str],
    configuration: Configuration,
    *,
    mode: Mode = "report",
    jobs: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    views: Callable[[Candidate], View] | None = None,
    cache: Cache | None = None,
    cluster: Cluster | None = None,
) -> Run:
    """Lint the files under `paths`, and in the modes "fix" and "ignore" rewrite them.

    A KeyboardInterrupt (Ctrl-C) ends the reading, and what is known by then is returned.

    Parameters
    ----------
    jobs
        the number of processes, None for one a core. The outcome does not depend on it.
    progress
        called with the number of files read, and of all files, after each of them.
    views
        which findings of a file are looked at; None: all.
    cache
        results of earlier runs, and where those of this one go; None: neither.
    cluster
        that checks the files, instead of processes of this machine.

    Raises
    ------
    ConfigError, CardError
        if the settings, or the built-in rules, can't be used.
    """
    began = perf_counter()
    items = list(discover(paths, configuration))
    if any(isinstance(item, Candidate) and item.path.endswith(NOTEBOOK) for item in items):
        from stabcheck.static.notebook import readable  # noqa: PLC0415

        items = readable(items)
    if views is not None:
        items = [replace(item, view=views(item)) if isinstance(item, Candidate) else item for item in items]
    candidates = [item for item in items if isinstance(item, Candidate)]
    all_settings = tuple(dict.fromkeys(candidate.settings for candidate in candidates))
    remembered = {} if cache is None else _remembered(candidates, cache, mode)
    left = [candidate for candidate in candidates if candidate.path not in remembered]
    packs = {problem for settings in all_settings for problem in _pack_problems(settings, cache)}
    found = perf_counter()
    jobs = jobs or len(
        os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1)
    )
    checked: Generator[FileResult]
    if cluster is not None:
        cluster.check_folders(sorted({pack for settings in all_settings for pack in settings.extend_rules}))
        checked = _elsewhere(cluster, left, mode)
    elif jobs > 1 and len(left) >= ENOUGH_FOR_PROCESSES:
        from stabcheck.static.processes import spread  # noqa: PLC0415

        _warm_up(left)
        checked = spread(partial(check_file, mode=mode), left, jobs, _killed)
    else:
        checked = (check_file(candidate, mode) for candidate in left)
    results = [FileResult(errors=tuple(sorted(packs, key=lambda problem: (problem.path, problem.message))))]
    read, interrupted = 0, False
    with collecting_seldom(), closing(checked):
        try:
            for item in items:
                if isinstance(item, Problem):
                    results.append(FileResult(errors=(item,)))
                    continue
                result = remembered.get(item.path)
                if result is None:
                    result = next(checked)
                    if cache is not None and mode == "report":
                        _remember(item, result, cache)
                results.append(result)
                read += 1
                if progress is not None:
                    progress(read, len(candidates))
        except KeyboardInterrupt:
            interrupted = True
    if cache is not None:
        for settings in all_settings:
            cache.at(settings).save(_pack_problems(settings, cache))
    seconds = {"looking for files": found - began, "reading": perf_counter() - found}
    return Run(
        tuple(results), read, len(candidates) - read, interrupted, all_settings, seconds, len(remembered)
    )


def _warm_up(candidates: Iterable[Candidate]) -> None:
    """Load what workers need before they are started: where these are forked, it is loaded once."""
    from stabcheck.static.engine import check  # noqa: PLC0415
    from stabcheck.static.rules import rules  # noqa: PLC0415

    for settings in {candidate.settings for candidate in candidates}:
        check("", "", rules(settings).cards)


def _elsewhere(cluster: Cluster, candidates: Sequence[Candidate], mode: Mode) -> Generator[FileResult]:
    """As `check_file` over all candidates; files are read and written here, and checked by a cluster."""
    sent: deque[tuple[Candidate, bytes | Problem, FileState | None]] = deque()

    def packed(candidate: Candidate) -> tuple[bytes | Problem, Candidate]:
        state = state_of(candidate.path)
        data = read(candidate.path)
        sent.append((candidate, data, state))
        return data, _anywhere(candidate)

    for result in cluster.over(partial(_check_sent, mode=mode), candidates, packed):
        candidate, data, state = sent.popleft()
        if isinstance(data, Problem):
            yield FileResult(errors=(data,)) if os.path.lexists(candidate.path) else FileResult()
        else:
            yield _finished(result, data, candidate, state)


def _check_sent(sent: tuple[bytes | Problem, Candidate], mode: Mode) -> FileResult:
    data, candidate = sent
    return FileResult() if isinstance(data, Problem) else check_bytes(data, candidate, mode)


def _anywhere(candidate: Candidate) -> Candidate:
    """The candidate with `per-file-ignores` that hold in any folder: another machine works in another one."""
    from stabcheck.static.rules import rules  # noqa: PLC0415
    from stabcheck.static.select import off_for  # noqa: PLC0415

    settings = candidate.settings
    off = off_for(candidate.path, rules(settings).known, settings)
    ignores = (("*", tuple(sorted(off))),) if off else ()
    everywhere = replace(settings, root=Path("/"), per_file_ignores=ignores, inherited=(), origins=())
    return replace(candidate, settings=everywhere)


def _remembered(candidates: Sequence[Candidate], cache: Cache, mode: Mode) -> dict[str, FileResult]:
    """What earlier runs found in the files that have not changed since, by path."""
    found: dict[str, FileResult] = {}
    for candidate in candidates:
        if candidate.named and candidate.path.endswith(NOTEBOOK):
            continue  # one of another language is passed over in folders, and said to be where it is named
        known = cache.at(candidate.settings).known(candidate.path)
        result = None if known is None else _as_result(known, candidate, mode)
        if result is not None:
            found[candidate.path] = result
    return found


def _as_result(known: Known, candidate: Candidate, mode: Mode) -> FileResult | None:
    """What checking the file would give; None where its text is needed for that."""
    findings, errors = known
    if mode != "report" and (findings or errors):
        return None
    if errors:
        return FileResult(findings, tuple(Problem(candidate.path, message) for message in errors))
    new, old = divided(findings, candidate.view.known)
    if candidate.view.lines is not None and findings:
        return None
    return FileResult(tuple(new), path=candidate.path, known=old)


def _remember(candidate: Candidate, result: FileResult, cache: Cache) -> None:
    """Keep a result for later runs; not where something went wrong that may go well the next time."""
    if result.state is None or (candidate.view.lines is not None and result.path):
        return
    if result.errors and [finding.code for finding in result.findings] != [TOOL_CODE]:
        return
    found = result.findings
    if result.known:
        found = tuple(sorted((*found, *result.known), key=_place))
    messages = [problem.message for problem in result.errors]
    cache.at(candidate.settings).keep(candidate.path, result.state, found, messages)


def _place(finding: Finding) -> tuple[int, int, int, str]:
    cell = 0 if finding.cell is None else finding.cell.number
    return cell, finding.span.line, finding.span.column, finding.code


def check_file(candidate: Candidate, mode: Mode = "report") -> FileResult:
    """Read and check one file, and write what was fixed or silenced."""
    state = state_of(candidate.path)
    data = read(candidate.path)
    if isinstance(data, Problem):
        # A file that was there when its folder was read and is gone now is no longer part of the tree.
        return FileResult(errors=(data,)) if os.path.lexists(candidate.path) else FileResult()
    return _finished(check_bytes(data, candidate, mode), data, candidate, state)


def _finished(result: FileResult, data: bytes, candidate: Candidate, state: FileState | None) -> FileResult:
    """The result, once what was fixed or silenced is written."""
    problem = _write(data, candidate.path, result.text) if result.text is not None else None
    if problem is None:
        return replace(result, text=None, state=None if state is None else with_digest(state, data))
    unfixed = check_bytes(data, candidate)
    return replace(unfixed, errors=(*unfixed.errors, problem))


def check_bytes(data: bytes, candidate: Candidate, mode: Mode = "report") -> FileResult:
    """Check a file's content, touching no file; in the modes that change it, `text` is then what to write.

    The outcome depends on nothing but the arguments and the rules.

    Raises
    ------
    ConfigError, CardError
        if the settings, or the built-in rules, can't be used.
    """
    from stabcheck.static.rules import rules  # noqa: PLC0415  (loads the engine)

    rules(candidate.settings)
    try:
        with cpu_limit(MOST_SECONDS):
            if candidate.path.endswith(NOTEBOOK):
                return _check_cells(data, candidate, mode)
            source = decode(data, candidate.path)
            if isinstance(source, Problem):
                return FileResult(errors=(source,))
            return _check_source(source, data, candidate, mode)
    except TimeLimitError:
        message = f"not checked to the end: it takes more than {MOST_SECONDS} s; exclude it"
        return FileResult(errors=(Problem(candidate.path, message),))
    except SyntaxError as error:
        return unparsable(candidate.path, error)
    except (RecursionError, MemoryError):
        return FileResult(errors=(Problem(candidate.path, "too deeply nested to be read"),))
    except Exception as error:  # one file that a rule stumbles over must not take the others with it
        reason = " ".join(str(error).split()) or "no message"
        message = f"could not be checked, by a fault of stabcheck's own: {type(error).__name__}: {reason}"
        return FileResult(errors=(Problem(candidate.path, message),))


def _check_source(source: Source, data: bytes, candidate: Candidate, mode: Mode) -> FileResult:
    from stabcheck.static.rules import rules  # noqa: PLC0415

    if not rules(candidate.settings).scan(data):
        _parse(source.text)
        return FileResult(path=candidate.path)
    look = Look(lambda text: _findings(text, candidate), candidate.view, source.text)
    if mode == "report":
        result = FileResult(tuple(look(source.text)))
    elif mode == "ignore":
        result = _silence(source, look)
    else:
        result = _fix(source, look, candidate, mode)
    return replace(result, path=candidate.path, known=look.known)


def _check_cells(data: bytes, candidate: Candidate, mode: Mode) -> FileResult:
    """A notebook. Its changed lines are lines of JSON: it is then reported, and not changed."""
    from stabcheck.static.notebook import check_notebook  # noqa: PLC0415  (few read notebooks)

    view = candidate.view
    look = Look(lambda text: _found_in_cells(text, candidate), replace(view, lines=None))
    as_it_is = mode == "ignore" or view.lines is not None
    result = check_notebook(data, candidate, "report" if as_it_is else mode, look)
    if view.lines is not None:
        kept = [each for each in result.findings if meets(view.lines, each.line_in_file, each.line_in_file)]
        result = replace(result, findings=tuple(kept))
    return result if result.errors else replace(result, path=candidate.path, known=look.known)


def _parse(text: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ast.parse(text)


def _findings(text: str, candidate: Candidate) -> list[Finding]:
    """What the enabled rules say of a text, by position, without what comments and settings silence."""
    from stabcheck.static.reported import reported  # noqa: PLC0415
    from stabcheck.static.rules import rules  # noqa: PLC0415
    from stabcheck.static.select import off_for  # noqa: PLC0415

    enabled = rules(candidate.settings)
    off = off_for(candidate.path, enabled.known, candidate.settings)
    cards = tuple(card for card in enabled.cards if card.code not in off) if off else enabled.cards
    return reported(text, candidate.path, cards, enabled.known)


def _found_in_cells(text: str, candidate: Candidate) -> list[Finding]:
    """As `_findings`, of the module that cells make: in their JSON, words are not told apart."""
    from stabcheck.static.rules import rules  # noqa: PLC0415

    scan = rules(candidate.settings).scan
    return _findings(text, candidate) if scan(text.encode(errors="replace")) else []


def _silence(source: Source, look: Look) -> FileResult:
    """A comment at each finding that silences it."""
    from stabcheck.static.adoption.ignores import with_ignores  # noqa: PLC0415

    done = with_ignores(source, look(source.text), look.view.reason)
    return FileResult(done.left, (), done.silenced, text=done.raw if done.silenced else None)


def _fix(source: Source, look: Look, candidate: Candidate, mode: Mode) -> FileResult:
    from stabcheck.static.apply import fix, unified_diff  # noqa: PLC0415  (only who fixes pays for it)

    fixed = fix(source, look, unsafe=candidate.settings.unsafe_fixes)
    if mode == "diff":
        return FileResult(fixed.found, (), fixed.applied, unified_diff(source, fixed.raw))
    return FileResult(fixed.remaining, (), fixed.applied, text=fixed.raw if fixed.applied else None)


def _write(data: bytes, path: str, text: str) -> Problem | None:
    if path.endswith(NOTEBOOK):
        from stabcheck.static.notebook import write_notebook  # noqa: PLC0415

        return write_notebook(data, path, text)
    from stabcheck.static.apply import write  # noqa: PLC0415

    source = decode(data, path)
    return source if isinstance(source, Problem) else write(source, text)


def unparsable(path: str, error: SyntaxError) -> FileResult:
    """NS000: a file that does not parse, both as a finding with its place and as an error of the run."""
    line, column = max(error.lineno or 1, 1), max(error.offset or 1, 1)
    end = (error.end_lineno or line, error.end_offset or column + 1)
    if end <= (line, column):
        end = (line, column + 1)
    message = f"does not parse: {error.msg}"
    finding = Finding(TOOL_CODE, "syntax-error", message, "error", path, Span(line, column, *end))
    return FileResult((finding,), (Problem(path, f"line {line}: {message}"),))


def _pack_problems(settings: Settings, cache: Cache | None) -> tuple[Problem, ...]:
    known = None if cache is None else cache.at(settings).packs
    if known is not None:
        return known
    from stabcheck.static.rules import rules  # noqa: PLC0415

    return rules(settings).problems


def _killed(candidate: Candidate) -> FileResult:
    return FileResult(errors=(Problem(candidate.path, "the process that read it was killed"),))
