"""Memory of a training job, planned before it runs. Standard library only: the Snakefiles import it.

Counted are the numbers that live at once at the widest place of a step; docs/flow_solver.md has what was measured.
"""

WEIGHTS = 16  # copies of a member's weights: state, proposal, memory, stages, initial ones, their shape as tensors
LAYER = (
    15  # arrays of (n, h) a hidden layer: the anchor's three, twice; values and slopes at two weights, what an activation needs
)
KERNELS = 9  # matrices of (n, n): at both ends of a step, their difference, the parts of a sum, copies where members part
BASE_GB = 0.8  # interpreter and libraries


def member_gb(*, n: int, d: int, h: int, L: int, flow: str, dtype: str) -> float:
    """GB of one member: ``n`` patterns of ``d`` components, ``L`` layers of ``h`` neurons."""
    weights = min(n, d) * h + (L - 1) * h**2 + h + L * h  # in the span of the inputs
    kernels = KERNELS if flow in ("auto", "tangent") else 0
    numbers = WEIGHTS * weights + LAYER * L * n * h + kernels * n**2
    return numbers * (8 if dtype == "float64" else 4) / 1e9


def shared_gb(*, n: int, n_test: int, d: int, h: int, L: int, members: int) -> float:
    """GB that a job holds however few it trains at once: the data set as read and as used, products of the inputs.

    And of all members the initial weights, their changes and the outputs on test patterns.
    """
    of_member = (d * h + (L - 1) * h**2 + h) * 12 + n_test * 8
    return ((n + n_test) * d * 12 + n**2 * 8 + members * of_member) / 1e9


def members_at_once(members: int, *, each: float, shared: float, limit: float) -> int:
    """The members that a job trains at once in ``limit`` GB, each of ``each`` GB.

    Raises
    ------
    ValueError
        When not even one fits.
    """
    fitting = int((limit - BASE_GB - shared) / each)
    if fitting < 1:
        raise ValueError(
            f"memory_gb = {limit:g}: one member needs {BASE_GB + shared + each:.1f} GB; "
            "raise memory_gb, or take dtype float32 or flow rkc, which holds no kernels"
        )
    return min(members, fitting)
