"""Figure 3 of the depth paper: the function of Definition 5, taken to be kappa1, its derivative kappa0, and iterates."""

import numpy as np

from crossover.theory.relu import depth_profile, kappa0, kappa1


def run(spec: dict) -> dict[str, np.ndarray]:
    """Both functions at ``correlations`` places of [-1, 1]; ``steps`` iterates of kappa1 from each of ``starts``."""
    correlation = np.linspace(-1, 1, spec["correlations"])
    starts = np.array(spec["starts"], dtype=float)
    iterate = np.cos(depth_profile(np.arccos(starts), spec["steps"] + 1)[0]).T  # (start, step)
    return {
        "correlation": correlation,
        "kappa0": kappa0(correlation),
        "kappa1": kappa1(correlation),
        "start": starts,
        "step": np.arange(spec["steps"] + 1),
        "iterate": iterate,
    }
