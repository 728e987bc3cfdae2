"""The linting of files: they are discovered, what is remembered of them is taken, the rest is checked.

Checking one (`stabcheck.static.check`) is done here, by processes, or by a cluster; the outcome is the same.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING

from stabcheck.config import Configuration, Settings
from stabcheck.garbage import collecting_seldom
from stabcheck.static.adoption.view import View
from stabcheck.static.cache import Cache
from stabcheck.static.cache.results import remember, remembered_results
from stabcheck.static.check import check_file
from stabcheck.static.discover import NOTEBOOK, Candidate, discover
from stabcheck.static.finding import LintResult, Problem
from stabcheck.static.result import FileResult, Mode, Run

if TYPE_CHECKING:
    from stabcheck.cluster import Cluster

ENOUGH_FOR_PROCESSES = 24  # files; below, starting workers costs more than it saves


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
    remembered = {} if cache is None else remembered_results(candidates, cache, mode)
    left = [candidate for candidate in candidates if candidate.path not in remembered]
    packs = {problem for settings in all_settings for problem in _pack_problems(settings, cache)}
    found = perf_counter()
    jobs = jobs or len(
        os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1)
    )
    keeps = cache is not None and mode == "report"
    checked: Generator[FileResult]
    if cluster is not None:
        packs_seen = sorted({pack for settings in all_settings for pack in settings.extend_rules})
        cluster.check_folders(packs_seen, "extend-rules")
        from stabcheck.static.elsewhere import check_elsewhere  # noqa: PLC0415

        checked = check_elsewhere(cluster, left, mode)
    elif jobs > 1 and len(left) >= ENOUGH_FOR_PROCESSES:
        from stabcheck.static.processes import spread  # noqa: PLC0415

        _warm_up(left)
        checked = spread(partial(check_file, mode=mode, remembered=keeps), left, jobs, _killed)
    else:
        checked = (check_file(candidate, mode, remembered=keeps) for candidate in left)
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
                    if cache is not None and keeps:
                        remember(item, result, cache)
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


def _pack_problems(settings: Settings, cache: Cache | None) -> tuple[Problem, ...]:
    known = None if cache is None else cache.at(settings).packs
    if known is not None:
        return known
    from stabcheck.static.rules import rules  # noqa: PLC0415

    return rules(settings).problems


def _killed(candidate: Candidate) -> FileResult:
    return FileResult(errors=(Problem(candidate.path, "the process that read it was killed"),))
