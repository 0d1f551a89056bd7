"""Derives the methods of order 4 and writes crossover/flows/rkc4_coefficients.py: ``python derive_rkc4.py PATH``.

1. The stability polynomial R of degree s with R(z) = exp(z) + O(z^5) and |R| <= 0.9 on [-beta, -1] for the largest beta:
   linear programming in the Chebyshev basis. It has s - 4 real roots r, which become Euler substeps delta = -1 / r, and four
   complex ones, which become a block of four classical stages.
2. The order of the substeps: the one that amplifies least, among all.
3. The block: Kutta's construction. The conditions of order 4 leave two of its three nodes free; they minimise the residuals
   of order 5. That of the third node is a root of the last condition.

Nothing is random; `ruff format` afterwards.
"""

import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.polynomial import chebyshev
from scipy.optimize import brentq, linprog, minimize, newton

from crossover.flows.rkc4_error import BLOCK, Method, tableau

STAGES = range(5, 21)
FIRST = True  # is the block before the substeps?
ORDER = 4
DAMPED = 0.9  # bound of |R| on [-beta, -1]
SAMPLES = 60  # points a stage where |R| is bounded
CUTS = 300  # points of [-beta, 0] where amplification is measured
GRID = 24  # nodes of the block, each
STARTS = 4
LARGEST = 5.0  # coefficient of the block
PENALTY = 1e-4  # of the norm of the block's coefficients beside the norm of the residuals: of equals, the smaller
SYMMETRY = np.array([24, 2, 2, 2, 6, 1, 1, 2, 1])  # of the trees in ``residuals``


# 1. The stability polynomial


def least_bound(stages: int, beta: float) -> tuple[np.ndarray, float]:
    """Chebyshev coefficients in 1 + 2 z / beta of the polynomial of order 4 with the least maximum on [-beta, -1], and that."""
    k = np.arange(stages + 1.0)
    # T_k^(i)(1) = prod_j<i (k^2 - j^2) / (2 j + 1), and one derivative in z is 2 / beta: all of them are 1 at z = 0
    rows = [np.ones_like(k)]
    for j in range(ORDER):
        rows.append(rows[-1] * (k**2 - j**2) / (2 * j + 1) * 2 / beta)
    scale = np.array(rows).max(1)
    equal = np.column_stack([np.array(rows) / scale[:, None], np.zeros(ORDER + 1)])
    u = np.cos(np.linspace(0, np.pi, SAMPLES * stages))
    values = chebyshev.chebvander(u[beta * (1 - u) / 2 >= 1], stages)
    bound = -np.ones((len(values), 1))
    result = linprog(
        np.append(np.zeros(stages + 1), 1),
        A_ub=np.block([[values, bound], [-values, bound]]),
        b_ub=np.zeros(2 * len(values)),
        A_eq=equal,
        b_eq=1 / scale,
        bounds=[(None, None)] * (stages + 1) + [(0, None)],
        method="highs",
    )
    return result.x[:-1], result.x[-1]


def polynomial(stages: int) -> tuple[float, np.ndarray]:
    """The largest beta, and the substeps of the real roots, (s - 4,), ascending."""
    beta = brentq(lambda beta: least_bound(stages, beta)[1] - DAMPED, 0.2 * stages**2, 0.36 * stages**2, xtol=1e-9)
    z = (chebyshev.chebroots(least_bound(stages, beta)[0]) - 1) * beta / 2
    real = z[np.abs(z.imag) < 1e-6 * np.abs(z)].real
    assert len(real) == stages - ORDER, f"{stages} stages: {len(real)} real roots"
    return beta, np.sort(-1 / real)


def block_polynomial(substeps: np.ndarray) -> np.ndarray:
    """Coefficients (5,) of the block's factor of R: the series of exp(z) / prod (1 + delta z)."""
    series = np.array([1, 1, 1 / 2, 1 / 6, 1 / 24])
    for delta in substeps:
        for k in range(1, ORDER + 1):
            series[k] -= delta * series[k - 1]
    return series


# 2. The order of the substeps


