"""Parameterizations of a network by powers of its width (Yang and Hu, arXiv:2011.14522).

``W^l = h^-a_l w^l``, ``w^l ~ N(0, h^-2b_l)``, trained at the rate ``h^-c``; the first layer has 1/sqrt(d) as well. The exponents
a and b are those of the first weights, of the hidden ones and of the readout. Standard library only: configurations are checked
with it.
"""

from typing import NamedTuple

NAMES = ("first", "hidden", "readout")
ROUNDING = 1e-9  # of sums of exponents that are written as decimals


class Parameterization(NamedTuple):
    """Exponents ``a`` and ``b`` of (first, hidden, readout) weights, and ``c`` of the rate; see `checked`."""

    a: tuple[float, float, float]
    b: tuple[float, float, float]
    c: float

    @property
    def r(self) -> float:
        """Exponent by which what a hidden layer learns vanishes, ``h^-r``: 0 where features are learned.

        ``r = min(a_out + b_out, 2 a_out + c) + c - 1 + min(2 a_1 + 1, 2 a_hid)`` (Yang and Hu, Definition 3.2), the hidden entry
        counted where there is one hidden layer, too.
        """
        (first, hidden, readout), out = self.a, self.a[2] + self.b[2]
        return min(out, 2 * readout + self.c) + self.c - 1 + min(2 * first + 1, 2 * hidden)

    @property
    def learns_features(self) -> bool:
        """Whether features move in the limit of large width, of a stable parameterization."""
        return abs(self.r) < ROUNDING

    @property
    def faults(self) -> list[str]:
        """Which of the conditions of a stable limit fail, of activations, outputs and their changes (Theorem 3.3), as text."""
        (a1, ah, ao), (b1, bh, bo) = self.a, self.b
        least = -ROUNDING
        wanted = {
            f"a_first + b_first = {a1 + b1:g}, wanted 0": abs(a1 + b1) < ROUNDING,
            f"a_hidden + b_hidden = {ah + bh:g}, wanted 1/2": abs(ah + bh - 0.5) < ROUNDING,
            f"a_readout + b_readout = {ao + bo:g}, wanted at least 1/2": ao + bo - 0.5 >= least,
            f"r = {self.r:g}, wanted at least 0": self.r >= least,
            f"2 a_readout + c = {2 * ao + self.c:g}, wanted at least 1": 2 * ao + self.c - 1 >= least,
            f"a_readout + b_readout + r = {ao + bo + self.r:g}, wanted at least 1": ao + bo + self.r - 1 >= least,
        }
        return [fault for fault, holds in wanted.items() if not holds]

    def output_scale(self, h: int) -> float:
        """Size of f at w0 over that with 1 / sqrt(fan in) everywhere: the alpha of its place in the article's plane."""
        return h ** (0.5 - self.a[2] - self.b[2])

    def with_rate(self, c: float) -> "Parameterization":
        """The same at the rate ``h^-c``; not checked, so that what a rate of order 1 does to a standard network can be shown."""
        return self._replace(c=c)


NAMED = {
    # PyTorch's own initialisation; at a rate of order 1 its limit blows up
    "standard": Parameterization((0, 0, 0), (0, 0.5, 0.5), 1),
    "ntk": Parameterization((0, 0.5, 0.5), (0, 0, 0), 0),
    "mup": Parameterization((-0.5, 0, 0.5), (0.5, 0.5, 0.5), 0),
    # Of one hidden layer the mean-field parameterization; of more muP by its symmetry (a + 1/2, b - 1/2, c - 1), since
    # a = 1 in the hidden layers would shrink what they pass on by h^-1/2 each. alpha = h^-1/2 of F = alpha (f - f0).
    "mean_field": Parameterization((0, 0.5, 1), (0, 0, 0), -1),
}


def checked(given: str | dict) -> Parameterization:
    """The parameterization of a name, or of ``{a: [..], b: [..], c: ..}``.

    Raises
    ------
    ValueError
        When the name is not known, or the limit of large width is not stable.
    """
    if isinstance(given, str):
        if given not in NAMED:
            raise ValueError(f"{given!r}: there are {', '.join(NAMED)}, or {{a, b, c}} of your own")
        return NAMED[given]
    made = Parameterization(tuple(given["a"]), tuple(given["b"]), given["c"])
    if made.faults:
        raise ValueError(
            f"{given}: unstable for large width: {made.faults[0]}; change the exponents, or take one of {', '.join(NAMED)}"
        )
    return made
