"""Lint and diagnose over the same paths, and what they say together."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from stabcheck.config import Configuration, Settings
from stabcheck.dynamic import running
from stabcheck.dynamic.case_errors import CaseError
from stabcheck.dynamic.loading import mentions_cases
from stabcheck.dynamic.running import CaseResults
from stabcheck.static import run as static_run
from stabcheck.static.discover import NOTEBOOK, Candidate, discover
from stabcheck.static.finding import Problem
from stabcheck.triage.correlate import correlate
from stabcheck.triage.entry import Triage

if TYPE_CHECKING:
    from stabcheck.cluster import Cluster


def triage(
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]] = ".",
    *,
    settings: Settings | None = None,
    budget: float | None = None,
    seed: int | None = None,
    full: bool = False,
) -> Triage:
    """Lint the files under `paths`, run the gradient cases in them, and rank what both say.

    Only files that declare gradient cases are imported and run; the others are read.

    Parameters
    ----------
    paths
        files and folders, as `stabcheck.lint` takes them.
    settings
        hold for all files; None: those of the nearest pyproject.toml of each.
    budget
        seconds a case may take.
    seed
        of the random directions.
    full
        measure every column of a gradient instead of directions.

    Returns
    -------
    Triage
        print it, or take its `entries`; what could not be read or run is in `errors`, and the rest is done.

    Raises
    ------
    ConfigError
        if the settings can't be used.
    """
    given = [paths] if isinstance(paths, str | os.PathLike) else list(paths)
    options = {"diagnose_budget": budget, "diagnose_seed": seed, "diagnose_full": full or None}
    result = examine([os.fspath(path) for path in given], Configuration(options, settings))
    if result.interrupted:
        raise KeyboardInterrupt
    return result


def examine(
    paths: Sequence[str],
    configuration: Configuration,
    *,
    jobs: int | None = None,
    cluster: Cluster | None = None,
    read: Callable[[int, int], None] | None = None,
    started: Callable[[str], None] | None = None,
    run: Callable[..., CaseResults] = running.run,
) -> Triage:
    """As `triage`, under a configuration; what Ctrl-C interrupts is returned as far as it is known.

    A path may name one case: `file.py::case`. `read` is called with the number of files read, and of all
    files, after each of them, and `started` with the name of each case before it runs. `cluster` checks the
    files, instead of this machine; `run` runs the cases, as `running.run` does.
    """
    files = [path.partition("::")[0] for path in paths]
    # The linter first: its worker processes are forked before a framework has started threads.
    done = static_run.run(files, configuration, jobs=jobs, progress=read, cluster=cluster)
    linted = done.result
    if done.interrupted:
        how_far = f"interrupted: {done.files} of {done.files + done.left} files read, no case run"
        return Triage(linted, (), linted.errors, correlate(linted.findings, ()), how_far)
    options = running.Options.of(configuration.at(Path.cwd()).diagnose)
    results = run(
        _targets(paths, configuration),
        options=replace(options, recorded=True),
        empty_ok=True,
        started=started,
    )
    entries = correlate(linted.findings, results.reports)
    errors, how_far = results.errors, ""
    if results.interrupted:  # the last of the errors says where
        errors, how_far = errors[:-1], errors[-1].message
    return Triage(linted, results.reports, _without_echoes(linted.errors, errors), entries, how_far)


def _targets(paths: Sequence[str], configuration: Configuration) -> list[str]:
    """What to run: the cases that are named, and of everything else the files whose text speaks of cases.

    Notebooks are linted only: their cells run in a kernel.
    """
    named = [path for path in paths if "::" in path]
    found = discover([path for path in paths if "::" not in path], configuration)
    return named + [item.path for item in found if isinstance(item, Candidate) and _mentions_cases(item.path)]


def _mentions_cases(path: str) -> bool:
    try:
        return os.path.isfile(path) and not path.endswith(NOTEBOOK) and mentions_cases(Path(path))
    except OSError:  # the linter has said so
        return False


def _without_echoes(
    linted: Sequence[Problem], diagnosed: Sequence[CaseError]
) -> tuple[Problem | CaseError, ...]:
    """The errors of both passes; of a file that can't even be read, what the first of them says is enough."""
    told = {problem.path for problem in linted}
    return (*linted, *(error for error in diagnosed if error.traceback or error.path not in told))