def arrange(substeps: np.ndarray, beta: float) -> np.ndarray:
    """The substeps in the order with the least sum over its cuts of the amplification before and after the cut.

    The amplification of a set of factors of R is the maximum of its product on [-beta, 0], relative to the block's own where
    the block is among them. It is a property of the set, so that the best order is a shortest path from set to set.
    """
    count = len(substeps)
    z = -beta * (1 - np.cos(np.linspace(0, np.pi, CUTS))[1:]) / 2
    block = np.log(np.abs(np.polyval(block_polynomial(substeps)[::-1], z)))
    products = np.zeros((1, len(z)))
    for delta in substeps:  # after i factors: all sets of them, by their bits
        products = np.concatenate([products, products + np.log(np.abs(1 + delta * z) + 1e-300)])
    bare = np.exp(products.max(1)).clip(1)
    whole = np.exp((products + block).max(1) - block.max())
    one, other = (whole, bare) if FIRST else (bare, whole)
    cost = one + other[::-1]  # reversed: the complements
    best, last = np.full(2**count, np.inf), np.zeros(2**count, dtype=int)
    best[0] = 0
    for members in range(1, 2**count):
        inside = [i for i in range(count) if members >> i & 1]
        last[members] = min(inside, key=lambda i: best[members ^ 1 << i])
        best[members] = best[members ^ 1 << last[members]] + cost[members]
    order, members = [], 2**count - 1
    while members:
        order.append(last[members])
        members ^= 1 << last[members]
    return substeps[order[::-1]]


# 3. The block


class Targets(NamedTuple):
    """What the block (nodes c, matrix A, weights b, its own sums only) has to yield so that the whole step has order 4."""

    start: float  # c of its first stage
    moments: np.ndarray  # (4,): b c^k, with c from the start of the block
    earlier: tuple[float, float]  # sum delta c and sum delta c^2 of the substeps before
    Ac: float  # b (A c), all with A and c of the whole step
    cAc: float
    Ac2: float
    last: float  # b4 a43 a32 a21


def cumulated(values: np.ndarray, start: float = 0.0) -> np.ndarray:
    """The sum of the values before each one."""
    return start + np.cumsum(values) - values


def targets(before: np.ndarray, after: np.ndarray) -> Targets:
    """Each condition of the whole step, less what the substeps contribute to it."""
    polynomial = block_polynomial(np.append(before, after))
    start = before.sum()
    c = np.append(cumulated(before), cumulated(after, start + polynomial[1]))
    b = np.append(before, after)
    moments = np.array([1 / (k + 1) - b @ c**k for k in range(4)])
    earlier = [before @ c[: len(before)] ** k for k in (1, 2)]
    Ac, Ac2 = (
        np.append(cumulated((b * c**k)[: len(before)]), cumulated((b * c**k)[len(before) :], earlier[k - 1] + moments[k]))
        for k in (1, 2)
    )
    shift = np.array([[1, 0, 0, 0], [-1, 1, 0, 0], [1, -2, 1, 0], [-1, 3, -3, 1]])  # (c - start)^k
    power = start ** np.maximum(np.subtract.outer(np.arange(4), np.arange(4)), 0)
    return Targets(
        start, (shift * power) @ moments, tuple(earlier), 1 / 6 - b @ Ac, 1 / 8 - b @ (c * Ac), 1 / 12 - b @ Ac2, polynomial[4]
    )


