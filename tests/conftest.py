"""Fixtures of all tests."""

import os
from pathlib import Path

import pytest

# The tensors here are tiny: more threads cost more than they give, and much more on a machine that is shared.
os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(scope="session")
def official_data() -> Path:
    """The folder of the official data files."""
    folder = os.environ.get("CROSSOVER_DATA")
    if not folder:
        pytest.skip("CROSSOVER_DATA names no folder with fashion-mnist/ and mnist/")
    return Path(folder)
