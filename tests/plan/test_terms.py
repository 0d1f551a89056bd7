"""What a job does, counted by hand, and its seconds from made rates."""

import pytest

from crossover.plan import device
from crossover.plan.flops import Shape
from crossover.plan.work import Work

FC = Shape({"architecture": "fc", "bias": 0}, 6, 4, 2)
SIZES = {"n": 5, "n_test": 3, "output_points": 0}


def test_training_in_batches():
    works = [Work(10, 2, 7, 0), Work(20, 4, 3, 0), Work(30, 0, 0, 0)]
    flow = {"name": "auto"}
    terms = device.training(FC, works, flow=flow, at_once=2, **SIZES)
    inner = FC._replace(d=5).flops(5)
    tested = 3 * FC.flops(3).evaluation / 3
    assert terms["calls"] == (20 + 4) + 30
    assert terms["member_calls"] == 66
    assert terms["flops"] == pytest.approx(60 * inner.evaluation + tested)
    assert terms["kernel_flops"] == 6 * inner.kernel
    assert terms["kernel_entries"] == 6 * 25
    assert terms["product_calls"] == 7
    assert terms["member_product_calls"] == 10
    assert terms["product_flops"] == 10 * 2 * 25
    slower = device.training(FC, works, flow=flow, at_once=2, slowest=1.5, **SIZES)
    assert {name for name in device.TERMS if slower[name] != terms[name]} == {"calls", "product_calls"}
    assert (slower["calls"], slower["product_calls"]) == (1.5 * terms["calls"], 1.5 * terms["product_calls"])


@pytest.mark.parametrize("flow", ["auto", "rkc"])
def test_outputs_that_are_followed(flow):
    # auto: 2 tangent steps pass 4 of 8 times, 4 pass 4, none pass 5
    works = [Work(12, 2, 7, 8), Work(20, 9, 3, 4), Work(30, 0, 0, 5)]
    terms, plain = (device.training(FC, works, flow={"name": flow}, at_once=2, **SIZES | {"output_points": p}) for p in (3, 0))
    more = {name: terms[name] - plain[name] for name in device.TERMS}
    passes = (2 + 4) * 3 + 4 + 5 if flow == "auto" else 8 + 4 + 5
    assert more["flops"] == pytest.approx(passes * FC._replace(d=5).flops(3).evaluation / 3)
    assert more["activations"] == pytest.approx(passes * FC.flops(3).activations / 3)
    assert more["kernel_flops"] == pytest.approx((2 + 4) * 2 * FC._replace(d=5).gram(5, 3) if flow == "auto" else 0)
    assert all(more[name] == 0 for name in device.TERMS if name not in ("flops", "activations", "kernel_flops"))


def test_steps_of_adam():
    terms = device.training(FC, [Work(8, 0, 0, 0)] * 2, flow={"name": "adam", "batch_size": 2}, at_once=2, **SIZES)
    assert terms["adam_steps"] == 2 * 8 * 5 / 2 * FC.L
    assert terms["flops"] == pytest.approx(16 * FC.flops(5).evaluation + 2 * FC.flops(3).evaluation / 3)
    assert terms["calls"] == terms["kernel_flops"] == 0


def test_kernels_at_the_start_are_those_of_the_seeds_alone():
    terms = device.kernel_job(FC, [100.0] * 6, alike=3, n=5, n_test=3, points=2, at_once=4)
    of_pair = 2 * (6 + 2 * 2 * 4)
    assert terms["kernel_flops"] == of_pair * (6 * 2 * 4 + (2 + 6) * (25 + 15))
    assert terms["product_calls"] == 2 * 100
    assert terms["member_product_calls"] == 8 * 100
    assert terms["product_flops"] == 8 * 100 * 2 * 25


def test_seconds_are_linear_in_the_terms():
    rates = {name: float(k) for k, name in enumerate(device.TERMS)}
    terms = dict.fromkeys(device.TERMS, 2.0)
    assert device.seconds(rates, terms) == 2.0 * sum(rates.values())
    with pytest.raises(ValueError, match="not measured with 4 threads, only with 1"):
        device.rates({"name": "made", "threads": {"1": {}}}, "float32", 4)
    old = {name: 1.0 for name in device.TERMS if name != "weights"}
    with pytest.raises(ValueError, match="device 'made': no rate of weights; measure it again: crossover bench device"):
        device.rates({"name": "made", "threads": {"1": {"float32": old}}}, "float32")
