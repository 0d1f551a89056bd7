import numpy as np
import pytest

from crossover.seeding import stream


def test_the_same_key_gives_the_same_stream():
    assert np.array_equal(stream(0, "weights", 1, 2).standard_normal(5), stream(0, "weights", 1, 2).standard_normal(5))


@pytest.mark.parametrize("other", [(1, "weights", 1, 2), (0, "data", 1, 2), (0, "weights", 2, 2), (0, "weights", 1, 3)])
def test_base_seed_purpose_and_key_each_give_another_stream(other):
    assert not np.array_equal(stream(0, "weights", 1, 2).standard_normal(5), stream(*other).standard_normal(5))
