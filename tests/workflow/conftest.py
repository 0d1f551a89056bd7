"""One tiny run from images to report card, which the tests of the workflow share."""

import pytest
from project import Project


@pytest.fixture(scope="session")
def tiny(tmp_path_factory) -> Project:
    """The project after a tiny run."""
    project = Project(tmp_path_factory.mktemp("workflow") / "crossover")
    project.first_run = project.snakemake()
    return project
