"""Seconds and peak memory of a call in a process of its own, whose memory no other call has touched."""

import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple


class Measured(NamedTuple):
    """What a call gave, the median of its seconds over repeats, and GB at its peak above what it began with.

    The peak is Linux's, NaN elsewhere.
    """

    value: Any
    seconds: float
    peak_gb: float


def in_own_process(function: Callable, *arguments) -> Any:
    """What a function of a module gives in a new interpreter."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


def measured(call: Callable[[], Any], *, repeats: int) -> Measured:
    """Call and measure; to be used in a process of its own."""
    before, seconds = _forget_peak(), []
    for _ in range(repeats):
        value = None  # of the call before: two at once would count
        started = time.perf_counter()
        value = call()
        seconds.append(time.perf_counter() - started)
    return Measured(value, median(seconds), _status_gb("VmHWM") - before)


def _forget_peak() -> float:
    """Let Linux's record of the largest memory of this process begin anew (proc(5), clear_refs); GB now, NaN where it cannot."""
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="utf-8")
    except OSError:
        return float("nan")
    return _status_gb("VmRSS")


def _status_gb(name: str) -> float:
    try:
        lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return float("nan")
    [line] = [line for line in lines if line.startswith(f"{name}:")]
    return int(line.split()[1]) / 1e6
