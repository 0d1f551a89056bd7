"""Axes of grids and of curves as written in YAML. Standard library only; apart from `grid`, since training reads its curve."""


def decades(first: int, last: int, per_decade: int) -> list[float]:
    """The values ``10^(first + k/per_decade)`` up to ``10^last``, mantissas rounded to two digits (3.2, not 3.16)."""
    values = []
    for k in range((last - first) * per_decade + 1):
        decade, part = divmod(k, per_decade)
        mantissa = f"{10 ** (part / per_decade):.1f}"
        values.append(float(f"{mantissa}e{first + decade}"))
    return values


def axis(values) -> list:
    """An axis of a grid as written in YAML: a list, or ``{decades: [first, last], per_decade: k}``."""
    if isinstance(values, dict):
        first, last = values["decades"]
        return decades(first, last, values["per_decade"])
    return list(values)
