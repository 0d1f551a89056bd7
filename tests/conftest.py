"""Fixtures of all tests."""

import os
import shutil
from pathlib import Path

import pytest

# The tensors here are tiny: more threads cost more than they give, and much more on a machine that is shared.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# MKL reads it at its first product, which may be that of a module of tests: before `crossover.flows` could set it.
os.environ.setdefault("MKL_CBWR", "AUTO")


@pytest.fixture(scope="session")
def official_data() -> Path:
    """The folder of the official data files."""
    folder = os.environ.get("CROSSOVER_DATA")
    if not folder:
        pytest.skip("CROSSOVER_DATA names no folder with fashion-mnist/ and mnist/")
    return Path(folder)


@pytest.fixture(scope="session")
def browser():
    """Chromium of the system, driven by playwright, whose own browsers are not needed."""
    from playwright.sync_api import sync_playwright

    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        pytest.skip("chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()
