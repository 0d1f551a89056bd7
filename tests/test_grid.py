import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossover import axes, grid
from crossover.grid import Point
from helpers import PRESETS, TINY_GRID, run_of, tiny_experiment

positive = st.floats(min_value=0, exclude_min=True, allow_infinity=False, allow_subnormal=True)
ARTICLE_A = [float(f"{m}e{e}") for e in range(-4, 7) for m in ("1", "3.2")] + [1e7]


@given(positive)
def test_the_name_of_a_positive_float_gives_back_exactly_the_float(value):
    assert float(grid.float_name(value)) == value


@given(st.integers(1, 99), st.integers(1, 10**6), positive)
def test_the_name_of_a_point_gives_back_exactly_the_point(L, h, a):
    assert grid.parse_point(grid.point_name(Point(L, h, a))) == Point(L, h, a)


@given(positive, positive)
def test_two_floats_share_a_name_only_when_they_are_equal(one, other):
    assert (grid.float_name(one) == grid.float_name(other)) == (one == other)


@pytest.mark.parametrize("preset", PRESETS)
def test_every_point_of_the_shipped_grids_has_a_name_of_its_own_that_gives_it_back(preset):
    for name, experiment in run_of(preset)["experiments"].items():
        points = list(grid.points(experiment))
        names = [grid.point_name(point) for point in points]
        assert [grid.parse_point(text) for text in names] == points, name
        assert len(set(names)) == len(names), name
        job_names = [job.name for job in grid.jobs(name, experiment)]
        assert len(set(job_names)) == len(job_names), name


@pytest.mark.parametrize(("value", "name"), [(0.32, "32e-2"), (1, "1e0"), (10000.0, "1e4"), (0.1 + 0.2, "30000000000000004e-17")])
def test_a_float_is_named_by_digits_and_exponent(value, name):
    assert grid.float_name(value) == name


@pytest.mark.parametrize("value", [0.0, -1.0, math.inf, math.nan])
def test_a_float_that_is_not_positive_and_finite_names_no_file(value):
    with pytest.raises(ValueError, match="only positive finite numbers"):
        grid.float_name(value)


@pytest.mark.parametrize("name", ["L3_h20", "L3_h20_a0.1", "L3_h20_a1e0_s1", "Lx_h20_a1e0"])
def test_text_that_names_no_point_is_refused(name):
    with pytest.raises(ValueError, match="wanted L<depth>_h<width>"):
        grid.parse_point(name)


def test_decades_give_the_23_values_of_the_article():
    assert axes.decades(-4, 7, 2) == ARTICLE_A
    assert len(ARTICLE_A) == 23


def test_the_article_preset_has_the_23_values_at_each_of_its_three_widths():
    points = grid.points(run_of("article")["experiments"]["fashion"])
    for h in (100, 300, 1000):
        assert set(ARTICLE_A) <= {point.sqrt_h_alpha for point in points if point.h == h}


@given(st.integers(-20, 20), st.integers(0, 8), st.integers(1, 30))
def test_decades_increase_and_hold_every_power_of_ten(first, length, per_decade):
    values = axes.decades(first, first + length, per_decade)
    assert all(one < other for one, other in pairwise(values))
    assert {float(f"1e{k}") for k in range(first, first + length + 1)} <= set(values)


def test_overlapping_parts_of_a_grid_unite_their_seeds():
    parts = [
        {"L": [3], "h": [10], "sqrt_h_alpha": [1, 2], "seeds": 2},
        {"L": [3], "h": [10], "sqrt_h_alpha": [2.0], "seeds": [2, 3]},
    ]
    assert grid.points({"grid": parts}) == {Point(3, 10, 1.0): [0, 1], Point(3, 10, 2.0): [0, 1, 2, 3]}


def test_blocks_are_fixed_by_the_seeds_of_a_job_alone():
    assert grid.blocks(list(range(8)), 4) == [(0, 3), (4, 7)]
    assert grid.blocks([8, 9, 10, 11], 4) == [(8, 11)]


@pytest.mark.parametrize("seeds", [[0, 1, 2], [1, 2, 3, 4], [0, 1, 2, 4]])
def test_seeds_that_fill_no_whole_blocks_are_refused_with_the_remedy(seeds):
    with pytest.raises(ValueError, match=r"do not fill whole blocks of seeds_per_job = 4; use a multiple of 4"):
        grid.blocks(seeds, 4)


@pytest.mark.parametrize("axis", ["seeds", "sqrt_h_alpha", "h", "L"])
def test_a_longer_axis_only_adds_jobs(axis):
    part = tiny_experiment()["grid"][0]
    longer = {"seeds": 6, "sqrt_h_alpha": [0.01, 0.1, 1, 100], "h": [4, 6, 8], "L": [1, 2]}[axis]
    before = set(grid.jobs("fashion", tiny_experiment()))
    after = set(grid.jobs("fashion", tiny_experiment(grid=[part | {axis: longer}, *TINY_GRID])))
    assert before < after


@pytest.mark.parametrize(
    "per_job, blocks",
    [
        (None, [(0.001,), (0.032,), (0.99,), (1.0,), (9.9,), (10.0,), (1e5,)]),
        (1, [(0.001,), (0.032,), (0.99,), (1.0, 9.9), (10.0,), (1e5,)]),
        (3, [(0.001, 0.032, 0.99), (1.0, 9.9, 10.0), (1e5,)]),
        (60, [(0.001, 0.032, 0.99), (1.0, 9.9, 10.0, 1e5)]),
        ("all", [(0.001, 0.032, 0.99, 1.0, 9.9, 10.0, 1e5)]),
    ],
)
def test_values_share_a_job_by_decades_counted_from_1(per_job, blocks):
    assert grid.decades([0.001, 0.032, 0.99, 1.0, 9.9, 10.0, 1e5], per_job) == blocks


def test_jobs_of_decades_have_every_member_once_and_a_value_in_another_decade_only_adds_jobs():
    part = tiny_experiment()["grid"][0] | {"sqrt_h_alpha": [0.1, 0.5, 1.0, 100.0], "h": [8]}
    few = tiny_experiment(decades_per_job=2, grid=[part])
    jobs = grid.jobs("fashion", few)
    assert [job.name for job in jobs] == [f"fashion/L2_h8_a{block}/s0000-0001" for block in ("1e-1_5e-1", "1e0", "1e2")]
    members = [(job.L, job.h, a, seed) for job in jobs for a in job.sqrt_h_alpha for seed in range(job.first, job.last + 1)]
    assert len(members) == sum(job.members for job in jobs)
    assert sorted(members) == [(*point, seed) for point, seeds in grid.points(few).items() for seed in seeds]
    more = tiny_experiment(decades_per_job=2, grid=[part | {"sqrt_h_alpha": [0.1, 0.5, 1.0, 100.0, 1e4]}])
    assert set(jobs) < set(grid.jobs("fashion", more))


def test_a_job_is_named_by_experiment_point_and_block():
    assert grid.Job("fashion", 3, 20, (0.1,), 4, 7).name == "fashion/L3_h20_a1e-1/s0004-0007"


def test_alpha_times_the_root_of_the_width_is_the_grid_value():
    # two roundings of a double
    assert math.isclose(grid.alpha(Point(3, 20, 3.2)) * math.sqrt(20), 3.2, rel_tol=4e-16)
