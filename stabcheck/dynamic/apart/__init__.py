"""Cases run apart from the command that asks for them: in a process of their own, or on a cluster.

What a case does to its process (a crash in native code, `os._exit`, a loop that no signal reaches) is then
one line of the report, and the other cases still run.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stabcheck.cluster import Cluster
    from stabcheck.dynamic.running import CaseResults


def runner(cluster: Cluster | None, jobs: int) -> Callable[..., CaseResults]:
    """What runs cases as `running.run` does: a cluster, or without one as many processes of this machine."""
    if cluster is not None:
        from stabcheck.dynamic.apart import elsewhere  # noqa: PLC0415

        return partial(elsewhere.run, cluster=cluster)
    from stabcheck.dynamic.apart import supervise  # noqa: PLC0415

    return partial(supervise.run, jobs=jobs)
