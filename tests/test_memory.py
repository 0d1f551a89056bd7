import json
import subprocess
import sys
from pathlib import Path

import pytest

from crossover import memory
from helpers import PACKAGE

NETWORK = {"h": 300, "L": 3, "flow": "auto", "dtype": "float32"}

# The largest memory of a process that trains one member for a few steps, in GB, on data made in the process itself.
SCRIPT = """
import json, sys
import numpy as np
import torch
from crossover.stages import train
torch.set_num_threads(1)
spec = json.loads(sys.argv[1])
generator = np.random.default_rng(0)
x = generator.standard_normal((spec["n"] + 100, 784), dtype=np.float32)
y = (2 * (np.arange(len(x)) % 2) - 1).astype(np.int8)
n = spec["n"]
data = {"x_train": x[:n], "y_train": y[:n], "x_test": x[n:], "y_test": y[n:]}
train.run(spec, data, device="cpu", progress=lambda ended, state: None, at_once=1)
[peak] = [line for line in open("/proc/self/status") if line.startswith("VmHWM")]  # ru_maxrss knows the parent's as well
print(int(peak.split()[1]) / 1e6)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no /proc, where Linux tells the peak of a process")
@pytest.mark.parametrize("flow", [{"name": "auto", "tolerance": 6e-4}, {"name": "rkc", "tolerance": 2e-3, "order": 4}])
def test_what_is_planned_is_enough_and_not_far_too_much(flow):
    spec = {
        "network": {"architecture": "fc", "activation": {"name": "softplus", "beta": 5.0}, "bias": 0.0},
        "loss": {"name": "soft_hinge", "beta": 20.0},
        "limits": {"evaluations": 12, "seconds": 60.0},
        "curve": [],
        "flow": flow,
        "dtype": "float32",
        "sqrt_h_alpha": 1.0,
        "seeds": [0, 0],
        "base_seed": 0,
        "n": 2500,
        "h": 300,
        "L": 3,
    }
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, json.dumps(spec)],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(PACKAGE.parent), "PATH": ""},
    )
    planned = memory.BASE_GB + memory.shared_gb(n=2500, n_test=100, d=784, h=300, L=3, members=1)
    planned += memory.member_gb(n=2500, d=784, **NETWORK | {"flow": flow["name"]})
    assert planned / 2.5 < float(done.stdout) < planned


def test_members_are_trained_in_parts_that_fit():
    assert memory.members_at_once(10, each=1.0, shared=0.2, limit=5.0) == 4  # 0.8 + 0.2 + 4
    assert memory.members_at_once(3, each=1.0, shared=0.2, limit=100.0) == 3


def test_a_member_that_does_not_fit_is_one_line():
    with pytest.raises(ValueError, match=r"memory_gb = 2: one member needs 4\.8 GB; raise memory_gb, or take dtype float32"):
        memory.members_at_once(3, each=3.0, shared=1.0, limit=2.0)


def test_float64_needs_twice_and_rkc_no_kernels():
    of_one = {dtype: memory.member_gb(n=1000, d=784, **NETWORK | {"dtype": dtype}) for dtype in ("float32", "float64")}
    assert of_one["float64"] == 2 * of_one["float32"]
    without = memory.member_gb(n=1000, d=784, **NETWORK | {"flow": "rkc"})
    assert of_one["float32"] - without == pytest.approx(memory.KERNELS * 1000**2 * 4 / 1e9)  # rounding
