"""Cases run by the workers of a cluster: each file in a process of its own, started by a worker."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from stabcheck.dynamic.apart.supervise import supervised
from stabcheck.dynamic.case_errors import CaseError
from stabcheck.dynamic.collect import Unit, units
from stabcheck.dynamic.running import CaseResults, Event, Options, gathered, until_interrupted

if TYPE_CHECKING:
    from stabcheck.cluster import Cluster


def run(
    targets: Sequence[str],
    *,
    cluster: Cluster,
    options: Options | None = None,
    empty_ok: bool = False,
    scripts: bool = False,
    started: Callable[[str], None] | None = None,
) -> CaseResults:
    """As `running.run`, on a cluster whose workers see the same files in the same folder.

    Cases of a file share what its import has made (its random numbers, too): a file is what is sent. To run
    the cases of one file side by side, name them.

    Raises
    ------
    ConfigError
        if a worker has no such folder, or the cluster is lost meanwhile.
    """
    folder = os.getcwd()
    wanted = list(units(targets, scripts=scripts))
    cluster.check_folders([folder], "where it was asked for")
    every = until_interrupted(_in_order(wanted, cluster, partial(_on_worker, options or Options(), folder)))
    return gathered(() if empty_ok else targets, wanted, every, started)


def _in_order(
    wanted: Sequence[Unit | CaseError], cluster: Cluster, work: Callable[[Unit], list[Event]]
) -> Iterator[Event]:
    done = cluster.over(work, [each for each in wanted if isinstance(each, Unit)], lambda unit: unit, chunk=1)
    for each in wanted:
        if isinstance(each, CaseError):
            yield each
        else:
            yield from next(done)


def _on_worker(options: Options, folder: str, unit: Unit) -> list[Event]:
    if not os.path.isfile(os.path.join(folder, unit.shown)):
        return [CaseError(unit.shown, f"no such file on {socket.gethostname()}, which was to run it")]
    return list(supervised([unit], options, folder=folder))
