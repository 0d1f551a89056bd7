"""The tests on a real SLURM; `make test-slurm` starts one and says how Snakemake reaches it."""

import os

import pytest


def pytest_collection_modifyitems(items):
    reason = "needs a SLURM with a (pretended) GPU: run `make test-slurm`"
    for item in items:
        if "tests/slurm/" in item.path.as_posix():
            item.add_marker(pytest.mark.slurm)
            if "CROSSOVER_SLURM" not in os.environ:
                item.add_marker(pytest.mark.skip(reason=reason))
