import math

import pytest

from crossover.bench.process import in_own_process, measured


def _peaks() -> list[float]:
    """GB of two calls, one after the other; of this module, which imports nothing large: a new interpreter reads it."""

    def held():
        return len(bytes(bytearray(b"1") * 200_000_000))

    return [measured(call, repeats=2).peak_gb for call in (held, lambda: None)]


def test_the_peak_of_a_call_is_its_own():
    large, nothing = in_own_process(_peaks)
    if math.isnan(large):
        pytest.skip("no /proc, where Linux tells the peak of a process")
    assert large == pytest.approx(0.4, abs=0.05)  # an array of bytes and its copy
    assert nothing < 0.05