def kutta(goal: Targets, nodes: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The block with its three later nodes (3, ...), from its start: matrix (4, 4, ...), weights (4, ...), and the residual of
    the last condition. The moments are linear in the weights, and the conditions on A c in the products b_i a_ij.
    """
    x, y, z = nodes
    d, (m0, m1, m2, m3) = goal.start, goal.moments
    b1 = (m3 - (y + z) * m2 + y * z * m1) / (x * (x - y) * (x - z))
    b2 = (m3 - (x + z) * m2 + x * z * m1) / (y * (y - x) * (y - z))
    b3 = (m3 - (x + y) * m2 + x * y * m1) / (z * (z - x) * (z - y))
    # (A c)_i = earlier + d node_i + a_i1 x + a_i2 y, and the same with squares from the start of the block
    linear = goal.Ac - goal.earlier[0] * m0 - d * m1  # x u + y w with u = b2 a21 + b3 a31, w = b3 a32
    square = goal.Ac2 - goal.earlier[1] * m0 - d**2 * m1 - 2 * d * linear  # x^2 u + y^2 w
    weighted = goal.cAc - goal.earlier[0] * (m1 + d * m0) - d * (m2 + d * m1)
    w = (square - x * linear) / (y * (y - x))
    u = (linear - y * w) / x
    part = ((weighted - (d + z) * y * w) / x - (d + z) * u) / (y - z)  # b2 a21: c weighs it with d + y, b3 a31 with d + z
    a21, a31, a32 = part / b2, (u - part) / b3, w / b3
    zero = np.zeros_like(x)
    matrix = np.array([[zero] * 4, [x, zero, zero, zero], [y - a21, a21, zero, zero], [z - a31 - a32, a31, a32, zero]])
    return matrix, np.array([m0 - b1 - b2 - b3, b1, b2, b3]), w * a21 * x - goal.last


def residuals(method: Method) -> np.ndarray:
    """Of the nine conditions of order 5, each divided by the symmetry of its tree."""
    A = tableau(method)
    b, A = A[-1], A[:-1]
    c = A.sum(1)
    Ac, Ac2 = A @ c, A @ c**2
    trees = [c**4, c**2 * Ac, Ac**2, c * Ac2, A @ c**3, c * (A @ Ac), A @ (c * Ac), A @ Ac2, A @ (A @ Ac)]
    return (np.array(trees) @ b - 1 / np.array([5, 10, 20, 15, 20, 30, 40, 60, 120])) / SYMMETRY


def complete(method: Method, goal: Targets, nodes: np.ndarray) -> Method:
    """The method with the block of these nodes."""
    matrix, weights, _ = kutta(goal, nodes)
    return method._replace(block=tuple(matrix[np.tril_indices(BLOCK, -1)].tolist()), weights=tuple(weights.tolist()))


def starts(goal: Targets) -> np.ndarray:
    """Nodes (solution, 3) on a grid in two of them where the last condition has a root in the third."""
    grid = (np.linspace(-0.6, 2, GRID) + 1e-3) * goal.moments[0]  # not at 0, where a node would be the start again
    nodes = np.array(np.meshgrid(grid, grid, grid, indexing="ij"))
    with np.errstate(divide="ignore", invalid="ignore"):
        matrix, weights, residual = kutta(goal, nodes)
    small = np.maximum(np.abs(matrix).max((0, 1)), np.abs(weights).max(0)) < LARGEST
    root = (residual[..., 1:] * residual[..., :-1] < 0) & small[..., 1:] & small[..., :-1]
    low, high, at, next_ = nodes[..., :-1][:, root], nodes[..., 1:][:, root], residual[..., :-1][root], residual[..., 1:][root]
    return (low + at / (at - next_) * (high - low)).T


def block(method: Method) -> Method:
    """The method with the best block."""
    substeps = np.array(method.substeps)
    goal = targets(substeps[:0], substeps) if FIRST else targets(substeps, substeps[:0])

    def loss(nodes: np.ndarray) -> float:
        whole = complete(method, goal, nodes)
        return np.linalg.norm(residuals(whole)) + PENALTY * np.linalg.norm(whole.block)

    def condition(nodes: np.ndarray) -> float:
        return kutta(goal, nodes)[2] * 100

    found = []
    for start in sorted(starts(goal), key=loss)[:STARTS]:
        constraint = {"type": "eq", "fun": condition}
        nodes = minimize(loss, start, constraints=[constraint], method="SLSQP", options={"maxiter": 500, "ftol": 1e-14}).x
        nodes[2] = newton(lambda z, two: condition(np.append(two, z)), nodes[2], args=(nodes[:2],), tol=1e-12)
        if abs(condition(nodes)) < 1e-12:
            found.append(nodes)
    return complete(method, goal, min(found, key=loss))


def derive(stages: int) -> Method:
    """The method of s stages."""
    beta, substeps = polynomial(stages)
    return block(Method(beta, tuple(arrange(substeps, beta).tolist()), (), ()))


HEAD = f'''"""Stabilised explicit Runge-Kutta methods of order 4 for a real negative spectrum, by their number of stages.

Derived by tests/flows/derive_rkc4.py: the stability polynomials R of order 4 with |R| <= {DAMPED} on [-beta, -1] and the largest
beta, as Euler substeps (the real roots) and a block of four classical stages (the complex roots) with the least residuals of
order 5.
"""

from crossover.flows.rkc4_error import Method

METHODS: dict[int, Method] = {{
'''


def main(path: Path) -> None:
    """Write the module."""
    lines = [HEAD]
    for stages in STAGES:
        method = derive(stages)
        lines.append(f"    {stages}: Method(\n")
        for name, value in method._asdict().items():
            lines.append(f"        {name}={value!r},\n")
        lines.append("    ),\n")
        print(f"s = {stages}: beta {method.beta:.2f}, residuals of order 5 {np.linalg.norm(residuals(method)):.5f}", flush=True)
    path.write_text("".join(lines) + "}\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
