import json

import numpy as np
import pytest
import xarray as xr
from project import Project

from crossover import cubes, grid, schema
from helpers import TINY_GRID, shipped

KEYS = {"id", "statement", "source", "estimate", "low", "high", "target", "margin", "verdict", "scale", "reason"}


def test_every_file_of_the_run_is_there_and_opens(tiny):
    for job in tiny.jobs:
        for folder in ("members", "kernels"):
            with cubes.read(tiny.results / folder / f"{job.name}.nc") as data:
                assert data.sizes["seed"] == 2
        assert (tiny.results / "weights" / f"{job.name}.safetensors").is_file()
        for folder in ("logs/train", "logs/kernels"):
            assert (tiny.results / folder / f"{job.name}.log").is_file()
        assert (tiny.results / "benchmarks" / "train" / f"{job.name}.tsv").is_file()
    for name in ("cubes/tiny", "summary/tiny", "summary/losses", "datasets/fashion_subset_n20_t60"):
        with xr.open_dataset(tiny.results / f"{name}.nc") as data:
            assert data.attrs["schema_version"] == schema.VERSION
    for figure in ("fig1", "fig3", "fig4", "fig5"):
        assert (tiny.results / "figures" / f"{figure}.png").read_bytes().startswith(b"\x89PNG")
        assert (tiny.results / "figures" / f"{figure}.pdf").read_bytes().startswith(b"%PDF")


def test_every_member_of_the_grid_has_converged(tiny):
    with xr.open_dataset(tiny.results / "cubes" / "tiny.nc") as cube:
        converged = (cube["status"] == schema.STATUS["converged"]).values
        absent = (cube["status"] == schema.STATUS["absent"]).values
        assert (converged | absent).all()
        assert converged.sum(-1).tolist() == [[[2, 2], [4, 4]]]
        assert np.isfinite(cube["kernel_change"].values[converged]).all()
        assert np.isnan(cube["evaluations"].values[absent]).all()
        assert dict(cube.sizes) | {"L": 1, "h": 2, "sqrt_h_alpha": 2, "seed": 4, "test": 60} == dict(cube.sizes)


def test_the_claims_are_judged_with_all_their_keys(tiny):
    claims = tiny.claims()
    assert [claim["id"] for claim in claims] == [f"C{k}" for k in range(1, 12)]
    for claim in claims:
        assert set(claim) >= KEYS
        assert claim["verdict"] in ("reproduced", "not reproduced", "not decided")
        assert claim["scale"]
        assert claim["reason"]


def test_the_run_ends_with_the_report_card_and_says_how_to_make_the_report(tiny):
    assert "Report card" in tiny.first_run
    assert "snakemake --report results/tiny/report.html" in tiny.first_run
    card = (tiny.results / "report_card.txt").read_text(encoding="utf-8")
    assert all(f"C{k} " in card for k in range(1, 12))


def test_one_member_can_be_asked_for_by_name_and_equals_its_cell_of_the_cube(tiny):
    point = grid.Point(2, 8, 1.0)
    target = f"results/tiny/points/tiny/{grid.point_name(point)}/seed0001.nc"
    assert tiny.planned(target) == {"point": 1}
    tiny.snakemake(target)
    with xr.open_dataset(tiny.folder / target) as member, xr.open_dataset(tiny.results / "cubes" / "tiny.nc") as cube:
        cell = cube.sel(L=[2], h=[8], sqrt_h_alpha=[1.0], seed=[1])
        assert member["seed"].values.tolist() == [1]
        assert member.attrs["rule"] == "point"
        assert set(json.loads(member.attrs["inputs"])) == {"dataset", "members"}
        for name in schema.TRAIN:
            np.testing.assert_array_equal(member[name].values, cell[name].values, err_msg=name)


def test_the_raw_cube_keeps_the_experiment_and_the_versions_that_made_it(tiny):
    with cubes.read(tiny.results / "cubes" / "tiny.nc") as cube:
        assert '"n": 20' in cube.attrs["configuration"]
        assert cube.attrs["device"] == "cpu"
        assert "MIT" in cube.attrs["licence"]
        assert cube.attrs["stand_in_for"] == ""


def test_a_stand_in_is_told_from_the_data_set_to_the_members_and_the_shape_of_images_is_kept(tmp_path):
    project = Project(tmp_path / "crossover", dataset="mnist", stand_in="digits", grid=[{**TINY_GRID[0], "h": [8]}])
    data, members = "results/tiny/datasets/digits_for_mnist_n20_t60.nc", f"results/tiny/members/{project.jobs[0].name}.nc"
    assert project.planned(members) == {"dataset": 1, "train": 1}, "nothing is fetched"
    project.snakemake(members)
    with cubes.read(project.folder / data) as made, cubes.read(project.folder / members) as trained:
        assert made.attrs["image_shape"].tolist() == [1, 8, 8]
        assert made.sizes["feature"] == 64
        assert made.attrs["stand_in_for"] == trained.attrs["stand_in_for"] == "mnist"
        assert "CC BY" in trained.attrs["licence"]


def test_official_files_in_a_local_folder_are_fetched_and_no_stand_in_is_used(tmp_path):
    local = tmp_path / "official" / "mnist"
    local.mkdir(parents=True)
    for name in shipped("sources.yaml")["mnist"]["files"]:
        (local / name).touch()
    project = Project(tmp_path / "crossover", dataset="mnist", stand_in="digits")
    overlay = {"data": {"folder": "data", "local": [str(tmp_path / "official")]}}
    target = "results/tiny/datasets/mnist_n20_t60.nc"
    assert project.planned(target, overlay=overlay) == {"fetch": 4, "dataset": 1}


