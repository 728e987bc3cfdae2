"""Work on the workers of a Dask cluster that runs already: `dask://HOST:PORT` is its scheduler.

Results come back in order. Workers need the same stabcheck. Of files that are linted the content is sent;
what is run is read by the workers, from the same folder as here.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any, TypeVar

from stabcheck import __version__
from stabcheck.config import ConfigError

_SCHEME = "dask://"
_PATIENCE = 10  # seconds to wait for the scheduler
_AHEAD = 8  # chunks that are sent for each worker before the first of them is back
CHUNK = 16  # items of a chunk

Item = TypeVar("Item")
Sent = TypeVar("Sent")
Result = TypeVar("Result")


class Cluster:
    """A connection to a scheduler, through the interface of `concurrent.futures`."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._executor = client.get_executor(pure=False)

    def over(
        self,
        work: Callable[[Sent], Result],
        items: Sequence[Item],
        packed: Callable[[Item], Sent],
        chunk: int = CHUNK,
    ) -> Generator[Result]:
        """`work` over all items, in order; what is sent of an item is made when its turn comes.

        Items are sent by `chunk`s, and those that could not be begun yet are taken back when it is closed.

        Raises
        ------
        ConfigError
            if the cluster is lost meanwhile.
        """
        chunks = iter([items[first : first + chunk] for first in range(0, len(items), chunk)])
        most = _AHEAD * max(1, len(self._client.scheduler_info(n_workers=-1)["workers"]))
        futures: list[Any] = []
        try:
            while True:
                futures.extend(
                    self._executor.submit(_over, work, [packed(item) for item in together])
                    for together in islice(chunks, most - len(futures))
                )
                if not futures:
                    return
                yield from futures.pop(0).result()
        except ConfigError:
            raise
        except Exception as error:  # a lost connection, a killed worker: distributed has many names for it
            reason = f"{type(error).__name__}: {_one_line(error)}"
            raise ConfigError(f"--executor: the cluster could not do its work: {reason}") from error
        finally:
            for future in futures:
                future.cancel()

    def check_folders(self, folders: Sequence[str], what: str) -> None:
        """Refuse folders that the workers don't see: packs of rules, and files that are run, are not sent.

        Raises
        ------
        ConfigError
            naming the first folder and a worker that has none.
        """
        for worker, missing in sorted(self._client.run(_missing, tuple(folders)).items() if folders else ()):
            if missing:
                raise ConfigError(f"--executor: worker {worker} has no folder {missing[0]} ({what})")

    def close(self) -> None:
        """Leave the cluster, which goes on."""
        self._executor.shutdown(wait=False)
        self._client.close(timeout=5)


def _missing(folders: Sequence[str]) -> list[str]:
    return [folder for folder in folders if not os.path.isdir(folder)]


def _over(work: Callable[[Sent], Result], chunk: Sequence[Sent]) -> list[Result]:
    return [work(item) for item in chunk]


@contextmanager
def connected(address: str) -> Generator[Cluster]:
    """The cluster at an address, "dask://HOST:PORT".

    Raises
    ------
    ConfigError
        if the address is none, `distributed` is not installed, nobody answers there, or a worker has another
        stabcheck or Python.
    """
    place = address.removeprefix(_SCHEME)
    host, colon, port = place.rpartition(":")
    if place == address or not colon or not host or not port.isdigit():
        raise ConfigError(f"--executor {address}: must be dask://HOST:PORT")
    try:
        from distributed import Client  # noqa: PLC0415
    except ImportError as error:
        raise ConfigError("--executor needs distributed: pip install stabcheck[dask]") from error
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # errors are told here, in one line
    try:
        client = Client(f"tcp://{place}", timeout=_PATIENCE, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ConfigError(f"--executor {address}: no scheduler answers: {_one_line(error)}") from error
    try:
        _check_workers(client, address)
        cluster = Cluster(client)
        try:
            yield cluster
        finally:
            cluster.close()
    finally:
        client.close(timeout=5)


def _versions() -> tuple[str, str]:
    return __version__, f"{sys.version_info.major}.{sys.version_info.minor}"


def _check_workers(client: Any, address: str) -> None:
    own = _versions()
    try:
        found = client.run(_versions, on_error="return")
    except Exception as error:  # what a worker without stabcheck says is told by many kinds of exception
        raise ConfigError(f"--executor {address}: the workers can't be asked: {_one_line(error)}") from error
    if not found:
        raise ConfigError(f"--executor {address}: the cluster has no workers")
    for worker, there in sorted(found.items()):
        if isinstance(there, BaseException):
            raise ConfigError(
                f"--executor {address}: stabcheck can't be loaded by worker {worker}: {_one_line(there)}"
            )
        if tuple(there) != own:
            theirs, ours = (f"stabcheck {each[0]} on Python {each[1]}" for each in (there, own))
            raise ConfigError(f"--executor {address}: worker {worker} has {theirs}, here it is {ours}")


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
