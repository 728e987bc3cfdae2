"""What holds for all tests: no results of earlier runs, unless a test asks for them; a Dask cluster."""

import os

import pytest

os.environ["STABCHECK_NO_CACHE"] = "1"


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory):
    """A cluster of two worker processes, which work in another folder than the tests."""
    distributed = pytest.importorskip("distributed")
    here = os.getcwd()
    os.chdir(tmp_path_factory.mktemp("workers"))
    made = distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
    )
    os.chdir(here)
    try:
        yield made.scheduler_address.replace("tcp://", "dask://")
    finally:
        made.close()
