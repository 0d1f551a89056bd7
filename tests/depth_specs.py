"""Small specs of the stages of the depth paper's figures."""

from importlib import import_module

SPECS = {
    "depth_fig1": {"widths": [1, 10, 100], "powers": [0.5, 1.0]},
    "depth_fig2": {"weight_layers": [5, 20, 200], "angles": 101},
    "depth_fig3": {"correlations": 101, "starts": [-0.9, 0.0, 0.5], "steps": 60},
    "depth_fig4": {"points": 5, "dimension": 10, "layers": 3000, "phi": "exponential"},
    "depth_fig6": {"points": [40, 100], "dimension": 10, "tested": 20, "weight_layers": [2, 10, 1000], "times": [1, 10]},
    "depth_fig7": {"points": [50, 100, 200], "dimension": 10, "draws": 3, "weight_layers": [2, 5, 20, 100]},
    "depth_fig8": {"points": [100, 200, 400, 800], "dimensions": [3, 10], "draws": 12, "weight_layers": [5]},
}


def stage(name: str):
    """The stage that makes the numbers of a figure."""
    return import_module(f"crossover.stages.{name}")
