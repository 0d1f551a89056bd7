"""What a run has of what is declared: inheritance, presets, names, roles."""

import pytest

from crossover import config, grid, items, resolve
from helpers import PRESETS, load_edited, run_of, shipped

ALL = {"experiments": "all", "figures": "all", "tables": "all", "claims": "all"}
DECLARED = shipped("experiments.yaml")
EXPERIMENT = {"title": "x", "n": 1, "presets": {"demo": {"n": 2, "grid": [1]}, "laptop": {}}}


def _resolved(declared_experiments: dict, preset: str = "demo", **changes) -> dict:
    """The sections of an experiments file that has these experiments alone."""
    declared = {"experiments": declared_experiments, "initial": {}, "grams": {}, "theory": {}, "pairs": {}}
    run = {"experiments": "all", "preset": preset, "overrides": {}} | changes
    return resolve.at_preset(run, declared)["experiments"]


@pytest.mark.parametrize("preset", PRESETS)
def test_every_figure_table_and_claim_of_the_article_is_cast_at_every_preset(preset):
    run = run_of(preset, **ALL)
    assert run["absent"] == {}
    for kind, known in (("figures", items.FIGURES), ("tables", items.TABLES)):
        assert set(known) <= set(run[kind])
        assert {name: set(run[kind][name]["roles"]) for name in known} == {name: set(item.roles) for name, item in known.items()}
    assert set(run["claims"]) == (
        {f"C{k}" for k in range(1, 21)} | {f"D{k}" for k in range(1, 24)} | {f"R{k}" for k in range(1, 25)}
    )
    assert set(run["wanted"]["figures"]) == set(items.FIGURES)


@pytest.mark.parametrize("preset", PRESETS)
def test_a_run_may_want_what_is_of_one_paper(preset):
    article, depth, regimes = (run_of(preset, **dict.fromkeys(ALL, paper)) for paper in items.PAPERS)
    assert article["wanted"]["figures"] == ["fig1", *(f"fig{k}" for k in range(3, 17)), "more"]
    assert article["wanted"]["tables"] == ["table1", "table2"]
    assert set(article["claims"]) == {f"C{k}" for k in range(1, 21)}
    assert set(depth["wanted"]["figures"]) | set(depth["wanted"]["tables"]) == {
        name for name in items.FIGURES | items.TABLES if name.startswith("depth_")
    }
    assert set(depth["claims"]) == {f"D{k}" for k in range(1, 24)}
    found = {"regime_map", "regime_width", "regime_duration", "regime_learning_rate", "lr_transfer", "ntk_gap"}
    assert set(regimes["wanted"]["figures"]) == found
    assert set(regimes["wanted"]["experiments"]) == found - {"regime_map"} | {"regime_plane"}
    assert set(regimes["claims"]) == {f"R{k}" for k in range(1, 25)}
    assert set(depth["wanted"]["experiments"]) == {name for name in depth["theory"] if name.startswith("depth_")}
    known = {name for section in resolve.NAMED for name in article[section]}
    assert set(article["wanted"]["experiments"]) == known - set(depth["theory"]) - {"regime_plane"}


@pytest.mark.parametrize(("download", "http"), [(False, True), (True, False), (True, True)])
def test_a_text_is_fetched_over_http_only_where_the_configuration_allows_it(download, http):
    data = {"folder": "nowhere", "local": [], "download": download, "http": http}
    run = run_of("article", **dict.fromkeys(ALL, "depth"), data=data)
    if download and http:
        assert run["tables"]["depth_table1"] == {"roles": {"words": "depth_table1"}, "absent": {}}
        return
    reason = run["absent"]["depth_table1"]
    assert reason.startswith("text8.zip of text8 is neither in data.folder")
    assert reason.endswith("set data.download: true and data.http: true")
    assert run["tables"]["depth_table1"] == {"roles": {}, "absent": {"words": reason}}
    assert run["claims"]["D16"] == {"roles": {}, "absent": {"theory": reason}}


def test_a_text_that_is_none_is_an_error(tmp_path):
    def edit(configuration, experiments):
        experiments["theory"]["depth_table1"]["presets"]["demo"]["text"] = "mnist"

    with pytest.raises(
        config.ConfigError, match=r"theory.depth_table1.text = 'mnist': no such text; there are kjv_subset, text8"
    ):
        load_edited(tmp_path, edit)


@pytest.mark.parametrize(
    ("item", "key", "changed"),
    [
        ("regime_width", "widths", {"widths": [64, 32]}),
        ("regime_learning_rate", "rate_ratios", {"rate_ratios": [0.1, 2, 0.5]}),
        ("lr_transfer", "log2_rates", {"log2_rates": [3, 3]}),
        ("regime_duration", "times.decades", {"times": {"decades": [2, -1], "per_decade": 4}}),
    ],
)
def test_lists_of_an_item_rise(tmp_path, item, key, changed):
    def edit(configuration, experiments):
        experiments["theory"][item]["presets"]["demo"].update(changed)

    with pytest.raises(config.ConfigError, match=rf"^theory.{item}.{key} = \[.*\]: wanted numbers that rise; put them in order$"):
        load_edited(tmp_path, edit)


def test_every_figure_and_table_has_a_caption_and_a_section():
    captions = config.read_yaml(config.Path(__file__).parents[1] / "workflow" / "report" / "captions.yaml")
    assert set(captions) == {*items.FIGURES, *items.TABLES}
    for item in (items.FIGURES | items.TABLES).values():
        assert item.section in items.SECTIONS


