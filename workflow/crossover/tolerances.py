"""By how much two files may differ in each variable: a part of the schema (`crossover.schema`), with the reasons."""

from typing import NamedTuple

from crossover import schema

ERROR_BARS = ("_interval", "_replicate")  # endings of variables that carry the error bar of another


class Tolerance(NamedTuple):
    """By how much two files may differ in a variable: ``|b - a| <= absolute + relative max(|a|, |b|)``; 0 and 0: exact."""

    absolute: float = 0.0
    relative: float = 0.0
    reason: str = "counts, labels and text are exact"

    @property
    def exact(self) -> bool:
        """Whether only equal values pass."""
        return self.absolute == self.relative == 0

    @property
    def is_relative(self) -> bool:
        """Whether differences are shown relative to the values."""
        return self.absolute < self.relative


EXACT = Tolerance()
_FROZEN = ("frozen_init_", "frozen_final_")


_DEPTH = [name for kind in schema.DEPTH.values() for name, v in kind.items() if v.dtype.startswith("float")]
_REGIMES = [name for kind in schema.REGIMES.values() for name, v in kind.items() if v.dtype.startswith("float")]


def _same(tolerance: Tolerance, *names: str) -> dict[str, Tolerance]:
    return dict.fromkeys(names, tolerance)


# What the same members may differ by when they are rounded otherwise (another machine, float32 or float64): a little above what
# was measured at five points of the demo; what a sixth of the flow's tolerance does is mostly within it too (docs/diff.md).
TOLERANCES = (
    _same(Tolerance(2e-2, 1e-2, "other rounding tips the choice of steps"), "F_test", *(f"{when}F_test" for when in _FROZEN))
    | _same(Tolerance(1e-3, 0, "two test patterns of 2000 near F = 0"), "test_error", *(f"{when}test_error" for when in _FROZEN))
    | _same(Tolerance(0, 1e-2, "error of located events"), "t_stop", "t_half", *(f"{when}t_stop" for when in _FROZEN))
    | _same(Tolerance(1e-2, 1e-2, "a steep curve at recorded times"), "rescaled_loss", "rescaled_loss_first_seed")
    | _same(Tolerance(1e-9, 1e-2, "a steep curve at recorded times"), "output_norm", "output_change")
    | _same(Tolerance(1e-9, 2e-3, "error of the flow"), "weight_change", "weight_change_layer")
    | _same(Tolerance(1e-9, 5e-3, "error of the flow; kernels are squares"), "regime_kernel_change")
    | _same(Tolerance(1e-6, 1e-2, "error of the flow; a small difference"), "linearization_error")
    | _same(Tolerance(1e-9, 5e-3, "error of the flow; kernels are squares"), "kernel_change", "kernel_norm_final")
    | _same(Tolerance(0, 1e-5, "rounding of sums"), "kernel_norm_init")
    | _same(Tolerance(1e-4, 2e-3, "a few preactivations that end near 0"), "sign_changes")
    | _same(Tolerance(20, 0.2, "cost: other rounding takes other steps"), "evaluations_mean")
    | _same(
        Tolerance(0.13, 0, "one member of eight near a threshold"),
        *(f"{name}_share" for name in ("lazy", "crossover", "feature")),
        "regimes_agree",
    )
    | _same(
        Tolerance(5e-4, 0, "one test pattern of 2000, mean over seeds"),
        *(name for name in schema.OBSERVABLES if "test_error" in name),
    )
    | _same(Tolerance(0, 5e-3, "that of its members, mean over seeds"), "t_half_mean", "t_stop_mean", "output_variance")
    | _same(Tolerance(1e-9, 2e-3, "that of its members, mean over seeds"), "kernel_change_mean", "weight_change_mean")
    | _same(Tolerance(1e-9, 5e-3, "that of its members, mean over seeds"), "regime_kernel_change_mean")
    | _same(Tolerance(1e-6, 1e-2, "that of its members, mean over seeds"), "linearization_error_mean")
    | _same(Tolerance(5e-3, 5e-3, "that of its members, mean over seeds"), "rescaled_loss_mean")
    | _same(Tolerance(1e-9, 5e-3, "that of its members, mean over seeds"), "output_norm_mean", "output_change_mean")
    | _same(Tolerance(1e-4, 2e-3, "that of its members, mean over seeds"), "sign_changes_mean")
    | _same(Tolerance(0, 1e-8, "rounding of sums in float64"), "preactivation_speed", "gradient")
    | _same(Tolerance(1e-8, 1e-8, "rounding of sums in float64"), "gram_init")
    | _same(Tolerance(1e-9, 5e-3, "error of the flow; kernels are squares"), "gram_final")
    | _same(Tolerance(1e-4, 0.5, "an error, itself sensitive to rounding"), "output_difference")
    | _same(Tolerance(0.1, 0.2, "cost: other rounding takes other steps"), "evaluations_ratio")
    | _same(Tolerance(0, 1e-12, "rounding of one division"), "alpha")
    | _same(Tolerance(1e-6, 1e-6, "rounding of float32"), "x_train", "x_test")
    | _same(Tolerance(1e-12, 1e-12, "rounding"), "loss_per_pattern")
    | _same(Tolerance(0, 0.5, "time on a machine with other work"), "seconds", "build_seconds")
    | _same(Tolerance(0.1, 0.5, "memory of a process, GB"), "peak_memory")
    | _same(Tolerance(0, 0.1, "cost: other rounding takes other steps"), "flops")
    | _same(Tolerance(1e-4, 0.5, "an error, itself sensitive to rounding"), "F_error", "t_error", "reference_error")
    | _same(Tolerance(1e-9, 0.5, "an error, itself sensitive to rounding"), "difference")
    | _same(Tolerance(1e-9, 1e-6, "rounding of closed forms and eigenvalues"), "first_correlation", *_DEPTH)
    | _same(Tolerance(1e-3, 1e-2, "float32, and the edge of stability amplifies rounding"), *_REGIMES)
    | _same(Tolerance(2, 1e-2, "a loss that nears the stop slowly"), "infinite_steps", "predictor_steps")
    | _same(Tolerance(5e-3, 5e-3, "slopes and gaps of observables within their own tolerance"), "claims")
)


def of(name: str) -> Tolerance:
    """The tolerance of a variable; of an interval or replicates that of their observable."""
    for ending in ERROR_BARS:
        name = name.removesuffix(ending)
    return TOLERANCES.get(name, EXACT)
