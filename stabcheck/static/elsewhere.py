"""Files checked by a cluster: they are read and written here, and only what they hold is sent."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Generator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from stabcheck.static.cache.state import FileState, state_of
from stabcheck.static.check import check_bytes, finished
from stabcheck.static.discover import Candidate
from stabcheck.static.finding import Problem
from stabcheck.static.result import FileResult, Mode
from stabcheck.static.source import read

if TYPE_CHECKING:
    from stabcheck.cluster import Cluster


def check_elsewhere(cluster: Cluster, candidates: Sequence[Candidate], mode: Mode) -> Generator[FileResult]:
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
            yield finished(result, data, candidate, state)


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
