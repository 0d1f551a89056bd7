"""Random streams: one for each purpose of each member, the same on every device and in every batch."""

import numpy as np

PURPOSES = {"weights": 0, "data": 1, "resampling": 2}


def stream(base_seed: int, purpose: str, *key: int) -> np.random.Generator:
    """A generator that depends on the base seed, the purpose and the integers of ``key``, and on nothing else.

    For initial weights the key is (seed, d, h, L): members that differ in alpha alone share their initial weights.
    """
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([base_seed, PURPOSES[purpose], *key])))
