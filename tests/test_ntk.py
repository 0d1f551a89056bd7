import pytest
import torch

from crossover import ntk, ntk_terms
from straightforward import EVERY, Case, normal, ours

# sums of products of Gram matrices of a few dozen terms in float64
CLOSE = {"rtol": 1e-11, "atol": 1e-12}
every_case = pytest.mark.parametrize("case", EVERY.values(), ids=EVERY)
N, N_TEST = 7, 4


def _problem(case):
    """Jacobians and terms of one member on two sets of inputs."""
    w, x, x_test = normal(case.count), normal(N, case.d, seed=1), normal(N_TEST, case.d, seed=2)
    jacobians = case.jacobian(w, x), case.jacobian(w, x_test)
    return jacobians, [ours(case).kernel_terms(w, inputs) for inputs in (x, x_test)]


@every_case
def test_the_kernel_is_the_product_of_jacobians(case):
    (J, J_test), (train, test) = _problem(case)
    torch.testing.assert_close(ntk_terms.gram(train, train), J @ J.T, **CLOSE)
    torch.testing.assert_close(ntk_terms.gram(test, train), J_test @ J.T, **CLOSE)


@every_case
@pytest.mark.parametrize("rows", [1, 3, 7, 100])
def test_blocks_of_any_size_make_up_the_kernel(case, rows):
    (J, J_test), (train, test) = _problem(case)
    torch.testing.assert_close(ntk.gram_matrix(train, test, rows=rows), J @ J_test.T, **CLOSE)
    seen = []
    for block, values in ntk.gram_blocks(train, test, rows=rows):
        assert len(values) <= rows
        seen += range(N)[block]
        torch.testing.assert_close(values, (J @ J_test.T)[block], **CLOSE)
    assert seen == list(range(N))


@every_case
@pytest.mark.parametrize("rows", [2, 100])
def test_norms_are_those_of_the_whole_matrices(case, rows):
    x = normal(N, case.d, seed=1)
    weights = normal(case.count), normal(case.count) + 0.3 * normal(case.count, seed=5)
    before, after = (case.jacobian(w, x) @ case.jacobian(w, x).T for w in weights)
    terms = [ours(case).kernel_terms(w, x) for w in weights]
    wanted = [float(torch.linalg.norm(m)) for m in (before, after, after - before)]
    assert ntk.kernel_norms(*terms, rows=rows) == pytest.approx(wanted, rel=1e-11)


def test_a_tiny_change_of_the_kernel_keeps_its_digits():
    case = Case(2, 5, 4, 0.0, "softplus")
    x, w = normal(N, case.d, seed=1), normal(case.count)
    terms = [ours(case).kernel_terms(w + step * normal(case.count, seed=5), x) for step in (0, 1e-7, 1e-6)]
    small, large = (ntk.kernel_norms(terms[0], terms[k], rows=3)[2] for k in (1, 2))
    # linear in the step up to a quadratic part of relative size 1e-6; rounding of 1e-16 over a change of 1e-7
    assert large / small == pytest.approx(10, rel=1e-4)
