"""The tangent kernel of one member of a job, by explicit Jacobians."""

import numpy as np
import pytest
import torch

from crossover.stages import gram, setup
from helpers import member_spec, sphere_data
from straightforward import Case, Images

CASES = [
    Case(2, 6, 6, 0.0, "softplus"),
    Images("cnn", 2, 4, (1, 7, 8), "softplus"),
    Images("wide_resnet", 7, 4, (1, 5, 5), "softplus"),
]
POINTS = 7


def _spec(case, **member):
    images = isinstance(case, Images)
    network = {"architecture": case.architecture if images else "fc", "activation": {"name": "softplus", "beta": 5.0}}
    options = {"network": network if images else network | {"bias": 0.0}, "L": case.L, "h": case.h}
    spec = member_spec(kind="kernels", kernel_points=12, sqrt_h_alpha=(0.1, 10.0), seeds=(2, 4), **options)
    more = {"image_shape": list(case.shape)} if images else {}
    return spec | more | {"member": {"sqrt_h_alpha": 10.0, "seed": 3} | member, "points": POINTS}


def _change(case):
    return (0.1 * np.random.default_rng(0).standard_normal((6, case.count))).astype(np.float32)


@pytest.mark.parametrize("case", CASES, ids=["fc", "cnn", "wide_resnet"])
@pytest.mark.parametrize("limit", [1e9, 1.0], ids=["all points at once", "one at a time"])
def test_the_kernels_are_those_of_explicit_jacobians_of_the_named_member(case, limit, monkeypatch):
    monkeypatch.setattr(gram, "BLOCK_BYTES", limit)
    spec, data, change = _spec(case), sphere_data(n=4, n_test=12, d=case.d), _change(case)
    found = gram.run(spec, data, change, device="cpu")
    x = torch.tensor(data["x_test"][:POINTS], dtype=torch.float64)
    of_job = spec | {"sqrt_h_alpha": [10.0]}
    w0 = setup.members(of_job, d=case.d, device="cpu").w0[1]
    assert spec["dtype"] == "float64"
    for name, w in (("gram_init", w0), ("gram_final", w0 + torch.tensor(change[4]))):  # 3 seeds at 0.1, then seed 2, then 3
        J = case.jacobian(w, x)
        np.testing.assert_allclose(found[name], J @ J.T, rtol=1e-10, atol=1e-12)  # sums of products in float64
    np.testing.assert_array_equal(found["gram_class"], data["class_test"][:POINTS])
    np.testing.assert_array_equal(found["gram_label"], data["y_test"][:POINTS])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"member": {"sqrt_h_alpha": 1.0, "seed": 3}},
            r"member = sqrt_h_alpha 1.0, seed 3: .*\[0.1, 10.0\], seeds 2 to 4; name one",
        ),
        ({"member": {"sqrt_h_alpha": 10.0, "seed": 1}}, r"seed 1: the job has .* seeds 2 to 4"),
        ({"points": 13}, "points = 13, but there are 12 test patterns; take fewer points"),
        ({"seeds": [2, 5]}, r"weights have shape \(6, 78\), the spec wants \(8, 78\); train again"),
    ],
)
def test_what_is_not_there_is_refused(changes, message):
    case = CASES[0]
    with pytest.raises(ValueError, match=message):
        gram.run(_spec(case) | changes, sphere_data(n=4, n_test=12, d=case.d), _change(case), device="cpu")
