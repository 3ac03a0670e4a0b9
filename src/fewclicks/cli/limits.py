"""What numbers options take, beyond a smallest one."""

import math

import typer

LARGEST_SEED = 2**32 - 1


def finite(value: float | None) -> float | None:
    """Refuse infinity, which a smallest number does not hold back, and nan."""
    if value is not None and not math.isfinite(value):
        raise typer.BadParameter(f"{value} is not a finite number.")
    return value
