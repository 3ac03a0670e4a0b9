"""Run lengths of masks: COCO's column-major counts, compressed or not, and the row-major ones of CVAT.

Runs alternate between outside and inside and begin with outside. Everything works on the crop of a
mask, so that the cost follows the object and never the image.
"""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from jaxtyping import Bool, Int64, UInt8

from fewclicks.errors import InputError
from fewclicks.geometry.masks import Mask

Order = Literal["column", "row"]
GROUP_BITS = 5
MAX_GROUPS = 9  # 45 bits: far more pixels than any image has, and shifts stay inside int64


def encode_rle(mask: Mask) -> str:
    """The mask as COCO's compressed run lengths (column-major), an ASCII string."""
    return string_from_counts(mask_to_counts(mask))


def decode_rle(counts: str | Sequence[Any], size_hw: tuple[int, int]) -> Mask:
    """The mask of COCO's run lengths, compressed (a string) or not, as its tight crop.

    Raises InputError when they are not run lengths of an image of `size_hw`.
    """
    return mask_from_counts(counts_from_string(counts) if isinstance(counts, str) else counts, size_hw)


def row_major_from_column_major(counts: Sequence[int], size_hw: tuple[int, int]) -> list[int]:
    """Counts that run along rows from counts that run along columns, for the same pixels."""
    return mask_to_counts(mask_from_counts(counts, size_hw), "row")


def column_major_from_row_major(counts: Sequence[int], size_hw: tuple[int, int]) -> list[int]:
    """Counts that run along columns from counts that run along rows, for the same pixels."""
    return mask_to_counts(mask_from_counts(counts, size_hw, "row"))


def mask_to_counts(mask: Mask, order: Order = "column") -> list[int]:
    """Run lengths over the whole image, beginning with a run of outside (0 when the first pixel is inside)."""
    (x, y), (height, width) = mask.offset_xy, mask.size_hw
    lines, length, first, start = (mask.crop.T, height, x, y) if order == "column" else (mask.crop, width, y, x)
    padded = np.zeros((lines.shape[0], lines.shape[1] + 2), bool)
    padded[:, 1:-1] = lines
    line, place = np.nonzero(padded[:, 1:] != padded[:, :-1])
    changes = (line.astype(np.int64) + first) * length + place + start
    counts = np.diff(_without_touching(changes), prepend=0, append=height * width)
    kept: list[int] = (counts[:-1] if counts.size > 1 and counts[-1] == 0 else counts).tolist()
    return kept


def _without_touching(changes: Int64[np.ndarray, "n"]) -> Int64[np.ndarray, "m"]:
    """Drop a run's end where the next run starts at once: it goes on in the next line of the image."""
    goes_on = np.flatnonzero(changes[1:] == changes[:-1])
    return np.delete(changes, np.concatenate([goes_on, goes_on + 1]))


def mask_from_counts(counts: Sequence[Any], size_hw: tuple[int, int], order: Order = "column") -> Mask:
    """The mask of run lengths, as its tight crop. Raises InputError when they do not fit `size_hw`."""
    runs = _checked(counts, size_hw)
    length = size_hw[0] if order == "column" else size_hw[1]
    ends = np.cumsum(runs)
    starts, stops = ends[: ends.size // 2 * 2 : 2], ends[1::2]
    inside = stops > starts
    if not inside.any():
        return Mask.empty(size_hw)
    lines, first, start = _filled(starts[inside], stops[inside], length)
    if order == "column":
        return Mask(np.ascontiguousarray(lines.T), (first, start), size_hw)
    return Mask(lines, (start, first), size_hw)


def _filled(
    starts: Int64[np.ndarray, "n"], stops: Int64[np.ndarray, "n"], length: int
) -> tuple[Bool[np.ndarray, "lines place"], int, int]:
    """The smallest block of lines that holds all runs, its first line and the first place in a line."""
    (first_line, first_place), (last_line, last_place) = divmod(starts, length), divmod(stops - 1, length)
    first, last = int(first_line[0]), int(last_line[-1])
    if (first_line != last_line).any():  # a run that goes on in the next line fills one line's end, the next's start
        low, high = 0, length
    else:
        low, high = int(first_place.min()), int(last_place.max()) + 1
    steps = np.zeros((last - first + 1) * (high - low) + 1, np.int8)
    steps[(first_line - first) * (high - low) + first_place - low] += 1
    steps[(last_line - first) * (high - low) + last_place - low + 1] -= 1
    flat = np.cumsum(steps[:-1], dtype=np.int8).astype(bool)
    return flat.reshape(last - first + 1, high - low), first, low


def _checked(counts: Sequence[Any], size_hw: tuple[int, int]) -> Int64[np.ndarray, "n"]:
    height, width = size_hw
    try:
        runs = np.asarray(counts)
    except (ValueError, OverflowError):
        runs = np.empty(0, object)
    if runs.ndim != 1 or runs.dtype.kind not in "iu" or (runs < 0).any():
        raise InputError("run lengths must be a list of whole numbers that are not negative")
    total = sum(map(int, runs.tolist()))
    if total != height * width:
        raise InputError(f"run lengths add up to {total} pixels, an image of {width}x{height} has {height * width}")
    return runs.astype(np.int64)


def string_from_counts(counts: Sequence[int]) -> str:
    """COCO's compression: each count less the one two before it (from the fourth on), in groups of 5 bits."""
    values = np.asarray(counts, np.int64)
    deltas = values.copy()
    deltas[3:] -= values[1:-2]
    shifts = GROUP_BITS * np.arange(MAX_GROUPS)
    groups = deltas[:, None] >> shifts & 31
    rest = deltas[:, None] >> (shifts + GROUP_BITS)
    more = np.where(groups & 16, rest != -1, rest != 0)
    used = np.arange(MAX_GROUPS) <= more.argmin(1)[:, None]
    codes: bytes = (groups + 32 * more + 48)[used].astype(np.uint8).tobytes()
    return codes.decode("ascii")


def counts_from_string(text: str) -> list[int]:
    """The counts of COCO's compressed string. Raises InputError for a string that is none."""
    codes = np.frombuffer(text.encode("utf-8", "surrogatepass"), np.uint8) - np.uint8(48)
    ends = np.flatnonzero(codes & 32 == 0)
    if codes.size == 0 or (codes > 63).any() or codes[-1] & 32:
        raise InputError("the compressed run lengths are empty, cut off or have a character outside '0' to 'o'")
    deltas = _joined(codes, ends)
    deltas[1::2] = np.cumsum(deltas[1::2])
    deltas[2::2] = np.cumsum(deltas[2::2])
    counts: list[int] = deltas.tolist()
    return counts


def _joined(codes: UInt8[np.ndarray, "n"], ends: Int64[np.ndarray, "m"]) -> Int64[np.ndarray, "m"]:
    """The signed numbers of groups of 5 bits, lowest first; each number's last group is at `ends`."""
    starts = np.concatenate([[0], ends[:-1] + 1])
    sizes = ends - starts + 1
    if sizes.max() > MAX_GROUPS:
        raise InputError("the compressed run lengths hold a run longer than any image")
    place = np.arange(codes.size) - np.repeat(starts, sizes)
    values = np.add.reduceat((codes & 31).astype(np.int64) << (GROUP_BITS * place), starts)
    negative = (codes[ends] & 16) > 0
    return values - np.where(negative, np.int64(1) << (GROUP_BITS * sizes), 0)
