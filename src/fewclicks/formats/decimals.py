"""Numbers in text files: as few digits as give back what is meant."""

import math
from collections.abc import Callable, Sequence

import numpy as np

DECIMALS = (6, 9, 12, 15)

Values = tuple[float, ...]


def shortest(values: Sequence[float], means_the_same: Callable[[Values], bool]) -> list[str]:
    """The values with the fewest decimals for which what is read means the same; in full where none do."""
    for count in DECIMALS:
        texts = [_short(f"{value:.{count}f}") for value in values]
        if means_the_same(tuple(map(float, texts))):
            return texts
    return [repr(float(value)) for value in values]


def _short(text: str) -> str:
    """Without zeros that say nothing."""
    short = text.rstrip("0").rstrip(".")
    return "0" if short == "-0" else short


def plain(value: float) -> str:
    """The fewest digits that give back exactly `value`, without an exponent."""
    return np.format_float_positional(value, trim="-")


def comma_advice(text: str) -> str:
    """What to write instead of a number with a decimal comma, as the end of a message; "" for text without a comma."""
    point = text.replace(",", ".")
    try:
        is_number = math.isfinite(float(point))
    except ValueError:
        is_number = False
    if is_number:
        return f"; write {point}"
    return "; write decimals as 12.5, without thousands separators" if "," in text else ""