def test_shared_runs_are_declared_once():
    figures = DECLARED["figures"]
    assert {figures[name]["plane"] for name in ("fig3", "fig4", "fig5", "fig9", "fig10")} == {"fashion"}


@pytest.mark.parametrize("preset", PRESETS)
def test_the_members_of_experiments_that_are_compared_have_the_same_points(preset):
    run = run_of(preset, **ALL)
    for pair in run["pairs"].values():
        first, second = (grid.points(run["experiments"][pair[key]]) for key in ("first", "second"))
        assert first == second
    plane = grid.points(run["experiments"]["fashion"])
    for name in ("fashion_plain", "fashion_biased"):
        shared = [point for point in grid.points(run["experiments"][name]) if point in plane]
        assert len(shared) >= 5, name
        widths = {(point.h, len(plane[point])) for point in shared}
        own = {(point.h, len(seeds)) for point, seeds in grid.points(run["experiments"][name]).items()}
        assert own <= widths, f"{name}: seeds that are not resampled together"


def test_what_an_heir_says_wins_over_the_preset_of_what_it_is_like():
    heir = {"like": "base", "n": 3, "presets": {"demo": {"grid": [2]}}}
    assert _resolved({"base": EXPERIMENT, "heir": heir})["heir"] == {"title": "x", "n": 3, "grid": [2]}


def test_an_heir_without_presets_has_those_of_what_it_is_like():
    heirs = {"base": EXPERIMENT, "heir": {"like": "base", "title": "y"}}
    assert _resolved(heirs)["heir"] == {"title": "y", "n": 2, "grid": [1]}
    assert _resolved(heirs, "laptop")["heir"] == {"title": "y", "n": 1}


def test_an_experiment_without_the_preset_is_left_out_unless_it_is_listed():
    experiments = {"base": EXPERIMENT, "other": EXPERIMENT | {"presets": {"laptop": {}}}}
    assert list(_resolved(experiments)) == ["base"]
    with pytest.raises(config.ConfigError, match="preset = 'demo': experiment other has laptop; choose one"):
        _resolved(experiments, experiments=["other"])
    with pytest.raises(config.ConfigError, match="preset = 'huge': no experiment has it"):
        _resolved(experiments, "huge")


@pytest.mark.parametrize("like", ["nobody", "heir", "other"])
def test_what_an_heir_is_like_must_be_there_and_not_its_own_heir(like):
    heirs = {"base": EXPERIMENT, "heir": {"like": like}, "other": {"like": "heir"}}
    with pytest.raises(config.ConfigError, match=r"experiments\.(heir|other)\.like = '\w+': wanted another of experiments: base"):
        _resolved(heirs)


def test_alpha_in_the_place_of_sqrt_h_alpha_is_the_same_for_every_width():
    part = {"L": [3], "h": [4, 10], "alpha": [1, 0.5], "seeds": 2}
    points = grid.points({"grid": [part]})
    assert sorted(grid.alpha(point) for point in points) == pytest.approx([0.5, 0.5, 1, 1], rel=1e-15)
    assert [point.sqrt_h_alpha for point in points if point.h == 4] == [1.0, 2.0]


def _edit(section, name, value):
    return lambda configuration, experiments: experiments[section].update({name: value})


GRAM = {"experiment": "fashion", "points": 10}
BAD = {
    "a name twice": (
        _edit("grams", "fashion", GRAM | {"presets": {"demo": {}}}),
        ["grams.fashion", "experiments has the name too"],
    ),
    "a pair of nobody": (_edit("pairs", "two", {"first": "fashion", "second": "nobody"}), ["pairs.two.second = 'nobody'"]),
    "a Gram matrix of nobody": (
        lambda c, e: e["grams"].update(one=GRAM | {"experiment": "nobody", "presets": {"demo": {}}}),
        ["grams.one.experiment = 'nobody'"],
    ),
    "a role that nobody plays": (_edit("figures", "fig4", {"plane": "fashion"}), ["figures.fig4", "plane, variance"]),
    "a role played by nobody": (_edit("figures", "fig9", {"plane": "nobody"}), ["figures.fig9", "'nobody' for plane"]),
    "a figure that is not in the article": (_edit("figures", "fig2", {}), ["figures.fig2: no such item", "fig3"]),
    "a claim with one role of two": (_edit("claims", "C16", {"plain": "fashion"}), ["claims.C16", "difference, plain"]),
    "alpha beside sqrt_h_alpha": (
        lambda c, e: e["experiments"]["fashion"]["presets"]["demo"]["grid"][0].update(alpha=[1]),
        ["experiments.fashion.grid.0", "sqrt_h_alpha (or alpha)"],
    ),
    "more output points than test points": (
        lambda c, e: e["experiments"]["fashion"]["presets"]["demo"].update(output_points=2001),
        ["experiments.fashion.output_points = 2001", "at most n_test = 2000"],
    ),
}


@pytest.mark.parametrize("what", BAD)
def test_a_wrong_declaration_gives_one_line_with_the_key(what, tmp_path):
    edit, wanted = BAD[what]
    with pytest.raises(config.ConfigError) as caught:
        load_edited(tmp_path, edit)
    message = str(caught.value)
    assert "\n" not in message
    assert [text for text in wanted if text not in message] == [], message
