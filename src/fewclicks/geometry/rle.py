"""Run lengths of masks: COCO's column-major counts, compressed or not.

Runs alternate between outside and inside and begin with outside. Everything works on the crop of a
mask, so that the cost follows the object and never the image.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from jaxtyping import Bool, Int64, Integer, UInt8

from fewclicks.errors import InputError
from fewclicks.geometry.masks import Mask

GROUP_BITS = 5
MAX_GROUPS = 9  # 45 bits: far more pixels than any image has, and shifts stay inside int64


def encode_rle(mask: Mask) -> str:
    """The mask as COCO's compressed run lengths (column-major), an ASCII string."""
    return string_from_counts(mask_to_counts(mask))


def encode_partition(
    numbers: Integer[np.ndarray, "H W"], wanted: Iterable[int]
) -> dict[int, tuple[str, tuple[int, int, int, int]]]:
    """As `encode_rle`, and the tight box, of the mask of every wanted number; one pass over the image for all."""
    flat = numbers.T.ravel()
    starts = np.flatnonzero(np.append(True, flat[1:] != flat[:-1])[: flat.size])
    stops, run_numbers = np.append(starts[1:], flat.size), flat[starts]
    encoded = {}
    for number in wanted:
        runs = np.flatnonzero(run_numbers == number)
        edges = np.stack([starts[runs], stops[runs]], 1).ravel()
        counts = np.diff(edges, prepend=0, append=flat.size)
        kept = counts[:-1] if runs.size and edges[-1] == flat.size else counts
        box = _tight_box(starts[runs], stops[runs], numbers.shape[0]) if runs.size else (0, 0, 0, 0)
        encoded[number] = (string_from_counts(kept.tolist()), box)
    return encoded


def decode_rle(counts: str | Sequence[Any], size_hw: tuple[int, int]) -> Mask:
    """The mask of COCO's run lengths, compressed (a string) or not, as its tight crop.

    Raises InputError when they are not run lengths of an image of `size_hw`.
    """
    runs = _checked(counts_from_string(counts) if isinstance(counts, str) else counts, size_hw)
    ends = np.cumsum(runs)
    starts, stops = ends[: ends.size // 2 * 2 : 2], ends[1::2]
    inside = stops > starts
    if not inside.any():
        return Mask.empty(size_hw)
    crop, offset_xy = _filled(starts[inside], stops[inside], size_hw[0])
    return Mask(crop, offset_xy, size_hw)


def mask_to_counts(mask: Mask) -> list[int]:
    """Run lengths over the whole image, beginning with a run of outside (0 when the first pixel is inside)."""
    (x, y), (height, width) = mask.offset_xy, mask.size_hw
    padded = np.zeros((mask.crop.shape[1], mask.crop.shape[0] + 2), bool)
    padded[:, 1:-1] = mask.crop.T
    column, row = np.divmod(np.flatnonzero(padded[:, 1:] != padded[:, :-1]), padded.shape[1] - 1)
    changes = (column.astype(np.int64) + x) * height + row + y
    counts = np.diff(_without_touching(changes), prepend=0, append=height * width)
    kept: list[int] = (counts[:-1] if counts.size > 1 and counts[-1] == 0 else counts).tolist()
    return kept


def _without_touching(changes: Int64[np.ndarray, "n"]) -> Int64[np.ndarray, "m"]:
    """Drop a run's end where the next run starts at once: it goes on in the next column of the image."""
    goes_on = np.flatnonzero(changes[1:] == changes[:-1])
    return np.delete(changes, np.concatenate([goes_on, goes_on + 1]))


def _filled(
    starts: Int64[np.ndarray, "n"], stops: Int64[np.ndarray, "n"], height: int
) -> tuple[Bool[np.ndarray, "h w"], tuple[int, int]]:
    """The smallest crop that holds all runs, and where it lies in an image of `height`."""
    left, top, right, bottom = _tight_box(starts, stops, height)
    (first_x, first_y), (last_x, last_y) = divmod(starts, height), divmod(stops - 1, height)
    steps = np.zeros((right - left) * (bottom - top) + 1, np.int8)
    steps[(first_x - left) * (bottom - top) + first_y - top] += 1
    steps[(last_x - left) * (bottom - top) + last_y - top + 1] -= 1
    columns = np.cumsum(steps[:-1], dtype=np.int8).astype(bool).reshape(right - left, bottom - top)
    return np.ascontiguousarray(columns.T), (left, top)


def _tight_box(starts: Int64[np.ndarray, "n"], stops: Int64[np.ndarray, "n"], height: int) -> tuple[int, int, int, int]:
    (first_x, first_y), (last_x, last_y) = divmod(starts, height), divmod(stops - 1, height)
    if (first_x != last_x).any():  # a run that goes on in the next column fills one's end and the other's start
        top, bottom = 0, height
    else:
        top, bottom = int(first_y.min()), int(last_y.max()) + 1
    return (int(first_x[0]), top, int(last_x[-1]) + 1, bottom)


def row_runs(crop: Bool[np.ndarray, "h w"]) -> list[int]:
    """Run lengths of a crop, row by row, beginning with a run of outside (0 when the first pixel is inside)."""
    flat = crop.ravel()
    changes = np.flatnonzero(np.diff(flat, prepend=False))
    counts: list[int] = np.diff(changes, prepend=0, append=flat.size).tolist()
    return counts


def crop_from_row_runs(counts: Sequence[int], size_hw: tuple[int, int]) -> Bool[np.ndarray, "h w"]:
    """The crop of `size_hw` with these run lengths, row by row. Raises InputError when they do not add up to it."""
    runs = _checked(counts, size_hw)
    return np.repeat(np.arange(runs.size) % 2 == 1, runs).reshape(size_hw)


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
