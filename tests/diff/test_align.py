"""Labels and blocks."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from crossover.diff.align import axis, blocks


def _labelled(values) -> xr.Dataset:
    return xr.Dataset(coords={"h": ("h", values)})


def test_a_dimension_is_aligned_by_its_labels_and_not_by_position():
    found = axis(_labelled([10, 20, 40]), _labelled([20, 30, 40, 80]), "h")
    assert found.labels.tolist() == [20, 40]
    assert (found.a.tolist(), found.b.tolist()) == ([1, 2], [0, 2])
    assert (found.only_a, found.only_b) == ([10], [30, 80])


def test_labels_that_differ_in_their_last_bit_are_the_same():
    value = 10**0.1
    found = axis(_labelled([value, 2.0]), _labelled([np.nextafter(value, 2), 2.001]), "h")
    assert found.labels.tolist() == [value]
    assert (found.only_a, found.only_b) == ([2.0], [2.001])


def test_a_dimension_without_labels_is_aligned_by_position_or_not_at_all():
    same, other = (xr.Dataset({"x": ("test", np.zeros(length))}) for length in (3, 4))
    assert axis(same, same, "test").size == 3
    assert axis(same, other, "test").lengths == (3, 4)


@given(
    shape=st.lists(st.integers(1, 7), min_size=1, max_size=4),
    chunks=st.lists(st.integers(1, 9), min_size=4, max_size=4),
    whole=st.integers(0, 3) | st.none(),
    limit=st.integers(1, 200),
)
def test_blocks_hold_every_element_once_and_no_more_than_the_limit(shape, chunks, whole, limit):
    whole = whole if whole is not None and whole < len(shape) else None
    seen = np.zeros(shape, int)
    for block in blocks(tuple(shape), tuple(chunks[: len(shape)]), whole=whole, limit=limit):
        seen[block] += 1
        assert seen[block].size <= max(limit, shape[whole] if whole is not None else 1)
        if whole is not None:
            assert seen[block].shape[whole] == shape[whole]
    assert (seen == 1).all()


@pytest.mark.parametrize(("limit", "wanted"), [(1000, 1), (40, 3), (10, 12)])
def test_blocks_follow_the_chunks(limit, wanted):
    # three rows of chunks of 1 x 10
    assert len(list(blocks((3, 4, 10), (1, 1, 10), whole=None, limit=limit))) == wanted
