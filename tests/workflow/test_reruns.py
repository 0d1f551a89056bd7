"""What runs again after a change, and what does not: dry runs on the finished tiny run."""

import os

import pytest
from project import more

DOWNSTREAM = {"cube": 1, "summary": 1, "figure": 3, "claims": 1, "report_card": 1, "explorer": 1, "plan_page": 1}
CODE = "\n\ndef added(x):\n    return x + 1\n"


def _append(text: str):
    return lambda before: before + text


def test_after_success_there_is_nothing_to_do(tiny):
    assert tiny.planned() == {}


@pytest.mark.parametrize("pattern", ["workflow/**/*", "config/*", "results/tiny/**/*.nc", "Snakefile"])
def test_touching_files_reruns_nothing(tiny, pattern):
    touched = [path for path in tiny.folder.glob(pattern) if path.is_file()]
    assert touched
    for path in touched:
        os.utime(path)
    assert tiny.planned() == {}


@pytest.mark.parametrize("name", ["losses/soft_hinge.py", "ntk.py", "statistics.py", "figures/style.py", "cubes.py"])
def test_docstrings_and_comments_rerun_nothing(tiny, name):
    with tiny.edited(f"workflow/crossover/{name}", lambda text: text.replace('"""', '"""Edited. ', 1) + "\n# a comment\n"):
        assert tiny.planned() == {}


def test_another_loss_code_reruns_training_and_what_follows(tiny):
    jobs = len(tiny.jobs)
    with tiny.edited("workflow/crossover/losses/soft_hinge.py", _append(CODE)):
        # Figure 1 shows this loss
        assert tiny.planned() == {"train": jobs, "kernels": jobs, "losses": 1} | DOWNSTREAM | {"figure": 4}


def test_another_kernel_code_reruns_kernels_and_what_follows_but_no_training(tiny):
    with tiny.edited("workflow/crossover/ntk.py", _append(CODE)):
        assert tiny.planned() == {"kernels": len(tiny.jobs)} | DOWNSTREAM


def test_another_statistics_code_reruns_no_training_and_no_kernels(tiny):
    with tiny.edited("workflow/crossover/statistics.py", _append(CODE)):
        assert tiny.planned() == {key: count for key, count in DOWNSTREAM.items() if key != "cube"}


def test_another_figure_code_redraws_that_figure_alone(tiny):
    with tiny.edited("workflow/crossover/figures/fig3.py", _append(CODE)):
        assert tiny.planned() == {"figure": 1}


def test_another_code_of_the_explorer_makes_it_alone_again(tiny):
    with tiny.edited("workflow/crossover/explorer/chart.py", _append(CODE)):
        assert tiny.planned() == {"explorer": 1}


@pytest.mark.parametrize(
    "name", ["activations/relu.py", "datasets/fetch.py", "cli/rules.py", "schema.py", "progress.py", "memory.py", "checkpoint.py"]
)
def test_code_that_decides_no_number_of_this_run_reruns_nothing(tiny, name):
    with tiny.edited(f"workflow/crossover/{name}", _append(CODE)):
        assert tiny.planned() == {}


def test_a_new_alpha_is_only_new_jobs(tiny):
    first, second = tiny.experiment["grid"]
    overlay = more(grid=[part | {"sqrt_h_alpha": [1.0, 10.0, 100.0]} for part in (first, second)])
    # one block of seeds at the small width, two at the large one
    assert tiny.planned(overlay=overlay) == {"train": 3, "kernels": 3} | DOWNSTREAM


def test_more_seeds_are_only_new_jobs(tiny):
    first, second = tiny.experiment["grid"]
    overlay = more(grid=[first | {"seeds": 4}, second])
    # two blocks at each of four points, six of which are there
    assert tiny.planned(overlay=overlay) == {"train": 2, "kernels": 2} | DOWNSTREAM


@pytest.mark.parametrize("device", ["auto", "cuda"])
def test_another_device_reruns_nothing(tiny, device):
    assert tiny.planned(overlay={"device": device}) == {}


def test_another_title_reruns_nothing(tiny):
    assert tiny.planned(overlay=more(title="Another title")) == {}


def test_more_kernel_points_rerun_kernels_and_no_training(tiny):
    assert tiny.planned(overlay=more(kernel_points=16)) == {"kernels": len(tiny.jobs)} | DOWNSTREAM


def test_kernels_can_be_forced_without_training(tiny):
    planned = tiny.planned("--forcerun", "kernels")
    assert planned == {"kernels": len(tiny.jobs)} | DOWNSTREAM


def test_one_figure_can_be_asked_for_by_name(tiny):
    assert tiny.planned("fig5") == {}
    planned = tiny.planned("fig5", "--forcerun", "figure")
    assert planned["figure"] == 1
    assert set(planned) <= {"figure", "fig5"}


def test_an_experiment_without_kernels_lists_no_kernels(tiny):
    planned = tiny.planned(overlay=more(kernel_points=0))
    assert planned == DOWNSTREAM
