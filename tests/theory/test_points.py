import math

import numpy as np
import pytest
from mpmath import acos, mp, mpf, sqrt

from crossover.theory import angles, kernel_matrix, normalized_ntk, symmetric_kernel_matrix, tabulated_ntk
from crossover.theory.points import on_sphere, uniform_on_sphere, unit_rows


@pytest.mark.parametrize("angle", [1e-9, 1e-5, 0.03, 0.05, 1.0, 3.0, math.pi - 1e-6])
def test_angles_keep_their_digits_near_0_and_pi(angle):
    direction = unit_rows(np.array([[1.0, 2.0, -0.5]]))
    across = unit_rows(np.cross(direction, [[0.3, -1.0, 0.7]]))
    point = 3.7 * (direction * math.cos(angle) + across * math.sin(angle))
    with mp.workdps(50):
        x, y = ([mpf(value) for value in row] for row in (direction[0], point[0]))
        product, *squares = (sum(a * b for a, b in zip(*pair, strict=True)) for pair in ((x, y), (x, x), (y, y)))
        wanted = float(acos(product / sqrt(squares[0] * squares[1])))
    found = float(angles(direction, point)[0, 0])
    # rows are divided by their norms: each component is rounded by 1e-16; arccos at 0.999 multiplies that by 20
    assert found == pytest.approx(wanted, abs=4e-16, rel=5e-14)


def test_equal_rows_have_angle_0_exactly_and_multiples_nearly():
    x = np.random.default_rng(0).standard_normal((300, 784))
    x = np.concatenate([x, x[:5], 2 * x[:5]])
    found = angles(x, x)
    assert (np.diag(found) == 0).all()
    assert (found[np.arange(5), 300 + np.arange(5)] == 0).all()
    assert (found[np.arange(5), 305 + np.arange(5)] == 0).all()
    assert (found[np.triu_indices(300, 1)] > 1).all()


def test_a_wrong_row_is_named():
    with pytest.raises(ValueError, match="row 1 has norm 0"):
        angles(np.array([[1.0, 0.0], [0.0, 0.0]]), np.ones((1, 2)))
    with pytest.raises(ValueError, match="row 0 has norm nan"):
        symmetric_kernel_matrix(tabulated_ntk(2), np.array([[np.nan, 0.0]]))


@pytest.mark.parametrize("rows", [1, 7, 500])
def test_matrices_are_the_kernel_of_the_angles_in_blocks_of_any_size(rows):
    generator = np.random.default_rng(0)
    x, y = generator.standard_normal((40, 5)), generator.standard_normal((23, 5))
    x[3] = -2 * x[1]

    def kernel(angle):
        return normalized_ntk(angle, 4)

    np.testing.assert_allclose(kernel_matrix(kernel, x, y, rows=rows), kernel(angles(x, y)), rtol=1e-14, atol=1e-15)
    square = symmetric_kernel_matrix(kernel, x, rows=rows)
    np.testing.assert_allclose(square, kernel(angles(x, x)), rtol=1e-14, atol=1e-15)
    assert (square == square.T).all()
    assert (np.diag(square) == 1).all()


def test_the_stereographic_embedding_inverts_the_projection_and_parts_collinear_points():
    x = np.random.default_rng(0).standard_normal((20, 3))
    embedded = on_sphere(x)
    np.testing.assert_allclose(np.linalg.norm(embedded, axis=1), 1, rtol=1e-14)
    np.testing.assert_allclose(embedded[:, :-1] / (1 - embedded[:, -1:]), x, rtol=1e-12)  # projection from the pole
    line = np.outer([1.0, 2.0, 3.0, -1.0], x[0])
    apart = angles(on_sphere(line), on_sphere(line))[np.triu_indices(4, 1)]
    assert (apart > 0.1).all()
    kernel = symmetric_kernel_matrix(tabulated_ntk(3), on_sphere(line))
    assert np.linalg.eigvalsh(kernel)[0] > 1e-3
    assert angles(line, line)[0, 1] == pytest.approx(0, abs=1e-15)


def test_uniform_points_have_the_moments_of_the_sphere():
    x = uniform_on_sphere(4000, 3, np.random.default_rng(0))
    np.testing.assert_allclose(np.linalg.norm(x, axis=1), 1, rtol=1e-14)
    # standard errors: 0.58 / sqrt(4000) = 0.009 of the mean, 0.3 / sqrt(4000) = 0.005 of the squares
    np.testing.assert_allclose(x.mean(0), 0, atol=0.04)
    np.testing.assert_allclose((x**2).mean(0), 1 / 3, atol=0.02)
