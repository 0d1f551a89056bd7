"""Random streams: one for each purpose of each member, the same on every device and in every batch."""

from hashlib import sha256

import numpy as np


def stream(base_seed: int, purpose: str, *key: int) -> np.random.Generator:
    """A generator that depends on the base seed, the purpose and the integers of ``key``, and on nothing else.

    For initial weights the key is (seed, d, h, L): members that differ in alpha alone share their initial weights.
    """
    named = int.from_bytes(sha256(purpose.encode()).digest()[:8], "big")
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([base_seed, named, *key])))