def test_every_file_says_what_it_was_made_of_and_by_which_code(tiny):
    def attrs(name: str) -> dict:
        with cubes.read(tiny.results / f"{name}.nc") as data:
            return data.attrs | {key: json.loads(data.attrs.get(key, "{}")) for key in ("inputs", "code", "dtype")}

    job = tiny.jobs[0].name
    data = attrs("datasets/fashion_subset_n20_t60")
    members, kernels, cube, summary = (attrs(name) for name in (f"members/{job}", f"kernels/{job}", "cubes/tiny", "summary/tiny"))
    assert all(len(digest) == 64 for digest in data["inputs"].values())
    assert set(data["inputs"]) == set(json.loads(data["spec"])["files"])
    assert members["inputs"] == {"dataset": data["data_sha256"]}
    assert set(kernels["inputs"]) == {"dataset", "weights"}
    parts = [attrs(f"members/{each.name}")["data_sha256"] for each in tiny.jobs]
    assert cube["inputs"]["dataset"] == data["data_sha256"]
    assert cube["inputs"]["members"] == cubes.digest_of(parts)
    assert summary["inputs"] == cube["inputs"] | {"raw": cube["data_sha256"]}
    assert members["code"] == {"dataset": json.loads(data["spec"])["code"], "train": json.loads(members["spec"])["code"]}
    assert set(cube["code"]) == {"dataset", "train", "kernels", "cube"}
    assert summary["code"] == cube["code"] | {"summary": json.loads(summary["spec"])["code"]}
    assert cube["dtype"] == summary["dtype"] == {"train": "float64", "kernels": "float64"}
    assert [each["rule"] for each in (data, members, kernels, cube, summary)] == [
        "dataset",
        "train",
        "kernels",
        "cube",
        "summary",
    ]


@pytest.fixture(scope="module")
def blocks_of_four(tmp_path_factory) -> Project:
    """Training of the same seeds, four in a job, at one point."""
    grid_of_one = [{"L": [2], "h": [8], "sqrt_h_alpha": [100.0], "seeds": 4}]
    project = Project(tmp_path_factory.mktemp("blocks") / "crossover", seeds_per_job=4, grid=grid_of_one)
    project.snakemake(f"results/tiny/members/{project.jobs[0].name}.nc")
    return project


def test_a_block_of_four_seeds_equals_two_blocks_of_two(tiny, blocks_of_four):
    with cubes.read(blocks_of_four.results / "members" / f"{blocks_of_four.jobs[0].name}.nc") as four:
        for first in (0, 2):
            job = grid.Job("tiny", 2, 8, (100.0,), first, first + 1)
            with cubes.read(tiny.results / "members" / f"{job.name}.nc") as two:
                part = four.sel(seed=two["seed"])
                for name in ("F_test", "t_stop", "t_half", "weight_change", "test_error", "rescaled_loss"):
                    np.testing.assert_array_equal(part[name], two[name], err_msg=name)
                assert (part["status"] == two["status"]).all()


def test_alphas_that_share_a_job_give_the_same_cube(tiny, tmp_path):
    project = Project(tmp_path / "crossover", decades_per_job=3)
    project.snakemake("results/tiny/cubes/tiny.nc", "results/tiny/points/tiny/L2_h8_a1e2/seed0003.nc")
    assert len(project.jobs) < len(tiny.jobs)
    with (
        xr.open_dataset(project.results / "cubes" / "tiny.nc") as shared,
        xr.open_dataset(tiny.results / "cubes" / "tiny.nc") as cube,
    ):
        xr.testing.assert_equal(shared, cube)
    with xr.open_dataset(project.results / "points" / "tiny" / "L2_h8_a1e2" / "seed0003.nc") as member:
        assert member["sqrt_h_alpha"].values.tolist() == [100.0]
        np.testing.assert_array_equal(member["F_test"].values, cube["F_test"].sel(L=[2], h=[8], sqrt_h_alpha=[100.0], seed=[3]))


def test_members_at_their_limit_are_flagged_cells_and_the_run_succeeds(tmp_path):
    limits = {"evaluations": 30, "seconds": 600}
    project = Project(tmp_path / "crossover", limits=limits, grid=[{"L": [2], "h": [4], "sqrt_h_alpha": [1.0], "seeds": 2}])
    project.snakemake("results/tiny/claims.json", "results/tiny/figures/fig5.png")
    with xr.open_dataset(project.results / "cubes" / "tiny.nc") as cube:
        assert (cube["status"] == schema.STATUS["evaluation_limit"]).all()
        assert (cube["unfitted"] > 0).all()
    with xr.open_dataset(project.results / "summary" / "tiny.nc") as summary:
        assert (summary["seeds_converged"] == 0).all()
        assert np.isnan(summary["test_error_mean"]).all()
    log = (project.results / "logs" / "summary" / "tiny.log").read_text(encoding="utf-8")
    assert "tiny: 1 points, 1 left out (not all seeds converged)" in log
    assert {claim["verdict"] for claim in project.claims()} == {"not decided"}
    assert "1 points left out" in project.claims()[0]["scale"]
