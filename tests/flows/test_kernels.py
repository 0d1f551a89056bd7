"""Products with the kernels of some members: whichever are picked, a member's has the same bits."""

import pytest
import torch

from crossover.flows.kernels import Kernels

GENERATOR = torch.Generator().manual_seed(0)
A = torch.randn(4, 37, 37, generator=GENERATOR, dtype=torch.float64)
WHOLE = A @ A.mT
C = torch.randn(4, 37, generator=GENERATOR, dtype=torch.float64)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("picked", [[0, 1, 2, 3], [2], [1, 3], [3, 1, 0, 2], [0, 0, 2, 2], []])
def test_the_members_picked_have_their_products(picked, dtype):
    whole, c = WHOLE.to(dtype), C.to(dtype)
    found = Kernels.of(whole).select(torch.tensor(picked, dtype=torch.int64)).apply(c[picked])
    assert torch.equal(found, Kernels.of(whole).apply(c)[picked])
    torch.testing.assert_close(found.double(), torch.einsum("mij,mj->mi", WHOLE, C)[picked], rtol=1e-4, atol=1e-4)


def test_a_mask_and_a_pick_of_a_pick():
    some = Kernels.of(WHOLE).select(torch.tensor([True, False, True, True])).select(torch.tensor([2, 0]))
    torch.testing.assert_close(some.apply(C[[3, 0]]), torch.einsum("mij,mj->mi", WHOLE, C)[[3, 0]])
