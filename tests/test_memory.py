import json
import subprocess
import sys
from math import prod
from pathlib import Path

import pytest

from crossover import activations, memory, networks
from crossover.flows import inner
from helpers import PACKAGE

FC = {"architecture": "fc", "activation": {"name": "softplus", "beta": 5.0}, "bias": 0.0}
CNN = {"architecture": "cnn", "activation": {"name": "softplus", "beta": 5.0}}
FLOW = {"flow": "auto", "dtype": "float32", "output_points": 0}
VECTORS = memory.Size.of(FC, d=784, h=300, L=3, image_shape=None)

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


AUTO, RKC = {"name": "auto", "tolerance": 6e-4}, {"name": "rkc", "tolerance": 2e-3, "order": 4}
ON_VECTORS, ON_IMAGES = {"n": 2500, "h": 300, "L": 3}, {"n": 700, "h": 16, "L": 4, "image_shape": [1, 28, 28]}


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no /proc, where Linux tells the peak of a process")
@pytest.mark.parametrize(("network", "sizes", "flow"), [(FC, ON_VECTORS, AUTO), (FC, ON_VECTORS, RKC), (CNN, ON_IMAGES, AUTO)])
def test_what_is_planned_is_enough_and_not_far_too_much(network, sizes, flow):
    spec = {
        "network": network,
        "loss": {"name": "soft_hinge", "beta": 20.0},
        "limits": {"evaluations": 12, "seconds": 60.0},
        "curve": [1e-9, 1e-8],
        "output_points": 100,
        "regime_points": 50,
        "flow": flow,
        "dtype": "float32",
        "sqrt_h_alpha": [1.0],
        "stop_loss": None,
        "subtract_initial": True,
        "seeds": [0, 0],
        "base_seed": 0,
    } | sizes
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, json.dumps(spec)],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(PACKAGE.parent), "PATH": ""},
    )
    size = memory.Size.of(network, d=784, h=spec["h"], L=spec["L"], image_shape=spec.get("image_shape"))
    planned = memory.BASE_GB + memory.shared_gb(size, n=spec["n"], n_test=100, members=1)
    planned += memory.member_gb(size, n=spec["n"], flow=flow["name"], dtype="float32", output_points=100)
    assert planned / 2.5 < float(done.stdout) < planned


def test_members_are_trained_in_parts_that_fit():
    assert memory.members_at_once(10, each=1.0, shared=0.2, limit=5.0) == 4  # 0.8 + 0.2 + 4
    assert memory.members_at_once(3, each=1.0, shared=0.2, limit=100.0) == 3


def test_a_member_that_does_not_fit_is_one_line():
    with pytest.raises(ValueError, match=r"memory_gb = 2: one member needs 4\.8 GB; raise memory_gb, or take dtype float32"):
        memory.members_at_once(3, each=3.0, shared=1.0, limit=2.0)


def test_the_path_of_a_tangent_step_is_planned_at_its_longest():
    assert memory.PATH == inner.MOST_STEPS


def test_float64_needs_twice_and_rkc_no_kernels():
    of_one = {dtype: memory.member_gb(VECTORS, n=1000, **FLOW | {"dtype": dtype}) for dtype in ("float32", "float64")}
    assert of_one["float64"] == 2 * of_one["float32"]
    without = memory.member_gb(VECTORS, n=1000, **FLOW | {"flow": "rkc"})
    assert of_one["float32"] - without == pytest.approx((memory.KERNELS * 1000**2 + 8 * memory.PATH * 1000) * 4 / 1e9)  # rounding
    with_points = memory.member_gb(VECTORS, n=1000, **FLOW | {"output_points": 10})
    layers = memory.LAYER * 10 * VECTORS.activations
    assert with_points - of_one["float32"] == pytest.approx((memory.FOLLOWED * 10 * 1000 + layers) * 4 / 1e9)


def test_sizes_are_those_of_the_networks():
    for described, shape in ((FC, None), (CNN, (1, 28, 28)), ({**CNN, "architecture": "wide_resnet"}, (3, 8, 8))):
        d, h, L = prod(shape or [20]), 8, 7 if described["architecture"] == "wide_resnet" else 4
        size = memory.Size.of(described, d=d, h=h, L=L, image_shape=shape)
        options = {"image_shape": shape} if shape else {"d": d, "bias": 0.1}
        activation = activations.load(**described["activation"])
        network = networks.load(described["architecture"], h=h, L=L, activation=activation, **options)
        count = sum(prod(shape) for shape in network.shapes)
        assert count <= size.weights <= count + L * h + 1, "biases are counted, there or not"
        assert network.flops(1).activations <= size.activations, "outputs of shortcuts are held too"


def test_the_kernel_of_ten_thousand_points_at_width_1000_is_planned_under_4_gb():
    size = memory.Size.of(FC, d=784, h=1000, L=3, image_shape=None)
    assert memory.kernels_gb(size, n=10_000, n_test=50_000, kernel_points=10_000, members=10) < 4
